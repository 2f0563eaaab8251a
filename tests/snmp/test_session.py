"""A conversation with an honest agent, and with one that refuses or cuts its answers."""

import asyncio
from collections.abc import Callable

import pytest

from hostile_agent import (
    V1,
    V2C,
    HostileAgent,
    UsmScript,
    read_question,
    reply,
)
from netops import errors
from netops.model.access import UserCredential
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session, version_label
from netops.snmp.types import Absent, Oid, Tag, Varbind
from small_switch import (
    ANN,
    CREDENTIALS,
    DESCRIPTIONS,
    ERRORS,
    IF_DESCR,
    IF_ERRORS,
    IF_OCTETS,
    MIB,
    MISSING,
    NAME,
    OCTETS,
    SYSTEM,
    UPTIME,
)


def agent_for(credential) -> HostileAgent:
    return HostileAgent(UsmScript(credential, MIB) if isinstance(credential, UserCredential) else MIB)


async def walk(session, root: Oid) -> list[Varbind]:
    return [varbind async for varbind in session.walk(root)]


# --- an honest agent


@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
async def test_get_gives_values_in_the_order_asked_and_absence_for_the_missing(
    engine: SnmpEngine, credential
) -> None:
    async with agent_for(credential) as agent:
        session = open_session(engine, agent.access(credential, timeout_seconds=2))
        found = await session.get([NAME, MISSING, UPTIME])
    assert [varbind.oid for varbind in found] == [NAME, MISSING, UPTIME]
    assert (found[0].value, found[2].value) == (b"sw1", 4711)
    assert isinstance(found[1].value, Absent)


@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
async def test_walk_gives_everything_below_and_nothing_beside(engine: SnmpEngine, credential) -> None:
    async with agent_for(credential) as agent:
        session = open_session(engine, agent.access(credential, timeout_seconds=2))
        assert [varbind.value for varbind in await walk(session, SYSTEM)] == [4711, b"sw1"]
        assert {v.oid.index_below(IF_DESCR): v.value for v in await walk(session, IF_DESCR)} == DESCRIPTIONS
        assert await walk(session, MISSING) == []
        assert len(await walk(session, Oid.parse("1.3"))) == len(MIB.cells)


@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
async def test_columns_that_are_read_rarely_come_the_same_and_leave_nothing_behind(
    engine: SnmpEngine, credential
) -> None:
    """The tables of a switch's stations would cost more memory than the next reading saves time."""
    async with agent_for(credential) as agent:
        session = open_session(engine, agent.access(credential, timeout_seconds=2))
        found = [await session.read_columns([IF_DESCR, IF_OCTETS], rarely=True) for _poll in range(3)]
    assert found == [[DESCRIPTIONS, OCTETS]] * 3
    assert not session._memories


@pytest.mark.parametrize("credential", CREDENTIALS, ids=repr)
async def test_columns_come_whole_and_the_same_at_every_poll(engine: SnmpEngine, credential) -> None:
    async with agent_for(credential) as agent:
        session = open_session(engine, agent.access(credential, timeout_seconds=2))
        for _ in range(4):
            columns = await session.read_columns([IF_DESCR, IF_OCTETS, MISSING, IF_ERRORS])
            assert columns == [DESCRIPTIONS, OCTETS, {}, ERRORS]


async def test_many_variables_and_columns_go_in_several_requests(engine: SnmpEngine) -> None:
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access())
        assert len(await session.get([NAME] * 90)) == 90
        assert len(agent.asked) == 3
        assert await session.read_columns([IF_ERRORS] * 30) == [ERRORS] * 30
        assert await session.get([]) == []
        assert await session.read_columns([]) == []
    assert session.requests == len(agent.asked)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [([IF_DESCR, IF_OCTETS], [DESCRIPTIONS, OCTETS]), ([SYSTEM / 5], [{(0,): b"sw1"}])],
    ids=["many replies", "one reply"],
)
async def test_two_readings_of_one_table_at_once_do_not_mix(engine: SnmpEngine, columns, expected) -> None:
    """A poll on demand may meet the scheduled one on the same session."""
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access(timeout_seconds=2))
        for _ in range(5):
            results = await asyncio.gather(*(session.read_columns(columns) for _ in range(3)))
            assert results == [expected] * 3


@pytest.mark.parametrize("repetitions", [1, 127, 128, 255, 256, 500])
async def test_every_max_repetitions_of_the_settings_is_asked_for_as_it_is(
    engine: SnmpEngine, repetitions: int
) -> None:
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access(max_repetitions=repetitions))
        assert await session.read_columns([IF_ERRORS]) == [ERRORS]
    assert agent.questions()[0].repetitions == repetitions


def test_a_version_is_labelled_as_people_write_it() -> None:
    labels = [version_label(HostileAgent(MIB).access(credential)) for credential in (V1, V2C, ANN)]
    assert labels == ["v1", "v2c", "v3"]


# --- agents that refuse or cut


def too_big_over(limit: int) -> Callable[[bytes], list[bytes]]:
    """Answer tooBig to whatever would give more variables than this."""

    def answer(data: bytes) -> list[bytes]:
        question = read_question(data)
        count = len(question.oids) * max(1, question.repetitions)
        return [reply(question, status=1)] if count > limit else MIB(data)

    return answer


async def test_too_big_halves_what_is_asked_and_is_remembered(engine: SnmpEngine) -> None:
    async with HostileAgent(too_big_over(13)) as agent:
        session = open_session(engine, agent.access(max_repetitions=24))
        assert await session.read_columns([IF_DESCR, IF_OCTETS]) == [DESCRIPTIONS, OCTETS]
        asked = [question.repetitions for question in agent.questions()]
        assert asked[:3] == [24, 12, 6]
        assert 24 not in asked[1:]


