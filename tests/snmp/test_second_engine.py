"""The second engine beside a real snmpd: every version and pair, refusals, silence, and a clean end."""

import asyncio
import dataclasses
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from netops import errors
from netops.model.access import (
    AuthProtocol,
    CommunityCredential,
    Credential,
    PrivProtocol,
    SnmpAccess,
    UserCredential,
)
from netops.snmp.second_engine import Reply, SecondSession, open_second_session
from netops.snmp.types import Absent, Oid, SnmpSession, Tag, Varbind
from peers.snmpd import (
    AUTH_PASSWORD,
    COMMUNITY,
    LIMITED_COMMUNITY,
    LIMITED_USER,
    Snmpd,
    free_udp_port,
    has_ipv6,
    offered_pairs,
    user_for,
)

SYS_NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
SYSTEM = Oid.parse("1.3.6.1.2.1.1")
MISSING = Oid.parse("1.3.6.1.2.1.1.99.0")
IF_DESCR = Oid.parse("1.3.6.1.2.1.2.2.1.2")
IF_TYPE = Oid.parse("1.3.6.1.2.1.2.2.1.3")
AES_USER = user_for(AuthProtocol.SHA, PrivProtocol.AES)
V2C = CommunityCredential("2c", COMMUNITY)

peer = pytest.mark.peer("snmpd", "snmpget")


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with Snmpd(tmp_path_factory.mktemp("snmpd")) as started:
        yield started


@pytest.fixture(autouse=True)
def no_socket_left() -> Iterator[None]:
    """An unclosed socket is told when it is collected, which must not wait for somebody else's test."""
    yield
    gc.collect()


async def ask(access: SnmpAccess, *oids: Oid) -> list[Varbind]:
    session = open_second_session(access)
    try:
        return await session.get(oids)
    finally:
        await session.close()


@peer
@pytest.mark.parametrize(
    "credential",
    [
        CommunityCredential("1", COMMUNITY),
        V2C,
        user_for(None),
        *(user_for(*pair) for pair in offered_pairs()),
    ],
    ids=str,
)
async def test_every_credential_reads_the_same_name(agent: Snmpd, credential: Credential) -> None:
    (name,) = await ask(agent.access(credential), SYS_NAME)
    assert name == Varbind(SYS_NAME, Tag.OCTET_STRING, b"peer.example.net")


@peer
@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("credential", [CommunityCredential("1", COMMUNITY), V2C, AES_USER], ids=str)
async def test_ipv6_reads_the_same_name(agent: Snmpd, credential: Credential) -> None:
    (name,) = await ask(agent.access(credential, "::1"), SYS_NAME)
    assert name.value == b"peer.example.net"


@peer
@pytest.mark.parametrize("version", ["1", "2c"])
async def test_missing_variable_stands_as_absent_beside_the_others(agent: Snmpd, version: Any) -> None:
    found = await ask(agent.access(CommunityCredential(version, COMMUNITY)), MISSING, SYS_NAME)
    assert [varbind.oid for varbind in found] == [MISSING, SYS_NAME]
    assert found[0].value in {Absent.NO_SUCH_OBJECT, Absent.NO_SUCH_INSTANCE}
    assert found[1].value == b"peer.example.net"


@peer
@pytest.mark.parametrize("credential", [CommunityCredential("1", COMMUNITY), V2C, AES_USER], ids=str)
async def test_columns_and_walk_agree_with_snmpbulkwalk(agent: Snmpd, credential: Credential) -> None:
    session = open_second_session(agent.access(credential))
    columns = await session.read_columns([IF_DESCR, IF_TYPE, MISSING])
    walked = {varbind.oid: varbind.value async for varbind in session.walk(IF_DESCR)}
    await session.close()
    printed = agent.walk(credential, str(IF_DESCR))
    assert set(walked) == set(printed)
    assert columns[0] == {oid.index_below(IF_DESCR): value for oid, value in walked.items()}
    assert set(columns[1]) == set(columns[0])
    assert columns[2] == {}


