import asyncio
import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.collectors import ping
from netops.collectors.ping import Echo, Pinger, checksum, decode_reply, encode_echo
from netops.model.reading import Reach


def may_ping(version):
    try:
        ping.open_socket(version)[0].close()
    except OSError:
        return False
    return True


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_icmp = pytest.mark.skipif(
    not may_ping(4), reason="needs net.ipv4.ping_group_range to hold this group, or CAP_NET_RAW"
)
needs_icmp6 = pytest.mark.skipif(
    not (has_ipv6() and may_ping(6)), reason="needs ::1, and ping_group_range or CAP_NET_RAW"
)


@pytest.fixture
async def pinger():
    pinger = Pinger()
    yield pinger
    pinger.close()


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", marks=needs_icmp),
        pytest.param("127.9.8.7", marks=needs_icmp),
        pytest.param("localhost", marks=needs_icmp),
        pytest.param("::1", marks=needs_icmp6),
    ],
)
async def test_this_machine_answers(pinger, host):
    echo = await pinger.ping(host)
    assert echo.reach is Reach.YES
    assert echo.rtt_seconds is not None
    assert echo.rtt_seconds > 0


@needs_icmp
async def test_a_thousand_addresses_answer_over_one_socket(pinger):
    hosts = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(1000)]
    echoes = await asyncio.gather(*(pinger.ping(host, timeout_seconds=5) for host in hosts))
    assert [echo.reach for echo in echoes] == [Reach.YES] * 1000
    assert len(pinger._families) == 1
    assert not pinger._families[4].waiting


async def test_where_icmp_is_forbidden_the_answer_is_unknown_and_says_what_to_do(pinger, monkeypatch):
    def refuse(version):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(ping, "open_socket", refuse)
    echo = await pinger.ping("127.0.0.1")
    assert echo.reach is Reach.UNKNOWN
    assert "ping_group_range" in echo.reason


class DeafSocket:
    """Sends into the void, or raises what the kernel would."""

    def __init__(self, error=None):
        self.error = error
        self.sent = 0
        self.inside, self.outside = socket.socketpair()

    def sendto(self, packet, address):
        self.sent += 1
        if self.error:
            raise self.error

    def fileno(self):
        return self.inside.fileno()

    def close(self):
        self.inside.close()
        self.outside.close()


async def test_silence_after_all_attempts_is_no(pinger, monkeypatch):
    deaf = DeafSocket()
    monkeypatch.setattr(ping, "open_socket", lambda version: (deaf, True))
    echo = await pinger.ping("192.0.2.1", timeout_seconds=0, attempts=3)
    assert echo.reach is Reach.NO
    assert deaf.sent == 3
    assert "192.0.2.1" in echo.reason


@pytest.mark.parametrize(
    ("error", "reach"),
    [
        (OSError(errno.EHOSTUNREACH, "No route to host"), Reach.NO),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), Reach.NO),
        (PermissionError(errno.EPERM, "Operation not permitted"), Reach.UNKNOWN),
        (OSError(errno.ENOBUFS, "No buffer space"), Reach.NO),
        (BlockingIOError(errno.EAGAIN, "full"), Reach.NO),
    ],
)
async def test_what_the_kernel_refuses_is_told(pinger, monkeypatch, error, reach):
    deaf = DeafSocket(error)
    monkeypatch.setattr(ping, "open_socket", lambda version: (deaf, True))
    assert (await pinger.ping("192.0.2.1", timeout_seconds=0, attempts=2)).reach is reach


async def test_a_name_without_address_is_unknown_and_says_so(pinger):
    echo = await pinger.ping("no such name.invalid")
    assert echo.reach is Reach.UNKNOWN
    assert "no address" in echo.reason


class StubSocket:
    """Gives prepared datagrams."""

    def __init__(self, *datagrams):
        self.datagrams = list(datagrams)

    def recvfrom(self, size):
        if not self.datagrams:
            raise BlockingIOError
        return self.datagrams.pop(0)


def reply(ident, sequence, token):
    return struct.pack("!BBHHH", 0, 0, 0, ident, sequence) + token


@pytest.mark.parametrize(
    ("packet", "source", "matches"),
    [
        (reply(7, 9, b"12345678"), "192.0.2.1", True),
        (b"\x45" + bytes(19) + reply(7, 9, b"12345678"), "192.0.2.1", True),
        (reply(7, 9, b"12345678"), "192.0.2.2", False),
        (reply(8, 9, b"12345678"), "192.0.2.1", False),
        (reply(7, 10, b"12345678"), "192.0.2.1", False),
        (reply(7, 9, b"87654321"), "192.0.2.1", False),
        (encode_echo(4, 7, 9, b"12345678"), "192.0.2.1", False),
        (b"\x00", "192.0.2.1", False),
        (b"", "192.0.2.1", False),
    ],
)
async def test_a_reply_is_matched_by_id_sequence_token_and_source(packet, source, matches):
    waiting = ping._Waiting("192.0.2.1", b"12345678", 0.0, asyncio.get_running_loop().create_future())
    family = ping._Family(
        4, raw=True, socket=StubSocket((packet, (source, 0))), ident=7, waiting={9: waiting}
    )
    Pinger._receive(family)
    assert waiting.reply.done() is matches


async def test_a_reply_that_comes_twice_is_taken_once():
    waiting = ping._Waiting("192.0.2.1", b"12345678", 0.0, asyncio.get_running_loop().create_future())
    twice = [(reply(7, 9, b"12345678"), ("192.0.2.1", 0))] * 2
    Pinger._receive(ping._Family(4, raw=True, socket=StubSocket(*twice), ident=7, waiting={9: waiting}))
    assert waiting.reply.done()


def test_sequence_numbers_in_use_are_passed_over():
    family = ping._Family(
        4, raw=True, socket=StubSocket(), ident=7, sequence=0xFFFE, waiting={0xFFFF: None, 0: None}
    )
    assert ping._next_free(family) == 1
    family.waiting = dict.fromkeys(range(1 << 16))
    with pytest.raises(TimeoutError):
        ping._next_free(family)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(min_size=8, max_size=8))
def test_the_check_sum_of_a_request_adds_up(ident, sequence, token):
    assert checksum(encode_echo(4, ident, sequence, token)) == 0


@given(st.sampled_from([4, 6]), st.binary(max_size=80))
def test_no_packet_upsets_the_reader(version, packet):
    decode_reply(version, packet)


def test_an_echo_without_a_reason_is_a_yes():
    assert Echo(Reach.YES, 0.1).reason == ""
