from collections.abc import Callable

import pytest

from collectors.switch import SYSTEM, Switch, interface
from fakes import FakeSnmpSession
from netops.collectors import COLLECTORS, Visit, read_device
from netops.collectors import vlan_contexts as contexts
from netops.errors import ErrorStatus, NoAnswer
from netops.model.forwarding import ForwardingReading
from netops.model.reading import PollResult
from netops.snmp.types import Oid, Value

Q = "1.3.6.1.2.1.17.7.1.2.2.1"
FDB_ID = "1.3.6.1.2.1.17.7.1.4.2.1.3"
D = "1.3.6.1.2.1.17.4.3.1"
BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
VTP = "1.3.6.1.4.1.9.9.46.1.3.1.1"
OCTETS = "0.17.34.51.68"
WORDS = "00:11:22:33:44"
PORTS = {f"{BASE_PORT}.{port}": 100 + port for port in (1, 2)}


def maker(number, description=b"Test switch"):
    return {f"{SYSTEM}.1.0": description, f"{SYSTEM}.2.0": Oid.parse(f"1.3.6.1.4.1.{number}.1")}


def station(last, port, *, status=3, database=None):
    """Make a row: of dot1qTpFdbTable with a filtering database, else of dot1dTpFdbTable."""
    table, index = (D, f"{OCTETS}.{last}") if database is None else (Q, f"{database}.{OCTETS}.{last}")
    return {f"{table}.2.{index}": port, f"{table}.3.{index}": status}


def switch(*values):
    return Switch(interface(101, "Gi1"), interface(102, "Gi2"), *values)


async def forwarding(*values):
    result = await switch(*values).poll()
    assert not result.errors
    return [(entry.mac[-2:], entry.vlan, entry.interface) for entry in result.forwarding]


async def test_stations_are_told_with_their_vlan_and_their_interface():
    result = await switch(PORTS, station(10, 2, database=7), {f"{FDB_ID}.0.70": 7}).poll()
    assert result.forwarding == [ForwardingReading(f"{WORDS}:0a", 70, "Gi2")]


async def test_a_database_that_nobody_names_is_the_vlan():
    assert await forwarding(PORTS, station(10, 2, database=70)) == [("0a", 70, "Gi2")]


async def test_a_database_that_several_vlans_share_tells_no_vlan():
    shared = {f"{FDB_ID}.0.70": 1, f"{FDB_ID}.0.80": 1}
    assert await forwarding(PORTS, station(10, 2, database=1), shared) == [("0a", None, "Gi2")]


async def test_a_database_beyond_the_vlan_ids_tells_no_vlan():
    assert await forwarding(PORTS, station(10, 2, database=262144)) == [("0a", None, "Gi2")]


@pytest.mark.parametrize(("status", "expected"), [(1, False), (3, False), (5, True), (2, None), (4, None)])
async def test_the_switchs_own_addresses_and_invalid_entries_are_sorted_out(status, expected):
    result = await switch(PORTS, station(10, 2, status=status, database=70)).poll()
    assert [entry.is_static for entry in result.forwarding] == ([] if expected is None else [expected])


async def test_entries_behind_no_interface_are_left_out():
    assert await forwarding(PORTS, station(10, 0, database=70), station(11, 99, database=70)) == []


async def test_the_table_without_vlans_serves_where_the_other_is_missing():
    assert await forwarding(PORTS, station(10, 1)) == [("0a", None, "Gi1")]


async def test_the_ieee_edition_serves_where_both_are_missing():
    root = "1.3.111.2.802.1.1.4.1.2.2.1"
    values = {f"{root}.2.1.70.{OCTETS}.10": 1, f"{root}.3.1.70.{OCTETS}.10": 3}
    assert await forwarding(PORTS, values) == [("0a", 70, "Gi1")]


@pytest.mark.parametrize("number", [1, 5, 6])
async def test_junos_names_the_vlan_of_a_database_in_its_own_table(number):
    root = "1.3.6.1.4.1.2636.3.48.1.3.1.1"
    names = {f"{root}.3.4": 23, f"{root}.5.4": 262144}
    if number == 6:  # EX without ELS: the database is the count of the VLAN
        names = {"1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5.262144": 23}
    found = await forwarding(maker(2636), PORTS, station(number, 1, database=262144), names)
    assert found == [(f"{number:02x}", 23, "Gi1")]


async def test_a_huawei_switch_tells_vlans_in_its_own_table():
    """VRP lacks dot1qTpFdbTable on many switches; the index ends with the name of a virtual switch."""
    root = "1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4"
    values = {f"{root}.{OCTETS}.10.200.1.48": 102, f"{root}.{OCTETS}.11.0.1.48": 102, f"{root}.1.2": 102}
    found = await forwarding(maker(2011), PORTS, values, station(10, 1))
    assert found == [("0a", 200, "Gi2"), ("0b", None, "Gi2")]
    assert await forwarding(maker(2011), PORTS, station(10, 1)) == [("0a", None, "Gi1")]


async def test_a_huge_table_is_read_whole():
    values = {}
    for number in range(20_000):
        index = f"70.2.0.0.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        values |= {f"{Q}.2.{index}": 1, f"{Q}.3.{index}": 3}
    result = await switch(PORTS, values).poll()
    assert len(result.forwarding) == 20_000


async def test_values_of_the_wrong_kind_and_odd_indexes_are_passed_over():
    values = {f"{Q}.2.70.{OCTETS}.10": b"x", f"{Q}.2.70.{OCTETS}": 1, f"{Q}.2.70.{OCTETS}.300": 1}
    assert await forwarding(PORTS, values) == []


async def test_a_missing_status_is_taken_as_learned():
    assert await forwarding(PORTS, {f"{Q}.2.70.{OCTETS}.10": 1}) == [("0a", 70, "Gi1")]


