"""A scripted SNMP agent for tests: it answers each datagram by a function, honestly or not.

``HostileAgent`` is the socket; ``Mib`` answers v1 and v2c questions by the book; ``UsmScript`` does so for v3,
with every field of what it sends open to a twist. Its faults: silence, loss, duplicates, wrong ids, wrong
sources, tooBig, genErr, loops, garbage, forged and replayed messages, lost boots, another engine.
"""

import asyncio
import socket
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

from netops.model.access import CommunityCredential, Credential, SnmpAccess, UserCredential
from netops.snmp import codec, usm, v3
from netops.snmp.types import Absent, Oid, Tag, Value, Varbind

COMMUNITY = "community-canary"
V1 = CommunityCredential("1", COMMUNITY)
V2C = CommunityCredential("2c", COMMUNITY)
ENGINE_ID = bytes.fromhex("80001f8880feedface01")
BOOTS, TIME = 5, 10_000
AUTH, PRIV = 1, 2
LARGEST_REPLY = 1400

Cell = tuple[int, Value | Absent]
Source = tuple[Any, ...]


class Question(NamedTuple):
    """A v1 or v2c request, or the inside of a v3 one."""

    version: int
    tag: int
    request_id: int
    non_repeaters: int
    repetitions: int
    oids: list[Oid]


Answer = Callable[[bytes], Iterable[bytes]]


def question_of(pdu: codec.Pdu, version: int) -> Question:
    """Read a request's PDU."""
    oids = [Oid(oid) for oid in codec.decode_varbinds(pdu.data, pdu.start, pdu.end).oids]
    return Question(version, pdu.tag, pdu.request_id, pdu.error_status, pdu.error_index, oids)


def read_question(datagram: bytes) -> Question:
    """Read a v1 or v2c request."""
    version, at, end = codec.read_version(datagram)
    return question_of(codec.read_community_pdu(datagram, at, end), version)


def reply(
    question: Question, varbinds: Iterable[Varbind] = (), *, status: int = 0, index: int = 0, **changes: int
) -> bytes:
    """Write a v1 or v2c response; ``request_id``, ``version`` and ``tag`` can be told otherwise."""
    pdu = response_pdu(question, varbinds, status=status, index=index, **changes)
    return codec.encode_message(changes.get("version", question.version), COMMUNITY.encode(), pdu)


def response_pdu(
    question: Question, varbinds: Iterable[Varbind] = (), *, status: int = 0, index: int = 0, **changes: int
) -> bytes:
    """Write a response's PDU."""
    request_id = changes.get("request_id", question.request_id)
    return codec.encode_response(
        changes.get("tag", codec.RESPONSE), request_id, status, index, list(varbinds)
    )


class Mib:
    """Variables in order, answered as RFC 1157 and RFC 3416 ask."""

    def __init__(self, cells: Mapping[Oid, Cell]) -> None:
        self.cells = dict(sorted(cells.items(), key=lambda item: item[0].arcs))
        self._oids = list(self.cells)
        self._arcs = [oid.arcs for oid in self._oids]

    def __call__(self, datagram: bytes) -> list[bytes]:
        """Answer a v1 or v2c request."""
        question = read_question(datagram)
        varbinds = self.answer(question)
        if question.version == codec.VERSION_1:
            missing = [at for at, varbind in enumerate(varbinds, 1) if isinstance(varbind.value, Absent)]
            if missing:
                echo = [Varbind(oid, Tag.NULL, None) for oid in question.oids]
                return [reply(question, echo, status=2, index=missing[0])]
        return [reply(question, varbinds)]

    def answer(self, question: Question) -> list[Varbind]:
        """Give the variables of an honest answer, cut where a datagram would be full."""
        if question.tag == codec.GET:
            return [self.read(oid) for oid in question.oids]
        if question.tag == codec.GET_NEXT:
            return [self.after(oid) for oid in question.oids]
        rows: list[Varbind] = []
        at = list(question.oids)
        for _ in range(question.repetitions):
            row = [self.after(oid) for oid in at]
            rows += row
            at = [varbind.oid for varbind in row]
            if all(varbind.value is Absent.END_OF_MIB_VIEW for varbind in row):
                break
        size = 0
        for count, varbind in enumerate(rows):
            size += len(varbind.oid) + 8 + (len(varbind.value) if isinstance(varbind.value, bytes) else 8)
            if size > LARGEST_REPLY:
                return rows[:count]
        return rows

    def read(self, oid: Oid) -> Varbind:
        """Give one variable, or noSuchInstance."""
        tag, value = self.cells.get(oid, (Tag.NO_SUCH_INSTANCE, Absent.NO_SUCH_INSTANCE))
        return Varbind(oid, tag, value)

    def after(self, oid: Oid) -> Varbind:
        """Give the next variable, or endOfMibView."""
        at = bisect_right(self._arcs, oid.arcs)
        if at == len(self._oids):
            return Varbind(oid, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW)
        return Varbind(self._oids[at], *self.cells[self._oids[at]])


