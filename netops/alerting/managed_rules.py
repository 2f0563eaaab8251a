"""The rule file that thresholds become. One rule for each kind, side, severity and time, however many devices.

The levels are series (threshold_kinds.py), so a level that changes, or a device that comes, changes no rule.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from netops.alerting.spans import format_span
from netops.alerting.threshold_kinds import (
    BOUNDS,
    CLEAR,
    DEVICE_METRIC,
    INTERFACE_METRIC,
    THRESHOLD_KINDS,
    Measure,
    ThresholdKind,
)
from netops.settings.threshold_values import Side, Threshold
from netops.settings.thresholds import KINDS, ThresholdOptions

HEADER = """\
# Made by netops from the thresholds of its devices; do not edit it, it is written anew. See docs/thresholds.md.
# The levels themselves are series, netops_*_threshold, that netops shows on /metrics beside what they are about.
"""
RUNBOOK = "docs/runbooks/ThresholdCrossed.md"
_SEVERITIES = ("critical", "warning")
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A kind, side, severity and time that some device has a threshold of."""

    kind: str
    side: Side
    severity: str
    hold_ms: int
    clears: bool


def collect_uses(thresholds: Iterable[ThresholdOptions]) -> set[Use]:
    """Give what some devices' thresholds need rules for."""
    uses: set[Use] = set()
    for one in {id(options): options for options in thresholds}.values():
        for kind, threshold in _list_said(one):
            uses |= set(_uses_of(kind, threshold))
    return uses


def _list_said(options: ThresholdOptions) -> Iterator[tuple[str, Threshold]]:
    for kind in KINDS:
        threshold = getattr(options, kind)
        if threshold is not None:
            yield kind, threshold
    for named in (*options.sensors.values(), *options.interfaces.values()):
        yield from ((kind, threshold) for kind, threshold in named if threshold is not None)
    yield from (("storage", threshold) for threshold in options.volumes.values())


def _uses_of(kind: str, threshold: Threshold) -> Iterator[Use]:
    facts = THRESHOLD_KINDS[kind]
    hold_ms = facts.hold_of(threshold) // _MILLISECOND
    for levels in facts.list_levels(threshold):
        for severity in _SEVERITIES:
            if getattr(levels, severity) is not None:
                clears = getattr(levels, f"{severity}_clear") is not None
                yield Use(kind, levels.side, severity, hold_ms, clears)


def make_managed_rules(uses: Iterable[Use]) -> str:
    """Give the text of the rule file, the same for the same uses."""
    merged: dict[tuple[str, Side, str, int], bool] = {}
    for use in sorted(uses):
        key = use.kind, use.side, use.severity, use.hold_ms
        merged[key] = merged.get(key, False) or use.clears
    if not merged:
        return f"{HEADER}groups: []\n"
    lines = [HEADER.rstrip("\n"), "groups:", "  - name: thresholds", "    rules:"]
    records = {
        measure.record: measure.expression
        for kind, *_rest in merged
        for measure in THRESHOLD_KINDS[kind].measures
        if measure.record
    }
    for record, expression in sorted(records.items()):
        lines += [f"      - record: {record}", f"        expr: {json.dumps(expression)}", ""]
    for (kind, side, severity, hold_ms), clears in sorted(merged.items(), key=lambda item: _order(*item[0])):
        has_critical = any(one[:3] == (kind, side, "critical") for one in merged)
        for measure in THRESHOLD_KINDS[kind].measures:
            rule = _Rule(kind, side, severity, hold_ms, measure)
            lines += [*rule.write(clears=clears, yields=severity == "warning" and has_critical), ""]
    return "\n".join(lines[:-1]) + "\n"


