"""ICMP echo for thousands of addresses at once, over one socket per address family, without root where the system allows it.

Linux lets a process whose group lies in ``net.ipv4.ping_group_range`` open a datagram ICMP socket (the
range covers IPv6 too); root may open a raw one. Where neither is allowed the answer is "unknown", with the
reason. Source: RFC 792, RFC 4443 section 4.
"""

import asyncio
import errno
import ipaddress
import os
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from netops.i18n import _
from netops.model.reading import Reach

ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
HEADER = struct.Struct("!BBHHH")
TOKEN_BYTES = 8
RECEIVE_BUFFER = 4 << 20
BATCH = 256
"""Datagrams read before other tasks get their turn."""
SOL_RAW, ICMP_FILTER, ICMP6_FILTER = 255, 1, 1
NOT_ALLOWED = (errno.EPERM, errno.EACCES)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Echo:
    """What came of one ping."""

    reach: Reach
    rtt_seconds: float | None = None
    reason: str = ""
    """Why it is not YES, for the operator."""


@dataclass(slots=True)
class _Waiting:
    address: str
    token: bytes
    sent_at: float
    reply: "asyncio.Future[float]"


@dataclass(slots=True)
class _Family:
    """One socket, and who waits on it by sequence number."""

    version: int
    raw: bool
    socket: socket.socket
    ident: int
    sequence: int = 0
    waiting: dict[int, _Waiting] = field(default_factory=dict)


class Pinger:
    """Sends echo requests and matches the replies by id, sequence number, source and a random token.

    Use it on one event loop, and close it there. Sockets open at the first ping of their family.
    """

    def __init__(self) -> None:
        self._families: dict[int, _Family] = {}
        self._refusals: dict[int, str] = {}

    async def ping(self, host: str, *, timeout_seconds: float = 1.0, attempts: int = 3) -> Echo:
        """Ask one address, or the first address of a name, until it answers or all attempts are spent.

        Args:
            host: An IPv4 or IPv6 address (``fe80::1%eth0`` too), or a name.
            timeout_seconds: Wait for each attempt.
            attempts: How many echo requests are sent at most.

        Returns:
            YES with the round-trip time of the attempt that was answered; NO; or UNKNOWN where this process
            may not send ICMP. Never raises for what the network does.
        """
        target = await _resolve(host)
        if target is None:
            return Echo(Reach.UNKNOWN, reason=_("%(host)s: the name has no address") % {"host": host})
        address, sockaddr = target
        family = self._open(address.version)
        if family is None:
            return Echo(Reach.UNKNOWN, reason=self._refusals[address.version])
        reason = _("%(host)s: no echo reply within %(attempts)d times %(seconds)g s") % {
            "host": host,
            "attempts": attempts,
            "seconds": timeout_seconds,
        }
        for _attempt in range(attempts):
            try:
                rtt = await self._echo(family, str(address), sockaddr, timeout_seconds)
            except TimeoutError:
                continue
            except OSError as error:
                reach = Reach.UNKNOWN if error.errno in NOT_ALLOWED else Reach.NO
                return Echo(reach, reason=f"{host}: {error.strerror}")
            return Echo(Reach.YES, rtt)
        return Echo(Reach.NO, reason=reason)

    def close(self) -> None:
        """Close the sockets; pings still waiting end as unanswered."""
        for family in self._families.values():
            asyncio.get_running_loop().remove_reader(family.socket.fileno())
            family.socket.close()
            for waiting in family.waiting.values():
                waiting.reply.cancel()
        self._families.clear()

    # --- inside

    async def _echo(
        self, family: _Family, address: str, sockaddr: tuple[Any, ...], timeout_seconds: float
    ) -> float:
        """Send one request and wait for its reply.

        Raises:
            TimeoutError: No reply, or no sequence number was free.
            OSError: The system would not send it.
        """
        loop = asyncio.get_running_loop()
        sequence = _next_free(family)
        waiting = _Waiting(
            address, secrets.token_bytes(TOKEN_BYTES), time.perf_counter(), loop.create_future()
        )
        family.waiting[sequence] = waiting
        try:
            packet = encode_echo(family.version, family.ident, sequence, waiting.token)
            try:
                family.socket.sendto(packet, sockaddr)
            except BlockingIOError:
                pass  # the send buffer is full: as good as lost, and tried again
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
            return await asyncio.wait_for(waiting.reply, timeout_seconds)
        finally:
            family.waiting.pop(sequence, None)

    def _open(self, version: int) -> _Family | None:
        family = self._families.get(version)
        if family is not None or version in self._refusals:
            return family
        try:
            sock, raw = open_socket(version)
        except OSError as error:
            self._refusals[version] = _(
                "ICMP over IPv%(version)d is not allowed here (%(error)s): put this process's group into "
                "net.ipv4.ping_group_range, or give it CAP_NET_RAW"
            ) % {"version": version, "error": error.strerror}
            return None
        # The kernel fills in the id of a datagram socket with the port it chose.
        ident = secrets.randbelow(1 << 16) if raw else 0
        family = self._families[version] = _Family(version, raw, sock, ident, secrets.randbelow(1 << 16))
        asyncio.get_running_loop().add_reader(sock.fileno(), self._receive, family)
        return family

    @staticmethod
    def _receive(family: _Family) -> None:
        now = time.perf_counter()  # the time of uvloop's loop stands still within a turn
        for _turn in range(BATCH):
            try:
                packet, source = family.socket.recvfrom(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP error queued for an earlier packet; its ping times out
            reply = decode_reply(family.version, packet)
            if reply is None or (family.raw and reply.ident != family.ident):
                continue
            waiting = family.waiting.get(reply.sequence)
            if waiting is None or waiting.reply.done() or waiting.token != reply.token:
                continue
            if waiting.address == str(ipaddress.ip_address(source[0])):
                waiting.reply.set_result(now - waiting.sent_at)


def open_socket(version: int) -> tuple[socket.socket, bool]:
    """Open a non-blocking ICMP socket; the flag says whether it is a raw one.

    Raises:
        OSError: Neither kind is allowed, or the system lacks the address family.
    """
    family, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if version == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    raw = False
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except OSError:
        sock, raw = socket.socket(family, socket.SOCK_RAW, protocol), True
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if raw and os.uname().sysname == "Linux":
        # A raw socket hears all ICMP of the machine: let the kernel pass echo replies only.
        if version == 4:
            sock.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", ~(1 << ECHO_REPLY[4]) & 0xFFFF_FFFF))
        else:
            blocked = bytearray(b"\xff" * 32)
            word, bit = divmod(ECHO_REPLY[6], 32)
            struct.pack_into("=I", blocked, word * 4, ~(1 << bit) & 0xFFFF_FFFF)
            sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, bytes(blocked))
    return sock, raw


