"""Forwarding tables: which station was learned on which interface, in which VLAN."""

from collections.abc import Iterator

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts
from netops.collectors.cells import Misfits, integers, read_all
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources, enterprise_of
from netops.collectors.visit import Visit, VlanOpener
from netops.collectors.vlan_trunks import VTP_VLAN_STATE, VTP_VLAN_TYPE, list_ethernet
from netops.errors import CredentialRejected, DeviceUnreachable, SnmpError, TooSlow
from netops.i18n import _
from netops.model.forwarding import ForwardingReading
from netops.model.vlan import HIGHEST_VLAN
from netops.snmp.types import Column, Index, Oid, SnmpSession

DOT1Q_TP_FDB = Oid.parse("1.3.6.1.2.1.17.7.1.2.2.1")
DOT1Q_TP_FDB_PORT, DOT1Q_TP_FDB_STATUS = DOT1Q_TP_FDB / 2, DOT1Q_TP_FDB / 3
DOT1Q_VLAN_FDB_ID = Oid.parse("1.3.6.1.2.1.17.7.1.4.2.1.3")
DOT1D_TP_FDB = Oid.parse("1.3.6.1.2.1.17.4.3.1")
DOT1D_TP_FDB_PORT, DOT1D_TP_FDB_STATUS = DOT1D_TP_FDB / 2, DOT1D_TP_FDB / 3
IEEE_TP_FDB = Oid.parse("1.3.111.2.802.1.1.4.1.2.2.1")
IEEE_TP_FDB_PORT, IEEE_TP_FDB_STATUS = IEEE_TP_FDB / 2, IEEE_TP_FDB / 3
JNX_L2ALD_TAG = Oid.parse("1.3.6.1.4.1.2636.3.48.1.3.1.1.3")
JNX_L2ALD_FDB_ID = Oid.parse("1.3.6.1.4.1.2636.3.48.1.3.1.1.5")
JNX_EX_TAG = Oid.parse("1.3.6.1.4.1.2636.3.40.1.5.1.5.1.5")
DOT1D_BASE_NUM_PORTS = Oid.parse("1.3.6.1.2.1.17.1.2.0")

Q_BRIDGE = (DOT1Q_TP_FDB_PORT, DOT1Q_TP_FDB_STATUS, DOT1Q_VLAN_FDB_ID, DOT1D_BASE_PORT_IF_INDEX)
BRIDGE = (DOT1D_TP_FDB_PORT, DOT1D_TP_FDB_STATUS, DOT1D_BASE_PORT_IF_INDEX)
IEEE = (IEEE_TP_FDB_PORT, IEEE_TP_FDB_STATUS, DOT1D_BASE_PORT_IF_INDEX)

CISCO, JUNIPER = 9, 2636
INVALID, LEARNED, SELF, MANAGED = 2, 3, 4, 5
"""dot1dTpFdbStatus and dot1qTpFdbStatus; 1 is other."""
CONTEXTS = "contexts by VLAN"
MAX_CONTEXTS = 256
LONGEST_SECONDS = 90.0
"""For all contexts of one device; what was read until then stands."""

Rows = dict[tuple[str, int | None], ForwardingReading]
"""By MAC address and VLAN."""


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
            stations = _read_stations(found[DOT1Q_TP_FDB_PORT], found[DOT1Q_TP_FDB_STATUS], 7, ports)
            for index, reading in stations:
                reading.vlan = vlans(index[0])
                rows.setdefault((reading.mac, reading.vlan), reading)
        else:
            await self._read_without_vlans(sources, interfaces, rows)
            if enterprise_of(visit) == CISCO and visit.open_vlan is not None:
                await _read_contexts(sources, visit, interfaces, rows)
        sources.finish()
        visit.result.forwarding = list(rows.values())

    @staticmethod
    async def _read_without_vlans(sources: Sources, interfaces: KnownInterfaces, rows: Rows) -> None:
        found = await sources.read("BRIDGE-MIB", BRIDGE)
        ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
        for _index, reading in _read_stations(found[DOT1D_TP_FDB_PORT], found[DOT1D_TP_FDB_STATUS], 6, ports):
            rows.setdefault((reading.mac, None), reading)
        if rows:
            return
        # Component and filtering database stand before the address; the database is the VLAN as a rule.
        found = await sources.read("IEEE8021-Q-BRIDGE-MIB", IEEE)
        ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
        for index, reading in _read_stations(found[IEEE_TP_FDB_PORT], found[IEEE_TP_FDB_STATUS], 8, ports):
            reading.vlan = index[1] if 1 <= index[1] <= HIGHEST_VLAN else None
            rows.setdefault((reading.mac, reading.vlan), reading)