@peer
@pytest.mark.parametrize(
    ("credential", "error"),
    [
        (CommunityCredential("2c", "no such community"), errors.WrongCommunity),
        (UserCredential("nobody"), errors.UnknownUser),
        (dataclasses.replace(AES_USER, auth_password="wrong-password"), errors.WrongAuthentication),
        (dataclasses.replace(AES_USER, auth=AuthProtocol.MD5), errors.WrongAuthentication),
        (dataclasses.replace(AES_USER, priv_password="wrong-password"), errors.WrongPrivacy),
        (dataclasses.replace(AES_USER, priv=PrivProtocol.DES), errors.WrongPrivacy),
        (dataclasses.replace(AES_USER, priv=None), errors.AccessDenied),
        (
            dataclasses.replace(user_for(None), auth=AuthProtocol.SHA, auth_password=AUTH_PASSWORD),
            errors.UnsupportedSecurityLevel,
        ),
    ],
    ids=str,
)
async def test_refusal_is_named(
    agent: Snmpd, credential: Credential, error: type[errors.DeviceError]
) -> None:
    with pytest.raises(error, match=r"^127\.0\.0\.1: ") as told:
        await ask(agent.access(credential, timeout_seconds=0.3, retries=0), SYS_NAME)
    assert "pass" not in str(told.value).replace("password", "")


@peer
@pytest.mark.parametrize(
    "credential",
    [
        CommunityCredential("2c", LIMITED_COMMUNITY),
        UserCredential(LIMITED_USER, AuthProtocol.SHA, AUTH_PASSWORD),
    ],
    ids=str,
)
async def test_restricted_view_gives_nothing_outside_itself(agent: Snmpd, credential: Credential) -> None:
    session = open_second_session(agent.access(credential))
    inside = [varbind async for varbind in session.walk(SYSTEM)]
    outside = await session.read_columns([IF_DESCR])
    await session.close()
    assert inside
    assert outside == [{}]


@pytest.mark.parametrize("credential", [V2C, AES_USER], ids=str)
async def test_closed_port_is_no_answer(credential: Credential) -> None:
    access = SnmpAccess("127.0.0.1", credential, port=free_udp_port(), timeout_seconds=0.2, retries=1)
    session = open_second_session(access)
    with pytest.raises(errors.NoAnswer, match="after 2 tries"):
        await session.get([SYS_NAME])
    assert session.requests >= 2
    await session.close()


async def test_name_without_address_is_named() -> None:
    with pytest.raises(errors.AddressNotResolved):
        await ask(SnmpAccess("no-such-name.invalid", V2C), SYS_NAME)


@pytest.mark.parametrize("credential", [V2C, AES_USER], ids=str)
@pytest.mark.parametrize("turns", [*range(21), 1000])
async def test_close_ends_a_waiting_request_with_no_answer(credential: Credential, turns: int) -> None:
    access = SnmpAccess("127.0.0.1", credential, port=free_udp_port(), timeout_seconds=60, retries=0)
    session = open_second_session(access)
    waiting = asyncio.ensure_future(session.get([SYS_NAME]))
    for _ in range(turns):  # so far the request may have come
        await asyncio.sleep(0)
    await session.close()
    with pytest.raises(errors.NoAnswer):
        await waiting
    with pytest.raises(errors.NoAnswer, match="closed"):
        await session.get([SYS_NAME])


class Scripted(SecondSession):
    """A session whose agent answers from a list."""

    def __init__(self, replies: list[Reply], version: Any = "2c") -> None:
        super().__init__(SnmpAccess("agent", CommunityCredential(version, "c")))
        self.replies = replies
        self.asked: list[tuple[int, ...]] = []

    async def _request(self, command: Any, oids: Any, *numbers: int) -> Reply:
        self.asked.append((len(oids), *numbers))
        return self.replies.pop(0)


