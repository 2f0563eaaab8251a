"""VLANs as vendors tell of them, where the standard tables are missing or hold no names."""

import re
from collections.abc import Iterable

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts, decode_bits, decode_port_list
from netops.collectors.cells import integers
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources
from netops.collectors.text import decode_line
from netops.model.vlan import HIGHEST_VLAN, VlanReading
from netops.snmp.types import Index, Oid, Value

Vlans = dict[int, VlanReading]
"""By VLAN id."""

HW_L2_VLAN = Oid.parse("1.3.6.1.4.1.2011.5.25.42.3.1.1.1.1")
HW_DESCR, HW_PORTS, HW_TYPE = (HW_L2_VLAN / place for place in (2, 3, 4))
HW_PORT_IF_INDEX = Oid.parse("1.3.6.1.4.1.2011.5.25.42.1.1.1.3.1.2")
HW_PVID = Oid.parse("1.3.6.1.4.1.2011.5.25.42.1.1.1.3.1.4")
H3C_VLAN = Oid.parse("1.3.6.1.4.1.25506.8.35.2.1.1.1")
H3C_NAME, H3C_PORTS, H3C_UNTAGGED = (H3C_VLAN / place for place in (2, 3, 18))
JNX_L2ALD = Oid.parse("1.3.6.1.4.1.2636.3.48.1.3.1.1")
JNX_L2ALD_NAME, JNX_L2ALD_TAG, JNX_L2ALD_FDB_ID = (JNX_L2ALD / place for place in (2, 3, 5))
JNX_EX_VLAN = Oid.parse("1.3.6.1.4.1.2636.3.40.1.5.1.5.1")
JNX_EX_NAME, JNX_EX_GROUP, JNX_EX_TAG = (JNX_EX_VLAN / place for place in (2, 4, 5))
JNX_EX_PORT_TAGNESS = Oid.parse("1.3.6.1.4.1.2636.3.40.1.5.1.7.1.4")
JNX_UNTAGGED = 2
EXTREME_VLAN_IF = Oid.parse("1.3.6.1.4.1.1916.1.2.1.2.1")
EXTREME_DESCR, EXTREME_ID = EXTREME_VLAN_IF / 2, EXTREME_VLAN_IF / 10
EXTREME_OPAQUE = Oid.parse("1.3.6.1.4.1.1916.1.2.6.1.1")
EXTREME_TAGGED, EXTREME_UNTAGGED = EXTREME_OPAQUE / 1, EXTREME_OPAQUE / 2
RC_VLAN = Oid.parse("1.3.6.1.4.1.2272.1.3.2.1")
RC_NAME, RC_PORTS = RC_VLAN / 2, RC_VLAN / 11
ALCATEL = tuple(Oid.parse(f"1.3.6.1.4.1.6486.{release}.1.2.1.3.1.1") for release in (801, 800))
"""ALCATEL-IND1-VLAN-MGR-MIB of AOS 7 and 8, and of AOS 6."""
ALCATEL_UNTAGGED = frozenset({1, 9})  # cfgDefault, unpUntagged
ALCATEL_NO_MEMBER = frozenset({0, 6})  # invalid, forbidden
TPLINK_VLAN = Oid.parse("1.3.6.1.4.1.11863.6.14.1.2.1.1")
TPLINK_NAME, TPLINK_TAGGED, TPLINK_UNTAGGED = (TPLINK_VLAN / place for place in (2, 3, 4))
TPLINK_PORT = Oid.parse("1.3.6.1.4.1.11863.6.14.1.1.1.1.1")
PORT_RANGE = re.compile(r"^(.*?)(\d{1,5})-(\d{1,5})$")


def add_vlan(vlans: Vlans, number: int, name: Value) -> VlanReading | None:
    """Give the VLAN of an id, made when it is new; None for what is no id of a VLAN."""
    if not 1 <= number <= HIGHEST_VLAN:
        return None
    vlan = vlans.setdefault(number, VlanReading(number))
    vlan.name = vlan.name or decode_line(name)
    return vlan


