import pytest

from collectors.switch import IF_TABLE, SYSTEM, Switch, interface
from netops.collectors.bridge import decode_bits, decode_port_list
from netops.collectors.vlan_tables import expand_ports
from netops.errors import ErrorStatus, NoAnswer
from netops.model.vlan import VlanReading
from netops.snmp.types import Oid

STATIC = "1.3.6.1.2.1.17.7.1.4.3.1"
CURRENT = "1.3.6.1.2.1.17.7.1.4.2.1"
IEEE = "1.3.111.2.802.1.1.4.1.4.3.1"
BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
VTP = "1.3.6.1.4.1.9.9.46.1.3.1.1"
TRUNK = "1.3.6.1.4.1.9.9.46.1.6.1.1"
MEMBERSHIP = "1.3.6.1.4.1.9.9.68.1.2.2.1.2"
HUAWEI = "1.3.6.1.4.1.2011.5.25.42"
H3C = "1.3.6.1.4.1.25506.8.35.2.1.1.1"
L2ALD = "1.3.6.1.4.1.2636.3.48.1.3.1.1"
EX = "1.3.6.1.4.1.2636.3.40.1.5.1"
PORTS = {f"{BASE_PORT}.{port}": 100 + port for port in (1, 2, 3, 4)}


def maker(number):
    return {f"{SYSTEM}.2.0": Oid.parse(f"1.3.6.1.4.1.{number}.1")}


def switch(*values):
    return Switch(*(interface(100 + port, f"Gi{port}") for port in (1, 2, 3, 4)), *values)


async def vlans(*values):
    result = await switch(*values).poll()
    assert not result.errors
    return {vlan.id: vlan for vlan in result.vlans}


def static(number, name, egress=b"", untagged=b""):
    return {f"{STATIC}.1.{number}": name, f"{STATIC}.2.{number}": egress, f"{STATIC}.4.{number}": untagged}


async def test_vlans_are_told_with_their_interfaces_in_order():
    found = await vlans(
        PORTS, static(20, b"voice", b"\xf0", b"\x00"), static(10, b"office", b"\xd0", b"\xc0")
    )
    assert list(found.values()) == [
        VlanReading(10, "office", ["Gi1", "Gi2", "Gi4"], ["Gi1", "Gi2"]),
        VlanReading(20, "voice", ["Gi1", "Gi2", "Gi3", "Gi4"], []),
    ]


async def test_members_of_this_moment_go_before_those_written_down():
    """A VLAN learned by GVRP or 802.1X is in the current table only."""
    found = await vlans(
        PORTS,
        static(10, b"office", b"\x80", b"\x80"),
        {f"{CURRENT}.4.0.10": b"\x40", f"{CURRENT}.5.0.10": b"\x40"},
        {f"{CURRENT}.4.55.30": b"\x20", f"{CURRENT}.5.55.30": b"\x00"},
    )
    assert found[10] == VlanReading(10, "office", ["Gi2"], ["Gi2"])
    assert found[30] == VlanReading(30, "", ["Gi3"], [])


async def test_a_port_that_is_untagged_and_no_member_is_no_member():
    assert (await vlans(PORTS, static(10, b"a", b"\x80", b"\xff")))[10].untagged == ["Gi1"]


async def test_ports_that_there_are_not_are_passed_over():
    assert (await vlans(PORTS, static(10, b"a", b"\xff\xff", b"")))[10].interfaces == [
        "Gi1",
        "Gi2",
        "Gi3",
        "Gi4",
    ]


async def test_without_bridge_ports_a_port_is_an_ifindex():
    values = static(10, b"a", bytes(12) + b"\x08")
    assert (await vlans(values))[10].interfaces == ["Gi1"]


@pytest.mark.parametrize("number", [0, 4095, 10001])
async def test_what_is_no_vlan_id_is_left_out(number):
    assert await vlans(static(number, b"internal")) == {}


async def test_the_ieee_edition_serves_where_the_ietf_one_is_missing():
    found = await vlans(
        PORTS, {f"{IEEE}.3.1.10": b"lan", f"{IEEE}.4.1.10": b"\xc0", f"{IEEE}.6.1.10": b"\x40"}
    )
    assert found == {10: VlanReading(10, "lan", ["Gi1", "Gi2"], ["Gi2"])}


def vtp(number, name, *, kind=1):
    return {f"{VTP}.2.1.{number}": 1, f"{VTP}.3.1.{number}": kind, f"{VTP}.4.1.{number}": name}