async def test_too_big_halves_a_get(engine: SnmpEngine) -> None:
    async with HostileAgent(too_big_over(3)) as agent:
        session = open_session(engine, agent.access())
        found = await session.get([NAME, UPTIME] * 5)
    assert [varbind.value for varbind in found] == [b"sw1", 4711] * 5


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
async def test_too_big_for_one_variable_is_an_error(engine: SnmpEngine, credential) -> None:
    async with HostileAgent(lambda data: [reply(read_question(data), status=1)]) as agent:
        session = open_session(engine, agent.access(credential))
        with pytest.raises(errors.ErrorStatus, match="tooBig") as caught:
            await session.get([NAME, UPTIME])
        assert caught.value.status == 1
        with pytest.raises(errors.ErrorStatus, match="tooBig"):
            await session.read_columns([IF_DESCR])
        with pytest.raises(errors.ErrorStatus, match="tooBig"):
            await walk(session, SYSTEM)


async def test_v1_halves_the_columns_of_a_row_that_is_too_big(engine: SnmpEngine) -> None:
    async with HostileAgent(too_big_over(1)) as agent:
        session = open_session(engine, agent.access(V1))
        assert await session.read_columns([IF_DESCR, IF_OCTETS, IF_ERRORS]) == [DESCRIPTIONS, OCTETS, ERRORS]


def failing_in(column: Oid, status: int = 5) -> Callable[[bytes], list[bytes]]:
    """Answer with an error whenever this column is asked for."""

    def answer(data: bytes) -> list[bytes]:
        question = read_question(data)
        for index, oid in enumerate(question.oids, 1):
            if oid.startswith(column):
                echo = [Varbind(oid, Tag.NULL, None) for oid in question.oids]
                return [reply(question, echo, status=status, index=index)]
        return MIB(data)

    return answer


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
async def test_gen_err_is_pinned_on_its_column_and_the_others_are_read(
    engine: SnmpEngine, credential
) -> None:
    async with HostileAgent(failing_in(IF_OCTETS)) as agent:
        session = open_session(engine, agent.access(credential))
        for _ in range(4):
            noted: list[tuple[Oid, errors.SnmpError]] = []
            columns = await session.read_columns([IF_DESCR, IF_OCTETS, IF_ERRORS], noted)
            assert columns == [DESCRIPTIONS, {}, ERRORS]
            assert [column for column, _ in noted] == [IF_OCTETS]
            assert f"genErr for {IF_OCTETS}" in str(noted[0][1])


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
async def test_gen_err_is_raised_where_nobody_takes_note(engine: SnmpEngine, credential) -> None:
    async with HostileAgent(failing_in(IF_OCTETS)) as agent:
        session = open_session(engine, agent.access(credential))
        with pytest.raises(errors.ErrorStatus, match=f"genErr for {IF_OCTETS}"):
            await session.read_columns([IF_DESCR, IF_OCTETS])
        with pytest.raises(errors.ErrorStatus, match=f"genErr for {IF_OCTETS}"):
            await session.get([NAME, IF_OCTETS / 1])


async def test_a_column_that_fails_in_its_midst_comes_back_as_far_as_it_was_read(engine: SnmpEngine) -> None:
    async with HostileAgent(failing_in(IF_DESCR / 25)) as agent:
        session = open_session(engine, agent.access(max_repetitions=25))
        noted: list[tuple[Oid, errors.SnmpError]] = []
        columns = await session.read_columns([IF_DESCR], noted)
    assert columns == [{(row,): b"port %d" % row for row in range(1, 26)}]
    assert len(noted) == 1


@pytest.mark.parametrize("status", [6, 16])
async def test_a_refusal_is_access_denied(engine: SnmpEngine, status: int) -> None:
    async with HostileAgent(failing_in(SYSTEM, status)) as agent:
        session = open_session(engine, agent.access())
        with pytest.raises(errors.AccessDenied, match="check view, group"):
            await session.get([NAME])


@pytest.mark.parametrize("status", [-1, 19, 127])
async def test_an_error_status_without_a_name_is_told_by_its_number(engine: SnmpEngine, status: int) -> None:
    async with HostileAgent(failing_in(SYSTEM, status)) as agent:
        session = open_session(engine, agent.access())
        with pytest.raises(errors.ErrorStatus, match=f"answered {status} for {NAME}"):
            await session.get([NAME])


async def test_v1_no_such_name_spoils_only_its_own_variable(engine: SnmpEngine) -> None:
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access(V1))
        found = await session.get([MISSING, NAME, MISSING, UPTIME])
        assert [varbind.value for varbind in found] == [
            Absent.NO_SUCH_OBJECT,
            b"sw1",
            Absent.NO_SUCH_OBJECT,
            4711,
        ]
        assert [v.value for v in await session.get([MISSING])] == [Absent.NO_SUCH_OBJECT]


@pytest.mark.parametrize("index", [0, 9, -1])
async def test_v1_no_such_name_that_names_nothing_is_an_error_and_no_endless_question(
    engine: SnmpEngine, index: int
) -> None:
    async with HostileAgent(lambda data: [reply(read_question(data), status=2, index=index)]) as agent:
        session = open_session(engine, agent.access(V1))
        with pytest.raises(errors.ErrorStatus, match="noSuchName"):
            await session.get([NAME])
        with pytest.raises(errors.ErrorStatus, match="noSuchName"):
            await session.read_columns([IF_DESCR])
