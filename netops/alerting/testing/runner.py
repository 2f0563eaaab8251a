"""Runs scenarios over the rules they are about."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netops.alerting.alerting_rule import AlertingRunner, World
from netops.alerting.alerts import AlertState
from netops.alerting.errors import AlertingError
from netops.alerting.go_numbers import format_shortest
from netops.alerting.group_runner import GroupRunner
from netops.alerting.head import Head
from netops.alerting.labels import Labels, quote
from netops.alerting.promql.nodes import Moment
from netops.alerting.rules import RuleFile
from netops.alerting.spans import format_span
from netops.alerting.testing.cases import AlertCase, ExpressionCase, RuleTestFile, Scenario
from netops.i18n import _

_LAST_DIGITS = 1e-14
_FUZZY = 1e-9


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that a test expected, and what came instead."""

    file: str
    line: int
    test: str
    """The scenario's name; empty without one."""
    subject: str
    """What was asked: an alert or an expression, and when."""
    expected: tuple[str, ...]
    got: tuple[str, ...]
    reason: str = ""
    """Why there is no answer at all; empty when there is one."""


def run_rule_tests(tests: RuleTestFile, rules: Iterable[RuleFile]) -> list[Mismatch]:
    """Run every scenario of a file; empty when all is as expected."""
    files = tuple(rules)
    return [found for scenario in tests.scenarios for found in _ScenarioRun(tests, scenario, files).run()]


class _ScenarioRun:
    def __init__(self, tests: RuleTestFile, scenario: Scenario, files: Iterable[RuleFile]) -> None:
        self._tests = tests
        self._scenario = scenario
        self._head = Head()
        world = World(scenario.external_labels, scenario.external_url, holds_without_data=False)
        groups = [
            GroupRunner(group, world, interval_ms=tests.interval_ms)
            for file in files
            for group in file.groups
        ]
        order = {name: place for place, name in enumerate(tests.group_order)}
        self._groups = sorted(groups, key=lambda runner: order.get(runner.group.name, len(order)))

    def run(self) -> Iterator[Mismatch]:
        for series in self._scenario.series:
            for place, value in enumerate(series.values):
                if value is not None:
                    self._head.append(series.labels, place * self._scenario.interval_ms, value)
        self._head.absorb()
        waiting = sorted(self._scenario.alerts, key=lambda case: case.at_ms)
        step_ms = self._tests.interval_ms
        for now_ms in range(0, self._scenario.last_ms + 1, step_ms):
            for group in self._groups:
                group.evaluate(self._head, now_ms, step_ms=step_ms)
                yield from self._failures(group, now_ms)
            # Asked of an instant between two evaluations, the earlier one answers.
            while waiting and waiting[0].at_ms < now_ms + step_ms:
                yield from self._compare_alerts(waiting.pop(0))
        for case in self._scenario.expressions:
            yield from self._compare_values(case)

    def _mismatch(
        self, line: int, subject: str, expected: Iterable[str], got: Iterable[str], reason: str = ""
    ) -> Mismatch:
        test = self._scenario.name
        return Mismatch(self._tests.name, line, test, subject, tuple(expected), tuple(got), reason)

    def _failures(self, group: GroupRunner, now_ms: int) -> Iterator[Mismatch]:
        for failure in group.failures:
            words = {"rule": failure.rule, "time": format_span(now_ms)}
            subject = _("rule %(rule)s at %(time)s") % words
            yield self._mismatch(self._scenario.line, subject, (), (), failure.reason)

    def _compare_alerts(self, case: AlertCase) -> Iterator[Mismatch]:
        got = sorted(
            _word_alert(alert.labels, alert.annotations)
            for group in self._groups
            for runner in group.runners
            if isinstance(runner, AlertingRunner) and runner.rule.name == case.name
            for alert in runner.active.values()
            if alert.state is AlertState.FIRING
        )
        expected = sorted(_word_alert(alert.labels, alert.annotations) for alert in case.expected)
        if got != expected:
            words = {"alert": case.name, "time": format_span(case.at_ms)}
            yield self._mismatch(case.line, _("alert %(alert)s at %(time)s") % words, expected, got)

    def _compare_values(self, case: ExpressionCase) -> Iterator[Mismatch]:
        words = {"expression": case.expression.text, "time": format_span(case.at_ms)}
        subject = _("%(expression)s at %(time)s") % words
        moment = Moment(self._head, case.at_ms, step_ms=self._tests.interval_ms)
        expected = sorted(case.expected, key=lambda sample: sample[0])
        try:
            vector = case.expression.evaluate_vector(moment)
        except AlertingError as failed:
            yield self._mismatch(case.line, subject, map(_word_sample, expected), (), str(failed))
            return
        got = sorted(zip(vector.labels, vector.values, strict=True), key=lambda sample: sample[0])
        is_same = len(got) == len(expected) and all(
            labels == wanted and self._is_equal(value, number)
            for (labels, value), (wanted, number) in zip(got, expected, strict=True)
        )
        if not is_same:
            yield self._mismatch(case.line, subject, map(_word_sample, expected), map(_word_sample, got))

    def _is_equal(self, one: float, other: float) -> bool:
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return math.isclose(one, other, rel_tol=_FUZZY if self._tests.is_fuzzy else _LAST_DIGITS)


def _word_alert(labels: Labels, annotations: object) -> str:
    told = dict(annotations) if isinstance(annotations, dict) else {}
    lines = [str(labels), *(f"  {name}: {quote(told[name])}" for name in sorted(told))]
    return "\n".join(lines)


def _word_sample(sample: tuple[Labels, float]) -> str:
    return f"{sample[0]} {format_shortest(sample[1])}"
