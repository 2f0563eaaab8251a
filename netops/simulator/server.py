"""One UDP socket for all agents, on the loopback interface only.

It is bound to 0.0.0.0 with IP_PKTINFO (ip(7)), which tells the address each request was sent to and lets the
reply leave from it, so that thousands of 127.x addresses need neither as many sockets nor any set-up. What
arrives on another interface, or for another address, is dropped.
"""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Mapping
from typing import Protocol

from netops.i18n import _
from netops.simulator.errors import SimulatorError

logger = logging.getLogger(__name__)

_IP_PKTINFO = getattr(socket, "IP_PKTINFO", 8)  # Linux; the socket module of Python 3.11 does not name it
_PKTINFO = struct.Struct("=I4s4s")  # struct in_pktinfo: interface, local address, address in the header
_ANCILLARY_BYTES = socket.CMSG_SPACE(_PKTINFO.size)
_BUFFER_BYTES = 8 << 20
_LARGEST_DATAGRAM = 65_535
_BATCH = 64  # requests answered before others get their turn on the event loop
_LOOPBACK = 127
_MOST_DELAYED = 20_000
"""Replies waiting for their latency; beyond it they are lost, as in a router's queue."""

Peer = tuple[str, int]


class Agent(Protocol):
    """Whatever answers at an address: a simulated device, a recording."""

    def answer(self, datagram: bytes) -> list[bytes]:
        """Answer one datagram; it never raises."""
        ...

    def delay_seconds(self) -> float:
        """Give how long the next reply takes."""
        ...


class AgentServer:
    """Takes requests from the socket to the devices, and their replies back."""

    def __init__(self, devices: Mapping[bytes, Agent]) -> None:
        """Prepare; ``devices`` are by packed address."""
        self.dropped = 0
        """Replies that the kernel or a full queue did not take."""
        self._devices = devices
        self._socket: socket.socket | None = None
        self._delayed: set[asyncio.TimerHandle] = set()

    def open(self, port: int) -> int:
        """Listen; give the port, which the system chose for port 0.

        Raises:
            SimulatorError: The port cannot be taken.
        """
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                opened.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
            with contextlib.suppress(OSError):  # an old kernel asks for a privilege; the check in _take stays
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
            opened.bind(("0.0.0.0", port))
        except (OSError, OverflowError) as error:
            opened.close()
            raise SimulatorError(
                _("UDP port %(port)d cannot be taken: %(error)s") % {"port": port, "error": error}
            ) from None
        self._socket = opened
        asyncio.get_running_loop().add_reader(opened, self._on_readable)
        return int(opened.getsockname()[1])

    def close(self) -> None:
        """Stop listening and forget what is delayed."""
        for handle in self._delayed:
            handle.cancel()
        self._delayed.clear()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _on_readable(self) -> None:
        if self._socket is None:
            return
        for _turn in range(_BATCH):
            try:
                datagram, ancillary, flags, peer = self._socket.recvmsg(_LARGEST_DATAGRAM, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                logger.warning("simulator: reading failed: %s", error)
                return
            if not flags & socket.MSG_TRUNC:
                self._take(datagram, ancillary, peer)

    def _take(self, datagram: bytes, ancillary: list[tuple[int, int, bytes]], peer: Peer) -> None:
        for level, kind, content in ancillary:
            if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(content) >= _PKTINFO.size:
                _interface, _local, address = _PKTINFO.unpack(content[: _PKTINFO.size])
                break
        else:
            return
        device = self._devices.get(address)
        if device is None or not peer[0].startswith(f"{_LOOPBACK}."):
            return
        replies = device.answer(datagram)
        if not replies:
            return
        delay = device.delay_seconds()
        if delay:
            self._send_later(delay, replies, address, peer)
        else:
            self._send(replies, address, peer)

    def _send(self, replies: list[bytes], address: bytes, peer: Peer) -> None:
        if self._socket is None:
            return
        origin = [(socket.IPPROTO_IP, _IP_PKTINFO, _PKTINFO.pack(0, address, b"\0\0\0\0"))]
        for reply in replies:
            try:
                self._socket.sendmsg([reply], origin, 0, peer)
            except OSError:
                self.dropped += 1

    def _send_later(self, delay: float, replies: list[bytes], address: bytes, peer: Peer) -> None:
        if len(self._delayed) >= _MOST_DELAYED:
            self.dropped += len(replies)
            return

        def send() -> None:
            self._delayed.discard(handle)
            self._send(replies, address, peer)

        handle = asyncio.get_running_loop().call_later(delay, send)
        self._delayed.add(handle)
