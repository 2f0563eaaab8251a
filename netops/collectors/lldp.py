"""LLDP neighbours, as the standard tables and those made after them tell of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from netops.collectors.bridge import DOT1D_BASE_PORT_IF_INDEX, BridgePorts
from netops.collectors.cells import integers
from netops.collectors.inet import FAMILIES, address_from_arcs, address_from_octets
from netops.collectors.interface_details import format_mac
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources
from netops.collectors.text import decode_line, decode_text
from netops.model.neighbour import NeighbourReading
from netops.snmp.types import Column, Index, Oid, Value

INTERFACE_ALIAS, PORT_COMPONENT, MAC, NETWORK, INTERFACE_NAME, AGENT_CIRCUIT, LOCAL = range(1, 8)
"""LldpPortIdSubtype (IEEE 802.1AB)."""
CHASSIS_MAC, CHASSIS_NETWORK = 4, 5
"""LldpChassisIdSubtype."""


@dataclass(frozen=True, slots=True)
class LldpTable:
    """One MIB's tables of remote systems and local ports."""

    name: str
    remote: Oid
    """The entry of the table of remote systems."""
    first: int
    """The column of the chassis identifier's subtype; the others follow it in the same order everywhere."""
    index_size: int
    """Arcs of its index: time mark, local port, (destination address,) number."""
    addresses: Oid
    """The column of management addresses that has a value; its index goes on with family and octets."""
    local: Oid | None
    """The entry of the table of local ports; None where the local port is an ifIndex."""

    @property
    def remote_columns(self) -> tuple[Oid, ...]:
        """Subtype and chassis, subtype and port, port's description, system's name and description."""
        return tuple(self.remote / (self.first + at) for at in range(7))


STANDARD = LldpTable(
    name="LLDP-MIB",
    remote=Oid.parse("1.0.8802.1.1.2.1.4.1.1"),
    first=4,
    index_size=3,
    addresses=Oid.parse("1.0.8802.1.1.2.1.4.2.1.3"),
    local=Oid.parse("1.0.8802.1.1.2.1.3.7.1"),
)
"""IEEE 802.1AB-2005; a local port is most often an ifIndex or a bridge port, and lldpLocPortTable names it."""
VERSION_2 = LldpTable(
    name="LLDP-V2-MIB",
    remote=Oid.parse("1.3.111.2.802.1.1.13.1.4.1.1"),
    first=5,
    index_size=4,
    addresses=Oid.parse("1.3.111.2.802.1.1.13.1.4.2.1.3"),
    local=None,
)
"""IEEE 802.1AB-2009."""
TIMETRA = LldpTable(
    name="TIMETRA-LLDP-MIB",
    remote=Oid.parse("1.3.6.1.4.1.6527.3.1.2.59.4.1.1"),
    first=4,
    index_size=4,
    addresses=Oid.parse("1.3.6.1.4.1.6527.3.1.2.59.4.2.1.3"),
    local=None,
)
"""Nokia (Alcatel-Lucent, Timetra) SR OS."""

MTXR_NEIGHBOUR_INTERFACE_ID = Oid.parse("1.3.6.1.4.1.14988.1.1.11.1.1.8")
"""MIKROTIK-MIB: the ifIndex of a row of lldpRemTable, which RouterOS before 7.7 indexes with local port 0."""


async def read_lldp(
    sources: Sources, table: LldpTable, interfaces: KnownInterfaces
) -> list[NeighbourReading]:
    """Read the neighbours that one MIB tells of, in the device's order; empty where it lacks the MIB.

    Raises:
        DeviceError: See Sources.read.
    """
    columns = table.remote_columns
    found = await sources.read(table.name, (*columns, table.addresses))
    rows: list[Index] = list(
        dict.fromkeys(
            index for column in columns for index in found[column] if len(index) == table.index_size
        )
    )
    if not rows:
        return []
    locate = await _learn_ports(sources, table, interfaces, rows)
    addresses = _read_addresses(found[table.addresses], table.index_size)
    readings = []
    for index in rows:
        chassis_kind, chassis, port_kind, port, label, name, description = (
            found[column].get(index) for column in columns
        )
        chassis_text = render_chassis(chassis_kind, chassis)
        port_text = render_port(port_kind, port)
        label_text, name_text, about = decode_line(label), decode_line(name), decode_line(description)
        device = name_text or chassis_text or about
        if not device:
            continue  # a row that is half gone
        # A MAC address or a number of the neighbour's own tells a person less than the words beside it.
        is_named = port_kind != MAC and not (port_kind == LOCAL and port_text.isdecimal())
        readings.append(
            NeighbourReading(
                protocol="lldp",
                local_interface=locate(index),
                remote_device=device,
                remote_interface=(port_text if is_named else label_text) or port_text or label_text,
                remote_address=addresses.get(index)
                or (decode_network(chassis) if chassis_kind == CHASSIS_NETWORK else None)
                or "",
                remote_chassis=chassis_text,
                remote_port=port_text,
                remote_description=about,
            )
        )
    return readings


