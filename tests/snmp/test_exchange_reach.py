"""Reaching agents: closed ports, both families, many at once, and a clean end."""

import asyncio
import gc
import itertools
import logging
import os
import socket
import warnings

import pytest

from hostile_agent import ENGINE_ID, V2C, HostileAgent, Mib, UsmScript
from netops import errors
from netops.model.access import AuthProtocol, PrivProtocol, SnmpAccess, UserCredential
from netops.snmp import exchange, usm
from netops.snmp.exchange import SnmpEngine
from netops.snmp.resolver import Resolved
from netops.snmp.session import open_session
from netops.snmp.types import Oid, Tag
from peers.snmpd import free_udp_port, has_ipv6

NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
MIB = Mib({NAME: (Tag.OCTET_STRING, b"sw1")})
ANN = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1", PrivProtocol.AES, "priv-canary-1")
V1_ID, V2C_ID = 0, 1


async def name_of(engine: SnmpEngine, access: SnmpAccess) -> bytes:
    session = open_session(engine, access)
    try:
        return (await session.get([NAME]))[0].value  # type: ignore[return-value]
    finally:
        await session.close()


# --- ICMP, addresses, families


@pytest.mark.parametrize("credential", [V2C, ANN])
async def test_a_closed_port_is_named_without_waiting_for_the_time_out(
    engine: SnmpEngine, credential
) -> None:
    """A minute's time-out would hold this test up if it were waited for."""
    access = SnmpAccess("127.0.0.1", credential, port=free_udp_port(), timeout_seconds=60, retries=2)
    async with asyncio.timeout(20):
        with pytest.raises(errors.PortClosed, match=r"UDP port .* is closed"):
            await name_of(engine, access)


async def test_no_route_is_named(engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(exchange.UdpSocket, "send", unreachable)
    with pytest.raises(errors.PortClosed, match="check the route"):
        await name_of(engine, SnmpAccess("192.0.2.1", V2C))


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
@pytest.mark.parametrize("credential", [V2C, ANN])
async def test_ipv6_is_asked_and_answers(engine: SnmpEngine, credential) -> None:
    answer = MIB if credential is V2C else UsmScript(ANN, MIB)
    async with HostileAgent(answer, "::1") as agent:
        assert await name_of(engine, agent.access(credential)) == b"sw1"


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
async def test_a_name_with_two_addresses_falls_over_to_the_one_that_answers_and_stays(
    engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HostileAgent(MIB) as agent:

        async def both(host: str, port: int) -> list[Resolved]:
            return [
                Resolved(socket.AF_INET6, ("::1", port, 0, 0)),
                Resolved(socket.AF_INET, ("127.0.0.1", port)),
            ]

        monkeypatch.setattr(engine.resolver, "resolve", both)
        session = open_session(engine, agent.access(host="switch"))
        assert (await session.get([NAME]))[0].value == b"sw1"
        assert session.requests == 2
        assert (await session.get([NAME]))[0].value == b"sw1"
        assert session.requests == 3


async def test_a_name_is_resolved_and_asked(engine: SnmpEngine) -> None:
    async with HostileAgent(MIB) as agent:
        assert await name_of(engine, agent.access(host="localhost")) == b"sw1"


async def test_a_name_without_address_sends_nothing(
    engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(errors.AddressNotResolved, match="nowhere"):
        await name_of(engine, SnmpAccess("nowhere", V2C))
    assert engine.statistics.requests == 0


# --- concurrency


async def test_no_session_waits_for_the_time_out_of_another(engine: SnmpEngine) -> None:
    """Thirty silent devices wait a minute; a hundred questions to others are answered meanwhile."""
    async with HostileAgent(lambda _: []) as silent, HostileAgent(MIB) as agent:
        dead = [asyncio.create_task(name_of(engine, silent.access(timeout_seconds=60))) for _ in range(30)]
        live = [name_of(engine, agent.access(timeout_seconds=60)) for _ in range(100)]
        async with asyncio.timeout(30):
            assert await asyncio.gather(*live) == [b"sw1"] * 100
        assert not any(task.done() for task in dead)
        assert len(silent.asked) == 30
        await engine.stop()
        results = await asyncio.gather(*dead, return_exceptions=True)
    assert {type(result) for result in results} == {errors.NoAnswer}


async def test_questions_of_one_session_may_overlap(engine: SnmpEngine) -> None:
    script = UsmScript(ANN, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN, timeout_seconds=5))
        results = await asyncio.gather(*(session.get([NAME]) for _ in range(20)))
    assert {result[0].value for result in results} == {b"sw1"}


# --- the end


async def test_close_ends_the_requests_that_wait(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda _: []) as agent:
        session = open_session(engine, agent.access(timeout_seconds=60, retries=5))
        waiting = [asyncio.create_task(session.get([NAME])) for _ in range(3)]
        await agent.until_asked(3)
        await session.close()
        for task in waiting:
            with pytest.raises(errors.NoAnswer):
                await task
        assert len(agent.asked) == 3
        with pytest.raises(errors.NoAnswer):
            await session.get([NAME])


async def test_stop_ends_what_waits_and_leaks_no_descriptor() -> None:
    """A session that retried after the stop once opened a socket that nobody closed."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing of descriptors, not of files
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with HostileAgent(lambda _: []) as agent:
            engine = SnmpEngine()
            await engine.start()
            tasks = [
                asyncio.create_task(name_of(engine, agent.access(credential, timeout_seconds=60, retries=3)))
                for credential in (V2C, ANN)
            ]
            await agent.until_asked(2)
            await engine.stop()
            for task in tasks:
                with pytest.raises(errors.NoAnswer):
                    await task
            assert len(agent.asked) == 2
            with pytest.raises(errors.NoAnswer):
                await name_of(engine, agent.access())
        assert not engine._sockets
        assert engine._sweeper is None
        del engine, agent, tasks
        gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


async def test_an_engine_that_was_not_started_says_so() -> None:
    engine = SnmpEngine()
    with pytest.raises(RuntimeError, match="not started"):
        await name_of(engine, SnmpAccess("127.0.0.1", V2C))
    await engine.stop()


async def test_an_algorithm_this_machine_lacks_reaches_whoever_asked(
    engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes to light when a discovery is answered, inside the reading of the socket."""
    monkeypatch.setitem(usm.AUTH_ALGORITHMS, AuthProtocol.MD5, usm.AuthAlgorithm("no-such-hash", 12))
    script = UsmScript(UserCredential("ann"), MIB)
    async with HostileAgent(script) as agent:
        credential = UserCredential("ann", AuthProtocol.MD5, "auth-canary-1")
        with pytest.raises(errors.UnsupportedAlgorithm, match="MD5"):
            await name_of(engine, agent.access(credential))


async def test_no_secret_shows_in_errors_objects_or_logs(
    engine: SnmpEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    answers = [lambda _: [], lambda _: [b"\x30junk"], lambda data: [data]]
    for answer, credential in itertools.product(answers, [V2C, ANN]):
        async with HostileAgent(answer) as agent:
            session = open_session(engine, agent.access(credential, retries=0))
            with pytest.raises(errors.DeviceError) as caught:
                await session.get([NAME])
            shown += [repr(caught.value), str(caught.value), repr(session), repr(agent.access(credential))]
            shown += [repr(session._peer), repr(vars(caught.value))]
    assert "canary" not in " ".join(map(str, shown)) + caplog.text
    assert ENGINE_ID
