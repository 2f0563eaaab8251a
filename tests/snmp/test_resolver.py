"""Names: remembered for a while, kept in an outage of the DNS, and told apart from addresses."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from fakes import FakeClock
from netops.errors import AddressNotResolved
from netops.snmp.resolver import Resolver

V4 = (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 161))
V6 = (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", 161, 0, 0))


class FakeDns:
    """Stands for the system's resolver; ``answer`` is rows or an error."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: list[tuple] | Exception = [V6, V4]

    def __call__(self, host: str, port: int, **_: object) -> list[tuple]:
        self.asked.append(host)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    fake = FakeDns()
    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return fake


@pytest.fixture
def resolver(clock: FakeClock) -> Iterator[Resolver]:
    made = Resolver(clock)
    yield made
    made.close()


async def test_an_ipv4_address_needs_no_look_up(resolver: Resolver, dns: FakeDns) -> None:
    assert [entry.address for entry in await resolver.resolve("192.0.2.7", 161)] == [("192.0.2.7", 161)]
    assert dns.asked == []


async def test_all_addresses_come_in_the_systems_order(resolver: Resolver, dns: FakeDns) -> None:
    found = await resolver.resolve("switch", 161)
    assert [entry.family for entry in found] == [socket.AF_INET6, socket.AF_INET]


async def test_an_answer_is_remembered_for_five_minutes(
    resolver: Resolver, dns: FakeDns, clock: FakeClock
) -> None:
    await resolver.resolve("switch", 161)
    clock.wind(299)
    await resolver.resolve("switch", 161)
    assert dns.asked == ["switch"]
    clock.wind(2)
    dns.answer = [V4]
    assert len(await resolver.resolve("switch", 161)) == 1
    assert dns.asked == ["switch", "switch"]


@pytest.mark.parametrize(
    "failure", [socket.gaierror(-2, "Name or service not known"), OSError(), UnicodeError("label too long")]
)
async def test_a_name_without_address_is_named_with_the_reason(
    resolver: Resolver, dns: FakeDns, failure: Exception
) -> None:
    dns.answer = failure
    with pytest.raises(AddressNotResolved, match="the name swich has no address") as caught:
        await resolver.resolve("swich", 161)
    assert caught.value.kind == "name_not_resolved"


async def test_a_failure_is_not_asked_again_at_once(
    resolver: Resolver, dns: FakeDns, clock: FakeClock
) -> None:
    dns.answer = socket.gaierror(-2, "Name or service not known")
    for _ in range(3):
        with pytest.raises(AddressNotResolved):
            await resolver.resolve("swich", 161)
    assert len(dns.asked) == 1
    clock.wind(21)
    dns.answer = [V4]
    assert await resolver.resolve("swich", 161)


async def test_in_an_outage_of_the_dns_the_last_address_serves_on(
    resolver: Resolver, dns: FakeDns, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand devices must not look dead because one name server is."""
    before = await resolver.resolve("switch", 161)
    dns.answer = socket.gaierror(-3, "Temporary failure in name resolution")
    for _ in range(3):
        clock.wind(301)
        assert await resolver.resolve("switch", 161) == before
    assert "its last address serves on" in caplog.text
    dns.answer = [V4]
    clock.wind(301)
    assert len(await resolver.resolve("switch", 161)) == 1


async def test_a_name_with_addresses_of_other_kinds_only_has_none(resolver: Resolver, dns: FakeDns) -> None:
    dns.answer = [(socket.AF_UNIX, socket.SOCK_DGRAM, 0, "", "/run/x")]
    with pytest.raises(AddressNotResolved):
        await resolver.resolve("switch", 161)


async def test_a_look_up_that_hangs_does_not_hold_up_another(
    resolver: Resolver, dns: FakeDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def slow(host: str, port: int, **_: object) -> list[tuple]:
        if host == "slow":
            let_go.wait(20)
        return [V4]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    waiting = asyncio.create_task(resolver.resolve("slow", 161))
    assert await resolver.resolve("quick", 161)
    assert not waiting.done()
    let_go.set()
    assert await waiting
