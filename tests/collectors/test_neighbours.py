from ipaddress import IPv4Address

import pytest

from collectors.switch import IF_TABLE, SYSTEM, Switch, interface
from netops.collectors.lldp import decode_network, render_chassis, render_port
from netops.errors import ErrorStatus, NoAnswer, OidNotIncreasing
from netops.model.neighbour import NeighbourReading
from netops.snmp.types import Oid

LLDP = "1.0.8802.1.1.2.1"
REMOTE = f"{LLDP}.4.1.1"
LOCAL = f"{LLDP}.3.7.1"
V2 = "1.3.111.2.802.1.1.13.1.4"
CDP = "1.3.6.1.4.1.9.9.23.1.2.1.1"
FDP = "1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1"
EDP = "1.3.6.1.4.1.1916.1.13"
BASE_PORT = "1.3.6.1.2.1.17.1.4.1.2"
MAC = bytes.fromhex("0011223344aa")
WORDS = "00:11:22:33:44:aa"


def remote(
    index, *, chassis=(4, MAC), port=(5, b"Gi0/1"), label=b"uplink", name=b"core", first=4, table=REMOTE
):
    values = (*chassis, *port, label, name, b"Test OS 1.0")
    return {f"{table}.{first + at}.{index}": value for at, value in enumerate(values)}


def local(port, kind, identifier, label=b""):
    return {f"{LOCAL}.2.{port}": kind, f"{LOCAL}.3.{port}": identifier, f"{LOCAL}.4.{port}": label}


def maker(number):
    return {f"{SYSTEM}.2.0": Oid.parse(f"1.3.6.1.4.1.{number}.1")}


async def neighbours(*values):
    result = await Switch(interface(1, "Gi1"), interface(102, "Gi2"), *values).poll()
    assert not result.errors
    return result.neighbours


async def test_a_neighbour_is_told_with_both_ends_of_the_cable():
    found = await neighbours(
        remote("77.102.1"),
        local(102, 5, b"Gi2"),
        {
            f"{LLDP}.4.2.1.3.77.102.1.1.4.10.0.0.2": 2,
            f"{LLDP}.4.2.1.3.77.102.1.2.16.{'254.128' + '.0' * 14}": 2,
        },
    )
    assert found == [
        NeighbourReading(
            protocol="lldp",
            local_interface="Gi2",
            remote_device="core",
            remote_interface="Gi0/1",
            remote_address="10.0.0.2",
            remote_chassis=WORDS,
            remote_port="Gi0/1",
            remote_description="Test OS 1.0",
        )
    ]


@pytest.mark.parametrize(
    ("rows", "interface_key"),
    [
        (local(7, 5, b"gi2"), "Gi2"),
        (local(7, 3, bytes([0, 0x11, 0x22, 0xAA, 0xBB, 102])), "Gi2"),
        (local(7, 1, b"no such alias", b"Port 102"), "Gi2"),
        (local(7, 7, b"1"), "7"),
        ({f"{BASE_PORT}.7": 102}, "Gi2"),
        ({f"{BASE_PORT}.7": 102} | local(7, 7, b"1"), "Gi2"),
        ({f"{BASE_PORT}.1": 1}, "7"),
        ({}, "7"),
    ],
)
async def test_the_local_port_is_found_by_its_name_its_address_or_its_number(rows, interface_key):
    """A local port may be a bridge port, an ifIndex or neither; lldpLocPortTable may name it."""
    (reading,) = await neighbours(remote("0.7.1"), rows)
    assert reading.local_interface == interface_key


@pytest.mark.parametrize(
    ("port", "label", "expected"),
    [
        ((3, MAC), b"eth0", ("eth0", WORDS)),
        ((3, MAC), b"", (WORDS, WORDS)),
        ((7, b"41"), b"41-uplink", ("41-uplink", "41")),
        ((7, b"g8"), b"to the core", ("g8", "g8")),
        ((1, b"to core"), b"whatever", ("to core", "to core")),
        ((5, b""), b"eth0", ("eth0", "")),
    ],
)
async def test_the_remote_port_is_told_by_what_means_most_to_people(port, label, expected):
    (reading,) = await neighbours(remote("0.102.1", port=port, label=label))
    assert (reading.remote_interface, reading.remote_port) == expected


