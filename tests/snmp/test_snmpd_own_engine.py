"""Three readers, one agent: our engine, pysnmp and net-snmp's own programs must see the same tree."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from netops.model.access import AuthProtocol, CommunityCredential, Credential, PrivProtocol
from netops.snmp.second_engine import open_second_session
from netops.snmp.session import SnmpEngine, open_session
from netops.snmp.types import Absent, Oid, SnmpSession, Tag, Value, Varbind
from peers.snmpd import (
    COMMUNITY,
    LIMITED_COMMUNITY,
    Snmpd,
    as_printed,
    has_ipv6,
    offered_pairs,
    user_for,
)

pytestmark = pytest.mark.peer("snmpd", "snmpget", "snmpwalk", "snmpbulkwalk")

Tree = dict[Oid, tuple[int, Value | Absent]]

EVERYTHING = Oid.of(1, 3)
SYSTEM = Oid.parse("1.3.6.1.2.1.1")
INTERFACES = Oid.parse("1.3.6.1.2.1.2")
IF_ENTRY = Oid.parse("1.3.6.1.2.1.2.2.1")
V1 = CommunityCredential("1", COMMUNITY)
V2C = CommunityCredential("2c", COMMUNITY)
PAIRS: list[Credential] = [user_for(*pair) for pair in offered_pairs()]
EACH_ALGORITHM: list[Credential] = [
    user_for(auth, priv)
    for auth, priv in offered_pairs()
    if auth is AuthProtocol.SHA256 or priv is PrivProtocol.AES
]
AUTH_PRIV = user_for(AuthProtocol.SHA256, PrivProtocol.AES)
TYPE_WORDS = {
    Tag.INTEGER: {"INTEGER"},
    Tag.OCTET_STRING: {"Hex-STRING", ""},
    Tag.OBJECT_IDENTIFIER: {"OID"},
    Tag.IP_ADDRESS: {"IpAddress"},
    Tag.COUNTER32: {"Counter32"},
    Tag.GAUGE32: {"Gauge32"},
    Tag.TIME_TICKS: {""},
    Tag.OPAQUE: {"Opaque"},
    Tag.COUNTER64: {"Counter64"},
}
LOOKS = 4
"""A value that moves may look wrong once; what is wrong in every look is wrong."""


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    with Snmpd(tmp_path_factory.mktemp("snmpd")) as started:
        yield started


@asynccontextmanager
async def own(agent: Snmpd, credential: Credential, host: str = "127.0.0.1") -> AsyncIterator[SnmpSession]:
    engine = SnmpEngine()
    await engine.start()
    session = open_session(engine, agent.access(credential, host))
    try:
        yield session
    finally:
        await session.close()
        await engine.stop()


@asynccontextmanager
async def second(agent: Snmpd, credential: Credential, host: str = "127.0.0.1") -> AsyncIterator[SnmpSession]:
    session = open_second_session(agent.access(credential, host))
    try:
        yield session
    finally:
        await session.close()


async def read_tree(session: SnmpSession, root: Oid) -> Tree:
    seen: list[Varbind] = [varbind async for varbind in session.walk(root)]
    tree = {varbind.oid: (varbind.tag, varbind.value) for varbind in seen}
    assert len(tree) == len(seen)
    assert [oid.arcs for oid in tree] == sorted(oid.arcs for oid in tree)
    return tree


async def assert_agrees(
    agent: Snmpd, session: SnmpSession, credential: Credential, root: Oid, host: str = "127.0.0.1"
) -> None:
    """Hold a session's walk between two walks of net-snmp's: what stood still must be equal to the letter."""
    wrong: dict[Oid, str] = {}
    for look in range(LOOKS):
        before = agent.walk(credential, str(root), host)
        tree = await read_tree(session, root)
        after = agent.walk(credential, str(root), host)
        differences = compare(before, tree, after)
        wrong = differences if not look else {oid: text for oid, text in differences.items() if oid in wrong}
        if not wrong:
            assert tree
            return
    pytest.fail("\n".join(f"{oid}: {text}" for oid, text in list(wrong.items())[:20]))


def compare(
    before: dict[Oid, tuple[str, str]], tree: Tree, after: dict[Oid, tuple[str, str]]
) -> dict[Oid, str]:
    wrong = dict.fromkeys(tree.keys() - (before.keys() | after.keys()), "net-snmp does not see it")
    for oid in before.keys() & after.keys():
        if oid not in tree:
            wrong[oid] = "missing"
            continue
        tag, value = tree[oid]
        kind, text = before[oid]
        if kind not in TYPE_WORDS[Tag(tag)]:
            wrong[oid] = f"tag {tag:#x} against {kind}"
        elif before[oid] == after[oid] and as_printed(value) != text:
            wrong[oid] = f"{as_printed(value)!r} against {text!r}"
    return wrong


@pytest.mark.parametrize("credential", [V1, V2C, user_for(None), *PAIRS], ids=str)
async def test_our_engine_sees_the_whole_tree_as_net_snmp_does(agent: Snmpd, credential: Credential) -> None:
    async with own(agent, credential) as session:
        await assert_agrees(agent, session, credential, EVERYTHING)


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("credential", [V1, V2C, AUTH_PRIV], ids=str)
async def test_our_engine_sees_the_whole_tree_over_ipv6(agent: Snmpd, credential: Credential) -> None:
    async with own(agent, credential, "::1") as session:
        await assert_agrees(agent, session, credential, EVERYTHING, "::1")


@pytest.mark.parametrize("credential", [V1, V2C, *EACH_ALGORITHM], ids=str)
async def test_pysnmp_sees_the_whole_tree_as_net_snmp_does(agent: Snmpd, credential: Credential) -> None:
    async with second(agent, credential) as session:
        await assert_agrees(agent, session, credential, EVERYTHING)


@pytest.mark.parametrize("credential", [V1, V2C, user_for(None), *PAIRS], ids=str)
async def test_pysnmp_sees_the_interfaces_as_net_snmp_does(agent: Snmpd, credential: Credential) -> None:
    """A part of the tree for every pair: pysnmp needs seconds of CPU for all of it."""
    async with second(agent, credential) as session:
        await assert_agrees(agent, session, credential, INTERFACES)


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("credential", [V1, V2C, AUTH_PRIV], ids=str)
async def test_pysnmp_sees_the_interfaces_over_ipv6(agent: Snmpd, credential: Credential) -> None:
    async with second(agent, credential, "::1") as session:
        await assert_agrees(agent, session, credential, INTERFACES, "::1")


@pytest.mark.parametrize("credential", [V1, V2C, user_for(None), *PAIRS], ids=str)
async def test_both_engines_read_the_same_columns(agent: Snmpd, credential: Credential) -> None:
    columns = [IF_ENTRY / number for number in (1, 2, 3, 4, 6, 7, 22, 99)]
    async with own(agent, credential) as ours, second(agent, credential) as theirs:
        assert await ours.read_columns(columns) == await theirs.read_columns(columns)


@pytest.mark.parametrize("credential", [V1, V2C, AUTH_PRIV], ids=str)
async def test_both_engines_get_the_same_in_the_order_asked(agent: Snmpd, credential: Credential) -> None:
    oids = [SYSTEM / (5, 0), SYSTEM / (99, 0), SYSTEM / (4, 0), SYSTEM / (5, 7), SYSTEM / (6, 0)]
    async with own(agent, credential) as ours, second(agent, credential) as theirs:
        first, other = await ours.get(oids), await theirs.get(oids)
    assert [varbind.oid for varbind in first] == oids
    assert [(each.oid, isinstance(each.value, Absent) or each) for each in first] == [
        (each.oid, isinstance(each.value, Absent) or each) for each in other
    ]


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_both_engines_see_nothing_outside_a_restricted_view(agent: Snmpd, version: str) -> None:
    limited = CommunityCredential("1" if version == "1" else "2c", LIMITED_COMMUNITY)
    async with own(agent, limited) as ours, second(agent, limited) as theirs:
        for session in (ours, theirs):
            assert await read_tree(session, SYSTEM)
            assert await read_tree(session, INTERFACES) == {}


@pytest.mark.parametrize("is_replaced", [False, True])
@pytest.mark.parametrize("credential", [V2C, AUTH_PRIV], ids=str)
async def test_agent_that_restarts_between_two_requests_is_read_on(
    tmp_path: Path, credential: Credential, is_replaced: bool
) -> None:
    """Its boots count up and its clock starts anew; a device replaced by another has a new engine ID too."""
    with Snmpd(tmp_path) as agent:
        async with own(agent, credential) as ours, second(agent, credential) as theirs:
            for turn in range(2):
                for session in (ours, theirs):
                    (name,) = await session.get([SYSTEM / (5, 0)])
                    assert name.value == b"peer.example.net"
                if not turn:
                    agent.stop()
                    if is_replaced:
                        agent.forget()
                    agent.start()
