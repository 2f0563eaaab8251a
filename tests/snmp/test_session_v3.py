"""SNMPv3 conversations: clocks that jump, engines that change, replies that do not prove themselves."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest

from fakes import FakeClock
from hostile_agent import (
    AUTH,
    BOOTS,
    PRIV,
    TIME,
    Draft,
    HostileAgent,
    UsmScript,
    flip_last,
    report_pdu,
)
from netops import errors
from netops.snmp import v3
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Oid
from small_switch import ANN, MIB, NAME, SIGNED


async def test_discovery_and_clock_cost_two_reports_once(engine: SnmpEngine) -> None:
    script = UsmScript(ANN, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN))
        for _ in range(5):
            assert (await session.get([NAME]))[0].value == b"sw1"
        assert session.engine_id == script.engine_id
    assert len(script.messages) == 6


@pytest.mark.parametrize(
    ("boots", "time"),
    [(BOOTS + 1, 0), (BOOTS + 40, 99), (1, 0), (1, TIME), (BOOTS, TIME + 100_000), (BOOTS, 0)],
    ids=["reboot", "many reboots", "lost boots", "lost boots, later", "clock forward", "clock back"],
)
@pytest.mark.parametrize("credential", [SIGNED, ANN], ids=repr)
async def test_an_agent_whose_clock_jumped_is_asked_on_without_an_error(
    engine: SnmpEngine, credential, boots: int, time: int
) -> None:
    script = UsmScript(credential, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(credential))
        await session.get([NAME])
        script.boots, script.time = boots, time
        for _ in range(3):
            assert (await session.get([NAME]))[0].value == b"sw1"
    assert len(script.messages) == 6
    assert engine.statistics.discarded.total() == 0


@pytest.mark.parametrize("retries", [0, 1, 2])
async def test_an_agent_that_is_silent_to_a_wrong_clock_is_found_again(
    engine: SnmpEngine, retries: int
) -> None:
    """Some do not even report; then discovery begins anew, with no retries at the next poll."""
    script = UsmScript(SIGNED, MIB)

    def twist(draft: Draft) -> Iterable[Draft]:
        return [draft] if v3.NOT_IN_TIME_WINDOW not in draft.pdu else []

    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(SIGNED, retries=retries, timeout_seconds=0.06))
        await session.get([NAME])
        script.twist, script.boots, script.time = twist, 1, 0
        if retries == 0:
            with pytest.raises(errors.NoAnswer):
                await session.get([NAME])
        assert (await session.get([NAME]))[0].value == b"sw1"


async def test_a_device_that_was_replaced_is_asked_on_without_an_error(engine: SnmpEngine) -> None:
    script = UsmScript(ANN, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN))
        await session.get([NAME])
        script.engine_id = bytes.fromhex("80001f8880feedface99")
        script.boots, script.time = 1, 5
        assert (await session.get([NAME]))[0].value == b"sw1"
        assert session.engine_id == script.engine_id


@pytest.mark.parametrize(
    ("counter", "error"),
    [
        (v3.UNKNOWN_USER, errors.UnknownUser),
        (v3.WRONG_DIGEST, errors.WrongAuthentication),
        (v3.DECRYPTION_ERROR, errors.WrongPrivacy),
        (v3.UNSUPPORTED_LEVEL, errors.UnsupportedSecurityLevel),
        (Oid.parse("1.3.6.1.6.3.12.1.5.0"), errors.AccessDenied),
        (Oid.parse("1.3.6.1.6.3.11.2.1.3.0"), errors.UnexpectedReply),
        (Oid.parse("1.3.6.1.4.1.1.1"), errors.UnexpectedReply),
    ],
)
async def test_a_report_is_told_by_its_own_error(
    engine: SnmpEngine, counter: Oid, error: type[Exception]
) -> None:
    script = UsmScript(ANN, MIB)
    script.twist = lambda draft: (
        [replace(draft, pdu=report_pdu(counter), flags=0)] if draft.flags else [draft]
    )
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN))
        with pytest.raises(error):
            await session.get([NAME])


@pytest.mark.parametrize("flags", [0, AUTH])
@pytest.mark.parametrize("counter", [v3.UNKNOWN_ENGINE, v3.NOT_IN_TIME_WINDOW])
async def test_reports_without_end_come_to_an_end(engine: SnmpEngine, counter: Oid, flags: int) -> None:
    numbers = itertools.count(1)
    script = UsmScript(SIGNED, MIB)

    def twist(draft: Draft) -> Iterable[Draft]:
        return [
            replace(
                draft, pdu=report_pdu(counter), flags=flags if script.messages[1:] else 0, boots=next(numbers)
            )
        ]

    script.twist = twist
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(SIGNED))
        with pytest.raises(errors.UnexpectedReply):
            await session.get([NAME])
    assert len(script.messages) < 12


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mac": flip_last}, "wrong_hmac"),
        ({"flags": AUTH}, "downgraded"),
        ({"flags": 0}, "downgraded"),
        ({"flags": PRIV}, "unasked_encryption"),
        ({"boots": BOOTS - 1}, "time_window"),
        ({"time": TIME - 1000}, "time_window"),
        ({"engine_id": bytes(9)}, "engine_id"),
        ({"cipher": flip_last}, "undecipherable"),
        ({"pdu": report_pdu(v3.NOT_IN_TIME_WINDOW), "flags": 0}, "unsigned_report"),
    ],
)
async def test_a_reply_that_does_not_prove_itself_is_counted_named_and_not_believed(
    engine: SnmpEngine, change: dict, reason: str
) -> None:
    script = UsmScript(ANN, MIB)
    if reason == "undecipherable":
        change = {"salt": b"short"}
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN, retries=0))
        await session.get([NAME])
        script.twist = lambda draft: [replace(draft, **change)] if draft.flags == AUTH | PRIV else [draft]
        with pytest.raises(errors.UnexpectedReply, match=f"not believed.*{reason}"):
            await session.get([NAME])
        assert engine.statistics.discarded[reason] >= 1
        script.twist = lambda draft: [draft]
        assert (await session.get([NAME]))[0].value == b"sw1"


async def test_a_recorded_conversation_played_again_is_not_believed(
    engine: SnmpEngine, clock: FakeClock
) -> None:
    script = UsmScript(ANN, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN))
        await session.get([NAME])
        recorded = script.sent[-1]
        clock.wind(1000)
        script.time += 1000
        script.twist = lambda draft: [recorded, draft]
        assert (await session.get([NAME]))[0].value == b"sw1"
    assert engine.statistics.discarded["late"] == 1  # its msgID was drawn for another question


async def test_the_agents_clock_runs_on_with_ours(engine: SnmpEngine, clock: FakeClock) -> None:
    script = UsmScript(ANN, MIB)
    async with HostileAgent(script) as agent:
        session = open_session(engine, agent.access(ANN))
        for _ in range(4):
            assert (await session.get([NAME]))[0].value == b"sw1"
            clock.wind(5000)
            script.time += 5000
    assert len(script.messages) == 5