async def test_a_cisco_switch_tells_access_ports_and_trunks():
    allowed = bytearray(128)
    allowed[0] = 0b0110_0000  # VLANs 1 and 2
    found = await vlans(
        maker(9),
        vtp(1, b"default"),
        vtp(2, b"office"),
        vtp(1025, b"far"),
        vtp(1002, b"fddi-default", kind=2),
        {f"{MEMBERSHIP}.101": 2, f"{MEMBERSHIP}.102": 1, f"{MEMBERSHIP}.104": 2},
        {f"{TRUNK}.14.101": 2, f"{TRUNK}.14.104": 1, f"{TRUNK}.5.104": 1, f"{TRUNK}.4.104": bytes(allowed)},
        {f"{TRUNK}.17.104": b"\x40"},
    )
    assert list(found.values()) == [
        VlanReading(1, "default", ["Gi2", "Gi4"], ["Gi2", "Gi4"]),
        VlanReading(2, "office", ["Gi1", "Gi4"], ["Gi1"]),
        VlanReading(1025, "far", ["Gi4"], []),
    ]


async def test_a_cisco_trunk_is_known_by_its_encapsulation_where_its_status_is_missing():
    found = await vlans(
        maker(9), vtp(2, b"office"), {f"{TRUNK}.16.101": 6, f"{TRUNK}.16.102": 4, f"{TRUNK}.4.102": b"\x20"}
    )
    assert found[2].interfaces == ["Gi2"]


async def test_a_huawei_switch_names_its_vlans_in_a_table_of_its_own():
    found = await vlans(
        maker(2011),
        static(10, b"", b""),
        {f"{HUAWEI}.3.1.1.1.1.2.10": b"dmz", f"{HUAWEI}.3.1.1.1.1.3.10": b"\x40"},
        {f"{HUAWEI}.1.1.1.3.1.2.1": 103, f"{HUAWEI}.1.1.1.3.1.2.2": 104, f"{HUAWEI}.1.1.1.3.1.4.1": 10},
    )
    assert found == {10: VlanReading(10, "dmz", ["Gi4", "Gi3"], ["Gi3"])}


async def test_an_h3c_switch_without_the_standard_table_is_read():
    found = await vlans(
        maker(25506), PORTS, {f"{H3C}.2.10": b"dmz", f"{H3C}.3.10": b"\xc0", f"{H3C}.18.10": b"\x80"}
    )
    assert found == {10: VlanReading(10, "dmz", ["Gi1", "Gi2"], ["Gi1"])}


async def test_junos_writes_lists_of_ports_as_text():
    """QFX and EX: dot1qVlanStaticEgressPorts is "0,4097"; a bridge port may be beyond 4096."""
    found = await vlans(
        maker(2636),
        {f"{BASE_PORT}.4097": 101, f"{BASE_PORT}.4098": 102},
        static(23, b"mgmt", b"0,4097,4098", b"4098"),
    )
    assert found == {23: VlanReading(23, "mgmt", ["Gi1", "Gi2"], ["Gi2"])}


async def test_junos_without_els_counts_the_vlans_and_tells_their_tags_apart():
    found = await vlans(
        maker(2636),
        static(2, b"users", b"", b""),
        static(3, b"servers", b"", b""),
        {f"{EX}.5.1.5.2": 120, f"{EX}.5.1.5.3": 130},
    )
    assert {number: vlan.name for number, vlan in found.items()} == {120: "users", 130: "servers"}


async def test_junos_names_come_from_its_own_table_where_the_standard_one_has_none():
    found = await vlans(maker(2636), static(23, b"", b"0"), {f"{L2ALD}.2.4": b"noc", f"{L2ALD}.3.4": 23})
    assert found == {23: VlanReading(23, "noc")}


async def test_old_junos_tells_members_by_port_group():
    found = await vlans(
        maker(2636),
        {f"{EX}.5.1.2.2": b"users", f"{EX}.5.1.4.2": 7, f"{EX}.5.1.5.2": 120},
        {f"{EX}.7.1.4.7.101": 2, f"{EX}.7.1.4.7.104": 1},
    )
    assert found == {120: VlanReading(120, "users", ["Gi1", "Gi4"], ["Gi1"])}


async def test_an_extreme_switch_numbers_ports_by_slot():
    root = "1.3.6.1.4.1.1916.1.2"
    found = await vlans(
        maker(1916),
        interface(1001, "1:1"),
        interface(1002, "1:2"),
        {f"{root}.1.2.1.2.1000004": b"Default", f"{root}.1.2.1.10.1000004": 1},
        {f"{root}.6.1.1.1.1000004.1": b"\x40", f"{root}.6.1.1.2.1000004.1": b"\x80"},
    )
    assert found == {1: VlanReading(1, "Default", ["1:2", "1:1"], ["1:1"])}


async def test_an_ers_counts_ports_from_zero():
    root = "1.3.6.1.4.1.2272.1.3.2.1"
    found = await vlans(
        maker(45), interface(1, "1"), interface(2, "2"), {f"{root}.2.20": b"data", f"{root}.11.20": b"\x60"}
    )
    assert found == {20: VlanReading(20, "data", ["1", "2"])}


