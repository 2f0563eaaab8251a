"""What can have a threshold of the operator's: the series that is compared, and the words of its alert.

Thresholds are series themselves, made at each poll from devices.yaml, so that one rule serves all devices.
"""

from dataclasses import dataclass
from datetime import timedelta

from netops.settings.threshold_values import Levels, Side, Threshold

DEVICE_METRIC = "netops_device_threshold"
SENSOR_METRIC = "netops_sensor_threshold"
INTERFACE_METRIC = "netops_interface_threshold"
STORAGE_METRIC = "netops_storage_threshold"
THRESHOLD_METRICS = frozenset({DEVICE_METRIC, SENSOR_METRIC, INTERFACE_METRIC, STORAGE_METRIC})

OFF = "off"
"""The bound of what is not to be watched at all."""
BOUNDS: dict[tuple[Side, str], str] = {
    ("high", "warning"): "high_warn",
    ("high", "critical"): "high",
    ("low", "warning"): "low_warn",
    ("low", "critical"): "low",
}
"""Side and severity to the ``bound`` of the series, as netops_sensor_limit has it."""
CLEAR = "_clear"
"""What a bound ends in that is the level to end at."""
_PERCENT = 0.01


@dataclass(frozen=True, slots=True)
class Measure:
    """A series that is compared."""

    expression: str
    record: str = ""
    """The name under which it is recorded first, as two comparisons read it."""
    labels: tuple[tuple[str, str], ...] = ()
    """What its alerts carry beside the series' own labels."""


@dataclass(frozen=True, slots=True)
class ThresholdKind:
    """One kind of threshold."""

    alert: str
    """What its alerts are called, before AboveThreshold or BelowThreshold."""
    subject: str
    """What the texts are about, as a template."""
    value: str
    """How a value is written in texts, a template over ``.``."""
    measures: tuple[Measure, ...]
    hold: timedelta
    """For how long it must be so when nobody says it."""
    metric: str = SENSOR_METRIC
    item: str = "key"
    """The label that tells what a device has several of; empty for the device as a whole."""
    factor: float = 1
    """From the unit of devices.yaml to that of the series."""

    @property
    def on(self) -> str:
        """The labels that a series and its threshold have in common."""
        return f"device, {self.item}" if self.item else "device"

    def list_bounds(self, threshold: Threshold) -> list[tuple[str, float]]:
        """Give what a threshold says: bound and level, in the unit of the series."""
        if threshold.off:
            return [(OFF, 1.0)]
        found = []
        for levels in threshold.sides():
            for severity in ("warning", "critical"):
                bound = BOUNDS[levels.side, severity]
                for name, level in (
                    (bound, getattr(levels, severity)),
                    (bound + CLEAR, getattr(levels, f"{severity}_clear")),
                ):
                    if level is not None:
                        found.append((name, self._scale(level)))
        return found

    def list_levels(self, threshold: Threshold) -> list[Levels]:
        """Give the sides that are watched."""
        return [] if threshold.off else list(threshold.sides())

    def hold_of(self, threshold: Threshold) -> timedelta:
        """Give for how long a threshold must be crossed."""
        return self.hold if threshold.hold is None else threshold.hold

    def _scale(self, level: float) -> float:
        # Dividing keeps 23 % at 0.23, where * 0.01 does not.
        return level / 100 if self.factor == _PERCENT else level


def _sensor(
    metric: str, alert: str, value: str, minutes: int, *, factor: float = 1, noun: str = ""
) -> ThresholdKind:
    subject = "{{ $labels.device }}: " + noun + "{{ $labels.sensor }}"
    measures = (Measure(f"netops_sensor_{metric}"),)
    return ThresholdKind(alert, subject, value, measures, timedelta(minutes=minutes), factor=factor)


def _share(ways: str, floor: str) -> tuple[Measure, ...]:
    """Share of packets that went wrong, each way, and more than a few of them."""
    measures = []
    for way in ("in", "out"):
        wrong = f"rate(netops_interface_{way}_{ways}_total[10m])"
        fine = f"rate(netops_interface_{way}_unicast_packets_total[10m])"
        measures.append(
            Measure(
                f"{wrong} / ({fine} + {wrong}) and {wrong} > {floor}",
                record=f"threshold:interface_{way}_{ways}:ratio_rate10m",
                labels=(("direction", way),),
            )
        )
    return tuple(measures)