def _order(kind: str, side: Side, severity: str, hold_ms: int) -> tuple[int, str, int, int]:
    """Critical ones before warnings, which look whether the critical one fires already."""
    return KINDS.index(kind), side, _SEVERITIES.index(severity), hold_ms


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    side: Side
    severity: str
    hold_ms: int
    measure: Measure

    @property
    def facts(self) -> ThresholdKind:
        return THRESHOLD_KINDS[self.kind]

    @property
    def name(self) -> str:
        return f"{self.facts.alert}{'Above' if self.side == 'high' else 'Below'}Threshold"

    def write(self, *, clears: bool, yields: bool) -> Iterator[str]:
        yield f"      - alert: {self.name}"
        yield f"        expr: {json.dumps(self._expression(clears=clears, yields=yields))}"
        yield f"        for: {format_span(self.hold_ms)}"
        yield "        labels:"
        for name, value in (("severity", self.severity), *self.measure.labels):
            yield f"          {name}: {value}"
        yield "        annotations:"
        for name, value in self._texts().items():
            yield f"          {name}: {json.dumps(value, ensure_ascii=False)}"

    def _expression(self, *, clears: bool, yields: bool) -> str:
        """Write what is past its level, or was and is not yet past the level to end at."""
        bound = BOUNDS[self.side, self.severity]
        expression = self._compare(bound)
        if clears:
            firing = self._firing(self.severity)
            expression += f" or ({self._compare(bound + CLEAR)}) and on ({self._on}) {firing}"
        if yields:
            expression = f"({expression}) unless on ({self._on}) {self._firing('critical')}"
        return expression

    @property
    def _on(self) -> str:
        """What tells an alert of these from another: a device has several pools of memory, too."""
        return "device, pool" if self.kind == "memory" else self.facts.on

    def _compare(self, bound: str) -> str:
        sign = ">" if self.side == "high" else "<"
        series = self.measure.record or self.measure.expression
        if self.facts.metric != INTERFACE_METRIC:
            return (
                f"{series} {sign} on ({self.facts.on}) group_left () {self._level(self.facts.metric, bound)}"
            )
        # Most interfaces have what their device has: a series for each would be as many as interfaces.
        own = f'{INTERFACE_METRIC}{{kind="{self.kind}"}}'
        return (
            f"({series} {sign} on (device) group_left () {self._level(DEVICE_METRIC, bound)}) "
            f"unless on (device, interface) {own} "
            f"or {series} {sign} on (device, interface) group_left () {self._level(INTERFACE_METRIC, bound)}"
        )

    def _level(self, metric: str, bound: str) -> str:
        return f'{metric}{{kind="{self.kind}", bound="{bound}", hold="{format_span(self.hold_ms)}"}}'

    def _firing(self, severity: str) -> str:
        labels: Mapping[str, str] = {
            "alertname": self.name,
            "alertstate": "firing",
            "severity": severity,
            **dict(self.measure.labels),
        }
        return "ALERTS{" + ", ".join(f'{name}="{value}"' for name, value in labels.items()) + "}"

    def _texts(self) -> dict[str, str]:
        facts, word = self.facts, "above" if self.side == "high" else "below"
        # A template sees the labels of the series, not those that the rule adds.
        apart = "".join(f" ({value})" for _name, value in self.measure.labels)
        bound = BOUNDS[self.side, self.severity]
        queries = [(facts.metric, [item for item in ("device", facts.item) if item])]
        if facts.metric == INTERFACE_METRIC:
            queries.append((DEVICE_METRIC, ["device"]))
        shown = f"{{{{ . | first | value | {facts.value} }}}}"
        level = "".join(
            f"{'{{ with ' if not number else '{{ else }}{{ with '}{self._query(metric, labels, bound)} }}}}: {shown}"
            for number, (metric, labels) in enumerate(queries)
        ) + "{{ end }}" * len(queries)
        return {
            "summary": f"{facts.subject}{apart} is at {{{{ $value | {facts.value} }}}}",
            "description": f"That is {word} the level that was set for {self.severity} alerts{level}.",
            "runbook": RUNBOOK,
        }

    def _query(self, metric: str, labels: list[str], bound: str) -> str:
        matchers = ",".join(f"{label}=%q" for label in labels)
        values = " ".join(f"$labels.{label}" for label in labels)
        return f"printf \"{metric}{{{matchers},kind='{self.kind}',bound='{bound}',hold='{format_span(self.hold_ms)}'}}\" {values} | query"
