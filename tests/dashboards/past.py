"""Thirty days that end where a daemon's page begins: the very families and labels, as OpenMetrics for promtool.

Counters keep the slope that two pages show, as far as they do not begin below zero; what is measured breathes over
the day; what is full grows; what is a state stands still. The last three hours are there by the minute, what is
before by the hour, and five-minute means of the circuits every five minutes.
"""

import math
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

DAYS = 30
HOUR = 3600
DAY = 24 * HOUR
RECENT = 3 * HOUR
DEVICES = {"core-1", "firewall", "web-1", "ups-1", "pdu-1", "sensor-1", "printer-1", "this-host"}
"""Those with a past, by all their families; the others have that of netops_device_*."""

BREATHING = (
    "netops_processor_load_ratio",
    "netops_load",
    "netops_memory_used_bytes",
    "netops_sensor_temperature_celsius",
    "netops_sensor_humidity_ratio",
    "netops_sensor_current_amperes",
    "netops_sensor_power_watts",
    "netops_sensor_apparent_power_voltamperes",
    "netops_sensor_fan_rpm",
    "netops_sensor_load_ratio",
    "netops_sensor_optical_power_dbm",
    "netops_device_icmp_rtt_seconds",
    "netops_device_snmp_rtt_seconds",
    "netops_device_poll_duration_seconds",
)
GROWING = ("netops_storage_used_bytes", "process_resident_memory_bytes")
CLOCKS = ("netops_device_last_poll_timestamp_seconds",)

ABSENT = {
    # No device of the simulated network has these.
    "netops_sensor_optical_power_dbm": (
        {"device": "core-1", "sensor": "Te0/0/0 receive power", "key": "x.dom/1"},
        -6.2,
    ),
    "netops_sensor_apparent_power_voltamperes": (
        {"device": "ups-1", "sensor": "Output", "key": "x.va/1"},
        2600.0,
    ),
    # Nobody backs devices up over SSH here.
    "netops_backup_age_seconds": ({"device": "core-1"}, 40_000.0),
}
"""Families that the daemon's page lacks, and the series they are seeded with, until now."""

FAULTY = {"device": "core-1", "interface": "Te0/0/9"}
"""A port that was taken out a minute ago, and had errors until then: no cable of the simulated network has any."""
ERRORS = {"netops_interface_in_errors_total": 0.4, "netops_interface_out_errors_total": 0.1}

Labels = dict[str, str]


@dataclass
class Page:
    """One scrape: kind of each family, and its samples."""

    at: float
    samples: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str, at: float) -> "Page":
        page = cls(at)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                counts = family.type in {"counter", "histogram"}
                page.kinds[sample.name] = "counter" if counts else "gauge"
                page.samples[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
        return page


def word_past(first: Page, last: Page, now: float, more: Labels) -> Iterator[str]:
    """Word the past of two pages; ``more`` are the labels that Prometheus gives to a target."""
    by_name: dict[str, list[tuple[Labels, float, float]]] = {}
    for (name, labels), value in last.samples.items():
        known = dict(labels)
        device = known.get("device")
        if device in DEVICES or device is None or name.startswith("netops_device_"):
            slope = (value - first.samples.get((name, labels), value)) / (last.at - first.at)
            by_name.setdefault(name, []).append((known, value, slope))
    for name, (labels, value) in ABSENT.items():
        by_name.setdefault(name, []).append((labels, value, 0.0))
    for name, slope in ERRORS.items():
        by_name.setdefault(name, []).append((FAULTY, slope * (DAYS + 1) * DAY, slope))
    instants = _instants(now)
    changed_at = next(at for at in instants if at > now - 2 * DAY)
    by_name["netops_backup_changed_timestamp_seconds"] = [({"device": "core-1"}, changed_at, 0.0)]
    for name, found in sorted(by_name.items()):
        is_counter = last.kinds.get(name) == "counter"
        # Untyped, as samples: the names of counters and buckets are what Prometheus made of them.
        yield f"# TYPE {name} unknown\n"
        for labels, value, slope in found:
            text = _word_labels({**labels, **more})
            begin = changed_at if name == "netops_backup_changed_timestamp_seconds" else 0
            for at in instants:
                if at >= begin:
                    told = (
                        _count_back(value, slope, last.at - at)
                        if is_counter
                        else _be(name, value, last.at, at)
                    )
                    yield f"{name}{text} {told!r} {at}\n"
    yield from _word_recorded(now, more)
    yield "# EOF\n"


def _instants(now: float) -> list[int]:
    end = int(now) - 60
    begin = end - DAYS * DAY
    return [*range(begin, end - RECENT, HOUR), *range(end - RECENT, end + 1, 60)]


def _count_back(value: float, slope: float, ago: float) -> float:
    """Give a counter's value some time ago; it never was below zero."""
    slope = max(slope, 0.0)
    recent = min(slope, value / (4 * RECENT))
    if ago <= RECENT:
        return value - recent * ago
    at_recent = value - recent * RECENT
    return at_recent - min(slope, at_recent / (DAYS * DAY + HOUR)) * (ago - RECENT)


def _be(name: str, value: float, now: float, at: float) -> float:
    if name in CLOCKS:
        return float(at)
    if name == "netops_device_uptime_seconds" and value > now - at:
        return value - (now - at)
    if name in GROWING:
        return value * (1 - 0.2 * (now - at) / (DAYS * DAY))
    if name.startswith(BREATHING):
        return value * (0.9 + 0.1 * math.cos(2 * math.pi * (now - at) / DAY))
    return value


def _word_recorded(now: float, more: Labels) -> Iterator[str]:
    """Word what recording rules have left behind: a circuit's means by five minutes, and what is made of them."""
    end = int(now) - 60
    circuit = _word_labels({"device": "firewall", "interface": "wan1", **more})
    for way, mean in (("in", 40e6), ("out", 12e6)):
        yield f"# TYPE interface:{way}_bytes:rate5m unknown\n"
        for at in range(end - DAYS * DAY, end, 300):
            breath = 1 + 0.5 * math.cos(2 * math.pi * (at % DAY) / DAY)
            yield f"interface:{way}_bytes:rate5m{circuit} {mean * breath!r} {at}\n"
    yield "# TYPE interface:use:p95_1d unknown\n"
    for at in range(end - DAYS * DAY, end, HOUR):
        yield f"interface:use:p95_1d{circuit} {0.55 - 0.15 * (end - at) / (DAYS * DAY)!r} {at}\n"
    for way in ("in", "out"):
        yield f"# TYPE site:interface_{way}_bytes:rate5m unknown\n"
        for at in range(end - DAYS * DAY, end, HOUR):
            yield f'site:interface_{way}_bytes:rate5m{{site="simulated"}} 400000000.0 {at}\n'


def _word_labels(labels: Labels) -> str:
    def escape(text: str) -> str:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in labels.items()) + "}"


def make_blocks(lines: Iterable[str], folder: Path) -> None:
    """Have promtool make blocks of the lines, in a folder that a Prometheus is to begin with."""
    text = folder.parent / "past.txt"
    folder.mkdir(parents=True)
    with text.open("w", encoding="utf-8") as file:
        file.writelines(lines)
    run = subprocess.run(
        [
            "promtool",
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--max-block-duration=720h",
            str(text),
            str(folder),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