def render_chassis(kind: Value, value: Value) -> str:
    """Give a chassis identifier as its subtype asks: a MAC address, an IP address, or text."""
    if kind == CHASSIS_MAC:
        return _render_mac(value)
    if kind == CHASSIS_NETWORK:
        return decode_network(value) or _render_text(value)
    return _render_text(value)


def render_port(kind: Value, value: Value) -> str:
    """Give a port identifier as its subtype asks."""
    if kind == MAC:
        return _render_mac(value)
    if kind == NETWORK:
        return decode_network(value) or _render_text(value)
    return _render_text(value)


def decode_network(value: Value) -> str | None:
    """Give a network address: one octet of AddressFamilyNumbers, then the address; some leave the octet out."""
    if not isinstance(value, bytes) or not value:
        return None
    if FAMILIES.get(value[0]) == len(value) - 1:
        return address_from_octets(value[1:])
    return address_from_octets(value) if len(value) in FAMILIES.values() else None


def _render_mac(value: Value) -> str:
    # RouterOS writes the address as text.
    return format_mac(value) or _render_text(value).lower()


def _render_text(value: Value) -> str:
    """Give text, or the octets in hex where an agent put a number or an address under a subtype of text."""
    text = decode_text(value)
    if isinstance(value, bytes) and (not text.isprintable() or (value and not text and any(value))):
        return value.hex(":")
    return text


def _read_addresses(column: Column, size: int) -> dict[Index, str]:
    """Give the first management address of each row, IPv4 before IPv6.

    Source: the index of lldpRemManAddrTable behind that of the row: family, then octets, with their number
    before them as SMI asks or, as many agents do, without.
    """
    addresses: dict[Index, str] = {}
    for index in column:
        row, tail = index[:size], index[size:]
        octets = FAMILIES.get(tail[0]) if tail else None
        if octets is None:
            continue
        arcs = tail[2:] if len(tail) == octets + 2 and tail[1] == octets else tail[1:]
        address = address_from_arcs(arcs) if len(arcs) == octets else None
        if address and (row not in addresses or (":" in addresses[row] and ":" not in address)):
            addresses[row] = address
    return addresses


class _Locator:
    """Finds the interface a row was heard on."""

    def __init__(self, interfaces: KnownInterfaces) -> None:
        self.interfaces = interfaces
        self.names: dict[int, str] = {}
        self.ports: BridgePorts | None = None
        self.by_row: dict[int, int] = {}

    def __call__(self, index: Index) -> str:
        port = index[1]
        if port == 0 and index[-1] in self.by_row:
            return self.interfaces.key(self.by_row[index[-1]])
        if port in self.names:
            return self.names[port]
        bridge = self.ports.if_index(port) if self.ports is not None else None
        return self.interfaces.key(bridge if bridge is not None else port)


async def _learn_ports(
    sources: Sources, table: LldpTable, interfaces: KnownInterfaces, rows: list[Index]
) -> _Locator:
    locator = _Locator(interfaces)
    if table.local is None:
        return locator
    kind_column, id_column, text_column = (table.local / place for place in (2, 3, 4))
    columns: tuple[Oid, ...] = (kind_column, id_column, text_column, DOT1D_BASE_PORT_IF_INDEX)
    if any(index[1] == 0 for index in rows):  # RouterOS
        columns = (*columns, MTXR_NEIGHBOUR_INTERFACE_ID)
    found = await sources.read(f"{table.name} local ports", columns)
    locator.ports = BridgePorts(found[DOT1D_BASE_PORT_IF_INDEX], interfaces, sources.misfits)
    for index in found[id_column]:
        key = _find_port(
            interfaces,
            found[kind_column].get(index),
            found[id_column][index],
            decode_text(found[text_column].get(index)),
        )
        if key is not None and len(index) == 1:
            locator.names[index[0]] = key
    if MTXR_NEIGHBOUR_INTERFACE_ID in found:
        numbers = integers(found[MTXR_NEIGHBOUR_INTERFACE_ID], MTXR_NEIGHBOUR_INTERFACE_ID, sources.misfits)
        locator.by_row = {index[-1]: if_index for index, if_index in numbers.items()}
    return locator


def _find_port(interfaces: KnownInterfaces, kind: Value, port: Value, description: str) -> str | None:
    """Find the interface that a row of lldpLocPortTable names, by its identifier, else by its description."""
    if kind == MAC:
        key = interfaces.find_mac(format_mac(port))
    elif kind == LOCAL and isinstance(port, bytes) and decode_text(port).isdecimal():
        key = None  # a number of the agent's own: ifIndex, bridge port or neither
    else:
        key = interfaces.find(decode_text(port))
    return key or interfaces.find(description)


def unique(readings: list[NeighbourReading]) -> Iterator[NeighbourReading]:
    """Give each neighbour once: agents repeat one under several time marks and destination addresses."""
    seen = set()
    for reading in readings:
        who = (reading.protocol, reading.local_interface, reading.remote_device, reading.remote_chassis)
        what = (*who, reading.remote_port or reading.remote_interface)
        if what not in seen:
            seen.add(what)
            yield reading
