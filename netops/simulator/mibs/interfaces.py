"""Interfaces, the addresses on them, and their duplex.

Source: IF-MIB (RFC 2863) ifTable and ifXTable, EtherLike-MIB (RFC 3635) dot3StatsDuplexStatus, IP-MIB
(RFC 4293) ipAddressTable and its elder ipAddrTable.
"""

from collections.abc import Callable
from ipaddress import IPv4Interface

from netops.model.interface import COUNTER_NAMES
from netops.simulator.blueprint import SOFTWARE_LOOPBACK, Port, Site, port_mac
from netops.simulator.shape import Live, ShapeBuilder
from netops.simulator.state import WIDTH, DeviceState
from netops.snmp.types import Oid, Tag

_IF = "1.3.6.1.2.1.2"
_IF_ENTRY = "1.3.6.1.2.1.2.2.1"
_IF_X = "1.3.6.1.2.1.31.1"
_IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
_DUPLEX = "1.3.6.1.2.1.10.7.2.1.19"
_ADDRESS_OLD = "1.3.6.1.2.1.4.20.1"
_ADDRESS_PREFIX = "1.3.6.1.2.1.4.32.1"
_ADDRESS = "1.3.6.1.2.1.4.34.1"
_IP_FORWARDING = "1.3.6.1.2.1.4.1"

_NARROW = {
    10: "in_octets",
    11: "in_unicast_packets",
    13: "in_discards",
    14: "in_errors",
    16: "out_octets",
    17: "out_unicast_packets",
    19: "out_discards",
    20: "out_errors",
}
"""Counter32 columns of ifTable."""
_NARROW_X = {
    2: "in_multicast_packets",
    3: "in_broadcast_packets",
    4: "out_multicast_packets",
    5: "out_broadcast_packets",
}
_WIDE_X = {
    6: "in_octets",
    7: "in_unicast_packets",
    8: "in_multicast_packets",
    9: "in_broadcast_packets",
    10: "out_octets",
    11: "out_unicast_packets",
    12: "out_multicast_packets",
    13: "out_broadcast_packets",
}
"""Counter64 columns of ifXTable."""
_PLACE = {name: place for place, name in enumerate(COUNTER_NAMES)}


def fill_interfaces(builder: ShapeBuilder, site: Site) -> None:
    """Add ifTable, ifXTable and the duplex of what has a plug."""
    builder.scalar(f"{_IF}.1", Tag.INTEGER, len(site.ports))
    builder.scalar(f"{_IF_X}.5", Tag.TIME_TICKS, 0)
    for row, (port, if_index) in enumerate(zip(site.ports, site.if_indexes, strict=True)):
        _fill_if_row(builder, row, port, if_index)
        _fill_if_x_row(builder, row, port, if_index)
        if port.is_physical:
            builder.choice(_DUPLEX, (if_index,), _duplex(row))


def _fill_if_row(builder: ShapeBuilder, row: int, port: Port, if_index: int) -> None:
    index = (if_index,)
    builder.row(
        _IF_ENTRY,
        index,
        {
            1: (Tag.INTEGER, if_index),
            2: (Tag.OCTET_STRING, port.description),
            3: (Tag.INTEGER, port.type),
            4: (Tag.INTEGER, port.mtu),
            5: (Tag.GAUGE32, port.speed_bps),  # held at 2**32-1 from 4.3 Gbit/s on, as RFC 2863 asks
            6: (Tag.OCTET_STRING, _mac(port, row)),
            9: (Tag.TIME_TICKS, lambda state: state.last_change[row]),
            12: (Tag.COUNTER32, _sum_of(row, "in_multicast_packets", "in_broadcast_packets")),
            15: (Tag.COUNTER32, 0),
            18: (Tag.COUNTER32, _sum_of(row, "out_multicast_packets", "out_broadcast_packets")),
            21: (Tag.GAUGE32, 0),
            22: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)),
        },
    )
    builder.choice(f"{_IF_ENTRY}.7", index, lambda state: state.admin[row])
    builder.choice(f"{_IF_ENTRY}.8", index, lambda state: state.oper[row])
    for column, name in _NARROW.items():
        builder.counter(f"{_IF_ENTRY}.{column}", index, Tag.COUNTER32, row * WIDTH + _PLACE[name])