def _interface(alert: str, about: str, measures: tuple[Measure, ...], minutes: int) -> ThresholdKind:
    return ThresholdKind(
        alert,
        "{{ $labels.device }} {{ $labels.interface }}: " + about,
        "humanizePercentage",
        measures,
        timedelta(minutes=minutes),
        metric=INTERFACE_METRIC,
        item="interface",
        factor=_PERCENT,
    )


def _device(
    alert: str, about: str, value: str, expression: str, minutes: int, factor: float = 1
) -> ThresholdKind:
    return ThresholdKind(
        alert,
        "{{ $labels.device }}: " + about,
        value,
        (Measure(expression),),
        timedelta(minutes=minutes),
        metric=DEVICE_METRIC,
        item="",
        factor=factor,
    )


THRESHOLD_KINDS: dict[str, ThresholdKind] = {
    "temperature": _sensor("temperature_celsius", "Temperature", 'printf "%.1f °C"', 2),
    "humidity": _sensor("humidity_ratio", "Humidity", "humanizePercentage", 5, factor=_PERCENT),
    "voltage": _sensor("voltage_volts", "Voltage", 'printf "%.1f V"', 2),
    "current": _sensor("current_amperes", "Current", 'printf "%.1f A"', 5),
    "power": _sensor("power_watts", "Power", 'printf "%.0f W"', 5),
    "apparent_power": _sensor("apparent_power_voltamperes", "ApparentPower", 'printf "%.0f VA"', 5),
    "frequency": _sensor("frequency_hertz", "Frequency", 'printf "%.2f Hz"', 2),
    "fan": _sensor("fan_rpm", "FanSpeed", 'printf "%.0f rpm"', 2, noun="fan "),
    "load": _sensor("load_ratio", "Load", "humanizePercentage", 5, factor=_PERCENT),
    "charge": _sensor("charge_ratio", "BatteryCharge", "humanizePercentage", 2, factor=_PERCENT),
    "runtime": _sensor("runtime_seconds", "BatteryRuntime", "humanizeDuration", 1),
    "optical_power": _sensor("optical_power_dbm", "OpticalPower", 'printf "%.1f dBm"', 5),
    "in_use": _interface(
        "InterfaceInUse", "what it receives", (Measure("interface:in_use:ratio_rate5m"),), 15
    ),
    "out_use": _interface(
        "InterfaceOutUse", "what it sends", (Measure("interface:out_use:ratio_rate5m"),), 15
    ),
    "errors": _interface("InterfaceErrors", "the share of packets with errors", _share("errors", "0.05"), 10),
    "discards": _interface(
        "InterfaceDiscards", "the share of packets thrown away", _share("discards", "1"), 15
    ),
    "processor": _device(
        "Processor",
        "the load of its processors",
        "humanizePercentage",
        "avg by (device) (avg_over_time(netops_processor_load_ratio[5m]))",
        10,
        _PERCENT,
    ),
    "memory": _device(
        "Memory",
        "memory {{ $labels.pool }}",
        "humanizePercentage",
        "netops_memory_used_bytes / (netops_memory_size_bytes > 0)",
        10,
        _PERCENT,
    ),
    "load_average": _device("LoadAverage", "the load average", 'printf "%.1f"', "netops_load5", 10),
    "ping": _device(
        "Ping",
        "the round trip of ping",
        "humanizeDuration",
        "avg_over_time(netops_device_icmp_rtt_seconds[5m])",
        10,
    ),
    "storage": ThresholdKind(
        "Storage",
        "{{ $labels.device }}: file system {{ $labels.volume }}",
        "humanizePercentage",
        (Measure("netops_storage_used_bytes / (netops_storage_size_bytes > 0)"),),
        timedelta(minutes=5),
        metric=STORAGE_METRIC,
        item="volume",
        factor=_PERCENT,
    ),
}
"""Kind of devices.yaml to what is compared with it."""
