"""The engine: which question each datagram answers, and when to stop waiting.

A reply is matched by request-id or msgID and by its source address; what does not match is counted by reason
and never believed. All waiting is bounded by one sweep of deadlines, far cheaper than a timer each.
"""

import asyncio
import errno
import logging
import os
import socket
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from netops.clock import Clock, SystemClock
from netops.errors import MalformedReply, UnsupportedAlgorithm
from netops.snmp import codec, v3
from netops.snmp.resolver import Resolved, Resolver
from netops.snmp.transport import Address, UdpSocket

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 0.05
_ID_POOL = 4096
_FINISHED_IDS = 20_000  # kept twice over, to tell a late reply from a wrong one


class Silence(Enum):
    """Why a try ended without a reply."""

    TIMEOUT = "timeout"
    REFUSED = "refused"
    """ICMP port unreachable."""
    UNREACHABLE = "unreachable"
    """ICMP host or network unreachable, or no route from here."""


Outcome = codec.Pdu | Silence


@dataclass(slots=True)
class EngineStatistics:
    """What the engine counted since it started."""

    requests: int = 0
    retries: int = 0
    replies: int = 0
    discarded: Counter[str] = field(default_factory=Counter)


class Exchange:
    """One question and its tries; it ends with the first reply that fits any of them."""

    __slots__ = ("deadline", "future", "ids", "notes", "peer", "source", "sources")

    def __init__(self, peer: v3.UsmPeer | None) -> None:
        self.peer = peer
        self.future: asyncio.Future[Outcome]
        self.deadline = 0.0
        self.source: Address = ("", 0)
        self.sources: set[Address] = set()
        self.ids: list[int] = []
        self.notes: Counter[str] = Counter()
        """Reasons for which datagrams of this device were discarded while we waited."""

    def end(self, outcome: Outcome) -> None:
        """Give the waiting try its outcome; a second one is too late and dropped."""
        if not self.future.done():
            self.future.set_result(outcome)

    def fail(self, error: UnsupportedAlgorithm) -> None:
        """End it with an error of this machine's, which no further try can cure."""
        if not self.future.done():
            self.future.set_exception(error)