def _fill_if_x_row(builder: ShapeBuilder, row: int, port: Port, if_index: int) -> None:
    index = (if_index,)
    for column, name in _NARROW_X.items():
        builder.counter(f"{_IF_X_ENTRY}.{column}", index, Tag.COUNTER32, row * WIDTH + _PLACE[name])
    for column, name in _WIDE_X.items():
        builder.counter(f"{_IF_X_ENTRY}.{column}", index, Tag.COUNTER64, row * WIDTH + _PLACE[name])
    builder.row(
        _IF_X_ENTRY,
        index,
        {
            1: (Tag.OCTET_STRING, port.name),
            14: (Tag.INTEGER, 1),
            15: (Tag.GAUGE32, port.speed_bps // 1_000_000),
            16: (Tag.INTEGER, 2),
            17: (Tag.INTEGER, 1 if port.is_physical else 2),
            18: (Tag.OCTET_STRING, port.alias),
            19: (Tag.TIME_TICKS, lambda state: state.discontinuity[row]),
        },
    )


def _sum_of(row: int, first: str, second: str) -> Live:
    one, two = row * WIDTH + _PLACE[first], row * WIDTH + _PLACE[second]

    def read(state: DeviceState) -> int:
        work = state.work()
        return state.counter(one, work) + state.counter(two, work)

    return read


def _mac(port: Port, row: int) -> Live | bytes:
    """A loopback interface has no address of its own."""
    return b"" if port.type == SOFTWARE_LOOPBACK else lambda state: port_mac(state, row)


def _duplex(row: int) -> Callable[[DeviceState], int]:
    """fullDuplex(3) while up, unknown(1) otherwise."""
    return lambda state: 3 if state.oper[row] == 1 else 1


def fill_addresses(builder: ShapeBuilder, site: Site) -> None:
    """Add the IPv4 addresses of all interfaces, in the elder table and in the newer one."""
    routed = [port for port in site.ports if port.networks]
    builder.scalar(_IP_FORWARDING, Tag.INTEGER, 1 if len(routed) > 1 else 2)
    for port, if_index in zip(site.ports, site.if_indexes, strict=True):
        for text in port.networks:
            _fill_address(builder, IPv4Interface(text), if_index)


def _fill_address(builder: ShapeBuilder, address: IPv4Interface, if_index: int) -> None:
    octets = tuple(address.ip.packed)
    network = tuple(address.network.network_address.packed)
    length = address.network.prefixlen
    builder.row(
        _ADDRESS_OLD,
        octets,
        {
            1: (Tag.IP_ADDRESS, address.ip),
            2: (Tag.INTEGER, if_index),
            3: (Tag.IP_ADDRESS, address.netmask),
            4: (Tag.INTEGER, 1),
            5: (Tag.INTEGER, 65535),
        },
    )
    prefix = (if_index, 1, 4, *network, length)
    builder.row(
        _ADDRESS_PREFIX,
        prefix,
        {
            5: (Tag.INTEGER, 2),
            6: (Tag.INTEGER, 1),
            7: (Tag.INTEGER, 2),
            8: (Tag.GAUGE32, 0xFFFFFFFF),
            9: (Tag.GAUGE32, 0xFFFFFFFF),
        },
    )
    builder.row(
        _ADDRESS,
        (1, 4, *octets),
        {
            3: (Tag.INTEGER, if_index),
            4: (Tag.INTEGER, 1),
            5: (Tag.OBJECT_IDENTIFIER, Oid.parse(f"{_ADDRESS_PREFIX}.5") / prefix),
            6: (Tag.INTEGER, 2),
            7: (Tag.INTEGER, 1),
            8: (Tag.TIME_TICKS, 0),
            9: (Tag.TIME_TICKS, 0),
            10: (Tag.INTEGER, 1),
            11: (Tag.INTEGER, 2),
        },
    )
