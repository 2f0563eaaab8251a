"""The rows of forwarding tables, which all end with the six octets of a station's address."""

from collections.abc import Iterator, Mapping

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts
from netops.collectors.cells import Misfits
from netops.collectors.known_interfaces import KnownInterfaces
from netops.model.forwarding import ForwardingReading
from netops.snmp.types import Column, Index, Oid

DOT1D_TP_FDB = Oid.parse("1.3.6.1.2.1.17.4.3.1")
DOT1D_TP_FDB_PORT, DOT1D_TP_FDB_STATUS = DOT1D_TP_FDB / 2, DOT1D_TP_FDB / 3
BRIDGE = (DOT1D_TP_FDB_PORT, DOT1D_TP_FDB_STATUS, DOT1D_BASE_PORT_IF_INDEX)
INVALID, LEARNED, SELF, MANAGED = 2, 3, 4, 5
"""dot1dTpFdbStatus and dot1qTpFdbStatus; 1 is other."""

Rows = dict[tuple[str, int | None], ForwardingReading]
"""By MAC address and VLAN."""


def read_stations(
    ports: Column, statuses: Column, size: int, bridge: BridgePorts
) -> Iterator[tuple[Index, ForwardingReading]]:
    """Give the stations of a table, VLAN left open, each with its index of ``size`` arcs.

    The device's own addresses, entries on their way out and those behind no interface are left out.
    """
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


def read_bridge(
    found: Mapping[Oid, Column], vlan: int | None, interfaces: KnownInterfaces, misfits: Misfits
) -> Rows:
    """Give the rows of dot1dTpFdbTable (BRIDGE-MIB, RFC 4188), all in one VLAN."""
    rows: Rows = {}
    ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, misfits)
    for _index, reading in read_stations(found[DOT1D_TP_FDB_PORT], found[DOT1D_TP_FDB_STATUS], 6, ports):
        reading.vlan = vlan
        rows[(reading.mac, vlan)] = reading
    return rows