def add_members(vlan: VlanReading, members: Iterable[str], untagged: Iterable[str]) -> None:
    """Add interfaces, each once."""
    bare = list(untagged)
    vlan.interfaces = list(dict.fromkeys((*vlan.interfaces, *members, *bare)))
    vlan.untagged = list(dict.fromkeys((*vlan.untagged, *bare)))


async def read_huawei(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read hwL2VlanMIBTable (HUAWEI-L2VLAN-MIB); the ports in it are numbered by hwL2IfTable (HUAWEI-L2IF-MIB)."""
    columns = (HW_DESCR, HW_TYPE, HW_PORTS, HW_PORT_IF_INDEX, HW_PVID)
    found = await sources.read("HUAWEI-L2VLAN-MIB", columns)
    ports = BridgePorts(found[HW_PORT_IF_INDEX], interfaces, sources.misfits)
    vlans: Vlans = {}
    for (number, *_), name in {**found[HW_TYPE], **found[HW_DESCR]}.items():
        vlan = add_vlan(vlans, number, name)
        if vlan is not None:
            add_members(vlan, ports.keys(decode_port_list(found[HW_PORTS].get((number,)))), [])
    for (port, *_), number in integers(found[HW_PVID], HW_PVID, sources.misfits).items():
        key = ports.key(port)
        if number in vlans and key is not None:
            add_members(vlans[number], [], [key])
    return vlans


async def read_h3c(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read hh3cdot1qVlanMIBTable (HH3C-LswVLAN-MIB)."""
    columns = (H3C_NAME, H3C_PORTS, H3C_UNTAGGED, DOT1D_BASE_PORT_IF_INDEX)
    found = await sources.read("HH3C-LswVLAN-MIB", columns)
    ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
    vlans: Vlans = {}
    for index in dict.fromkeys((*found[H3C_NAME], *found[H3C_PORTS])):
        vlan = add_vlan(vlans, index[-1], found[H3C_NAME].get(index)) if len(index) == 1 else None
        if vlan is not None:
            members, bare = (decode_port_list(found[column].get(index)) for column in columns[1:3])
            add_members(vlan, ports.keys(members), ports.keys(bare))
    return vlans


async def read_juniper(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read jnxL2aldVlanTable (JUNIPER-L2ALD-MIB, ELS), else jnxExVlanTable (JUNIPER-VLAN-MIB); both have tags in a column."""
    found = await sources.read("JUNIPER-L2ALD-MIB", (JNX_L2ALD_NAME, JNX_L2ALD_TAG))
    vlans: Vlans = {}
    for index, tag in integers(found[JNX_L2ALD_TAG], JNX_L2ALD_TAG, sources.misfits).items():
        add_vlan(vlans, tag, found[JNX_L2ALD_NAME].get(index))
    if vlans:
        return vlans
    columns = (JNX_EX_NAME, JNX_EX_GROUP, JNX_EX_TAG, JNX_EX_PORT_TAGNESS)
    found = await sources.read("JUNIPER-VLAN-MIB", columns)
    groups = integers(found[JNX_EX_GROUP], JNX_EX_GROUP, sources.misfits)
    members: dict[int, list[tuple[str, bool]]] = {}
    for index, tagness in found[JNX_EX_PORT_TAGNESS].items():
        if len(index) == 2:
            member = interfaces.key(index[1]), tagness == JNX_UNTAGGED
            members.setdefault(index[0], []).append(member)
    for index, tag in integers(found[JNX_EX_TAG], JNX_EX_TAG, sources.misfits).items():
        vlan = add_vlan(vlans, tag, found[JNX_EX_NAME].get(index))
        if vlan is not None:
            mine = members.get(groups.get(index, -1), [])
            add_members(vlan, [key for key, _ in mine], [key for key, bare in mine if bare])
    return vlans


async def read_extreme(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read extremeVlanIfTable and extremeVlanOpaqueTable (EXTREME-VLAN-MIB).

    The second is indexed by VLAN interface and slot; a port's ifIndex is 1000 times its slot plus its number.
    """
    columns = (EXTREME_DESCR, EXTREME_ID, EXTREME_TAGGED, EXTREME_UNTAGGED)
    found = await sources.read("EXTREME-VLAN-MIB", columns)
    vlans: Vlans = {}
    for index, number in integers(found[EXTREME_ID], EXTREME_ID, sources.misfits).items():
        vlan = add_vlan(vlans, number, found[EXTREME_DESCR].get(index))
        if vlan is None:
            continue
        tagged, bare = (
            [
                key
                for at, ports in found[column].items()
                if at[:1] == index
                for key in _slot(at, ports, interfaces)
            ]
            for column in (EXTREME_TAGGED, EXTREME_UNTAGGED)
        )
        add_members(vlan, tagged, bare)
    return vlans


def _slot(index: Index, ports: Value, interfaces: KnownInterfaces) -> list[str]:
    slot = index[-1]
    numbers = (slot * 1000 + port for port in decode_port_list(ports))
    return [interfaces.key(number) for number in numbers if number in interfaces]


async def read_avaya(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read rcVlanTable (RC-VLAN-MIB) of Nortel, Avaya and Extreme ERS and VSP; its sets of ports count ifIndex from 0."""
    found = await sources.read("RC-VLAN-MIB", (RC_NAME, RC_PORTS))
    vlans: Vlans = {}
    for index in dict.fromkeys((*found[RC_NAME], *found[RC_PORTS])):
        vlan = add_vlan(vlans, index[-1], found[RC_NAME].get(index)) if len(index) == 1 else None
        if vlan is not None:
            members = decode_bits(found[RC_PORTS].get(index))
            add_members(vlan, [interfaces.key(port) for port in members if port in interfaces], [])
    return vlans


async def read_alcatel(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read vlanTable and vpaTable (ALCATEL-IND1-VLAN-MGR-MIB) of AOS."""
    vlans: Vlans = {}
    for root in ALCATEL:
        name_column, type_column = root / (1, 1, 1, 2), root / (2, 1, 1, 3)
        if vlans:
            break
        found = await sources.read(f"ALCATEL-IND1-VLAN-MGR-MIB {root.arcs[7]}", (name_column, type_column))
        for (number, *_), name in found[name_column].items():
            add_vlan(vlans, number, name)
        for index, kind in integers(found[type_column], type_column, sources.misfits).items():
            if len(index) == 2 and index[0] in vlans and kind not in ALCATEL_NO_MEMBER:
                key = [interfaces.key(index[1])]
                add_members(vlans[index[0]], key, key if kind in ALCATEL_UNTAGGED else [])
    return vlans


async def read_tplink(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read vlanConfigTable (TPLINK-DOT1Q-VLAN-MIB) of JetStream switches; ports are text such as ``1/0/15-18``."""
    columns = (TPLINK_NAME, TPLINK_TAGGED, TPLINK_UNTAGGED, TPLINK_PORT)
    found = await sources.read("TPLINK-DOT1Q-VLAN-MIB", columns)
    numbers = {decode_line(name): index[-1] for index, name in found[TPLINK_PORT].items() if index}
    vlans: Vlans = {}
    for index in dict.fromkeys((*found[TPLINK_NAME], *found[TPLINK_TAGGED])):
        vlan = add_vlan(vlans, index[-1], found[TPLINK_NAME].get(index)) if len(index) == 1 else None
        if vlan is not None:
            tagged, bare = (
                [interfaces.key(numbers[port]) for port in expand_ports(text) if port in numbers]
                for text in (decode_line(found[column].get(index)) for column in columns[1:3])
            )
            add_members(vlan, tagged, bare)
    return vlans


def expand_ports(text: str) -> list[str]:
    """Write out a list of ports: ``1/0/2,1/0/15-18`` becomes five; a range that runs backwards is one odd name."""
    ports: list[str] = []
    for word in text.split(","):
        match = PORT_RANGE.match(word.strip())
        if match and int(match[2]) <= int(match[3]) < int(match[2]) + 1000:
            ports += [f"{match[1]}{number}" for number in range(int(match[2]), int(match[3]) + 1)]
        elif word.strip():
            ports.append(word.strip())
    return ports