class SnmpEngine:
    """The sockets and the open questions of a whole process; sessions are opened on it.

    ``start`` must run on the loop that will use it; ``stop`` ends every open question.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.statistics = EngineStatistics()
        self.resolver = Resolver(self.clock)
        self._sockets: dict[socket.AddressFamily, UdpSocket] = {}
        self._pending: dict[int, Exchange] = {}
        self._active: set[Exchange] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._ids = b""
        self._ids_at = _ID_POOL
        self._finished: set[int] = set()
        self._finished_before: set[int] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False

    async def start(self) -> None:
        """Bind to the running loop; sockets open when their family is first needed."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Close the sockets for good; whoever still waits or asks later sees a time-out."""
        self._stopped = True
        if self._sweeper:
            self._sweeper.cancel()
            self._sweeper = None
        for exchange in list(self._active):
            exchange.end(Silence.TIMEOUT)
        for sock in self._sockets.values():
            sock.close()
        self._sockets.clear()
        self.resolver.close()

    # --- for sessions

    def next_id(self) -> int:
        """Draw an id nobody can guess: 30 random bits, with the next set, so that BER takes four bytes."""
        if self._ids_at >= _ID_POOL:
            self._ids = os.urandom(_ID_POOL)
            self._ids_at = 0
        at = self._ids_at
        self._ids_at = at + 4
        number = int.from_bytes(self._ids[at : at + 4], "big") & 0x3FFFFFFF | 0x40000000
        return number if number not in self._pending else self.next_id()

    async def try_once(
        self, exchange: Exchange, message_id: int, datagram: bytes, target: Resolved, seconds: float
    ) -> Outcome:
        """Send one datagram and wait for the exchange to end, at most so many seconds."""
        loop = self._loop
        if loop is None:
            message = "the SNMP engine was not started"
            raise RuntimeError(message)
        if self._stopped:  # a try after that would open a socket which nobody closes
            return Silence.TIMEOUT
        exchange.future = loop.create_future()
        exchange.source = target.address
        exchange.sources.add(target.address)
        exchange.deadline = loop.time() + seconds
        if message_id not in self._pending:
            self._pending[message_id] = exchange
            exchange.ids.append(message_id)
        self._active.add(exchange)
        self.statistics.requests += 1
        try:
            self._socket(target.family).send(datagram, target.address)
        except OSError as error:
            logger.debug("%s: cannot send: %s", target.address[0], error)
            return Silence.UNREACHABLE
        if self._sweeper is None:
            self._sweeper = loop.call_later(_SWEEP_SECONDS, self._sweep)
        return await exchange.future

    def finish(self, exchange: Exchange) -> None:
        """Stop listening for an exchange; later replies count as late."""
        self._active.discard(exchange)
        for number in exchange.ids:
            self._pending.pop(number, None)
        self._finished.update(exchange.ids)
        if len(self._finished) > _FINISHED_IDS:
            self._finished_before, self._finished = self._finished, set()

    # --- inside

    def _socket(self, family: socket.AddressFamily) -> UdpSocket:
        sock = self._sockets.get(family)
        if sock is None:
            sock = self._sockets[family] = UdpSocket(family, self._on_datagram, self._on_icmp_error)
        return sock

    def _sweep(self) -> None:
        self._sweeper = None
        if self._loop is None or not self._active:
            return
        now = self._loop.time()
        for exchange in self._active:
            if exchange.deadline <= now:
                exchange.end(Silence.TIMEOUT)
        self._sweeper = self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    def _on_datagram(self, data: bytes, source: Address) -> None:
        try:
            version, at, end = codec.read_version(data)
            if version == codec.VERSION_3:
                self._on_v3(v3.read_envelope(data, at, end), source)
                return
            pdu = codec.read_community_pdu(data, at, end)
        except MalformedReply:
            self._discard("malformed", source)
            return
        exchange = self._find(pdu.request_id, source)
        if exchange is None:
            return
        if exchange.peer is not None or pdu.tag != codec.RESPONSE:
            self._discard("unexpected_version" if exchange.peer else "not_a_response", source)
            return
        self.statistics.replies += 1
        exchange.end(pdu)

    def _on_v3(self, envelope: v3.Envelope, source: Address) -> None:
        exchange = self._find(envelope.message_id, source)
        if exchange is None:
            return
        peer = exchange.peer
        if peer is None:
            self._discard("unexpected_version", source)
            return
        try:
            if not peer.engine_id:
                peer.learn_engine(envelope.engine_id)
                peer.set_time(envelope.boots, envelope.time, proven=False)
            pdu = peer.open(envelope)
            if pdu.tag == codec.REPORT:
                self._learn_from_report(peer, envelope, pdu)
            elif pdu.tag != codec.RESPONSE or pdu.request_id != envelope.message_id:
                raise v3.Discarded("wrong_id")
        except v3.Discarded as why:
            self._discard(why.reason, source)
            return
        except UnsupportedAlgorithm as error:
            exchange.fail(error)
            return
        except MalformedReply:
            self._discard("malformed", source)
            return
        self.statistics.replies += 1
        exchange.end(pdu)

    @staticmethod
    def _learn_from_report(peer: v3.UsmPeer, envelope: v3.Envelope, pdu: codec.Pdu) -> None:
        """A signed report that echoes our random msgID is fresh, so its clock is right even if it went back.

        An unknown engine id means that the device was replaced or reset; like discovery it is plain.
        """
        counter = v3.report_oid(pdu)
        if counter == v3.UNKNOWN_ENGINE and envelope.engine_id != peer.engine_id:
            peer.learn_engine(envelope.engine_id)
            peer.set_time(envelope.boots, envelope.time, proven=False)
        elif counter == v3.NOT_IN_TIME_WINDOW:
            peer.set_time(envelope.boots, envelope.time, proven=True)

    def _find(self, number: int, source: Address) -> Exchange | None:
        exchange = self._pending.get(number)
        if exchange is None:
            late = number in self._finished or number in self._finished_before
            self._discard("late" if late else "unknown_id", source)
            return None
        if source not in exchange.sources:
            self.statistics.discarded["wrong_source"] += 1
            exchange.notes["wrong_source"] += 1
            logger.debug("%s: a reply came from %s instead", exchange.source[0], source[0])
            return None
        if exchange.future.done():
            self._discard("duplicate", source)
            return None
        return exchange

    def _discard(self, reason: str, source: Address) -> None:
        """Count it, and tell whoever waits for this source, so that a time-out can say what did arrive."""
        self.statistics.discarded[reason] += 1
        for exchange in self._active:
            if exchange.source == source:
                exchange.notes[reason] += 1

    def _on_icmp_error(self, address: Address, number: int) -> None:
        outcome = Silence.REFUSED if number == errno.ECONNREFUSED else Silence.UNREACHABLE
        for exchange in self._active:
            if exchange.source[:2] == address[:2]:
                exchange.end(outcome)
