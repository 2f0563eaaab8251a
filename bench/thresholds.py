"""Thresholds of many devices as rules: levels as series that one rule joins, against levels written into rules.

Evaluates both over the same readings, for levels that all devices share, that groups share, and that are each
device's own. `python bench/thresholds.py [--devices 2000]`
"""

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.managed_rules import collect_uses, make_managed_rules
from netops.alerting.rule_set import RuleSet
from netops.alerting.threshold_kinds import THRESHOLD_KINDS
from netops.services.check_rules import load_rules
from netops.settings.thresholds import ThresholdOptions

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 10
SENSORS = 10
DEVICES_A_RULE = 100
"""How many names a matcher of the other way holds."""
KINDS = ("temperature", "processor", "memory", "storage")

Sample = tuple[Labels, float]
Levels = dict[str, tuple[float, float]]


def list_levels(count: int, groups: int) -> list[Levels]:
    """Give warning and critical levels of each kind, by device."""
    return [
        {
            kind: (60 + place * 10 + number % groups / groups, 70 + place * 10)
            for place, kind in enumerate(KINDS)
        }
        for number in range(count)
    ]


def read(number: int, rng: random.Random) -> Iterator[Sample]:
    """Give one poll's readings of a device; one in a hundred is past its level."""
    device = f"device-{number}"

    def sample(metric: str, value: float, **labels: str) -> Sample:
        return Labels({"__name__": metric, "device": device, **labels}), value

    for sensor in range(SENSORS):
        value = 95.0 if rng.random() < 0.01 else 25.0
        yield sample("netops_sensor_temperature_celsius", value, sensor=f"Inlet {sensor}", key=f"t/{sensor}")
    yield sample("netops_processor_load_ratio", rng.random() / 2, processor="0")
    for label, noun, items in (("pool", "memory", 2), ("volume", "storage", 3)):
        for item in range(items):
            yield sample(f"netops_{noun}_size_bytes", 100.0, **{label: str(item)})
            yield sample(f"netops_{noun}_used_bytes", 50.0, **{label: str(item)})


def list_series(levels: Sequence[Levels]) -> Iterator[Sample]:
    """Give the levels as series, as the exporter has them."""
    for number, kinds in enumerate(levels):
        for kind, (warning, critical) in kinds.items():
            facts = THRESHOLD_KINDS[kind]
            hold = f"{facts.hold // timedelta(minutes=1)}m"
            items = {"temperature": [f"t/{sensor}" for sensor in range(SENSORS)], "storage": ["0", "1", "2"]}
            for item in items.get(kind, [""]):
                labels = {"device": f"device-{number}", "kind": kind, "hold": hold, facts.item or "key": item}
                for bound, level in (("high_warn", warning), ("high", critical)):
                    scaled = level * facts.factor
                    yield Labels({"__name__": facts.metric, **labels, "bound": bound}), scaled


def write_joined(levels: Sequence[Levels]) -> str:
    """Give the rules as netops writes them."""
    kinds = {
        kind: {"warning": warning, "critical": critical} for kind, (warning, critical) in levels[0].items()
    }
    return make_managed_rules(collect_uses([ThresholdOptions.model_validate(kinds)]))


def write_out(levels: Sequence[Levels]) -> str:
    """Give rules with the levels in them, for devices with the same ones together."""
    lines = ["groups:", "  - name: thresholds", "    rules:"]
    for kind in KINDS:
        facts = THRESHOLD_KINDS[kind]
        for place, severity in enumerate(("warning", "critical")):
            shared: dict[float, list[str]] = {}
            for number, kinds in enumerate(levels):
                shared.setdefault(kinds[kind][place] * facts.factor, []).append(f"device-{number}")
            for level, names in shared.items():
                for first in range(0, len(names), DEVICES_A_RULE):
                    chosen = "|".join(names[first : first + DEVICES_A_RULE])
                    expression = _select(facts.measures[0].expression, f'device=~"{chosen}"')
                    lines += [
                        f"      - alert: {facts.alert}AboveThreshold",
                        f"        expr: {json.dumps(f'{expression} > {level}')}",
                        "        for: 5m",
                        f"        labels: {{severity: {severity}}}",
                    ]
    return "\n".join(lines) + "\n"


def _select(expression: str, matcher: str) -> str:
    for name in (
        "netops_sensor_temperature_celsius",
        "netops_processor_load_ratio",
        *(f"netops_{noun}_{what}_bytes" for noun in ("memory", "storage") for what in ("used", "size")),
    ):
        expression = expression.replace(name, f"{name}{{{matcher}}}")
    return expression


def measure(text: str, polls: Callable[[], Iterator[Sample]], rounds: int) -> str:
    """Evaluate rules over polls, and word what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        began = time.perf_counter()
        rules = RuleSet(load_rules([path]))
        loaded = time.perf_counter() - began
    head = Head(rules.needs)
    spent = []
    for minute in range(MINUTES + rounds):
        at = START + timedelta(minutes=minute)
        labels, values = zip(*polls(), strict=True)
        head.take("all", int(at.timestamp() * 1000), labels, values)
        head.absorb()
        if minute >= MINUTES:
            began = time.process_time()
            found = rules.evaluate(head, at + timedelta(seconds=1))
            spent.append(time.process_time() - began)
    count = sum(len(group.rules) for file in rules.files for group in file.groups)
    return (
        f"{count:>6} rules {len(text) >> 10:>6} KiB, read in {loaded:6.2f} s, {head.size().series:>7} series, "
        f"evaluated in {statistics.median(spent):6.3f} s of CPU (first {spent[0]:.3f}), {len(found.alerts)} alerts"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    readings = [sample for number in range(options.devices) for sample in read(number, random.Random(number))]
    for words, groups in (("one level for all", 1), ("20 groups", 20), ("each its own", options.devices)):
        levels = list_levels(options.devices, groups)
        series = list(list_series(levels))
        print(f"{words}, {options.devices} devices")
        print(
            "  joined: ", measure(write_joined(levels), lambda s=series: iter(readings + s), options.rounds)
        )
        print("  written:", measure(write_out(levels), lambda: iter(readings), options.rounds))
    print(f"peak RSS: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