async def test_a_neighbour_without_a_name_is_called_by_its_chassis_or_its_description():
    found = await neighbours(
        remote("0.1.1", name=b""),
        remote("0.102.2", name=b"", chassis=(7, b"")),
        {f"{REMOTE}.7.0.5.5": b"half"},
    )
    assert [reading.remote_device for reading in found] == [WORDS, "Test OS 1.0"]


async def test_one_neighbour_under_two_time_marks_is_one():
    assert len(await neighbours(remote("0.102.1"), remote("99.102.1"))) == 1


async def test_two_neighbours_on_one_interface_are_two():
    found = await neighbours(remote("0.102.1"), remote("0.102.2", name=b"edge", chassis=(4, MAC[::-1])))
    assert [reading.remote_device for reading in found] == ["core", "edge"]


async def test_the_second_edition_of_the_mib_serves_where_the_first_is_missing():
    table = f"{V2}.1.1"
    (reading,) = await neighbours(
        remote("0.102.1.1", first=5, table=table), {f"{V2}.2.1.3.0.102.1.1.1.4.10.0.0.2": 2}
    )
    assert (reading.local_interface, reading.remote_device, reading.remote_address) == (
        "Gi2",
        "core",
        "10.0.0.2",
    )


async def test_routeros_names_the_interface_in_a_table_of_its_own():
    """RouterOS before 7.7 indexes lldpRemTable with local port 0, and writes MAC addresses as text."""
    (reading,) = await neighbours(
        remote("0.0.5", chassis=(4, b"C0:06:C3:A1:3F:46")), {"1.3.6.1.4.1.14988.1.1.11.1.1.8.5": 102}
    )
    assert (reading.local_interface, reading.remote_chassis) == ("Gi2", "c0:06:c3:a1:3f:46")


async def test_a_cdp_neighbour_is_told_beside_the_lldp_one():
    found = await neighbours(
        remote("0.102.1"),
        {
            f"{CDP}.4.102.5": b"\x0a\0\0\x02",
            f"{CDP}.5.102.5": b"IOS 15.2",
            f"{CDP}.6.102.5": b"core.example.net",
            f"{CDP}.7.102.5": b"GigabitEthernet0/1",
            f"{CDP}.8.102.5": b"cisco WS-C3560",
        },
    )
    assert [(reading.protocol, reading.remote_interface, reading.remote_address) for reading in found] == [
        ("lldp", "Gi0/1", ""),
        ("cdp", "GigabitEthernet0/1", "10.0.0.2"),
    ]
    assert found[1].remote_description == "cisco WS-C3560, IOS 15.2"


async def test_a_foundry_switch_tells_fdp_and_cdp_apart():
    def row(number, name, vendor):
        return {
            f"{FDP}.3.102.{number}": name,
            f"{FDP}.5.102.{number}": b"\x0a\0\0\x02",
            f"{FDP}.7.102.{number}": b"ethernet1/1/1",
            f"{FDP}.10.102.{number}": vendor,
        }

    found = await neighbours(maker(1991), row(1, b"icx", 1), row(2, b"cat", 2))
    assert [(reading.protocol, reading.remote_device) for reading in found] == [
        ("fdp", "icx"),
        ("cdp", "cat"),
    ]


async def test_an_extreme_switch_tells_edp_neighbours_with_slot_and_port():
    identifier = "102.128.0.0.17.34.51.68.170"
    (reading,) = await neighbours(
        maker(1916),
        {
            f"{EDP}.2.1.3.{identifier}": b"x690",
            f"{EDP}.2.1.4.{identifier}": b"22.6",
            f"{EDP}.2.1.5.{identifier}": 2,
            f"{EDP}.2.1.6.{identifier}": 48,
            f"{EDP}.3.1.3.{identifier}.3.97.98.99": IPv4Address("10.0.0.2"),
        },
    )
    assert reading == NeighbourReading(
        "edp", "Gi2", "x690", "2:48", "10.0.0.2", remote_chassis=WORDS, remote_description="22.6"
    )


