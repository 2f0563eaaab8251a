"""A conversation with an agent that lies, or falls silent."""

import itertools
from collections.abc import Callable

import pytest

from hostile_agent import (
    V1,
    V2C,
    HostileAgent,
    Mib,
    read_question,
    reply,
)
from netops import errors
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Absent, Oid, Tag, Varbind
from small_switch import DESCRIPTIONS, IF_DESCR, IF_OCTETS, MIB, NAME, OCTETS, SYSTEM, UPTIME


async def walk(session, root: Oid) -> list[Varbind]:
    return [varbind async for varbind in session.walk(root)]


# --- agents that lie


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
async def test_an_empty_reply_is_named(engine: SnmpEngine, credential) -> None:
    async with HostileAgent(lambda data: [reply(read_question(data))]) as agent:
        session = open_session(engine, agent.access(credential))
        with pytest.raises(errors.UnexpectedReply, match="other variables"):
            await session.get([NAME])
        with pytest.raises(errors.UnexpectedReply, match="nothing at all"):
            await session.read_columns([IF_DESCR])
        with pytest.raises(errors.UnexpectedReply, match="nothing at all"):
            await walk(session, SYSTEM)


async def test_other_variables_than_were_asked_are_not_taken_for_them(engine: SnmpEngine) -> None:
    def other(data: bytes) -> list[bytes]:
        question = read_question(data)
        return [reply(question, [MIB.read(UPTIME) for _ in question.oids])]

    async with HostileAgent(other) as agent:
        session = open_session(engine, agent.access())
        with pytest.raises(errors.UnexpectedReply, match="other variables"):
            await session.get([NAME])


def looping(data: bytes) -> list[bytes]:
    """Begin each answer anew at the head of its column."""
    question = read_question(data)
    return [
        reply(question, MIB.answer(question._replace(oids=[Oid.of(*oid.arcs[:10]) for oid in question.oids])))
    ]


def stuck(data: bytes) -> list[bytes]:
    question = read_question(data)
    return [reply(question, [Varbind(oid, Tag.INTEGER, 1) for oid in question.oids])]


def backwards(data: bytes) -> list[bytes]:
    question = read_question(data)
    return [reply(question, [Varbind(NAME, Tag.INTEGER, 1) for _ in question.oids])]


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
@pytest.mark.parametrize("lie", [looping, stuck, backwards])
async def test_an_agent_that_walks_in_a_circle_is_left_and_named(engine: SnmpEngine, credential, lie) -> None:
    async with HostileAgent(lie) as agent:
        session = open_session(engine, agent.access(credential))
        with pytest.raises(errors.OidNotIncreasing, match="walks in a circle"):
            await session.read_columns([IF_DESCR, IF_OCTETS])
        if lie is not backwards:  # for a walk, what lies before its root is merely outside of it
            with pytest.raises(errors.OidNotIncreasing, match="walks in a circle"):
                await walk(session, IF_DESCR)
        assert len(agent.asked) < 40


async def test_rows_that_vanish_in_turns_do_not_keep_a_reading_going(engine: SnmpEngine) -> None:
    turns = itertools.cycle([1, 2])

    def vanishing(data: bytes) -> list[bytes]:
        question = read_question(data)
        oid = IF_DESCR / next(turns)
        return [reply(question, [Varbind(oid, Tag.NO_SUCH_INSTANCE, Absent.NO_SUCH_INSTANCE)])]

    async with HostileAgent(vanishing) as agent:
        session = open_session(engine, agent.access())
        with pytest.raises(errors.OidNotIncreasing):
            await session.read_columns([IF_DESCR])


