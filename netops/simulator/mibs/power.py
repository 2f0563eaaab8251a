"""Power: a UPS and a rack PDU.

Source: UPS-MIB (RFC 1628); PowerNet-MIB (APC) rPDU2. UPS-MIB counts tenths of volts of the battery, of amperes
and of hertz; PowerNet-MIB hundredths of kilowatts, tenths of kilowatt-hours and of amperes.
"""

from netops.simulator.blueprint import Filler, Site
from netops.simulator.encoding import bound
from netops.simulator.mibs.entity import Measure, sway
from netops.simulator.shape import ShapeBuilder
from netops.simulator.state import DeviceState
from netops.snmp.types import Tag

_UPS = "1.3.6.1.2.1.33.1"
_PDU = "1.3.6.1.4.1.318.1.1.26"
ON_BATTERY = "on-battery"
_FULL_RUN_SECONDS = 40 * 60.0
"""How long a full battery carries the load."""

_load_watts = sway(2400, 180, 2700)
_input_volts = sway(231, 2.5, 600)


def _seconds_on_battery(state: DeviceState) -> float:
    return state.condition_seconds(ON_BATTERY) or 0.0


def charge_percent(state: DeviceState) -> float:
    """Give the battery's charge: it floats near full on mains, and runs down on battery."""
    if ON_BATTERY not in state.conditions:
        return sway(99.4, 0.5, 7200)(state)
    return max(0.0, 100 * (1 - _seconds_on_battery(state) / _FULL_RUN_SECONDS))


def _on_battery(state: DeviceState) -> bool:
    return ON_BATTERY in state.conditions


def ups(lines: int = 1) -> Filler:
    """Make the filler of a UPS; the ``on-battery`` condition takes the mains away from it.

    Args:
        lines: How many phases it has, in and out.
    """

    def fill(builder: ShapeBuilder, _site: Site) -> None:
        _fill_ups_identity(builder)
        _fill_battery(builder)
        _fill_ups_lines(builder, lines)
        _fill_ups_settings(builder)

    return fill


def _fill_ups_identity(builder: ShapeBuilder) -> None:
    words = ("Eaton", "9PX 5000i RT3U", "INV: 2.14", "SNMP: 3.0.5", "ups in room 12", "rack 1, rack 2")
    for number, word in enumerate(words, 1):
        builder.scalar(f"{_UPS}.1.{number}", Tag.OCTET_STRING, word)


def _fill_battery(builder: ShapeBuilder) -> None:
    temperature = sway(25.5, 1.5, 10_800, warming=10)
    # upsBatteryStatus: 2 is normal, 3 is low.
    builder.choice(f"{_UPS}.2.1", (0,), lambda state: 2 if charge_percent(state) > 20 else 3)
    builder.scalar(f"{_UPS}.2.2", Tag.INTEGER, lambda state: int(_seconds_on_battery(state)))
    builder.scalar(
        f"{_UPS}.2.3", Tag.INTEGER, lambda state: int(charge_percent(state) * _FULL_RUN_SECONDS / 6000)
    )
    builder.scalar(f"{_UPS}.2.4", Tag.INTEGER, lambda state: bound(0, 100, charge_percent(state)))
    builder.scalar(f"{_UPS}.2.5", Tag.INTEGER, lambda state: round(1780 + 4.2 * charge_percent(state)))
    builder.scalar(
        f"{_UPS}.2.6", Tag.INTEGER, lambda state: round(_load_watts(state) / 20) if _on_battery(state) else 0
    )
    builder.scalar(f"{_UPS}.2.7", Tag.INTEGER, lambda state: round(temperature(state)))


def _fill_ups_lines(builder: ShapeBuilder, lines: int) -> None:
    frequency = sway(500, 0.6, 300)
    builder.scalar(f"{_UPS}.3.1", Tag.COUNTER32, lambda state: 4 + _on_battery(state))
    builder.scalar(f"{_UPS}.3.2", Tag.INTEGER, lines)
    builder.choice(f"{_UPS}.4.1", (0,), lambda state: 5 if _on_battery(state) else 3)
    builder.scalar(f"{_UPS}.4.2", Tag.INTEGER, lambda _state: 500)
    builder.scalar(f"{_UPS}.4.3", Tag.INTEGER, lines)
    for line in range(1, lines + 1):
        builder.row(
            f"{_UPS}.3.3.1",
            (line,),
            {
                2: (Tag.INTEGER, lambda state: 0 if _on_battery(state) else round(frequency(state))),
                3: (Tag.INTEGER, lambda state: 0 if _on_battery(state) else round(_input_volts(state))),
                4: (Tag.INTEGER, lambda state: 0 if _on_battery(state) else _deciamperes(state, lines, 1.06)),
                5: (
                    Tag.INTEGER,
                    lambda state: 0 if _on_battery(state) else round(_load_watts(state) * 1.06 / lines),
                ),
            },
        )
        builder.row(
            f"{_UPS}.4.4.1",
            (line,),
            {
                2: (Tag.INTEGER, 230),
                3: (Tag.INTEGER, lambda state: _deciamperes(state, lines, 1.0)),
                4: (Tag.INTEGER, lambda state: round(_load_watts(state) / lines)),
                5: (Tag.INTEGER, lambda state: round(_load_watts(state) / 45)),
            },
        )