@dataclass(frozen=True, slots=True)
class EchoReply:
    """The parts of an echo reply by which it is matched."""

    ident: int
    sequence: int
    token: bytes


def encode_echo(version: int, ident: int, sequence: int, token: bytes) -> bytes:
    """Build an echo request; the check sum of ICMPv6 covers addresses and is left to the kernel."""
    packet = HEADER.pack(ECHO_REQUEST[version], 0, 0, ident, sequence) + token
    if version == 6:
        return packet
    return HEADER.pack(ECHO_REQUEST[version], 0, checksum(packet), ident, sequence) + token


def decode_reply(version: int, packet: bytes) -> EchoReply | None:
    """Read an echo reply, with or without an IPv4 header before it; None for anything else."""
    if version == 4 and packet[:1] and packet[0] >> 4 == 4:
        packet = packet[(packet[0] & 0x0F) * 4 :]
    if len(packet) != HEADER.size + TOKEN_BYTES:
        return None
    kind, code, _checksum, ident, sequence = HEADER.unpack_from(packet)
    if kind != ECHO_REPLY[version] or code:
        return None
    return EchoReply(ident, sequence, packet[HEADER.size :])


def checksum(packet: bytes) -> int:
    """Give the Internet check sum (RFC 1071) of an even number of octets."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _next_free(family: _Family) -> int:
    """Give a sequence number that nobody waits on; 65,536 may wait at once."""
    for _turn in range(1 << 16):
        family.sequence = (family.sequence + 1) & 0xFFFF
        if family.sequence not in family.waiting:
            return family.sequence
    raise TimeoutError


async def _resolve(host: str) -> tuple[Address, tuple[Any, ...]] | None:
    """Give an address and its socket address, None for a name without one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if isinstance(address, ipaddress.IPv4Address):
        return address, (host, 0)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return None
    sockaddr = found[0][4]
    # recvfrom names the scope of a link-local address as the system does, not as the operator did.
    return ipaddress.ip_address(
        socket.getnameinfo(sockaddr, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
    ), sockaddr