async def test_a_circle_in_one_column_does_not_cost_the_others(engine: SnmpEngine) -> None:
    def loop_in_octets(data: bytes) -> list[bytes]:
        question = read_question(data)
        return looping(data) if question.oids[-1].startswith(IF_OCTETS) else MIB(data)

    async with HostileAgent(loop_in_octets) as agent:
        session = open_session(engine, agent.access())
        noted: list[tuple[Oid, errors.SnmpError]] = []
        columns = await session.read_columns([IF_DESCR, IF_OCTETS], noted)
    assert columns[0] == DESCRIPTIONS
    assert [(column, error.kind) for column, error in noted] == [(IF_OCTETS, "oid_not_increasing")]


async def test_broken_values_inside_a_whole_message_are_malformed(engine: SnmpEngine) -> None:
    def broken(data: bytes) -> list[bytes]:
        question = read_question(data)
        honest = reply(question, [Varbind(NAME, Tag.INTEGER, 1)])
        return [honest[:-3] + b"\x7f" + honest[-2:]]

    async with HostileAgent(broken) as agent:
        session = open_session(engine, agent.access())
        with pytest.raises(errors.MalformedReply):
            await session.get([NAME])
        with pytest.raises(errors.MalformedReply):
            await session.read_columns([IF_DESCR, IF_OCTETS], [])


# --- agents that fall silent


def silent_after(count: int) -> Callable[[bytes], list[bytes]]:
    asked = itertools.count(1)
    return lambda data: MIB(data) if next(asked) <= count else []


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
@pytest.mark.parametrize("polls", [0, 1, 2, 3])
async def test_silence_in_mid_walk_is_no_answer_and_the_next_poll_is_whole(
    engine: SnmpEngine, credential, polls: int
) -> None:
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access(credential, max_repetitions=10, retries=0))
        for _ in range(polls):
            await session.read_columns([IF_DESCR, IF_OCTETS])
        agent.answer = silent_after(2)
        with pytest.raises(errors.NoAnswer):
            await session.read_columns([IF_DESCR, IF_OCTETS])
        agent.answer = MIB
        for _ in range(3):
            assert await session.read_columns([IF_DESCR, IF_OCTETS]) == [DESCRIPTIONS, OCTETS]


async def test_silence_in_mid_walk_ends_a_walk(engine: SnmpEngine) -> None:
    got: list[Varbind] = []

    async def keep(session) -> None:
        async for varbind in session.walk(IF_DESCR):
            got.append(varbind)  # noqa: PERF401 - what came before the silence counts

    async with HostileAgent(silent_after(2)) as agent:
        with pytest.raises(errors.NoAnswer):
            await keep(open_session(engine, agent.access(max_repetitions=10, retries=0)))
    assert len(got) == 20


async def test_a_large_request_that_only_a_smaller_one_cures_teaches_to_ask_for_less(
    engine: SnmpEngine,
) -> None:
    """Some agents, and some tunnels, lose every large reply."""

    def loses_large(data: bytes) -> list[bytes]:
        return MIB(data) if read_question(data).repetitions <= 8 else []

    async with HostileAgent(loses_large) as agent:
        session = open_session(engine, agent.access(max_repetitions=32, retries=2, timeout_seconds=0.06))
        assert await session.read_columns([IF_DESCR]) == [DESCRIPTIONS]
        assert [question.repetitions for question in agent.questions()][:4] == [32, 16, 8, 8]
        before = len(agent.asked)
        await session.read_columns([IF_DESCR])
        assert max(question.repetitions for question in agent.questions()[before:]) <= 8


async def test_a_column_that_vanishes_and_one_that_appears_are_seen_at_once(engine: SnmpEngine) -> None:
    without = Mib({oid: cell for oid, cell in MIB.cells.items() if not oid.startswith(IF_OCTETS)})
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access())
        for _ in range(3):
            await session.read_columns([IF_DESCR, IF_OCTETS])
        agent.answer = without
        assert await session.read_columns([IF_DESCR, IF_OCTETS]) == [DESCRIPTIONS, {}]
        agent.answer = MIB
        assert await session.read_columns([IF_DESCR, IF_OCTETS]) == [DESCRIPTIONS, OCTETS]
