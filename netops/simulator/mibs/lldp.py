"""Neighbours.

Source: LLDP-MIB (IEEE 802.1AB-2005) lldpLocalSystemData, lldpLocPortTable, lldpRemTable, lldpRemManAddrTable.
"""

from netops.simulator.blueprint import Filler, Neighbour, Site
from netops.simulator.shape import ShapeBuilder
from netops.snmp.types import Oid, Tag

_LOCAL = "1.0.8802.1.1.2.1.3"
_LOCAL_PORT = "1.0.8802.1.1.2.1.3.7.1"
_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
_REMOTE_ADDRESS = "1.0.8802.1.1.2.1.4.2.1"
_MAC_ADDRESS = 4  # LldpChassisIdSubtype
_INTERFACE_NAME = 5  # LldpPortIdSubtype


def lldp(description: str, capabilities: bytes) -> Filler:
    """Make the filler of what a device says and hears by LLDP; a port's number is its ifIndex."""

    def fill(builder: ShapeBuilder, site: Site) -> None:
        builder.scalar(f"{_LOCAL}.1", Tag.INTEGER, _MAC_ADDRESS)
        builder.scalar(f"{_LOCAL}.2", Tag.OCTET_STRING, lambda state: state.mac)
        builder.scalar(f"{_LOCAL}.3", Tag.OCTET_STRING, lambda state: state.name)
        builder.scalar(f"{_LOCAL}.4", Tag.OCTET_STRING, description)
        builder.scalar(f"{_LOCAL}.5", Tag.OCTET_STRING, capabilities)
        builder.scalar(f"{_LOCAL}.6", Tag.OCTET_STRING, capabilities)
        for port, if_index in zip(site.ports, site.if_indexes, strict=True):
            if port.is_physical:
                builder.row(
                    _LOCAL_PORT,
                    (if_index,),
                    {
                        2: (Tag.INTEGER, _INTERFACE_NAME),
                        3: (Tag.OCTET_STRING, port.name),
                        4: (Tag.OCTET_STRING, port.description),
                    },
                )
        for number, neighbour in enumerate(site.neighbours, 1):
            _fill_neighbour(builder, site.if_indexes[neighbour.row], number, neighbour)

    return fill


def _fill_neighbour(builder: ShapeBuilder, if_index: int, number: int, neighbour: Neighbour) -> None:
    index = (0, if_index, number)
    builder.row(
        _REMOTE,
        index,
        {
            4: (Tag.INTEGER, _MAC_ADDRESS),
            5: (Tag.OCTET_STRING, neighbour.mac),
            6: (Tag.INTEGER, _INTERFACE_NAME),
            7: (Tag.OCTET_STRING, neighbour.port.name),
            8: (Tag.OCTET_STRING, neighbour.port.description),
            9: (Tag.OCTET_STRING, neighbour.name),
            10: (Tag.OCTET_STRING, neighbour.description),
            11: (Tag.OCTET_STRING, neighbour.capabilities),
            12: (Tag.OCTET_STRING, neighbour.capabilities),
        },
    )
    builder.row(
        _REMOTE_ADDRESS,
        (*index, 1, 4, *neighbour.address.packed),
        {
            3: (Tag.INTEGER, 2),
            4: (Tag.INTEGER, 1),
            5: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)),
        },
    )
