"""VLANs of Cisco switches: the VTP database, access ports by membership, trunks by their allowed lists."""

from netops.collectors.bridge import decode_bits
from netops.collectors.cells import integers
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources
from netops.collectors.vlan_tables import Vlans, add_members, add_vlan
from netops.snmp.types import Column, Index, Oid

VTP_VLAN = Oid.parse("1.3.6.1.4.1.9.9.46.1.3.1.1")
VTP_VLAN_STATE, VTP_VLAN_TYPE, VTP_VLAN_NAME = VTP_VLAN / 2, VTP_VLAN / 3, VTP_VLAN / 4
VLAN_TRUNK_PORT = Oid.parse("1.3.6.1.4.1.9.9.46.1.6.1.1")
TRUNK_NATIVE, TRUNK_STATUS, TRUNK_ENCAPSULATION = (VLAN_TRUNK_PORT / place for place in (5, 14, 16))
TRUNK_ENABLED = tuple(VLAN_TRUNK_PORT / place for place in (4, 17, 18, 19))
"""Allowed VLANs 0 … 1023, 1024 … 2047 and so on, a bit each."""
VM_VLAN = Oid.parse("1.3.6.1.4.1.9.9.68.1.2.2.1.2")
COLUMNS = (
    VTP_VLAN_STATE,
    VTP_VLAN_TYPE,
    VTP_VLAN_NAME,
    TRUNK_NATIVE,
    TRUNK_STATUS,
    TRUNK_ENCAPSULATION,
    *TRUNK_ENABLED,
    VM_VLAN,
)

ETHERNET = 1
"""VlanType; the others are what remains of FDDI and Token Ring, 1002 to 1005."""
REMNANTS = range(1002, 1006)
TRUNKING = 1
NOT_APPLICABLE = 6


async def read_cisco(sources: Sources, interfaces: KnownInterfaces) -> Vlans:
    """Read vtpVlanTable and vlanTrunkPortTable (CISCO-VTP-MIB), vmMembershipTable (CISCO-VLAN-MEMBERSHIP-MIB).

    A trunk carries the VLANs of its allowed list; an access port is in its own VLAN only.
    """
    found = await sources.read("CISCO-VTP-MIB", COLUMNS)
    vlans: Vlans = {}
    for number in list_ethernet(found[VTP_VLAN_STATE], found[VTP_VLAN_TYPE]):
        add_vlan(vlans, number, None)
    for index, name in found[VTP_VLAN_NAME].items():
        if index[-1] in vlans:
            add_vlan(vlans, index[-1], name)
    trunks = _list_trunks(found)
    for index, number in integers(found[VM_VLAN], VM_VLAN, sources.misfits).items():
        if number in vlans and index not in trunks:
            key = interfaces.key(index[0])
            add_members(vlans[number], [], [key])
    natives = integers(found[TRUNK_NATIVE], TRUNK_NATIVE, sources.misfits)
    for index in trunks:
        key = interfaces.key(index[0])
        allowed = {
            start * 1024 + bit
            for start, column in enumerate(TRUNK_ENABLED)
            for bit in decode_bits(found[column].get(index))[:1024]
        }
        for number, vlan in vlans.items():
            if number in allowed:
                add_members(vlan, [key], [key] if natives.get(index) == number else [])
    return vlans


def list_ethernet(states: Column, types: Column) -> list[int]:
    """Give the ids of the Ethernet VLANs of vtpVlanTable, in order."""
    numbers = []
    for index in dict.fromkeys((*states, *types)):
        kind = types.get(index)
        is_ethernet = kind == ETHERNET or (kind is None and index[-1] not in REMNANTS)
        if is_ethernet:
            numbers.append(index[-1])
    return sorted(set(numbers))


def _list_trunks(found: dict[Oid, Column]) -> list[Index]:
    """Give the ports that are trunks now: vlanTrunkPortDynamicStatus, else by whether they encapsulate."""
    statuses, encapsulations = found[TRUNK_STATUS], found[TRUNK_ENCAPSULATION]
    return [
        index
        for index in dict.fromkeys((*statuses, *encapsulations))
        if statuses.get(index) == TRUNKING
        or (index not in statuses and encapsulations.get(index) not in (NOT_APPLICABLE, None))
    ]