def cell(column: Oid, index: int) -> Varbind:
    return Varbind(column / index, Tag.INTEGER, index)


async def collect(session: SnmpSession, root: Oid) -> list[Varbind]:
    return [varbind async for varbind in session.walk(root)]


@pytest.mark.parametrize("indexes", [(2, 1), (1, 1)])
async def test_agent_that_walks_in_a_circle_is_named(indexes: tuple[int, ...]) -> None:
    with pytest.raises(errors.OidNotIncreasing):
        await collect(Scripted([Reply(0, 0, [cell(IF_DESCR, index) for index in indexes])]), IF_DESCR)
    with pytest.raises(errors.OidNotIncreasing):
        await Scripted([Reply(0, 0, [cell(IF_DESCR, index) for index in indexes])]).read_columns([IF_DESCR])


async def test_too_big_halves_the_repetitions_then_splits_the_columns() -> None:
    end = Varbind(IF_DESCR, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW)
    too_big = Reply(1, 0, [])
    session = Scripted([too_big] * 5 + [Reply(0, 0, [end]), Reply(0, 0, [end])])
    assert await session.read_columns([IF_DESCR, IF_TYPE]) == [{}, {}]
    assert session.asked == [(2, 0, 25), (2, 0, 12), (2, 0, 6), (2, 0, 3), (2, 0, 1), (1, 0, 25), (1, 0, 25)]


@pytest.mark.parametrize(
    ("status", "error"),
    [(5, errors.ErrorStatus), (1, errors.ErrorStatus), (6, errors.AccessDenied), (16, errors.AccessDenied)],
)
async def test_error_status_is_told(status: int, error: type[errors.DeviceError]) -> None:
    with pytest.raises(error):
        await Scripted([Reply(status, 1, [])]).get([SYS_NAME])


@pytest.mark.parametrize("reply", [Reply(0, 0, []), Reply(0, 0, [Varbind(MISSING, Tag.INTEGER, 1)])])
async def test_answer_to_another_question_is_refused(reply: Reply) -> None:
    with pytest.raises(errors.UnexpectedReply):
        await Scripted([reply]).get([SYS_NAME])


async def test_empty_answer_to_a_walk_is_refused() -> None:
    with pytest.raises(errors.UnexpectedReply):
        await collect(Scripted([Reply(0, 0, [])]), IF_DESCR)


async def test_short_rows_are_taken_and_an_ended_column_is_not_asked_again() -> None:
    first = Reply(0, 0, [cell(IF_DESCR, 1), cell(IF_TYPE, 1), cell(IF_DESCR, 2)])
    second = Reply(0, 0, [cell(IF_TYPE, 1), cell(IF_TYPE, 2)])  # IF_DESCR runs into the next column
    third = Reply(0, 0, [cell(MISSING, 1)])
    session = Scripted([first, second, third])
    assert await session.read_columns([IF_DESCR, IF_TYPE]) == [{(1,): 1, (2,): 2}, {(1,): 1, (2,): 2}]
    assert [asked[0] for asked in session.asked] == [2, 2, 1]


async def test_version_1_column_ends_at_no_such_name() -> None:
    replies = [Reply(0, 0, [cell(IF_DESCR, 1), cell(IF_TYPE, 1)]), Reply(2, 2, []), Reply(2, 1, [])]
    assert await Scripted(replies, "1").read_columns([IF_DESCR, IF_TYPE]) == [{(1,): 1}, {(1,): 1}]


@peer
async def test_sessions_leave_no_socket_and_no_task(agent: Snmpd) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(3):
        await ask(agent.access(V2C), SYS_NAME)
    assert len(asyncio.all_tasks()) == before
    gc.collect()  # an unclosed socket would be told now, and a warning is an error


@peer
def test_uvloop_carries_the_second_engine(agent: Snmpd) -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        (name,) = runner.run(ask(agent.access(AES_USER), SYS_NAME))
    assert name.value == b"peer.example.net"