def _deciamperes(state: DeviceState, lines: int, factor: float) -> int:
    return round(_load_watts(state) * factor / lines / 23)


def _fill_ups_settings(builder: ShapeBuilder) -> None:
    builder.scalar(f"{_UPS}.5.1", Tag.INTEGER, 500)
    builder.scalar(f"{_UPS}.5.2", Tag.INTEGER, 0)
    builder.scalar(f"{_UPS}.6.1", Tag.GAUGE32, lambda state: int(_on_battery(state)))
    builder.scalar(f"{_UPS}.7.3", Tag.INTEGER, 1)
    for number, value in enumerate((230, 500, 230, 500, 5000, 4500, 5, 2, 176, 276), 1):
        builder.scalar(f"{_UPS}.9.{number}", Tag.INTEGER, value)


def pdu(outlets: int = 8) -> Filler:
    """Make the filler of a metered rack PDU of one phase."""
    watts = sway(1150, 90, 2700)

    def fill(builder: ShapeBuilder, _site: Site) -> None:
        _fill_pdu_identity(builder)
        builder.row(
            f"{_PDU}.4.3.1",
            (1,),
            {
                1: (Tag.INTEGER, 1),
                2: (Tag.INTEGER, 1),
                3: (Tag.OCTET_STRING, "rack 1 feed A"),
                4: (Tag.INTEGER, 2),
                5: (Tag.INTEGER, lambda state: round(watts(state) / 10)),
                6: (Tag.INTEGER, 131),
                9: (Tag.INTEGER, lambda state: 19_677 + int(state.now() * 1150 / 360_000)),
            },
        )
        builder.row(
            f"{_PDU}.6.3.1",
            (1,),
            {
                1: (Tag.INTEGER, 1),
                2: (Tag.INTEGER, 1),
                3: (Tag.INTEGER, 1),
                4: (Tag.INTEGER, 2),
                5: (Tag.INTEGER, lambda state: round(watts(state) / _input_volts(state) * 10)),
                6: (Tag.INTEGER, lambda state: round(_input_volts(state))),
                7: (Tag.INTEGER, lambda state: round(watts(state) / 10)),
            },
        )
        for outlet in range(1, outlets + 1):
            share = sway(1150 / outlets, 90 / outlets, 2700)
            _fill_outlet(builder, outlet, share)

    return fill


def _fill_pdu_identity(builder: ShapeBuilder) -> None:
    builder.add(f"{_PDU}.1", (0,), Tag.INTEGER, 1)
    words = {3: "pdu in rack 1", 4: "rack 1", 5: "noc@example.net", 6: "02", 7: "v6.9.6", 9: "AP8858EU3"}
    builder.row(f"{_PDU}.2.1", (1,), {1: (Tag.INTEGER, 1), 2: (Tag.INTEGER, 1)})
    for column, word in words.items():
        builder.add(f"{_PDU}.2.1.{column}", (1,), Tag.OCTET_STRING, word)
    builder.add(f"{_PDU}.2.1.10", (1,), Tag.OCTET_STRING, lambda state: f"SIM{state.address.packed[3]:09}")


def _fill_outlet(builder: ShapeBuilder, outlet: int, watts: Measure) -> None:
    builder.row(
        f"{_PDU}.9.4.3.1",
        (outlet,),
        {
            1: (Tag.INTEGER, outlet),
            2: (Tag.INTEGER, 1),
            3: (Tag.OCTET_STRING, f"outlet {outlet}"),
            4: (Tag.INTEGER, outlet),
            5: (Tag.INTEGER, 2),
            6: (Tag.INTEGER, lambda state: round(watts(state) / _input_volts(state) * 10)),
            7: (Tag.INTEGER, lambda state: round(watts(state))),
        },
    )