async def test_silence_in_mid_table_leaves_the_subject_open():
    device = switch(station(10, 2, database=7))
    device.session.faults[f"{Q}.3"] = NoAnswer("silence")
    result = await device.poll()
    assert result.forwarding is None
    assert [(error.subject, error.kind) for error in result.errors] == [("forwarding", "timeout")]


class Contexts:
    """The contexts of a Cisco switch; a VLAN that is not among them answers nothing."""

    def __init__(self, tables: dict[int, dict[str, Value]]) -> None:
        self.sessions: list[FakeSnmpSession] = []
        self.asked: list[tuple[int, float | None]] = []
        self.tables = tables
        self.faults: dict[int, Exception] = {}
        self.on_open: Callable[[], None] = lambda: None

    def __call__(self, vlan: int, *, first_wait: float | None = None) -> FakeSnmpSession:
        self.on_open()
        self.asked.append((vlan, first_wait))
        session = FakeSnmpSession(self.tables.get(vlan, {}))
        session.silent = vlan not in self.tables
        if vlan in self.faults and first_wait is None:
            session.faults["1.3.6.1.2.1.17"] = self.faults[vlan]
        self.sessions.append(session)
        return session


def cisco(*vlans, description=b"Cisco IOS"):
    kinds = {f"{VTP}.2.1.{vlan}": 1 for vlan in vlans} | {f"{VTP}.3.1.{vlan}": 1 for vlan in vlans}
    return switch(maker(9, description), kinds, PORTS, station(10, 1))


async def poll(device, open_vlan):
    visit = Visit(device.memory, device.clock, PollResult("sw-1", device.clock.now()), open_vlan=open_vlan)
    result = await read_device(device.session, visit, COLLECTORS)
    if open_vlan is not None:
        assert all(session.closed for session in open_vlan.sessions)
    return result


def rows(result):
    return sorted((entry.mac[-2:], entry.vlan or 0, entry.interface) for entry in result.forwarding)


async def test_a_cisco_switch_is_asked_for_each_vlan_in_its_context():
    """The context of a VLAN has bridge ports of its own, and the plain community is that of one of the VLANs."""
    open_vlan = Contexts({1: station(10, 1) | PORTS, 20: station(11, 9) | {f"{BASE_PORT}.9": 102}, 30: {}})
    result = await poll(cisco(1, 20, 30), open_vlan)
    assert rows(result) == [("0a", 1, "Gi1"), ("0b", 20, "Gi2")]
    assert not result.errors


async def test_a_switch_that_knows_no_contexts_is_asked_a_few_times_and_not_again():
    device, open_vlan = cisco(*range(1, 50)), Contexts({})
    result = await poll(device, open_vlan)
    assert rows(result) == [("0a", 0, "Gi1")]
    assert not result.errors
    assert len(open_vlan.asked) <= 2 * contexts.AT_ONCE
    assert {first_wait for _vlan, first_wait in open_vlan.asked} == {contexts.SHORTEST_WAIT}
    open_vlan.asked.clear()
    device.wind(3600)
    await poll(device, open_vlan)
    assert not open_vlan.asked


@pytest.mark.parametrize(
    ("answer_seconds", "first_wait"), [(0.0, 0.12), (0.003, 0.12), (0.005, 0.2), (0.1, 0.35), (9.0, 0.35)]
)
def test_how_long_a_context_is_waited_for_depends_on_the_device(answer_seconds, first_wait):
    assert contexts.decide_first_wait(answer_seconds) == pytest.approx(first_wait)


async def test_a_single_silent_vlan_is_not_asked_again():
    device, open_vlan = cisco(1, 20), Contexts({1: PORTS | station(10, 1)})
    await poll(device, open_vlan)
    open_vlan.asked.clear()
    device.wind(3600)
    assert rows(await poll(device, open_vlan)) == [("0a", 1, "Gi1")]
    assert {vlan for vlan, _wait in open_vlan.asked} == {1}


async def test_one_context_that_fails_costs_itself_only():
    open_vlan = Contexts({1: PORTS | station(10, 1), 20: {}, 30: PORTS | station(12, 2)})
    open_vlan.faults[20] = ErrorStatus("genErr", status=5)
    result = await poll(cisco(1, 20, 30), open_vlan)
    assert rows(result) == [("0a", 1, "Gi1"), ("0c", 30, "Gi2")]
    assert [(error.subject, error.kind) for error in result.errors] == [("forwarding", "error_status")]


async def test_contexts_without_end_are_given_up_and_the_rest_stands():
    device = cisco(*range(1, 100))
    open_vlan = Contexts({vlan: PORTS | station(vlan, 1) for vlan in range(1, 100)})
    open_vlan.on_open = lambda: device.clock.wind(5)
    result = await poll(device, open_vlan)
    assert 0 < len(result.forwarding) < 99
    assert [(error.subject, error.kind) for error in result.errors] == [("forwarding", "too_slow")]


async def test_contexts_are_bounded():
    open_vlan = Contexts({vlan: {} for vlan in range(1, 1000)})
    await poll(cisco(*range(1, 1000)), open_vlan)
    assert len({vlan for vlan, _wait in open_vlan.asked}) == contexts.MAX_CONTEXTS


@pytest.mark.parametrize("description", [b"Cisco NX-OS(tm) n9000"])
async def test_software_that_has_no_contexts_is_not_asked(description):
    open_vlan = Contexts({1: {}})
    await poll(cisco(1, description=description), open_vlan)
    assert not open_vlan.asked


async def test_nobody_to_open_sessions_leaves_the_plain_table():
    assert rows(await poll(cisco(1, 20), None)) == [("0a", 0, "Gi1")]
