"""VLANs, and which interfaces are in them."""

import re
from collections.abc import Awaitable, Callable

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts, decode_port_list
from netops.collectors.cells import integers
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources, enterprise_of
from netops.collectors.visit import Visit
from netops.collectors.vlan_tables import (
    JNX_EX_TAG,
    Vlans,
    add_members,
    add_vlan,
    read_alcatel,
    read_avaya,
    read_extreme,
    read_h3c,
    read_huawei,
    read_juniper,
    read_tplink,
)
from netops.collectors.vlan_trunks import read_cisco
from netops.model.vlan import HIGHEST_VLAN
from netops.snmp.types import Column, Index, Oid, SnmpSession, Value

DOT1Q_VLAN_CURRENT = Oid.parse("1.3.6.1.2.1.17.7.1.4.2.1")
DOT1Q_VLAN_CURRENT_EGRESS_PORTS = DOT1Q_VLAN_CURRENT / 4
DOT1Q_VLAN_CURRENT_UNTAGGED_PORTS = DOT1Q_VLAN_CURRENT / 5
DOT1Q_VLAN_STATIC = Oid.parse("1.3.6.1.2.1.17.7.1.4.3.1")
DOT1Q_VLAN_STATIC_NAME = DOT1Q_VLAN_STATIC / 1
DOT1Q_VLAN_STATIC_EGRESS_PORTS = DOT1Q_VLAN_STATIC / 2
DOT1Q_VLAN_STATIC_UNTAGGED_PORTS = DOT1Q_VLAN_STATIC / 4
IEEE_VLAN_STATIC = Oid.parse("1.3.111.2.802.1.1.4.1.4.3.1")
IEEE_NAME, IEEE_EGRESS, IEEE_UNTAGGED = (IEEE_VLAN_STATIC / place for place in (3, 4, 6))

Q_BRIDGE = (
    DOT1Q_VLAN_STATIC_NAME,
    DOT1Q_VLAN_STATIC_EGRESS_PORTS,
    DOT1Q_VLAN_STATIC_UNTAGGED_PORTS,
    DOT1Q_VLAN_CURRENT_EGRESS_PORTS,
    DOT1Q_VLAN_CURRENT_UNTAGGED_PORTS,
    DOT1D_BASE_PORT_IF_INDEX,
)
IEEE = (IEEE_NAME, IEEE_EGRESS, IEEE_UNTAGGED, DOT1D_BASE_PORT_IF_INDEX)

JUNIPER = 2636
VENDORS: dict[int, Callable[[Sources, KnownInterfaces], Awaitable[Vlans]]] = {
    9: read_cisco,
    43: read_h3c,  # 3Com
    45: read_avaya,  # Nortel, SynOptics
    1916: read_extreme,
    2011: read_huawei,
    2272: read_avaya,
    JUNIPER: read_juniper,
    6486: read_alcatel,
    11863: read_tplink,
    25506: read_h3c,
}
"""By enterprise number: the table to ask where the standard ones tell of no VLAN, or of no name."""

VLAN_INTERFACE = "l2vlan"
VLAN_NAME = re.compile(r"(?:^vlan[-_. ]?|\.)0*(\d{1,4})$", re.IGNORECASE)


class VlansCollector:
    """Reads Q-BRIDGE-MIB (RFC 4363), else IEEE8021-Q-BRIDGE-MIB, and what the device's maker has instead."""

    subject = "vlans"
    period_setting = "vlans"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the VLANs in the order of their ids; an empty list when the device tells of none.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        interfaces = KnownInterfaces.of(visit)
        enterprise = enterprise_of(visit)
        vlans = await _read_q_bridge(sources, interfaces, as_text=enterprise == JUNIPER)
        vlans = vlans or await _read_ieee(sources, interfaces)
        if enterprise in VENDORS and not any(vlan.name for vlan in vlans.values()):
            for vlan in (await VENDORS[enterprise](sources, interfaces)).values():
                known = vlans.setdefault(vlan.id, vlan)
                known.name = known.name or vlan.name
                if not known.interfaces:
                    known.interfaces, known.untagged = vlan.interfaces, vlan.untagged
        if not vlans:
            vlans = _read_interfaces(interfaces)
        sources.finish()
        visit.result.vlans = [vlans[number] for number in sorted(vlans)]


