"""Switching: bridge ports, spanning tree, learned addresses, VLANs.

Source: BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363).
"""

from netops.simulator.blueprint import Filler, Port, Site
from netops.simulator.shape import ShapeBuilder
from netops.snmp.types import Tag

_BASE = "1.3.6.1.2.1.17.1"
_BASE_PORT = "1.3.6.1.2.1.17.1.4.1"
_STP = "1.3.6.1.2.1.17.2"
_STP_PORT = "1.3.6.1.2.1.17.2.15.1"
_LEARNED = "1.3.6.1.2.1.17.4.3.1"
_VLAN_LEARNED = "1.3.6.1.2.1.17.7.1.2.2.1"
_VLAN_BASE = "1.3.6.1.2.1.17.7.1.1"
_VLAN_CURRENT = "1.3.6.1.2.1.17.7.1.4.2.1"
_VLAN_STATIC = "1.3.6.1.2.1.17.7.1.4.3.1"
_PORT_VLAN = "1.3.6.1.2.1.17.7.1.4.5.1"
_LEARNED_STATUS = 3
_STATIONS_PORTS = 12  # ports behind which a station was learned; the tables stay small
_FORWARDING = 5
_BLOCKING = 2


def bridge(vlans: dict[int, str], *, trunks: frozenset[str]) -> Filler:
    """Make the filler of a switch.

    Args:
        vlans: VLAN id to its name; the untagged VLAN of a port is the port's own.
        trunks: Names of ports that carry every VLAN, tagged.
    """

    def fill(builder: ShapeBuilder, site: Site) -> None:
        rows = [row for row, port in enumerate(site.ports) if port.is_physical]
        builder.scalar(f"{_BASE}.1", Tag.OCTET_STRING, lambda state: state.mac)
        builder.scalar(f"{_BASE}.2", Tag.INTEGER, len(rows))
        builder.scalar(f"{_BASE}.3", Tag.INTEGER, 2)
        _fill_spanning_tree(builder)
        for number, row in enumerate(rows, 1):
            _fill_port(builder, number, row, site)
        _fill_stations(builder, site, rows, trunks)
        _fill_vlans(builder, [site.ports[row] for row in rows], vlans, trunks)

    return fill


def _fill_spanning_tree(builder: ShapeBuilder) -> None:
    builder.scalar(f"{_STP}.1", Tag.INTEGER, 3)
    builder.scalar(f"{_STP}.2", Tag.INTEGER, 32768)
    builder.scalar(f"{_STP}.3", Tag.TIME_TICKS, lambda state: state.uptime_ticks() // 2)
    builder.scalar(f"{_STP}.4", Tag.COUNTER32, 7)


def _fill_port(builder: ShapeBuilder, number: int, row: int, site: Site) -> None:
    builder.row(
        _BASE_PORT,
        (number,),
        {1: (Tag.INTEGER, number), 2: (Tag.INTEGER, site.if_indexes[row])},
    )
    builder.add(f"{_STP_PORT}.1", (number,), Tag.INTEGER, number)
    builder.choice(
        f"{_STP_PORT}.3", (number,), lambda state: _FORWARDING if state.oper[row] == 1 else _BLOCKING
    )
    builder.add(f"{_PORT_VLAN}.1", (number,), Tag.GAUGE32, site.ports[row].vlan)


def _fill_stations(builder: ShapeBuilder, site: Site, rows: list[int], trunks: frozenset[str]) -> None:
    """Behind each of the first access ports one station; behind a trunk the neighbour."""
    heard = {neighbour.row: neighbour.mac for neighbour in site.neighbours}
    for number, row in enumerate(rows, 1):
        port = site.ports[row]
        if not port.up or (number > _STATIONS_PORTS and row not in heard):
            continue
        mac = heard.get(row) or bytes((0x02, 0xAA, 0, port.vlan & 0xFF, number, 1))
        learned: dict[int, tuple[int, int | bytes]] = {
            1: (Tag.OCTET_STRING, mac),
            2: (Tag.INTEGER, number),
            3: (Tag.INTEGER, _LEARNED_STATUS),
        }
        builder.row(_LEARNED, tuple(mac), learned)
        vlan = 1 if port.name in trunks else port.vlan
        learned.pop(1)  # dot1qTpFdbAddress is not accessible
        builder.row(_VLAN_LEARNED, (vlan, *mac), learned)


def _fill_vlans(
    builder: ShapeBuilder, ports: list[Port], vlans: dict[int, str], trunks: frozenset[str]
) -> None:
    builder.scalar(f"{_VLAN_BASE}.1", Tag.INTEGER, 1)
    builder.scalar(f"{_VLAN_BASE}.2", Tag.INTEGER, 4094)
    builder.scalar(f"{_VLAN_BASE}.3", Tag.GAUGE32, 4094)
    builder.scalar(f"{_VLAN_BASE}.4", Tag.GAUGE32, len(vlans))
    for vlan, name in vlans.items():
        untagged = _port_list([port.vlan == vlan and port.name not in trunks for port in ports])
        egress = _port_list([port.vlan == vlan or port.name in trunks for port in ports])
        builder.row(
            _VLAN_CURRENT,
            (0, vlan),
            {
                3: (Tag.GAUGE32, vlan),
                4: (Tag.OCTET_STRING, egress),
                5: (Tag.OCTET_STRING, untagged),
                6: (Tag.INTEGER, 2),
                7: (Tag.TIME_TICKS, 0),
            },
        )
        builder.row(
            _VLAN_STATIC,
            (vlan,),
            {
                1: (Tag.OCTET_STRING, name),
                2: (Tag.OCTET_STRING, egress),
                3: (Tag.OCTET_STRING, bytes(len(egress))),
                4: (Tag.OCTET_STRING, untagged),
                5: (Tag.INTEGER, 1),
            },
        )


def _port_list(members: list[bool]) -> bytes:
    """Encode a PortList (RFC 4363): the first port is the highest bit of the first byte."""
    out = bytearray((len(members) + 7) // 8)
    for at, member in enumerate(members):
        if member:
            out[at // 8] |= 0x80 >> at % 8
    return bytes(out)
