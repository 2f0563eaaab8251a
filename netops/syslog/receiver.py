"""The receiver of syslog: UDP, TCP (RFC 6587) and TLS (RFC 5425), IPv4 and IPv6 (docs/syslog.md).

A flood or garbage costs bounded memory and never ends the receiver: messages wait in one queue, of which no sender
may fill more than a share; a full queue drops datagrams, and lets streams wait. Every loss is counted.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from netops.clock import Clock
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.syslog import SyslogMessage, SyslogTransport
from netops.syslog.framing import FrameReader, FramingError
from netops.syslog.parser import LONGEST, parse

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 20_000
SHARE_OF_ONE_SENDER = 4
"""No sender's messages may fill more than one in so many places of the queue."""
MOST_CONNECTIONS = 1_000
MOST_CONNECTIONS_OF_ONE = 32
_DATAGRAMS_PER_READ = 256
_MESSAGES_PER_TURN = 64
_CHUNK = 65_536
_BUFFER_BYTES = 4 << 20  # what a burst may fill before we read; the kernel caps it at net.core.rmem_max
_HANDSHAKE_SECONDS = 15.0

Place = tuple[str, int]


@dataclass(slots=True)
class SyslogCounts:
    """What became of what came in."""

    received: Counter[str] = field(default_factory=Counter)
    """Messages handed on, by transport."""
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason: queue_full, flood, framing, connections."""
    cut: int = 0
    """Messages that were longer than what is read of one; they are handed on."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen, for each transport."""

    udp: Sequence[Place] = ()
    tcp: Sequence[Place] = ()
    tls: Sequence[Place] = ()
    context: ssl.SSLContext | None = None
    """For ``tls``."""


class _Waiting(NamedTuple):
    data: bytes
    source: str
    transport: SyslogTransport