@pytest.mark.parametrize("release", [800, 801])
async def test_an_omniswitch_is_read(release):
    root = f"1.3.6.1.4.1.6486.{release}.1.2.1.3.1.1"
    found = await vlans(
        maker(6486),
        {f"{root}.1.1.1.2.5": b"prod", f"{root}.2.1.1.3.5.101": 1, f"{root}.2.1.1.3.5.102": 2},
        {f"{root}.2.1.1.3.5.103": 6},
    )
    assert found == {5: VlanReading(5, "prod", ["Gi1", "Gi2"], ["Gi1"])}


async def test_a_jetstream_switch_writes_ports_as_text():
    root = "1.3.6.1.4.1.11863.6.14.1"
    found = await vlans(
        maker(11863),
        {f"{root}.1.1.1.1.{100 + port}": f"1/0/{port}".encode() for port in (1, 2, 3, 4)},
        {f"{root}.2.1.1.2.2": b"guest", f"{root}.2.1.1.3.2": b"1/0/2-4", f"{root}.2.1.1.4.2": b"1/0/1"},
    )
    assert found == {2: VlanReading(2, "guest", ["Gi2", "Gi3", "Gi4", "Gi1"], ["Gi1"])}


@pytest.mark.parametrize(("name", "number"), [("vlan200", 200), ("eth0.010", 10), ("Vlan-7", 7)])
async def test_a_router_without_a_table_tells_vlans_by_its_interfaces(name, number):
    result = await Switch(interface(9, name) | {f"{IF_TABLE}.3.9": 135}).poll()
    assert result.vlans == [VlanReading(number, "", [name])]


@pytest.mark.parametrize(("name", "kind"), [("vlan200", 6), ("vlan9999", 135), ("bridge1", 135)])
async def test_other_interfaces_are_no_vlans(name, kind):
    assert (await Switch(interface(9, name) | {f"{IF_TABLE}.3.9": kind}).poll()).vlans == []


async def test_values_of_the_wrong_kind_leave_a_vlan_without_members():
    values = {f"{STATIC}.1.10": 7, f"{STATIC}.2.10": 7, f"{STATIC}.4.10": None, f"{CURRENT}.4.10": b"\xff"}
    assert await vlans(PORTS, values) == {10: VlanReading(10)}


async def test_a_bridge_port_of_the_wrong_kind_is_told():
    result = await switch({f"{BASE_PORT}.1": b"x"}, static(10, b"a", b"\x80")).poll()
    assert [vlan.id for vlan in result.vlans] == [10]
    assert ("vlans", "unexpected_reply") in {(error.subject, error.kind) for error in result.errors}


async def test_a_vendors_table_that_fails_leaves_the_standard_one():
    device = switch(maker(2011), PORTS, static(10, b"", b"\x80"))
    for table in (f"{HUAWEI}.1", f"{HUAWEI}.3"):
        device.session.faults[table] = ErrorStatus("genErr", status=5)
    result = await device.poll()
    assert [vlan.interfaces for vlan in result.vlans] == [["Gi1"]]
    assert [(error.subject, error.kind) for error in result.errors] == [("vlans", "error_status")]


async def test_silence_in_mid_table_leaves_the_subject_open():
    device = switch(static(10, b"a"))
    device.session.faults[f"{STATIC}.1"] = NoAnswer("silence")
    result = await device.poll()
    assert result.vlans is None
    assert [(error.subject, error.kind) for error in result.errors] == [("vlans", "timeout")]


@pytest.mark.parametrize(
    ("value", "bits"),
    [(b"\x80", [0]), (b"\x01\x80", [7, 8]), (b"", []), (b"\0" * 5000 + b"\xff", []), ("text", []), (7, [])],
)
def test_bits_are_counted_from_the_highest(value, bits):
    assert decode_bits(value) == bits
    assert decode_port_list(value) == [bit + 1 for bit in bits]


@pytest.mark.parametrize(
    ("value", "ports"),
    [(b"0,4097", [0, 4097]), (b"", []), (b"\xff\xfe", []), (b"1,,x, 2", [1, 2]), (b"9" * 50, [])],
)
def test_lists_in_text_hold_what_is_a_number(value, ports):
    assert decode_port_list(value, as_text=True) == ports


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("1/0/2,1/0/15-17", ["1/0/2", "1/0/15", "1/0/16", "1/0/17"]),
        ("", []),
        ("1/0/9-3", ["1/0/9-3"]),
        ("1-99999", ["1-99999"]),
        ("lag 1", ["lag 1"]),
    ],
)
def test_ranges_of_ports_are_written_out(text, ports):
    assert expand_ports(text) == ports
