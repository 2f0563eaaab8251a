"""UPS and power: does everything hang on the mains, for how long could it not, and what does it draw."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.device import LEVELS
from grafana.source.frame import DEVICE_LINK, Panels, begin, finish
from grafana.source.panels import HALF, THIRD, graph, number, states
from grafana.source.queries import DEVICE, Ask
from grafana.source.tables import Column, rows

_NAME = "{{device}} {{sensor}}"
_ON_BATTERY = f'netops_sensor_state{{{DEVICE}, state=~"(?i)(on[ _]?)?battery([ _]?mode)?"}}'
_LEFT = (
    f'netops_sensor_runtime_seconds{{{DEVICE}, sensor=~"(?i).*(remaining|runtime|time to disconnect).*",'
    ' sensor!~"(?i).*on battery.*"}'
)
_LOAD = (
    f'netops_sensor_load_ratio{{{DEVICE}, sensor=~"(?i).*(output|phase|bank|breaker|rectifier|pdu|inlet|outlet|load).*",'
    ' sensor!~"(?i).*(cpu|vpn|session|utili[sz]ation).*"}'
)
_JOULES_OF_A_KWH = "3.6e6"


def make_power() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-power",
        "netops / UPS and power",
        "Does everything hang on the mains, for how long could it not, and what does it draw.",
        since="now-24h",
    )
    return finish(
        board,
        ("", _now()),
        ("Batteries", _batteries()),
        ("Mains and output", _mains()),
        ("What is drawn", _drawn()),
    )


def _now() -> Panels:
    return [
        number(
            "On battery",
            "How many UPSes carry their load from batteries.",
            "none",
            Ask(f"count(group by (device) ({_ON_BATTERY})) or vector(0)"),
            levels={1: "red"},
        ),
        number(
            "Lowest charge",
            "The emptiest battery.",
            "percentunit",
            Ask(f"min(netops_sensor_charge_ratio{{{DEVICE}}})"),
            levels={float("-inf"): "red", 0.5: "yellow", 0.9: "green"},
            decimals=0,
        ),
        number(
            "Shortest time left",
            "For how long the weakest UPS could carry its present load.",
            "s",
            Ask(f"min({_LEFT})"),
            levels={float("-inf"): "red", 600: "yellow", 1200: "green"},
        ),
        number(
            "Highest load",
            "The fullest output, phase or bank, as a share of what it can carry.",
            "percentunit",
            Ask(f"max({_LOAD})"),
            levels={0.8: "yellow", 0.9: "red"},
            decimals=0,
        ),
        number(
            "UPS output",
            "What all UPSes deliver together.",
            "watt",
            Ask(f'sum(netops_sensor_power_watts{{{DEVICE}, sensor=~"(?i).*output.*"}})'),
        ),
        number(
            "PDU total",
            "What all PDUs deliver together, by their own total.",
            "watt",
            Ask(f'sum(netops_sensor_power_watts{{{DEVICE}, sensor=~"(?i).*total.*"}})'),
        ),
    ]


def _batteries() -> Panels:
    return [
        states(
            "States of UPSes",
            "Output source, battery status, tests: how bad each state was.",
            Ask(f"netops_sensor_level{{{DEVICE}}} and on (device) netops_sensor_charge_ratio", _NAME),
            words=LEVELS,
            width=HALF,
            height=8,
        ),
        graph(
            "Charge",
            "Charge of each battery.",
            "percentunit",
            Ask(f"netops_sensor_charge_ratio{{{DEVICE}}}", _NAME),
            top=1,
            levels={0.5: "red"},
        ),
        graph(
            "Time left",
            "For how long the batteries could carry the present load.",
            "s",
            Ask(_LEFT, _NAME),
            levels={600: "red"},
            width=THIRD,
        ),
        graph(
            "Time on battery",
            "For how long the load has been on batteries; 0 on a good day.",
            "s",
            Ask(f'netops_sensor_runtime_seconds{{{DEVICE}, sensor=~"(?i).*on battery.*"}}', _NAME),
            width=THIRD,
        ),
        graph(
            "Temperature of batteries",
            "Every 10 °C above 25 °C halve their life.",
            "celsius",
            Ask(f'netops_sensor_temperature_celsius{{{DEVICE}, sensor=~"(?i).*batter.*"}}', _NAME),
            bottom=None,
            width=THIRD,
        ),
    ]


def _mains() -> Panels:
    return [
        graph(
            "Voltage",
            "Of inputs, outputs and phases; batteries have their own.",
            "volt",
            Ask(f'netops_sensor_voltage_volts{{{DEVICE}, sensor!~"(?i).*batter.*"}}', _NAME),
            bottom=None,
        ),
        graph(
            "Frequency",
            "Of inputs, outputs and bypass.",
            "hertz",
            Ask(f"netops_sensor_frequency_hertz{{{DEVICE}}}", _NAME),
            bottom=None,
        ),
        graph(
            "Voltage of batteries",
            "A battery that sags under load is near its end.",
            "volt",
            Ask(f'netops_sensor_voltage_volts{{{DEVICE}, sensor=~"(?i).*batter.*"}}', _NAME),
            bottom=None,
        ),
        rows(
            "States",
            "The present state of every UPS and PDU, and how bad it is.",
            {"device": "Device", "sensor": "Sensor", "state": "State"},
            [
                Column(
                    "Level",
                    "none",
                    "(max by (device, sensor, key, state) (netops_sensor_state{"
                    + DEVICE
                    + "}) * on (device, key)"
                    f" group_left () max by (device, key) (netops_sensor_level{{{DEVICE}}}))"
                    " and on (device) (netops_sensor_charge_ratio or netops_sensor_power_watts)",
                    words=LEVELS,
                )
            ],
            sort="Level",
            links=[DEVICE_LINK],
            width=HALF,
        ),
    ]


def _drawn() -> Panels:
    return [
        graph(
            "Load",
            "As a share of what an output, a phase or a bank can carry. Above half, its partner cannot take "
            "it over.",
            "percentunit",
            Ask(_LOAD, _NAME),
            top=1,
            levels={0.9: "red"},
            width=THIRD,
        ),
        graph(
            "Power",
            "Of inputs, outputs, phases and totals; outlets stand in the table.",
            "watt",
            Ask(f'netops_sensor_power_watts{{{DEVICE}, sensor!~"(?i).*outlet.*"}}', _NAME),
            width=THIRD,
        ),
        graph(
            "Apparent power",
            "Where a device tells it.",
            "voltamp",
            Ask(f"netops_sensor_apparent_power_voltamperes{{{DEVICE}}}", _NAME),
            width=THIRD,
        ),
        graph(
            "Current",
            "Of inputs, outputs and phases.",
            "amp",
            Ask(f'netops_sensor_current_amperes{{{DEVICE}, sensor!~"(?i).*outlet.*"}}', _NAME),
            bottom=None,
        ),
        graph(
            "Energy",
            "Metered in the 24 hours before each bar.",
            "kwatth",
            Ask(f"increase(netops_sensor_energy_joules_total{{{DEVICE}}}[1d]) / {_JOULES_OF_A_KWH}", _NAME),
            bars=True,
            step="1h",
        ),
        rows(
            "Outlets",
            "What each outlet of a PDU draws.",
            {"device": "Device", "sensor": "Outlet"},
            [
                Column(
                    "Current",
                    "amp",
                    f'max by (device, sensor) (netops_sensor_current_amperes{{{DEVICE}, sensor=~"(?i).*outlet.*"}})',
                ),
                Column(
                    "Power",
                    "watt",
                    f'max by (device, sensor) (netops_sensor_power_watts{{{DEVICE}, sensor=~"(?i).*outlet.*"}})',
                ),
            ],
            sort="Power",
            links=[DEVICE_LINK],
        ),
    ]