class HostileAgent(asyncio.DatagramProtocol):
    """A UDP socket on an ephemeral port of the loopback; ``async with`` opens and closes it."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1", port: int = 0) -> None:
        self.answer = answer
        self.host = host
        self.port = port
        self.asked: list[bytes] = []
        self.sources: list[Source] = []
        self._transport: asyncio.DatagramTransport | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port), family=family
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._transport is not None
        self._transport.close()
        await asyncio.sleep(0)  # the transport closes its socket on the next turn

    def datagram_received(self, data: bytes, addr: Source) -> None:
        self.asked.append(data)
        self.sources.append(addr)
        self._news.set()
        for datagram in self.answer(data):
            self.send(datagram, addr)

    def send(self, datagram: bytes, target: Source) -> None:
        """Send a datagram of one's own accord."""
        assert self._transport is not None
        self._transport.sendto(datagram, target)

    async def until_asked(self, count: int) -> None:
        """Wait until so many datagrams have come."""
        async with asyncio.timeout(20):
            while len(self.asked) < count:
                self._news.clear()
                await self._news.wait()

    def questions(self) -> list[Question]:
        """Read what was asked, v1 or v2c."""
        return [read_question(datagram) for datagram in self.asked]

    def access(self, credential: Credential = V2C, **changes: Any) -> SnmpAccess:
        """Give an access to this agent, with time-outs for tests."""
        plain = SnmpAccess(self.host, credential, port=self.port, timeout_seconds=0.1, retries=1)
        return replace(plain, **changes)


# --- v3


@dataclass(frozen=True)
class Draft:
    """A v3 message about to be sent; a twist changes what it likes."""

    message_id: int
    pdu: bytes
    flags: int
    engine_id: bytes = ENGINE_ID
    boots: int = BOOTS
    time: int = TIME
    mac: Callable[[bytes], bytes] = field(default=lambda mac: mac)
    cipher: Callable[[bytes], bytes] = field(default=lambda text: text)
    salt: bytes | None = None


def seal(draft: Draft, credential: UserCredential, keys: usm.UserKeys) -> bytes:
    """Write a v3 message, by RFC 3412 section 6 and RFC 3414 section 2.4."""
    octets = Tag.OCTET_STRING
    payload = codec.encode_tlv(
        0x30, codec.encode_tlv(octets, draft.engine_id) + codec.encode_tlv(octets, b"") + draft.pdu
    )
    salt = b""
    if draft.flags & PRIV and credential.priv:
        payload, salt = usm.encrypt(
            credential.priv, keys.priv, boots=draft.boots, time=draft.time, salt=7, text=payload
        )
        payload = codec.encode_tlv(octets, draft.cipher(payload))
    salt = salt if draft.salt is None else draft.salt
    length = usm.AUTH_ALGORITHMS[credential.auth].mac_length if draft.flags & AUTH and credential.auth else 0

    def message(mac: bytes) -> bytes:
        fields = (draft.engine_id, draft.boots, draft.time, credential.user.encode(), mac, salt)
        security = b"".join(
            codec.encode_integer(f) if isinstance(f, int) else codec.encode_tlv(octets, f) for f in fields
        )
        header = codec.encode_integer(draft.message_id) + codec.encode_integer(65507)
        header += codec.encode_tlv(octets, bytes((draft.flags,))) + codec.encode_integer(3)
        body = codec.encode_integer(3) + codec.encode_tlv(0x30, header)
        return codec.encode_tlv(
            0x30, body + codec.encode_tlv(octets, codec.encode_tlv(0x30, security)) + payload
        )

    if not length or credential.auth is None:
        return message(draft.mac(b""))
    return message(draft.mac(usm.sign(credential.auth, keys.auth, message(bytes(length)))))