async def test_a_jetstream_switch_tells_its_neighbours_in_text():
    table = "1.3.6.1.4.1.11863.6.35.1.2.2.1"
    (reading,) = await neighbours(
        maker(11863),
        {
            f"{table}.4.102.1": b"C4:E9:84:7E:9D:4B",
            f"{table}.6.102.1": b"Gi0/1",
            f"{table}.9.102.1": b"core",
            f"{table}.13.102.1": IPv4Address("10.0.0.2"),
        },
    )
    assert (reading.remote_device, reading.remote_interface, reading.remote_address) == (
        "core",
        "Gi0/1",
        "10.0.0.2",
    )
    assert reading.remote_chassis == "c4:e9:84:7e:9d:4b"


async def test_lldp_that_goes_in_circles_leaves_cdp():
    switch = Switch(interface(102, "Gi2"), {f"{CDP}.6.102.5": b"core"})
    switch.session.faults[REMOTE] = OidNotIncreasing("a circle")
    switch.session.faults[f"{LLDP}.4.2"] = OidNotIncreasing("a circle")
    result = await switch.poll()
    assert [reading.protocol for reading in result.neighbours] == ["cdp"]
    assert [(error.subject, error.kind) for error in result.errors] == [("neighbours", "oid_not_increasing")]


async def test_silence_between_two_protocols_leaves_the_subject_open():
    switch = Switch(interface(102, "Gi2"), remote("0.102.1"))
    switch.session.faults[CDP] = NoAnswer("silence")
    result = await switch.poll()
    assert result.neighbours is None
    assert [(error.subject, error.kind) for error in result.errors] == [("neighbours", "timeout")]


async def test_local_ports_that_cannot_be_read_leave_the_number():
    switch = Switch(interface(102, "Gi2"), remote("0.102.1"), local(102, 5, b"Gi2"))
    switch.session.faults[LOCAL] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert [reading.local_interface for reading in result.neighbours] == ["Gi2"]
    assert [error.subject for error in result.errors] == ["neighbours"]


async def test_values_of_the_wrong_kind_make_no_neighbour_and_no_crash():
    assert await neighbours({f"{REMOTE}.{column}.0.102.1": 7 for column in range(4, 11)}) == []


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (4, MAC, WORDS),
        (4, b"weird", "weird"),
        (5, b"\x01\x0a\0\0\x02", "10.0.0.2"),
        (5, b"\x02" + bytes(15) + b"\x01", "::1"),
        (7, "交换机".encode("gbk"), "交换机"),
        (7, b"\x00\x01\x02", "00:01:02"),
        (7, b"", ""),
        (4, 9, ""),
        (None, b"x", "x"),
    ],
)
def test_a_chassis_is_rendered_as_its_subtype_asks(kind, value, text):
    assert render_chassis(kind, value) == text


def test_a_port_is_rendered_as_its_subtype_asks():
    assert render_port(3, MAC) == WORDS
    assert render_port(4, b"\x01\x0a\0\0\x02") == "10.0.0.2"
    assert render_port(5, b"eth0\0") == "eth0"


@pytest.mark.parametrize("value", [b"", b"\x01\x0a", b"\x63abcd", 4, None])
def test_what_is_no_network_address_is_none(value):
    assert decode_network(value) is None


async def test_a_neighbours_name_cannot_play_with_the_terminal():
    """Whoever plugs in a cable chooses what stands there."""
    (reading,) = await neighbours(
        remote("0.102.1", name=b"core\x1b[2J\n\rroot", label=b"a\x07b", port=(5, b"Gi\x1b[1m"))
    )
    assert reading.remote_device == "core [2J root"
    assert reading.remote_port.isprintable()
    assert reading.remote_interface.isprintable()


async def test_interfaces_that_were_not_read_are_called_by_ifindex():
    switch = Switch(remote("0.102.1"))
    switch.session.faults[IF_TABLE] = ErrorStatus("genErr", status=5)
    switch.session.faults["1.3.6.1.2.1.31"] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert [reading.local_interface for reading in result.neighbours] == ["102"]
