"""One UDP socket per address family for all devices, read in bursts, with ICMP errors brought home.

Why not asyncio's datagram endpoint: it hands over one datagram per loop turn, hides the kernel's error queue
(from which "port closed" comes for a socket that talks to many), and costs a third more CPU a datagram.
"""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

Address = tuple[str, int] | tuple[str, int, int, int]
"""What the socket gives as a datagram's source: (host, port), and for IPv6 flow and scope besides."""

_RECEIVE_BUFFER = 8 << 20
_BURST = 128  # datagrams read before the loop may turn to something else
_LARGEST_DATAGRAM = 65_535
_SO_RCVBUFFORCE = 33  # Linux; lets root pass net.core.rmem_max
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # sock_extended_err of Linux's errqueue.h
_ORIGIN_ICMP = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_SENDING_TRIES = 8


class UdpSocket:
    """A socket of one family, driven by the running loop."""

    def __init__(
        self,
        family: socket.AddressFamily,
        on_datagram: Callable[[bytes, Address], None],
        on_error: Callable[[Address, int], None],
    ) -> None:
        self._on_datagram = on_datagram
        self._on_error = on_error
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._loop = asyncio.get_running_loop()
        self._listens_again = False
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._set_options(family)
        self._loop.add_reader(self._socket.fileno(), self._read)

    def _set_options(self, family: socket.AddressFamily) -> None:
        sock = self._socket
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        except OSError:  # not root: the kernel caps it at net.core.rmem_max
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram, or queue it when the kernel's buffer is full.

        Raises:
            OSError: The datagram cannot leave this machine: no route, too long, not permitted.
        """
        if self._waiting:
            self._waiting.append((data, address))
        elif not self._try_send(data, address):
            self._waiting.append((data, address))
            self._loop.add_writer(self._socket.fileno(), self._flush)

    def _try_send(self, data: bytes, address: Address) -> bool:
        """With the error queue on, a send reports errors of earlier sends to others; those are not ours."""
        for _ in range(_SENDING_TRIES):
            try:
                self._socket.sendto(data, address)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    return False
                if not self._drain_errors():
                    raise
                self._listen_again_soon()
            else:
                return True
        return False

    def _flush(self) -> None:
        while self._waiting:
            data, address = self._waiting[0]
            try:
                if not self._try_send(data, address):
                    return
            except OSError as error:
                self._on_error(address, error.errno or 0)
            self._waiting.popleft()
        self._loop.remove_writer(self._socket.fileno())

    def _read(self) -> None:
        receive = self._socket.recvfrom
        deliver = self._on_datagram
        for count in range(_BURST):
            try:
                data, address = receive(_LARGEST_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                if not count:  # woken without a datagram: something stands, or stood, in the error queue
                    self._drain_errors()
                    self._listen_again_soon()
                return
            except OSError:
                self._drain_errors()
                self._listen_again_soon()
                continue
            deliver(data, address)

    def _listen_again_soon(self) -> None:
        """Have the loop wait for datagrams anew: uvloop ceases to, for good, when the kernel tells of an error."""
        if not self._listens_again:
            self._listens_again = True
            self._loop.call_soon(self._listen_again)

    def _listen_again(self) -> None:
        self._listens_again = False
        number = self._socket.fileno()
        if number < 0:  # closed meanwhile
            return
        # Adding alone would not do: uvloop believes that it still waits.
        self._loop.remove_reader(number)
        self._loop.add_reader(number, self._read)
        if self._waiting:
            self._loop.remove_writer(number)
            self._loop.add_writer(number, self._flush)

    def _drain_errors(self) -> int:
        """Take all ICMP errors from the kernel's queue and tell whose they are; say how many there were."""
        count = 0
        while True:
            try:
                _, ancillary, _, address = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return count
            count += 1
            for _, _, data in ancillary:
                if len(data) >= _EXTENDED_ERROR.size:
                    number, origin, *_ = _EXTENDED_ERROR.unpack_from(data)
                    if origin in _ORIGIN_ICMP:
                        self._on_error(address, number)

    def close(self) -> None:
        """Stop reading and free the descriptor; what still waits to be sent is dropped."""
        with contextlib.suppress(ValueError, OSError):
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
        self._waiting.clear()
        self._socket.close()
