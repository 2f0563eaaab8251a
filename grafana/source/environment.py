"""Environment: the room, and what sensors in devices tell: temperature, humidity, fans, optics, supplies."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.source.device import LEVELS
from grafana.source.frame import DEVICE_LINK, TO_DEVICE_OF_SERIES, Panels, begin, finish
from grafana.source.panels import HALF, THIRD, graph, number, ranking, states
from grafana.source.queries import DEVICE, SITE, Ask
from grafana.source.tables import Column, rows

_NAME = "{{device}} {{sensor}}"
_SENSOR = {"device": "Device", "sensor": "Sensor"}
_TO_DEVICE = DashboardLink("Show the device").url(TO_DEVICE_OF_SERIES)


def make_environment() -> Dashboard:
    """Make it."""
    board = begin(
        "netops-environment",
        "netops / Environment",
        "The room, and what sensors in devices tell. Graphs show at most the 25 highest (or lowest) at each time; "
        "choose devices to see theirs.",
        since="now-24h",
    )
    return finish(
        board,
        ("", _now()),
        ("Temperature and humidity", _climate()),
        ("Fans and optics", _hardware()),
        ("States and other readings", _others()),
        ("Supplies", _supplies()),
    )


def _now() -> Panels:
    return [
        number(
            "Hottest",
            "The highest temperature of any sensor.",
            "celsius",
            Ask(f"max(netops_sensor_temperature_celsius{{{DEVICE}}})"),
            decimals=1,
        ),
        number(
            "Coldest",
            "The lowest temperature of any sensor.",
            "celsius",
            Ask(f"min(netops_sensor_temperature_celsius{{{DEVICE}}})"),
            decimals=1,
        ),
        number(
            "Most humid",
            "The highest relative humidity.",
            "percentunit",
            Ask(f"max(netops_sensor_humidity_ratio{{{DEVICE}}})"),
            decimals=0,
        ),
        number(
            "Driest",
            "The lowest relative humidity.",
            "percentunit",
            Ask(f"min(netops_sensor_humidity_ratio{{{DEVICE}}})"),
            decimals=0,
        ),
        number(
            "Past a limit",
            "Sensors at level warning or critical, by their own limits and states.",
            "none",
            Ask(f"count(netops_sensor_level{{{DEVICE}}} > 0 < 3) or vector(0)"),
            levels={1: "red"},
        ),
        number(
            "Weakest light",
            "The lowest optical power that any transceiver receives or sends.",
            "dBm",
            Ask(f"min(netops_sensor_optical_power_dbm{{{DEVICE}}})"),
            decimals=1,
        ),
    ]


def _climate() -> Panels:
    return [
        graph(
            "Temperatures",
            "The 25 highest at each time.",
            "celsius",
            Ask(f"topk(25, netops_sensor_temperature_celsius{{{DEVICE}}})", _NAME),
            bottom=None,
        ),
        graph(
            "Humidity",
            "Relative humidity; below 0.2 things charge up, above 0.8 they get wet.",
            "percentunit",
            Ask(f"topk(25, netops_sensor_humidity_ratio{{{DEVICE}}})", _NAME),
            top=1,
        ),
        ranking(
            "Hottest now",
            "The fifteen highest temperatures.",
            "celsius",
            Ask(f"topk(15, netops_sensor_temperature_celsius{{{DEVICE}}})", _NAME),
            links=[_TO_DEVICE],
        ),
        graph(
            "Sites",
            "The highest temperature of each site.",
            "celsius",
            Ask(
                f"max by (site) (netops_sensor_temperature_celsius{{{DEVICE}}}"
                f" * on (device) group_left (site) group by (device, site) (netops_device_up{{{SITE}}}))",
                "{{site}}",
            ),
            bottom=None,
        ),
    ]


def _hardware() -> Panels:
    return [
        graph(
            "Fans",
            "Revolutions a minute, the 25 slowest at each time.",
            "rotrpm",
            Ask(f"bottomk(25, netops_sensor_fan_rpm{{{DEVICE}}})", _NAME),
        ),
        graph(
            "Optical power",
            "What transceivers receive and send, the 25 weakest at each time. Optics differ; a "
            "fall by 3 dB is half the light.",
            "dBm",
            Ask(f"bottomk(25, netops_sensor_optical_power_dbm{{{DEVICE}}})", _NAME),
            bottom=None,
        ),
    ]


def _others() -> Panels:
    return [
        states(
            "Sensors past a limit",
            "Sensors that were at level warning, critical or unknown in the time shown.",
            Ask(f"netops_sensor_level{{{DEVICE}}} > 0", _NAME),
            words=LEVELS,
            width=HALF,
            height=8,
        ),
        rows(
            "States",
            "The state of each sensor that has one, and how bad it is.",
            {**_SENSOR, "state": "State"},
            [
                Column(
                    "Level",
                    "none",
                    f"max by (device, sensor, key, state) (netops_sensor_state{{{DEVICE}}}) * on (device, key)"
                    f" group_left () max by (device, key) (netops_sensor_level{{{DEVICE}}})",
                    words=LEVELS,
                )
            ],
            sort="Level",
            links=[DEVICE_LINK],
            width=HALF,
        ),
        rows(
            "Other readings",
            "Sensors of other kinds (counts, airflow, pressure), in the device's own unit.",
            {**_SENSOR, "kind": "Kind", "unit": "Unit"},
            [
                Column(
                    "Reading",
                    "none",
                    "max by (device, sensor, key, kind, unit)"
                    f' (netops_sensor_value{{{DEVICE}, kind!="state"}})',
                )
            ],
            sort="Device",
            ascending=True,
            links=[DEVICE_LINK],
            width=HALF,
        ),
        rows(
            "Limits",
            "The limits that devices or their makers give, in the unit of the reading.",
            {**_SENSOR, "bound": "Bound"},
            [
                Column(
                    "Limit",
                    "none",
                    f"max by (device, sensor, key, bound) (netops_sensor_limit{{{DEVICE}}})",
                )
            ],
            sort="Device",
            ascending=True,
            links=[DEVICE_LINK],
            width=HALF,
        ),
    ]


def _supplies() -> Panels:
    return [
        ranking(
            "Supplies that run out",
            "What is left of toner, paper and the like, the twenty lowest; of a waste box what is free.",
            "percentunit",
            Ask(f"bottomk(20, netops_supply_level_ratio{{{DEVICE}}})", "{{device}} {{supply}}"),
            levels={float("-inf"): "red", 0.1: "yellow", 0.25: "green"},
            top=1,
            width=THIRD,
            links=[_TO_DEVICE],
        ),
        graph(
            "Supplies over time",
            "The 25 lowest at each time.",
            "percentunit",
            Ask(f"bottomk(25, netops_supply_level_ratio{{{DEVICE}}})", "{{device}} {{supply}}"),
            top=1,
            width=2 * THIRD,
        ),
    ]
