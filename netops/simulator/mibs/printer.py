"""A printer: what it holds, and how it is.

Source: Printer-MIB (RFC 3805), HOST-RESOURCES-MIB (RFC 2790) hrDeviceTable and hrPrinterTable.
"""

from netops.simulator.blueprint import Site
from netops.simulator.encoding import bound
from netops.simulator.shape import Live, ShapeBuilder
from netops.snmp.types import Oid, Tag

_HR_DEVICE = "1.3.6.1.2.1.25.3.2.1"
_HR_PRINTER = "1.3.6.1.2.1.25.3.5.1"
_GENERAL = "1.3.6.1.2.1.43.5.1.1"
_INPUT = "1.3.6.1.2.1.43.8.2.1"
_MARKER = "1.3.6.1.2.1.43.10.2.1"
_SUPPLY = "1.3.6.1.2.1.43.11.1.1"
_COLORANT = "1.3.6.1.2.1.43.12.1.1"
_CONSOLE = "1.3.6.1.2.1.43.16.5.1"

_PAGES_PER_DAY = 340.0
_SHEETS, _PERCENT = 8, 19  # PrtMediaUnitTC, PrtMarkerSuppliesSupplyUnitTC
_CONSUMED, _FILLED = 3, 4  # prtMarkerSuppliesClass
_TONER, _WASTE, _DRUM = 3, 4, 9  # prtMarkerSuppliesType
_SUPPLIES = (
    ("Black Toner", _CONSUMED, _TONER, 62.0, 2.1),
    ("Cyan Toner", _CONSUMED, _TONER, 41.0, 0.7),
    ("Magenta Toner", _CONSUMED, _TONER, 17.0, 0.5),
    ("Yellow Toner", _CONSUMED, _TONER, 88.0, 0.6),
    ("Drum Unit", _CONSUMED, _DRUM, 74.0, 0.2),
    ("Waste Toner Box", _FILLED, _WASTE, 45.0, 0.9),
)
"""Description, class, type, level in percent, percent used per day."""


def fill_printer(builder: ShapeBuilder, _site: Site) -> None:
    """Add a colour printer with two trays."""
    builder.row(
        _HR_DEVICE,
        (1,),
        {
            1: (Tag.INTEGER, 1),
            2: (Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.2.1.25.3.1.5")),
            3: (Tag.OCTET_STRING, "HP Color LaserJet M553"),
            4: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)),
            5: (Tag.INTEGER, 2),
            6: (Tag.COUNTER32, 0),
        },
    )
    builder.row(_HR_PRINTER, (1,), {1: (Tag.INTEGER, 3), 2: (Tag.OCTET_STRING, b"\x00")})
    builder.add(f"{_GENERAL}.16", (1,), Tag.OCTET_STRING, lambda state: state.name)
    builder.add(f"{_GENERAL}.17", (1,), Tag.OCTET_STRING, lambda state: f"SIMP{state.address.packed[3]:06}")
    builder.row(
        _MARKER,
        (1, 1),
        {
            3: (Tag.INTEGER, 7),
            4: (Tag.COUNTER32, lambda state: 48_210 + int(state.now() * _PAGES_PER_DAY / 86_400)),
        },
    )
    _fill_supplies(builder)
    _fill_trays(builder)
    builder.add(f"{_CONSOLE}.2", (1, 1), Tag.OCTET_STRING, "Ready")


def _fill_supplies(builder: ShapeBuilder) -> None:
    for number, (name, kind, what, level, per_day) in enumerate(_SUPPLIES, 1):
        colorant = number if what == _TONER else 0
        builder.row(
            _SUPPLY,
            (1, number),
            {
                2: (Tag.INTEGER, 1),
                3: (Tag.INTEGER, colorant),
                4: (Tag.INTEGER, kind),
                5: (Tag.INTEGER, what),
                6: (Tag.OCTET_STRING, name),
                7: (Tag.INTEGER, _PERCENT),
                8: (Tag.INTEGER, 100),
                9: (Tag.INTEGER, _level(level, per_day)),
            },
        )
        if colorant:
            builder.add(f"{_COLORANT}.4", (1, number), Tag.OCTET_STRING, name.split()[0].lower())


def _level(level: float, per_day: float) -> Live:
    """Supplies run out; of a receptacle the MIB tells the room that is left, which runs out as well."""
    return lambda state: bound(0, 100, level - per_day * state.now() / 86_400)


def _fill_trays(builder: ShapeBuilder) -> None:
    for number, (name, capacity, sheets) in enumerate((("Tray 1", 100, 40), ("Tray 2", 550, 430)), 1):
        builder.row(
            _INPUT,
            (1, number),
            {
                2: (Tag.INTEGER, 3),
                8: (Tag.INTEGER, _SHEETS),
                9: (Tag.INTEGER, capacity),
                10: (Tag.INTEGER, sheets),
                11: (Tag.INTEGER, 0),
                13: (Tag.OCTET_STRING, name),
                18: (Tag.OCTET_STRING, name),
            },
        )