class SyslogReceiver:
    """Listens, and hands each message to ``on_message`` on the event loop, in order of arrival of each sender."""

    def __init__(
        self,
        listen: Listen,
        on_message: Callable[[SyslogMessage], None],
        clock: Clock,
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        self.counts = SyslogCounts()
        self.addresses: list[tuple[SyslogTransport, str, int]] = []
        self._listen = listen
        self._on_message = on_message
        self._clock = clock
        self._queue_limit = queue_limit
        self._queue: deque[_Waiting] = deque()
        self._of_sender: Counter[str] = Counter()
        self._is_working = False
        self._has_room = asyncio.Event()
        self._sockets: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._connections: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many streams are open."""
        return self._connections.total()

    async def start(self) -> None:
        """Open everything.

        Raises:
            NetopsError: An address cannot be opened; none is left open then.
        """
        wanted: list[tuple[SyslogTransport, Place]] = [("udp", place) for place in self._listen.udp]
        wanted += [("tcp", place) for place in self._listen.tcp]
        wanted += [("tls", place) for place in self._listen.tls]
        for transport, (host, port) in wanted:
            try:
                bound = await (
                    self._open_udp(host, port)
                    if transport == "udp"
                    else self._open_stream(transport, host, port)
                )
            except OSError as error:
                await self.stop()
                words = {
                    "transport": transport.upper(),
                    "host": host,
                    "port": port,
                    "error": error.strerror or error,
                }
                raise NetopsError(
                    _("cannot listen for syslog on %(transport)s %(host)s port %(port)d: %(error)s") % words
                ) from error
            self.addresses.append((transport, host, bound))

    async def stop(self) -> None:
        """Close everything; what still waits in the queue is let go."""
        loop = asyncio.get_running_loop()
        for opened in self._sockets:
            loop.remove_reader(opened)
            opened.close()
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sockets.clear()
        self._servers.clear()
        self.addresses.clear()
        self._queue.clear()
        self._of_sender.clear()

    # --- UDP

    async def _open_udp(self, host: str, port: int) -> int:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_DGRAM)
        self._sockets.append(opened)
        opened.setblocking(False)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        opened.bind((host, port))
        asyncio.get_running_loop().add_reader(opened, self._drain, opened)
        return int(opened.getsockname()[1])

    def _drain(self, opened: socket.socket) -> None:
        for _turn in range(_DATAGRAMS_PER_READ):
            try:
                data, address = opened.recvfrom(LONGEST + 1)
            except OSError:  # drained
                break
            source = str(address[0]).partition("%")[0]
            if len(self._queue) >= self._queue_limit:
                self.counts.rejected["queue_full"] += 1
            elif not self._is_fair(source):
                self.counts.rejected["flood"] += 1
            elif data:
                self._put(data, source, "udp")

    # --- TCP and TLS

    async def _open_stream(self, transport: SyslogTransport, host: str, port: int) -> int:
        context = self._listen.context if transport == "tls" else None

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            # Only stop() cancels; the streams of Python 3.11 would tell a cancelled one as a fault.
            with contextlib.suppress(asyncio.CancelledError):
                await self._serve(reader, writer, transport)

        timeout = _HANDSHAKE_SECONDS if context else None
        server = await asyncio.start_server(
            serve, host, port, limit=_CHUNK, ssl=context, ssl_handshake_timeout=timeout
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, transport: SyslogTransport
    ) -> None:
        peer = writer.get_extra_info("peername")
        source = str(peer[0]).partition("%")[0] if peer else ""
        if self.connections >= MOST_CONNECTIONS or self._connections[source] >= MOST_CONNECTIONS_OF_ONE:
            self.counts.rejected["connections"] += 1
            writer.close()
            return
        self._connections[source] += 1
        try:
            await self._read_stream(reader, source, transport)
        except FramingError as error:
            self.counts.rejected["framing"] += 1
            logger.info("%s: syslog over %s closed: %s", source, transport, error)
        except (OSError, EOFError):
            pass  # the sender went away
        finally:
            self._connections[source] -= 1
            if not self._connections[source]:
                del self._connections[source]
            writer.close()

    async def _read_stream(
        self, reader: asyncio.StreamReader, source: str, transport: SyslogTransport
    ) -> None:
        frames = FrameReader()
        while data := await reader.read(_CHUNK):
            for message in frames.feed(data):
                await self._put_when_fair(message, source, transport)
        for message in frames.finish():
            await self._put_when_fair(message, source, transport)

    async def _put_when_fair(self, data: bytes, source: str, transport: SyslogTransport) -> None:
        """Let a stream wait while the queue is full: its sender keeps what it cannot send."""
        while len(self._queue) >= self._queue_limit or not self._is_fair(source):
            self._has_room.clear()
            await self._has_room.wait()
        self._put(data, source, transport)

    # --- the queue

    def _is_fair(self, source: str) -> bool:
        return self._of_sender[source] * SHARE_OF_ONE_SENDER < self._queue_limit

    def _put(self, data: bytes, source: str, transport: SyslogTransport) -> None:
        self._queue.append(_Waiting(data, source, transport))
        self._of_sender[source] += 1
        if not self._is_working:
            self._is_working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        """Handle some messages. The next turn is scheduled first, so that no exception ends the chain."""
        if not self._queue:
            self._is_working = False
            return
        asyncio.get_running_loop().call_soon(self._work)
        for _turn in range(min(_MESSAGES_PER_TURN, len(self._queue))):
            waiting = self._queue.popleft()
            self._of_sender[waiting.source] -= 1
            if not self._of_sender[waiting.source]:
                del self._of_sender[waiting.source]
            self._has_room.set()
            self._hand_on(waiting)

    def _hand_on(self, waiting: _Waiting) -> None:
        message = parse(
            waiting.data,
            received_at=self._clock.now(),
            source_address=waiting.source,
            transport=waiting.transport,
        )
        self.counts.received[waiting.transport] += 1
        self.counts.cut += message.is_cut
        self._on_message(message)
