"""The socket: bursts, both families, ICMP errors brought home, full buffers, and a clean end."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from hostile_agent import HostileAgent
from netops.snmp.transport import Address, UdpSocket
from peers.snmpd import free_udp_port, has_ipv6

LOOPBACKS = [
    (socket.AF_INET, "127.0.0.1"),
    pytest.param(
        socket.AF_INET6, "::1", marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
    ),
]


class Ear:
    """Keeps what a socket tells, and wakes who waits for it."""

    def __init__(self) -> None:
        self.datagrams: list[tuple[bytes, Address]] = []
        self.errors: list[tuple[Address, int]] = []
        self._news = asyncio.Event()

    def on_datagram(self, data: bytes, source: Address) -> None:
        self.datagrams.append((data, source))
        self._news.set()

    def on_error(self, address: Address, number: int) -> None:
        self.errors.append((address, number))
        self._news.set()

    async def until(self, fact: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not fact():
                self._news.clear()
                await self._news.wait()


@pytest_asyncio.fixture
async def ear() -> Ear:
    return Ear()


@pytest_asyncio.fixture
async def udp(ear: Ear) -> AsyncIterator[Callable[[socket.AddressFamily], UdpSocket]]:
    made: list[UdpSocket] = []

    def make(family: socket.AddressFamily = socket.AF_INET) -> UdpSocket:
        made.append(UdpSocket(family, ear.on_datagram, ear.on_error))
        return made[-1]

    yield make
    for sock in made:
        sock.close()


@pytest.mark.parametrize(("family", "host"), LOOPBACKS)
async def test_datagrams_go_out_and_come_back_with_their_source(family, host: str, udp, ear: Ear) -> None:
    async with HostileAgent(lambda data: [data[::-1]], host) as agent:
        udp(family).send(b"abc", (host, agent.port))
        await ear.until(lambda: bool(ear.datagrams))
    assert ear.datagrams[0][0] == b"cba"
    assert ear.datagrams[0][1][:2] == (host, agent.port)


async def test_a_burst_larger_than_one_turn_arrives_whole(udp, ear: Ear) -> None:
    async with HostileAgent(lambda _: [b"%d" % number for number in range(1000)]) as agent:
        udp().send(b"all", ("127.0.0.1", agent.port))
        await ear.until(lambda: len(ear.datagrams) == 1000)
    assert [int(data) for data, _ in ear.datagrams] == list(range(1000))


async def test_a_datagram_of_the_largest_size_arrives_whole(udp, ear: Ear) -> None:
    async with HostileAgent(lambda _: [bytes(65_507), b"x"]) as agent:
        udp().send(b"x", ("127.0.0.1", agent.port))
        await ear.until(lambda: len(ear.datagrams) == 2)
    assert sorted(len(data) for data, _ in ear.datagrams) == [1, 65_507]


@pytest.mark.parametrize(("family", "host"), LOOPBACKS)
async def test_a_closed_port_is_told_with_the_address_that_was_asked(
    family, host: str, udp, ear: Ear
) -> None:
    port = free_udp_port()
    udp(family).send(b"x", (host, port))
    await ear.until(lambda: bool(ear.errors))
    address, number = ear.errors[0]
    assert address[:2] == (host, port)
    assert number == errno.ECONNREFUSED


async def test_an_error_of_one_device_does_not_stop_the_sending_to_another(udp, ear: Ear) -> None:
    """With the kernel's error queue on, the next send reports the error of the last; it is not its own."""
    closed = free_udp_port()
    async with HostileAgent(lambda data: [data]) as agent:
        sock = udp()
        for number in range(20):
            sock.send(b"x", ("127.0.0.1", closed))
            sock.send(b"%d" % number, ("127.0.0.1", agent.port))
        await ear.until(lambda: len(ear.datagrams) == 20 and bool(ear.errors))
    assert {address[1] for address, _ in ear.errors} == {closed}


async def test_what_cannot_leave_this_machine_is_an_error_at_once(udp) -> None:
    with pytest.raises(OSError, match="too long") as caught:
        udp().send(bytes(70_000), ("127.0.0.1", 9))
    assert caught.value.errno == errno.EMSGSIZE


class FullKernel:
    """A socket whose buffer is full for some sends."""

    def __init__(self, inner: socket.socket, failures: list[int]) -> None:
        self._inner = inner
        self._failures = failures

    def sendto(self, data: bytes, address: Address) -> int:
        if self._failures:
            raise OSError(self._failures.pop(0), "no room")
        return self._inner.sendto(data, address)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.ENOBUFS])
async def test_what_finds_the_buffer_full_is_sent_later_in_order(number: int, udp, ear: Ear) -> None:
    async with HostileAgent(lambda data: [data]) as agent:
        sock = udp()
        sock._socket = FullKernel(sock._socket, [number])
        for letter in (b"a", b"b", b"c"):
            sock.send(letter, ("127.0.0.1", agent.port))
        assert len(sock._waiting) == 3
        await ear.until(lambda: len(ear.datagrams) == 3)
    assert [data for data, _ in ear.datagrams] == [b"a", b"b", b"c"]
    assert not sock._waiting


async def test_what_fails_while_it_waited_is_told_and_the_rest_is_sent(udp, ear: Ear) -> None:
    async with HostileAgent(lambda data: [data]) as agent:
        sock = udp()
        sock._socket = FullKernel(sock._socket, [errno.EAGAIN, errno.ENETUNREACH])
        sock.send(b"lost", ("127.0.0.1", 9))
        sock.send(b"next", ("127.0.0.1", agent.port))
        await ear.until(lambda: bool(ear.datagrams))
    assert ear.errors == [(("127.0.0.1", 9), errno.ENETUNREACH)]
    assert ear.datagrams[0][0] == b"next"


async def test_close_frees_the_descriptor_and_can_be_said_twice(ear: Ear) -> None:
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing of descriptors, not of files
    sock = UdpSocket(socket.AF_INET, ear.on_datagram, ear.on_error)
    sock._socket = FullKernel(sock._socket, [errno.EAGAIN])
    sock.send(b"x", ("127.0.0.1", 9))
    sock.close()
    sock.close()
    assert set(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


async def talk_beside_a_closed_port(rounds: int) -> tuple[int, int]:
    """Ask a device again and again, and a closed port before each time; gives answers and errors."""
    ear = Ear()
    async with HostileAgent(lambda data: [data]) as agent:
        udp = UdpSocket(socket.AF_INET, ear.on_datagram, ear.on_error)
        try:
            closed = ("127.0.0.1", free_udp_port())
            for number in range(1, rounds + 1):
                udp.send(b"nobody", closed)
                if number % 2:  # else the next send meets the error, before the loop does
                    await ear.until(lambda number=number: len(ear.errors) >= number)
                udp.send(b"somebody", ("127.0.0.1", agent.port))
                await ear.until(lambda number=number: len(ear.datagrams) >= number <= len(ear.errors))
        finally:
            udp.close()
    return len(ear.datagrams), len(ear.errors)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_errors_of_one_device_make_nobody_deaf_for_the_answers_of_another(loop: str) -> None:
    """uvloop ceases to read from a socket of which the kernel told an error; the daemon runs on uvloop."""
    run = asyncio.run if loop == "asyncio" else pytest.importorskip("uvloop").run
    assert run(talk_beside_a_closed_port(50)) == (50, 50)
