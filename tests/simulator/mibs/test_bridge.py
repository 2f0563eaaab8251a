"""BRIDGE-MIB and Q-BRIDGE-MIB: ports, stations and VLANs fit each other."""

import pytest

from netops.simulator.device import SimulatedDevice
from netops.simulator.mibs.bridge import _port_list
from netops.snmp.types import Oid
from simulator.asking import IF_NAME, build, column

BRIDGE = Oid.parse("1.3.6.1.2.1.17")
VLAN = BRIDGE / (7, 1, 4)


@pytest.fixture
def switch() -> SimulatedDevice:
    return build("mixed")[0].device("access-1")


def test_every_bridge_port_is_an_interface(switch: SimulatedDevice) -> None:
    names = column(switch, IF_NAME)
    ports = column(switch, BRIDGE / (1, 4, 1, 2))
    assert len(ports) == 51
    assert all((if_index,) in names for if_index in ports.values())


def test_stations_stand_behind_ports_that_exist_and_are_the_same_in_both_tables(
    switch: SimulatedDevice,
) -> None:
    ports = column(switch, BRIDGE / (1, 4, 1, 2))
    stations = column(switch, BRIDGE / (4, 3, 1, 2))
    by_vlan = column(switch, BRIDGE / (7, 1, 2, 2, 1, 2))
    assert {index[1:]: port for index, port in by_vlan.items()} == stations
    assert all((port,) in ports for port in stations.values())


def test_a_ports_own_vlan_lists_it_untagged(switch: SimulatedDevice) -> None:
    pvids = column(switch, VLAN / (5, 1, 1))
    untagged = {vlan: members for (_mark, vlan), members in column(switch, VLAN / (2, 1, 5)).items()}
    for (port,), vlan in pvids.items():
        members = untagged[vlan]  # type: ignore[index] # a number
        assert isinstance(members, bytes)
        is_trunk = port > 49
        assert bool(members[(port - 1) // 8] & 0x80 >> (port - 1) % 8) is not is_trunk


def test_vlans_have_names(switch: SimulatedDevice) -> None:
    assert column(switch, VLAN / (3, 1, 1))[10,] == b"office"


@pytest.mark.parametrize(
    ("members", "encoded"), [([True], b"\x80"), ([False] * 8 + [True], b"\x00\x80"), ([], b"")]
)
def test_a_port_list_begins_at_the_highest_bit(members: list[bool], encoded: bytes) -> None:
    assert _port_list(members) == encoded