async def _read_q_bridge(sources: Sources, interfaces: KnownInterfaces, *, as_text: bool) -> Vlans:
    """Read dot1qVlanStaticTable and dot1qVlanCurrentTable (RFC 4363).

    The current table says who is a member right now and is believed first. Its index begins with a time
    filter; of several rows of a VLAN the last one counts.
    """
    found = await sources.read("Q-BRIDGE-MIB", Q_BRIDGE)
    ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
    names = {index[-1:]: value for index, value in found[DOT1Q_VLAN_STATIC_NAME].items()}
    egress = _by_vlan(found[DOT1Q_VLAN_STATIC_EGRESS_PORTS], found[DOT1Q_VLAN_CURRENT_EGRESS_PORTS])
    untagged = _by_vlan(found[DOT1Q_VLAN_STATIC_UNTAGGED_PORTS], found[DOT1Q_VLAN_CURRENT_UNTAGGED_PORTS])
    tags = await _learn_tags(sources, names) if as_text else {}
    vlans: Vlans = {}
    for index in sorted({*names, *egress, *untagged}):
        vlan = add_vlan(vlans, tags.get(index[0], index[0]), names.get(index))
        if vlan is not None:
            members = decode_port_list(egress.get(index), as_text=as_text)
            bare = set(decode_port_list(untagged.get(index), as_text=as_text)) & set(members)
            add_members(vlan, ports.keys(members), ports.keys(sorted(bare)))
    return vlans


async def _learn_tags(sources: Sources, names: dict[Index, Value]) -> dict[int, int]:
    """Give index to tag where Junos (EX without ELS) counts the VLANs in Q-BRIDGE-MIB instead of naming their tags.

    Source: JUNIPER-VLAN-MIB jnxExVlanTag, whose index is that same count.
    """
    if not names:
        return {}
    found = await sources.read("JUNIPER-VLAN-MIB jnxExVlanTag", (JNX_EX_TAG,))
    tags = integers(found[JNX_EX_TAG], JNX_EX_TAG, sources.misfits)
    counts = {index[0]: tag for index, tag in tags.items() if len(index) == 1}
    indexes = {index[0] for index in names}
    return counts if indexes <= counts.keys() and not indexes <= set(counts.values()) else {}


def _by_vlan(static: Column, current: Column) -> dict[Index, Value]:
    lists: dict[Index, Value] = {index[-1:]: value for index, value in static.items() if index}
    for index, value in current.items():
        if len(index) == 2:
            lists[index[-1:]] = value
    return lists


async def _read_ieee(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read ieee8021QBridgeVlanStaticTable (IEEE8021-Q-BRIDGE-MIB), which HPE Aruba CX has in place of RFC 4363's."""
    found = await sources.read("IEEE8021-Q-BRIDGE-MIB", IEEE)
    ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
    vlans: Vlans = {}
    for index in dict.fromkeys((*found[IEEE_NAME], *found[IEEE_EGRESS])):
        vlan = add_vlan(vlans, index[-1], found[IEEE_NAME].get(index)) if len(index) == 2 else None
        if vlan is not None:
            members = decode_port_list(found[IEEE_EGRESS].get(index))
            bare = set(decode_port_list(found[IEEE_UNTAGGED].get(index))) & set(members)
            add_members(vlan, ports.keys(members), ports.keys(sorted(bare)))
    return vlans


def _read_interfaces(interfaces: KnownInterfaces) -> Vlans:
    """Take the VLAN interfaces of a router or host (RouterOS, Linux), which has no table of VLANs.

    Source: ifType l2vlan (135) with the tag in the name: ``vlan200``, ``eth0.10``.
    """
    vlans: Vlans = {}
    for row in interfaces.rows:
        match = VLAN_NAME.search(row.name or row.description)
        number = int(match[1]) if match and row.type == VLAN_INTERFACE else 0
        if 1 <= number <= HIGHEST_VLAN:
            vlan = add_vlan(vlans, number, None)
            if vlan is not None:
                add_members(vlan, [row.key], [])
    return vlans