def _read_stations(
    ports: Column, statuses: Column, size: int, bridge: BridgePorts
) -> Iterator[tuple[Index, ForwardingReading]]:
    """Give the stations of a table whose index ends with the six octets of the address."""
    for index, port in ports.items():
        status = statuses.get(index, LEARNED)
        if len(index) != size or not isinstance(port, int) or status in (INVALID, SELF):
            continue
        interface = bridge.key(port)
        octets = index[-6:]
        if interface is None or not all(arc < 256 for arc in octets):
            continue
        mac = bytes(octets).hex(":")
        yield index, ForwardingReading(mac, None, interface, is_static=status == MANAGED)


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


async def _read_contexts(sources: Sources, visit: Visit, interfaces: KnownInterfaces, rows: Rows) -> None:
    """Read the table of each VLAN in its own context: community@VLAN, or the v3 context vlan-VLAN (Cisco).

    A switch that meets the first of them with silence is not asked again for hours. One context that fails
    costs itself only.
    """
    if sources.lacks(CONTEXTS) or visit.open_vlan is None:
        return
    found = await sources.read("CISCO-VTP-MIB", (VTP_VLAN_STATE, VTP_VLAN_TYPE))
    vlans = list_ethernet(found[VTP_VLAN_STATE], found[VTP_VLAN_TYPE], operational=True)[:MAX_CONTEXTS]
    if not vlans:
        return
    if not await _has_contexts(visit.open_vlan, vlans[-1]):
        sources.note_lack(CONTEXTS)
        return
    began = visit.clock.monotonic()
    by_vlan: Rows = {}
    silent = 0
    for vlan in vlans:
        if visit.clock.monotonic() - began > LONGEST_SECONDS or silent > 1:
            sources.misfits.failures.append(
                TooSlow(
                    _("the forwarding tables from VLAN %(vlan)d on were not read; the agent is too slow")
                    % {"vlan": vlan}
                )
            )
            break
        try:
            await _read_context(visit.open_vlan, vlan, interfaces, by_vlan)
            silent = 0
        except DeviceUnreachable:
            silent += 1
        except (SnmpError, CredentialRejected) as error:
            sources.misfits.failures[:] = sources.misfits.failures or [
                error if isinstance(error, SnmpError) else SnmpError(str(error))
            ]
    # What the plain community told is the table of VLAN 1, and is here again with its VLAN.
    known = {mac for mac, _vlan in by_vlan}
    for place in [place for place in rows if place[0] in known]:
        del rows[place]
    rows.update(by_vlan)


async def _has_contexts(open_vlan: VlanOpener, vlan: int) -> bool:
    session = open_vlan(vlan, brief=True)
    try:
        await session.get([DOT1D_BASE_NUM_PORTS])
    except (DeviceUnreachable, CredentialRejected, SnmpError):
        return False
    finally:
        await session.close()
    return True


async def _read_context(open_vlan: VlanOpener, vlan: int, interfaces: KnownInterfaces, rows: Rows) -> None:
    session = open_vlan(vlan)
    misfits = Misfits()
    try:
        found = await read_all(session, BRIDGE, misfits, rarely=True)
    finally:
        await session.close()
    ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, misfits)
    for _index, reading in _read_stations(found[DOT1D_TP_FDB_PORT], found[DOT1D_TP_FDB_STATUS], 6, ports):
        reading.vlan = vlan
        rows.setdefault((reading.mac, vlan), reading)
