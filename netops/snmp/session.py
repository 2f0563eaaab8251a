"""A conversation with one device over our own engine: v1, v2c and v3 behind the same three questions."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from netops.errors import (
    DeviceUnreachable,
    MalformedReply,
    OidNotIncreasing,
    SnmpError,
    UnexpectedReply,
)
from netops.i18n import _
from netops.model.access import CommunityCredential, SnmpAccess, UserCredential
from netops.snmp import codec, complaints, v3
from netops.snmp.columns import Cursor, Pacing, absorb, circle
from netops.snmp.exchange import Exchange, Silence, SnmpEngine
from netops.snmp.resolver import Resolved
from netops.snmp.table import TableMemory, TableRead
from netops.snmp.types import Absent, Column, Oid, Tag, Varbind

__all__ = ["EngineSession", "SnmpEngine", "open_session"]

_BACK_OFF = 1.5
_VARIABLES_PER_GET = 40
_COLUMNS_PER_REQUEST = 24
_MAX_REPORTS = 3  # discovery, time window, and one more for an agent that reboots in between

TOO_BIG = 1
NO_SUCH_NAME = 2


class _Question(NamedTuple):
    tag: int
    third: int
    """max-repetitions of a GETBULK, else 0."""
    bindings: bytes


class EngineSession:
    """An open conversation; implements netops.snmp.types.SnmpSession.

    It remembers what the device taught it (engine id and clock, how much it can answer at once, which of its
    addresses answers), so keep one per device.
    """

    def __init__(self, engine: SnmpEngine, access: SnmpAccess) -> None:
        self.requests = 0
        self._engine = engine
        self._access = access
        self._pacing = Pacing(access.max_repetitions)
        self._preferred = 0
        self._open: set[Exchange] = set()
        self._memories: dict[tuple[Oid, ...], TableMemory] = {}
        self._closed = False
        credential = access.credential
        self._peer: v3.UsmPeer | None = None
        self._version = codec.VERSION_3
        if isinstance(credential, UserCredential):
            self._peer = v3.UsmPeer(credential, engine.clock)
        else:
            self._version = codec.VERSION_1 if credential.version == "1" else codec.VERSION_2C
            self._community = credential.community.encode()

    @property
    def engine_id(self) -> bytes:
        """The agent's snmpEngineID as v3 told it; empty before, and for v1 and v2c."""
        return self._peer.engine_id if self._peer else b""

    async def close(self) -> None:
        """End the requests that still wait, each with NoAnswer."""
        self._closed = True
        for exchange in self._open:
            exchange.end(Silence.TIMEOUT)

    # --- the three questions

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Read single variables, in the order asked. A missing one comes back with an Absent."""
        out: list[Varbind] = []
        for at in range(0, len(oids), _VARIABLES_PER_GET):
            out += await self._get_some(oids[at : at + _VARIABLES_PER_GET])
        return out

    async def get_next(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Give the variable that follows each OID, in the order asked; an Absent behind the last of all."""
        out: list[Varbind] = []
        for at in range(0, len(oids), _COLUMNS_PER_REQUEST):
            out += await self._get_next_some(oids[at : at + _COLUMNS_PER_REQUEST])
        return out

    def limit_repetitions(self, most: int) -> None:
        """Ask for no more rows at once than this from now on."""
        self._pacing.limit(most)

    async def walk(self, root: Oid) -> AsyncIterator[Varbind]:
        """Give every variable below a root, in order; nothing when there is none."""
        at: Oid = root
        while True:
            varbinds = await self._next_varbinds(at)
            if not varbinds:
                raise UnexpectedReply(_("the agent answered a GETBULK with nothing at all"))
            last = at.arcs
            for varbind in varbinds:
                if varbind.value is Absent.END_OF_MIB_VIEW or not varbind.oid.startswith(root):
                    return
                arcs = varbind.oid.arcs
                if arcs <= last:
                    raise OidNotIncreasing(circle(varbind.oid))
                last = arcs
                yield varbind
            at = varbinds[-1].oid

    async def read_columns(
        self,
        columns: Sequence[Oid],
        errors: list[tuple[Oid, SnmpError]] | None = None,
        *,
        rarely: bool = False,
    ) -> list[Column]:
        """Read whole columns, several in each request; a column the device lacks is an empty dict.

        Args:
            columns: Columns of tables, e.g. ifName.
            errors: Where given, a column that the agent cannot read is noted here with its error and comes
                back as far as it was read; without it the first such error is raised.
            rarely: The layout of the replies is not remembered, which would cost more memory than the next
                reading saves time: the tables of a switch's stations are others at every look.
        """
        out: list[Column] = []
        for at in range(0, len(columns), _COLUMNS_PER_REQUEST):
            out += await self._read_group(columns[at : at + _COLUMNS_PER_REQUEST], errors, rarely=rarely)
        return out

    # --- inside

    async def _get_some(self, oids: Sequence[Oid]) -> list[Varbind]:
        asked = list(oids)
        while asked:
            pdu = await self._ask(_Question(codec.GET, 0, codec.encode_bindings(asked)))
            if not pdu.error_status:
                break
            if pdu.error_status == TOO_BIG and len(asked) > 1:
                half = len(oids) // 2
                return await self._get_some(oids[:half]) + await self._get_some(oids[half:])
            if pdu.error_status == NO_SUCH_NAME and 0 < pdu.error_index <= len(asked):
                del asked[pdu.error_index - 1]  # v1: one missing name spoils the whole answer
                continue
            raise complaints.error_status(pdu, asked)
        found: dict[bytes, Varbind] = {}
        if asked:
            varbinds = codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))
            if [varbind.oid for varbind in varbinds] != asked:
                raise UnexpectedReply(_("the agent answered with other variables than were asked"))
            found = {varbind.oid: varbind for varbind in varbinds}
        return [found.get(oid) or Varbind(oid, Tag.NO_SUCH_OBJECT, Absent.NO_SUCH_OBJECT) for oid in oids]

    async def _get_next_some(self, oids: Sequence[Oid]) -> list[Varbind]:
        """One GETNEXT, asked again without those that the agent stumbles over or that stand at the end."""
        asked = list(oids)
        found: dict[bytes, Varbind] = {}
        while asked:
            pdu = await self._ask(_Question(codec.GET_NEXT, 0, codec.encode_bindings(asked)))
            if not pdu.error_status:
                varbinds = codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))
                if len(varbinds) != len(asked):
                    raise UnexpectedReply(_("the agent answered with other variables than were asked"))
                found |= zip(asked, varbinds, strict=True)
                break
            if pdu.error_status == TOO_BIG and len(asked) > 1:
                half = len(asked) // 2
                varbinds = await self._get_next_some(asked[:half]) + await self._get_next_some(asked[half:])
                found |= zip(asked, varbinds, strict=True)
                break
            if not 0 < pdu.error_index <= len(asked):
                raise complaints.error_status(pdu, asked)
            del asked[pdu.error_index - 1]
        end = Tag.END_OF_MIB_VIEW
        return [found.get(oid) or Varbind(oid, end, Absent.END_OF_MIB_VIEW) for oid in oids]

    async def _read_group(
        self, columns: Sequence[Oid], errors: list[tuple[Oid, SnmpError]] | None, *, rarely: bool
    ) -> list[Column]:
        if self._version == codec.VERSION_1:
            cursors = [Cursor(column) for column in columns]
            try:
                await self._read_by_next(cursors)
            except SnmpError as error:
                cells = [cursor.cells for cursor in cursors]
                return await self._isolate(error, columns, cells, errors, rarely=rarely)
            return [cursor.cells for cursor in cursors]
        # Taken out while in use: a second reading of the same columns meanwhile must not write into it.
        memory = self._memories.pop(tuple(columns), None) or TableMemory(learns=not rarely)
        read = TableRead(columns, memory)
        try:
            await self._read_table(read)
            return read.columns()
        except MalformedReply:
            memory.forget()
            raise
        except SnmpError as error:
            return await self._isolate(error, columns, read.partial(), errors, rarely=rarely)
        finally:
            if not rarely:
                self._memories[tuple(columns)] = memory

    async def _isolate(
        self,
        error: SnmpError,
        columns: Sequence[Oid],
        cells: list[Column],
        errors: list[tuple[Oid, SnmpError]] | None,
        *,
        rarely: bool,
    ) -> list[Column]:
        """One column upset the agent: read each by itself, and name the guilty."""
        if isinstance(error, MalformedReply):
            raise error
        if len(columns) > 1:
            return [(await self._read_group([column], errors, rarely=rarely))[0] for column in columns]
        if errors is None:
            raise error
        errors.append((columns[0], error))
        return cells

    async def _read_table(self, read: TableRead) -> None:
        while read.bindings is not None:
            width = read.width
            asked = self._pacing.repetitions(width)
            pdu = await self._ask_rows(width, read.bindings)
            got, at_end = read.feed(pdu)
            self._pacing.on_reply(asked, width, got, at_end=at_end)

    async def _ask_rows(self, width: int, bindings: bytes) -> codec.Pdu:
        """GETBULK from these places on; smaller when the agent asks for it."""
        while True:
            question = _Question(codec.GET_BULK, self._pacing.repetitions(width), bindings)
            pdu = await self._ask(question)
            if not pdu.error_status:
                return pdu
            if pdu.error_status == TOO_BIG and question.third > 1:
                self._pacing.shrink(question.third // 2)
                continue
            raise complaints.error_status(pdu, _named_in(bindings))

    async def _next_varbinds(self, oid: Oid) -> list[Varbind]:
        """Give what follows an OID: some rows for v2c and v3, one for v1."""
        bindings = codec.encode_bindings([oid])
        if self._version != codec.VERSION_1:
            pdu = await self._ask_rows(1, bindings)
        else:
            pdu = await self._ask(_Question(codec.GET_NEXT, 0, bindings))
            if pdu.error_status == NO_SUCH_NAME:
                return [Varbind(oid, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW)]
            if pdu.error_status:
                raise complaints.error_status(pdu, [oid])
        return codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))

    async def _read_by_next(self, cursors: list[Cursor]) -> None:
        live = list(cursors)
        while live:
            live = await self._next_row(live)

    async def _next_row(self, live: list[Cursor]) -> list[Cursor]:
        """One GETNEXT of v1; noSuchName tells that one of the columns has come to the end of the MIB."""
        pdu = await self._ask(
            _Question(codec.GET_NEXT, 0, codec.encode_bindings([cursor.next_oid for cursor in live]))
        )
        if not pdu.error_status:
            return absorb(live, codec.decode_varbinds(pdu.data, pdu.start, pdu.end))
        if pdu.error_status == NO_SUCH_NAME and 0 < pdu.error_index <= len(live):
            return live[: pdu.error_index - 1] + live[pdu.error_index :]
        if pdu.error_status == TOO_BIG and len(live) > 1:
            half = len(live) // 2
            return await self._next_row(live[:half]) + await self._next_row(live[half:])
        raise complaints.error_status(pdu, [cursor.column for cursor in live])

    async def _ask(self, question: _Question) -> codec.Pdu:
        """Ask with retries and back-off until a believable reply is there.

        Raises:
            DeviceUnreachable: Silence, or ICMP errors, on every try.
            CredentialRejected: The agent reported why it does not listen to us.
            MalformedReply: The device answered, but only with what is not SNMP.
        """
        addresses = await self._engine.resolver.resolve(self._access.host, self._access.port)
        exchange = Exchange(self._peer)
        self._open.add(exchange)
        outcomes: list[Silence] = []
        reports = 0
        seconds = self._access.timeout_seconds
        message_id = self._engine.next_id()
        try:
            while len(outcomes) <= self._access.retries and not self._closed:
                target = addresses[(self._preferred + len(outcomes)) % len(addresses)]
                if self._peer:
                    message_id = (
                        self._engine.next_id()
                    )  # a msgID may not be used twice (RFC 3412 section 6.2)
                datagram = self._write(message_id, question, len(outcomes))
                self.requests += 1
                outcome = await self._engine.try_once(exchange, message_id, datagram, target, seconds)
                if isinstance(outcome, Silence):
                    outcomes.append(outcome)
                    seconds *= _BACK_OFF
                    self._on_silence(len(outcomes))
                    continue
                if outcome.tag == codec.REPORT:
                    reports += 1
                    if reports > _MAX_REPORTS or not complaints.is_curable(outcome):
                        raise complaints.report(outcome, self._access)
                    continue
                self._preferred = (self._preferred + len(outcomes)) % len(addresses)
                if outcomes and question.tag == codec.GET_BULK:
                    self._pacing.shrink(question.third >> len(outcomes))
                return outcome
        finally:
            self._engine.finish(exchange)
            self._open.discard(exchange)
        raise self._silent(exchange, outcomes, addresses)

    def _on_silence(self, times: int) -> None:
        self._engine.statistics.retries += times <= self._access.retries
        # An agent that lost its engine boots answers nothing that is signed with a time ahead of its own.
        if self._peer and times == max(1, self._access.retries):
            self._peer.forget()

    def _silent(
        self, exchange: Exchange, outcomes: list[Silence], addresses: list[Resolved]
    ) -> DeviceUnreachable | SnmpError:
        return complaints.silence(self._access, outcomes, exchange.notes, addresses)

    def _write(self, message_id: int, question: _Question, tries: int) -> bytes:
        """Write the request; each further try of a GETBULK asks for half the rows."""
        if self._peer and not self._peer.engine_id:
            return self._peer.seal_discovery(message_id)
        third = max(1, question.third >> tries) if question.third else 0
        pdu = codec.encode_pdu(question.tag, message_id, 0, third, question.bindings)
        if self._peer:
            return self._peer.seal(message_id, pdu)
        return codec.encode_message(self._version, self._community, pdu)


def _named_in(bindings: bytes) -> list[Oid]:
    """Give the variables of a request, to say which of them an error-index means."""
    start, end = codec.expect(bindings, 0, len(bindings), 0x30)
    return [Oid(oid) for oid in codec.decode_varbinds(bindings, start, end).oids]


def open_session(engine: SnmpEngine, access: SnmpAccess) -> EngineSession:
    """Open a session over our own engine; nothing is sent yet."""
    return EngineSession(engine, access)


def version_label(access: SnmpAccess) -> str:
    """Give the SNMP version of an access as people write it: ``v1``, ``v2c``, ``v3``."""
    credential = access.credential
    return "v" + credential.version if isinstance(credential, CommunityCredential) else "v3"
