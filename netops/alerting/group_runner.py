"""A group at work: its rules one after the other, so that a rule reads what the one before it has just recorded."""

from collections.abc import Iterator
from datetime import UTC, datetime

from netops.alerting.alerting_rule import AlertingRunner, Outputs, World
from netops.alerting.alerts import AlertInstance, RuleFailure
from netops.alerting.errors import AlertingError, EvaluationFailed
from netops.alerting.head import Head
from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.nodes import Moment
from netops.alerting.rules import AlertingRule, RecordingRule, RuleGroup
from netops.i18n import _

MOST_OUTPUT = 10_000
"""How many alerts or series one rule may give when its group sets no limit: above it, a label has exploded."""


class RecordingRunner:
    """Evaluates one recording rule."""

    def __init__(self, rule: RecordingRule, *, most_series: int) -> None:
        self.rule = rule
        self._most_series = most_series

    def evaluate(self, moment: Moment, _now_ms: int) -> Outputs:
        """Give the series to record.

        Raises:
            EvaluationFailed: No answer, or too many series.
        """
        vector = self.rule.expression.evaluate_vector(moment)
        if self._most_series and len(vector) > self._most_series:
            words = {"count": len(vector), "most": self._most_series}
            raise EvaluationFailed(_("gives %(count)d series, more than the %(most)d allowed") % words)
        changes = {**self.rule.labels, METRIC_NAME: self.rule.name}
        named = [labels.merged(changes) for labels in vector.labels]
        if len(set(named)) != len(named):
            raise EvaluationFailed(_("records two series with the same labels"))
        return list(zip(named, vector.values, strict=True))


Runner = RecordingRunner | AlertingRunner


class GroupRunner:
    """Evaluates one group, and keeps what its rules gave last."""

    def __init__(self, group: RuleGroup, world: World, *, interval_ms: int) -> None:
        self.group = group
        self.interval_ms = group.interval_ms or interval_ms
        most = group.limit or MOST_OUTPUT
        self.runners: tuple[Runner, ...] = tuple(
            AlertingRunner(rule, world, most_alerts=most)
            if isinstance(rule, AlertingRule)
            else RecordingRunner(rule, most_series=most)
            for rule in group.rules
        )
        self._told: list[frozenset[Labels]] = [frozenset()] * len(self.runners)
        self.failures: tuple[RuleFailure, ...] = ()
        self._next_ms: int | None = None

    def is_due(self, now_ms: int) -> bool:
        """Say whether an interval has passed; also after the clock was set back."""
        next_ms = self._next_ms
        return next_ms is None or now_ms >= next_ms or now_ms < next_ms - 2 * self.interval_ms

    def evaluate(self, head: Head, now_ms: int, *, step_ms: int) -> None:
        """Evaluate every rule in order; one that fails does not stop the others."""
        self._next_ms = now_ms + self.interval_ms
        moment = Moment(head, now_ms - self.group.offset_ms, step_ms=step_ms)
        failures = []
        for place, runner in enumerate(self.runners):
            try:
                outputs = runner.evaluate(moment, now_ms)
            except AlertingError as failed:
                failures.append(RuleFailure(self.group.file, self.group.name, runner.rule.name, str(failed)))
                continue
            self._record(head, place, outputs, moment.at_ms)
        self.failures = tuple(failures)

    def _record(self, head: Head, place: int, outputs: Outputs, at_ms: int) -> None:
        told = []
        for labels, value in outputs:
            if head.wants(labels.name):
                head.append(labels, at_ms, value)
                told.append(labels)
        ended = self._told[place] - set(told)
        for labels in ended:
            head.end(labels, at_ms)
        if told or ended:
            head.absorb()
        self._told[place] = frozenset(told)

    def alerts(self) -> Iterator[AlertInstance]:
        """Give every alert of its rules that is pending or firing."""
        for runner in self.runners:
            if isinstance(runner, AlertingRunner):
                for alert in runner.active.values():
                    yield AlertInstance(
                        self.group.file,
                        self.group.name,
                        runner.rule.name,
                        alert.labels,
                        dict(alert.annotations),
                        alert.value,
                        alert.state,
                        _instant(alert.active_at_ms),
                        None if alert.fired_at_ms is None else _instant(alert.fired_at_ms),
                        alert.is_held,
                        None if alert.keep_firing_since_ms is None else _instant(alert.keep_firing_since_ms),
                    )


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
