"""The receiver of traps and informs: SNMPv1, v2c and v3, over IPv4 and IPv6 (docs/notifications.md).

pysnmp does the message processing; the sockets, the queue and the gate before it are ours, so that a flood or
garbage costs bounded memory and never ends the receiver.
"""

import asyncio
import hashlib
import logging
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram.udp import DOMAIN_NAME, UdpTransportAddress
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.secmod.rfc3414.service import SnmpUSMSecurityModel

from netops.clock import Clock, SystemClock
from netops.errors import MalformedReply, NetopsError
from netops.i18n import _
from netops.model.access import Credential, UserCredential
from netops.model.notification import Notification
from netops.snmp.notification_gate import Gate, MessageHeader, Verdict, read_message_header
from netops.snmp.notification_reading import as_plain, read_v1, read_v2
from netops.snmp.notification_socket import open_socket
from netops.snmp.pysnmp_bridge import AUTH_IDS, PRIV_IDS

logger = logging.getLogger(__name__)

_PDU_TYPES = (v1.TrapPDU.tagSet, v2c.SNMPv2TrapPDU.tagSet, v2c.InformRequestPDU.tagSet)
_PARSER_FAULTS = (
    PySnmpError,
    PyAsn1Error,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What pysnmp and pyasn1 were seen to let through on malformed input."""
_WILDCARD = SnmpUSMSecurityModel.wildcard_security_engine_id
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_DATAGRAMS_PER_READ = 256
_LOG_EVERY_SECONDS = 60.0


@dataclass(slots=True)
class ReceiverCounts:
    """What became of the datagrams so far; received = delivered + dropped + rejected + answered + waiting."""

    received: int = 0
    delivered: int = 0
    """Handed to on_notification."""
    dropped: int = 0
    """Not looked at, because the queue was full."""
    answered: int = 0
    """SNMPv3 discoveries and clock questions, which carry no notification."""
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason: malformed, unknown_community, unknown_user, wrong_authentication, wrong_security_level,
    not_in_time_window, no_engine_id, engine_not_allowed, not_a_notification."""


class _Datagram(NamedTuple):
    data: bytes
    address: tuple[Any, ...]
    socket: socket.socket


@dataclass(slots=True)
class _Visit:
    """The message pysnmp is at now; it handles one at a time, without awaiting."""

    datagram: _Datagram
    header: MessageHeader
    verdict: Verdict
    reached: bool = False
    """pysnmp has found the PDU authentic and given it to us."""
    taken: bool = False
    """It was a notification, and on_notification has been called."""


class NotificationReceiver:
    """Listens for traps and informs and hands each to ``on_notification``, in the order of arrival.

    An inform is acknowledged after ``on_notification`` has returned, so a sender repeats what could not be
    kept. An exception of ``on_notification`` goes to the event loop's exception handler; the receiver lives on.
    """

    def __init__(
        self,
        listen: Sequence[tuple[str, int]],
        credentials: Mapping[str, Credential],
        on_notification: Callable[[Notification], None],
        *,
        engine_ids: Iterable[bytes] | None = None,
        engine_id: bytes | None = None,
        queue_limit: int = 10_000,
        clock: Clock | None = None,
    ) -> None:
        """Prepare a receiver; nothing is opened before ``start``.

        Args:
            listen: Addresses and ports; port 0 takes any, see ``addresses``.
            credentials: By name. A community is taken over v1 and v2c alike.
            on_notification: Called on the event loop; it must not block.
            engine_ids: SNMPv3 engines that may send traps; None allows every one that authenticates.
            engine_id: Ours, which informs are addressed to; by default made from host name and first port.
            queue_limit: Datagrams that may wait; more are dropped and counted.
            clock: For a test to wind.
        """
        self.counts = ReceiverCounts()
        self.addresses: list[tuple[str, int]] = []
        self.engine_id = engine_id or _make_engine_id(listen)
        self._listen = list(listen)
        self._on_notification = on_notification
        self._queue_limit = queue_limit
        self._clock = clock or SystemClock()
        self._gate = Gate(credentials, self.engine_id, self._clock, engine_ids)
        self._sockets: list[socket.socket] = []
        self._queue: deque[_Datagram] = deque()
        self._is_working = False
        self._visit: _Visit | None = None
        self._tick_handle: asyncio.TimerHandle | None = None
        self._complaints = _Complaints(self._clock)
        self._engine = self._build_engine()
        self._stateful = [
            *self._engine.security_models.values(),
            *self._engine.message_processing_subsystems.values(),
        ]

    async def start(self) -> None:
        """Open the sockets.

        Raises:
            NetopsError: An address cannot be opened; none is left open then.
        """
        loop = asyncio.get_running_loop()
        for host, port in self._listen:
            try:
                opened = await open_socket(host, port)
            except OSError as error:
                await self.stop()
                words = {"host": host, "port": port, "error": error.strerror or error}
                raise NetopsError(
                    _("cannot listen for notifications on %(host)s port %(port)d: %(error)s") % words
                ) from error
            self._sockets.append(opened)
            self.addresses.append(opened.getsockname()[:2])
            loop.add_reader(opened, self._drain, opened)
        self._tick(loop)

    async def stop(self) -> None:
        """Close the sockets; what still waits in the queue is let go."""
        if self._tick_handle is not None:
            self._tick_handle.cancel()
            self._tick_handle = None
        for opened in self._sockets:
            asyncio.get_running_loop().remove_reader(opened)
            opened.close()
        self._sockets.clear()
        self.addresses.clear()
        self.counts.dropped += len(self._queue)
        self._queue.clear()

    def _drain(self, opened: socket.socket) -> None:
        """Move what the kernel holds into our queue, before its small buffer runs over."""
        for _turn in range(_DATAGRAMS_PER_READ):
            try:
                data, address = opened.recvfrom(65_535)
            except OSError:  # drained, or an ICMP error of an earlier response
                break
            self.counts.received += 1
            if len(self._queue) < self._queue_limit:
                self._queue.append(_Datagram(data, address, opened))
            else:
                self.counts.dropped += 1
        if self._queue and not self._is_working:
            self._is_working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        """Handle one datagram. The next is scheduled first, so that no exception ends the chain."""
        if not self._queue:
            self._is_working = False
            return
        asyncio.get_running_loop().call_soon(self._work)
        self._handle(self._queue.popleft())

    def _handle(self, datagram: _Datagram) -> None:
        try:
            header = read_message_header(datagram.data)
        except MalformedReply:
            self._reject("malformed", datagram)
            return
        verdict = self._gate.judge(header, datagram.data)
        is_question = verdict.reason == "no_engine_id" and not header.engine_id and header.reportable
        if verdict.reason and not is_question:
            self._reject(verdict.reason, datagram)
        if verdict.reason and not header.reportable:
            return
        self._visit = visit = _Visit(datagram, header, verdict)
        try:
            self._pass_to_pysnmp(visit)
        finally:
            self._visit = None
            for part in self._stateful:  # pysnmp forgets to empty their caches after a message it refuses
                part._cache = type(part._cache)()  # noqa: SLF001 - there is no public way
        if visit.taken or (verdict.reason and not is_question):
            return
        if header.reportable and not visit.reached:  # pysnmp has answered it with a report
            self.counts.answered += 1
        else:
            self._reject("not_a_notification", datagram)

    def _pass_to_pysnmp(self, visit: _Visit) -> None:
        if visit.verdict.credential is not None:
            self._install_keys(visit.header.user, visit.verdict)
        address = UdpTransportAddress(visit.datagram.address)
        dispatcher = self._engine.message_dispatcher
        try:
            dispatcher.receive_message(self._engine, DOMAIN_NAME, address, visit.datagram.data)
        except _PARSER_FAULTS as error:
            if visit.taken:
                raise  # not the message's fault: on_notification's
            logger.debug("%s: pysnmp cannot read a message: %s", visit.datagram.address[0], error)

    def _reject(self, reason: str, datagram: _Datagram) -> None:
        self.counts.rejected[reason] += 1
        self._complaints.note(str(datagram.address[0]), reason)

    # --- towards pysnmp

    def _build_engine(self) -> Any:
        engine = SnmpEngine()
        symbols = engine.get_mib_builder().import_symbols(
            "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots"
        )
        symbols[0].syntax = symbols[0].syntax.clone(self.engine_id)
        engine.snmpEngineID = symbols[0].syntax
        # Boots must grow from start to start, and we keep no file for it: the seconds since 2025 do so till 2093.
        boots = int((self._clock.now() - _EPOCH).total_seconds())
        symbols[1].syntax = symbols[1].syntax.clone(max(1, boots))
        for at, community in enumerate(self._gate.communities):
            config.add_v1_system(engine, f"c{at}", community)
        for user in self._gate.users:
            # one row per name, for whatever engine; _install_keys fills it anew for every message
            options = {"securityEngineId": _WILDCARD, "authKeyType": 2, "privKeyType": 2}
            config.add_v3_user(engine, user, AUTH_IDS[None], bytes(16), PRIV_IDS[None], bytes(16), **options)
        for pdu_type in _PDU_TYPES:
            engine.message_dispatcher.register_context_engine_id(b"", (pdu_type,), self._process_pdu)
        engine.transport_dispatcher = _Carrier(self._send)
        return engine

    def _install_keys(self, user: bytes, verdict: Verdict) -> None:
        """Write the credential's protocols and localized keys into the user's row of pysnmp's tables."""
        credential, keys = verdict.credential, verdict.keys
        if not isinstance(credential, UserCredential) or keys is None:
            return
        builder = self._engine.get_mib_builder()
        (users,) = builder.import_symbols("SNMP-USER-BASED-SM-MIB", "usmUserEntry")
        (secrets,) = builder.import_symbols("PYSNMP-USM-MIB", "pysnmpUsmKeyEntry")
        index = users.getInstIdFromIndices(_WILDCARD, user)
        for entry, column, value in (
            (users, 5, AUTH_IDS[credential.auth]),
            (users, 8, PRIV_IDS[credential.priv]),
            (secrets, 1, keys.auth or bytes(16)),
            (secrets, 2, keys.priv or bytes(16)),
        ):
            node = entry.getNode((*entry.name, column, *index))
            node.syntax = node.syntax.clone(value)

    def _process_pdu(
        self,
        engine: Any,
        model: Any,
        security_model: Any,
        security_name: Any,
        level: Any,
        context_engine_id: Any,
        context_name: Any,
        pdu_version: Any,
        pdu: Any,
        max_size: Any,
        state: Any,
    ) -> None:
        """Take one authenticated and decrypted PDU (RFC 3413 section 3.4)."""
        visit = self._visit
        if visit is None or visit.verdict.reason:
            return  # pysnmp would have taken it, the gate would not
        visit.reached = True
        inform = pdu.tagSet == v2c.InformRequestPDU.tagSet
        notification = self._read_pdu(visit, pdu, bytes(context_engine_id), inform=inform)
        visit.taken = True
        self._on_notification(notification)
        self.counts.delivered += 1
        if inform:
            response = v2c.apiPDU.get_response(pdu)
            v2c.apiPDU.set_varbinds(response, v2c.apiPDU.get_varbinds(pdu))
            engine.message_dispatcher.return_response_pdu(
                engine,
                model,
                security_model,
                security_name,
                level,
                context_engine_id,
                context_name,
                pdu_version,
                response,
                max_size,
                state,
                {},
            )

    def _read_pdu(self, visit: _Visit, pdu: Any, context_engine_id: bytes, *, inform: bool) -> Notification:
        header, address = visit.header, visit.datagram.address
        version: Literal["1", "2c", "3"] = (
            "3" if header.version == "3" else "2c" if header.version == "2c" else "1"
        )
        told = read_v1(pdu) if version == "1" else read_v2(pdu)
        engine_id = b""
        if version == "3":
            engine_id = context_engine_id if inform else header.engine_id
        return Notification(
            received_at=self._clock.now(),
            source_address=str(address[0]),
            source_port=int(address[1]),
            version=version,
            credential=visit.verdict.name,
            user=header.user.decode("utf-8", "replace"),
            engine_id=engine_id,
            inform=inform,
            trap_oid=told.trap_oid,
            uptime_ticks=told.uptime_ticks,
            agent_address=told.agent_address,
            enterprise=told.enterprise,
            varbinds=tuple(map(as_plain, told.varbinds)),
        )

    def _send(self, message: bytes) -> None:
        visit = self._visit
        if visit is None:
            return
        try:
            visit.datagram.socket.sendto(message, visit.datagram.address)
        except OSError as error:
            logger.debug("%s: cannot answer: %s", visit.datagram.address[0], error)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let pysnmp's tables age; once a second is what _Carrier promises it."""
        for model in self._engine.security_models.values():
            model.receive_timer_tick(self._engine, self._clock.monotonic())
        self._tick_handle = loop.call_later(1.0, self._tick, loop)


class _Carrier:
    """What pysnmp asks of a transport dispatcher, when all it does is to answer."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send

    def send_message(self, message: bytes, domain: Any, address: Any) -> None:  # noqa: ARG002 - pysnmp's signature
        self._send(message)

    def get_timer_resolution(self) -> float:
        return 1.0


class _Complaints:
    """Logs rejections: the first at once, then at most a line a minute with the count; never a secret."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unsaid = 0
        self._next = float("-inf")

    def note(self, address: str, reason: str) -> None:
        self._unsaid += 1
        now = self._clock.monotonic()
        if now >= self._next:
            logger.warning(
                "%s: notification rejected: %s (%d since the last line)", address, reason, self._unsaid
            )
            self._unsaid = 0
            self._next = now + _LOG_EVERY_SECONDS


def _make_engine_id(listen: Sequence[tuple[str, int]]) -> bytes:
    """Make an engine ID that stays the same on this host (RFC 3411: enterprise of pysnmp, format 5, octets)."""
    port = listen[0][1] if listen else 0
    seed = f"netops {socket.gethostname()} {port}".encode()
    return bytes.fromhex("80004fb805") + hashlib.sha256(seed).digest()[:12]