def flip_last(data: bytes) -> bytes:
    """Change the last bit, of a signature for one."""
    return data[:-1] + bytes((data[-1] ^ 1,))


def report_pdu(counter: Oid, request_id: int = 0) -> bytes:
    """Write a Report."""
    return codec.encode_response(codec.REPORT, request_id, 0, 0, [Varbind(counter, Tag.COUNTER32, 1)])


class UsmScript:
    """The authoritative engine: discovery, time window, then the MIB; ``twist`` may spoil each message.

    A twist gets the draft and gives what is sent instead: drafts, or whole datagrams; none is silence.
    """

    def __init__(self, credential: UserCredential, mib: Mib) -> None:
        self.credential = credential
        self.mib = mib
        self.engine_id = ENGINE_ID
        self.boots = BOOTS
        self.time = TIME
        self.twist: Callable[[Draft], Iterable[Draft | bytes]] = lambda draft: [draft]
        self.messages: list[v3.Envelope] = []
        self.sent: list[bytes] = []

    @property
    def keys(self) -> usm.UserKeys:
        return usm.localize_user(self.credential, self.engine_id)

    def level(self) -> int:
        return (AUTH if self.credential.auth else 0) | (PRIV if self.credential.priv else 0)

    def __call__(self, datagram: bytes) -> list[bytes]:
        version, at, end = codec.read_version(datagram)
        assert version == codec.VERSION_3
        envelope = v3.read_envelope(datagram, at, end)
        self.messages.append(envelope)
        out = [
            item if isinstance(item, bytes) else self.seal(item) for item in self.twist(self.draft(envelope))
        ]
        self.sent += out
        return out

    def seal(self, draft: Draft) -> bytes:
        return seal(draft, self.credential, self.keys)

    def draft(self, envelope: v3.Envelope) -> Draft:
        """Give the honest answer to a message."""
        if envelope.engine_id != self.engine_id:
            return self.report(envelope, v3.UNKNOWN_ENGINE, 0)
        if self.credential.auth and not self.is_timely(envelope):
            return self.report(envelope, v3.NOT_IN_TIME_WINDOW, AUTH)
        pdu = self.read(envelope)
        varbinds = self.mib.answer(question_of(pdu, codec.VERSION_3))
        answer = codec.encode_response(codec.RESPONSE, pdu.request_id, 0, 0, varbinds)
        return self.plain(envelope, answer, self.level())

    def report(self, envelope: v3.Envelope, counter: Oid, flags: int) -> Draft:
        return self.plain(envelope, report_pdu(counter), flags)

    def plain(self, envelope: v3.Envelope, pdu: bytes, flags: int) -> Draft:
        return Draft(envelope.message_id, pdu, flags, self.engine_id, self.boots, self.time)

    def is_timely(self, envelope: v3.Envelope) -> bool:
        return envelope.boots == self.boots and abs(envelope.time - self.time) <= 150

    def read(self, envelope: v3.Envelope) -> codec.Pdu:
        """Decrypt where needed; the user's signature is taken on trust, as these tests forge our side only."""
        data, at, end = envelope.data, envelope.payload, envelope.end
        if envelope.flags & PRIV:
            assert self.credential.priv is not None
            start, stop = codec.expect(data, at, end, Tag.OCTET_STRING)
            data = usm.decrypt(
                self.credential.priv,
                self.keys.priv,
                boots=envelope.boots,
                time=envelope.time,
                parameters=envelope.priv_parameters,
                text=data[start:stop],
            )
            at, end = 0, len(data)
        start, stop = codec.expect(data, at, end, 0x30)
        _, start = codec.expect(data, start, stop, Tag.OCTET_STRING)
        _, start = codec.expect(data, start, stop, Tag.OCTET_STRING)
        return codec.read_pdu(data, start, stop)
