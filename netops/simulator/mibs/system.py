"""The system group, and the engine's own clock.

Source: SNMPv2-MIB (RFC 3418) system, SNMP-FRAMEWORK-MIB (RFC 3411) snmpEngine.
"""

from netops.simulator.blueprint import Filler, Site
from netops.simulator.shape import ShapeBuilder
from netops.simulator.state import DeviceState
from netops.snmp.types import Oid, Tag

_SYSTEM = "1.3.6.1.2.1.1"
_ENGINE = "1.3.6.1.6.3.10.2.1"


def system(description: str, object_id: str, location: str, contact: str, services: int) -> Filler:
    """Make the filler of the system group; the name is the device's."""

    def fill(builder: ShapeBuilder, _site: Site) -> None:
        builder.scalar(f"{_SYSTEM}.1", Tag.OCTET_STRING, description)
        builder.scalar(f"{_SYSTEM}.2", Tag.OBJECT_IDENTIFIER, Oid.parse(object_id))
        builder.scalar(f"{_SYSTEM}.3", Tag.TIME_TICKS, DeviceState.uptime_ticks)
        builder.scalar(f"{_SYSTEM}.4", Tag.OCTET_STRING, contact)
        builder.scalar(f"{_SYSTEM}.5", Tag.OCTET_STRING, lambda state: state.name)
        builder.scalar(f"{_SYSTEM}.6", Tag.OCTET_STRING, location)
        builder.scalar(f"{_SYSTEM}.7", Tag.INTEGER, services)
        builder.scalar(f"{_ENGINE}.2", Tag.INTEGER, lambda state: state.engine_boots)
        builder.scalar(f"{_ENGINE}.3", Tag.INTEGER, DeviceState.engine_time)
        builder.scalar(f"{_ENGINE}.4", Tag.INTEGER, 65507)

    return fill
