"""Forwarding tables: which station was learned on which interface, in which VLAN."""

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts
from netops.collectors.cells import integers
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources, enterprise_of
from netops.collectors.stations import BRIDGE, Rows, read_bridge, read_stations
from netops.collectors.visit import Visit
from netops.collectors.vlan_contexts import read_contexts
from netops.collectors.vlan_tables import JNX_EX_TAG, JNX_L2ALD_FDB_ID, JNX_L2ALD_TAG
from netops.model.forwarding import ForwardingReading
from netops.model.vlan import HIGHEST_VLAN
from netops.snmp.types import Column, Oid, SnmpSession

DOT1Q_TP_FDB = Oid.parse("1.3.6.1.2.1.17.7.1.2.2.1")
DOT1Q_TP_FDB_PORT, DOT1Q_TP_FDB_STATUS = DOT1Q_TP_FDB / 2, DOT1Q_TP_FDB / 3
DOT1Q_VLAN_FDB_ID = Oid.parse("1.3.6.1.2.1.17.7.1.4.2.1.3")
IEEE_TP_FDB = Oid.parse("1.3.111.2.802.1.1.4.1.2.2.1")
IEEE_TP_FDB_PORT, IEEE_TP_FDB_STATUS = IEEE_TP_FDB / 2, IEEE_TP_FDB / 3

Q_BRIDGE = (DOT1Q_TP_FDB_PORT, DOT1Q_TP_FDB_STATUS, DOT1Q_VLAN_FDB_ID, DOT1D_BASE_PORT_IF_INDEX)
IEEE = (IEEE_TP_FDB_PORT, IEEE_TP_FDB_STATUS, DOT1D_BASE_PORT_IF_INDEX)

HW_DYN_FDB_PORT = Oid.parse("1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4")

CISCO, HUAWEI, JUNIPER = 9, 2011, 2636
"""Enterprise numbers."""


class ForwardingCollector:
    """Reads dot1qTpFdbTable (RFC 4363), else dot1dTpFdbTable (RFC 4188) and, on Cisco, that of every VLAN.

    The device's own addresses and entries without an interface are left out.
    """

    subject = "forwarding"
    period_setting = "forwarding"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the table; an empty list when the device has none.

        Raises:
            DeviceError: Nothing could be read.
        """
        sources = Sources(session, visit, self.period_setting)
        interfaces = KnownInterfaces.of(visit)
        rows: Rows = {}
        found = await sources.read("Q-BRIDGE-MIB", Q_BRIDGE)
        if found[DOT1Q_TP_FDB_PORT]:
            vlans = await _learn_databases(sources, found[DOT1Q_VLAN_FDB_ID], enterprise_of(visit))
            ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
            stations = read_stations(found[DOT1Q_TP_FDB_PORT], found[DOT1Q_TP_FDB_STATUS], 7, ports)
            for index, reading in stations:
                reading.vlan = vlans(index[0])
                rows.setdefault((reading.mac, reading.vlan), reading)
        elif enterprise_of(visit) == HUAWEI:
            rows = await _read_huawei(sources, interfaces)
        if not rows:
            await self._read_without_vlans(sources, interfaces, rows)
            if enterprise_of(visit) == CISCO and visit.open_vlan is not None:
                await read_contexts(sources, visit, interfaces, rows)
        sources.finish()
        visit.result.forwarding = list(rows.values())

    @staticmethod
    async def _read_without_vlans(sources: Sources, interfaces: KnownInterfaces, rows: Rows) -> None:
        found = await sources.read("BRIDGE-MIB", BRIDGE)
        rows.update(read_bridge(found, None, interfaces, sources.misfits))
        if rows:
            return
        # Component and filtering database stand before the address; the database is the VLAN as a rule.
        found = await sources.read("IEEE8021-Q-BRIDGE-MIB", IEEE)
        ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
        for index, reading in read_stations(found[IEEE_TP_FDB_PORT], found[IEEE_TP_FDB_STATUS], 8, ports):
            reading.vlan = index[1] if 1 <= index[1] <= HIGHEST_VLAN else None
            rows.setdefault((reading.mac, reading.vlan), reading)


async def _read_huawei(sources: Sources, interfaces: KnownInterfaces) -> Rows:
    """Read hwDynFdbTable (HUAWEI-L2MAM-MIB): its index is MAC address, VLAN and a virtual switch, the value an ifIndex.

    VRP has it where it lacks dot1qTpFdbTable; its dot1dTpFdbTable tells no VLAN.
    """
    rows: Rows = {}
    found = await sources.read("HUAWEI-L2MAM-MIB", (HW_DYN_FDB_PORT,))
    for index, if_index in integers(found[HW_DYN_FDB_PORT], HW_DYN_FDB_PORT, sources.misfits).items():
        if len(index) < 7 or not if_index or not all(arc < 256 for arc in index[:6]):
            continue
        mac, vlan = bytes(index[:6]).hex(":"), index[6] or None
        rows[(mac, vlan)] = ForwardingReading(mac, vlan, interfaces.key(if_index))
    return rows


class _Databases:
    """From filtering database to VLAN."""

    def __init__(self, told: dict[int, set[int]], *, is_identity: bool) -> None:
        self._told = told
        self._is_identity = is_identity

    def __call__(self, database: int) -> int | None:
        vlans = self._told.get(database)
        if vlans is not None:
            return next(iter(vlans)) if len(vlans) == 1 else None
        return database if self._is_identity and 1 <= database <= HIGHEST_VLAN else None


async def _learn_databases(sources: Sources, column: Column, enterprise: int) -> _Databases:
    """Learn which VLAN a filtering database serves.

    Source: dot1qVlanFdbId; on Junos jnxL2aldVlanFdbId, or jnxExVlanTag whose index is the database there.
    An agent that tells of none numbers the databases like the VLANs.
    """
    told: dict[int, set[int]] = {}
    if enterprise == JUNIPER:
        columns = (JNX_L2ALD_TAG, JNX_L2ALD_FDB_ID, JNX_EX_TAG)
        found = await sources.read("JUNIPER-L2ALD-MIB", columns)
        for index, database in integers(found[JNX_L2ALD_FDB_ID], JNX_L2ALD_FDB_ID, sources.misfits).items():
            tag = found[JNX_L2ALD_TAG].get(index)
            if isinstance(tag, int):
                told.setdefault(database, set()).add(tag)
        for index, tag in integers(found[JNX_EX_TAG], JNX_EX_TAG, sources.misfits).items():
            told.setdefault(index[0], set()).add(tag)
        return _Databases(told, is_identity=not told)
    for index, database in integers(column, DOT1Q_VLAN_FDB_ID, sources.misfits).items():
        if 1 <= index[-1] <= HIGHEST_VLAN:
            told.setdefault(database, set()).add(index[-1])
    return _Databases(told, is_identity=True)
