"""Hardware and what it feels.

Source: ENTITY-MIB (RFC 6933) entPhysicalTable, ENTITY-SENSOR-MIB (RFC 3433) entPhySensorTable.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from netops.simulator.blueprint import Filler, Site
from netops.simulator.shape import ShapeBuilder
from netops.simulator.state import DeviceState
from netops.snmp.types import Oid, Tag

_PHYSICAL = "1.3.6.1.2.1.47.1.1.1.1"
_SENSOR = "1.3.6.1.2.1.99.1.1.1"

Measure = Callable[[DeviceState], float]


class Physical(IntEnum):
    """PhysicalClass."""

    CHASSIS = 3
    POWER_SUPPLY = 6
    FAN = 7
    SENSOR = 8
    MODULE = 9


class Unit(IntEnum):
    """EntitySensorDataType."""

    VOLTS_DC = 4
    WATTS = 6
    CELSIUS = 8
    PERCENT_HUMIDITY = 9
    RPM = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of hardware; a sensor has a unit and a measure."""

    index: int
    name: str
    kind: Physical
    parent: int = 0
    model: str = ""
    serial: str = ""
    maker: str = ""
    hardware: str = ""
    firmware: str = ""
    software: str = ""
    unit: Unit | None = None
    precision: int = 0
    """Decimal places of the measure that travel."""
    measure: Measure | None = None
    display: str = ""


def sway(
    middle: float, swing: float, period_seconds: float, phase: float = 0.0, warming: float = 0.0
) -> Measure:
    """Give a measure that swings slowly around its middle, and climbs by ``warming`` under the heat condition.

    The climb takes ten minutes to all but a third of itself.
    """

    def measure(state: DeviceState) -> float:
        value = middle + swing * math.sin(2 * math.pi * state.now() / period_seconds + phase)
        hot = state.condition_seconds("heat")
        return value if hot is None else value + warming * (1 - math.exp(-hot / 600))

    return measure


def entities(parts: Sequence[Part]) -> Filler:
    """Make the filler of a device's hardware; ``{number}`` in a serial number is the last of its address."""

    def fill(builder: ShapeBuilder, _site: Site) -> None:
        for place, part in enumerate(parts, 1):
            _fill_part(builder, place, part)
            if part.measure is not None and part.unit is not None:
                _fill_sensor(builder, part, part.unit, part.measure)

    return fill


def _fill_part(builder: ShapeBuilder, place: int, part: Part) -> None:
    builder.row(
        _PHYSICAL,
        (part.index,),
        {
            2: (Tag.OCTET_STRING, f"{part.name} {part.model}".strip()),
            3: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)),
            4: (Tag.INTEGER, part.parent),
            5: (Tag.INTEGER, part.kind),
            6: (Tag.INTEGER, place if part.parent else -1),
            7: (Tag.OCTET_STRING, part.name),
            8: (Tag.OCTET_STRING, part.hardware),
            9: (Tag.OCTET_STRING, part.firmware),
            10: (Tag.OCTET_STRING, part.software),
            11: (Tag.OCTET_STRING, lambda state: part.serial.format(number=state.address.packed[3])),
            12: (Tag.OCTET_STRING, part.maker),
            13: (Tag.OCTET_STRING, part.model),
            14: (Tag.OCTET_STRING, ""),
            15: (Tag.OCTET_STRING, ""),
            16: (Tag.INTEGER, 1 if part.serial else 2),
        },
    )


def _fill_sensor(builder: ShapeBuilder, part: Part, unit: Unit, measure: Measure) -> None:
    factor = 10**part.precision
    builder.row(
        _SENSOR,
        (part.index,),
        {
            1: (Tag.INTEGER, unit),
            2: (Tag.INTEGER, 9),
            3: (Tag.INTEGER, part.precision),
            4: (Tag.INTEGER, lambda state: round(measure(state) * factor)),
            5: (Tag.INTEGER, 1),
            6: (Tag.OCTET_STRING, part.display),
            7: (Tag.TIME_TICKS, DeviceState.uptime_ticks),
            8: (Tag.GAUGE32, 1000),
        },
    )
