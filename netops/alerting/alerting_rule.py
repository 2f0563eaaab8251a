"""One alerting rule at work: from the samples of its expression to alerts that are pending, firing, or gone.

The order of things is Prometheus': ``for`` is counted in evaluations that gave the sample, ``keep_firing_for``
begins when one does not, and ALERTS and ALERTS_FOR_STATE are series that rules can read (hysteresis).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netops.alerting.alerts import AlertState, RememberedAlert
from netops.alerting.errors import AlertingError, EvaluationFailed
from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.expression import Expression
from netops.alerting.promql.nodes import Moment
from netops.alerting.readings import Readings
from netops.alerting.rules import AlertingRule
from netops.alerting.templates.functions import QuerySample
from netops.alerting.templates.template import Template, TemplateData
from netops.i18n import _

NAME_LABEL = "alertname"
STATE_LABEL = "alertstate"
Outputs = list[tuple[Labels, float]]
PATIENCE_MS = 600_000
"""How long an alert from before a restart waits for a reading of its subject until it counts as without data."""


@dataclass(slots=True)
class ActiveAlert:
    """What is known of an alert between evaluations."""

    labels: Labels
    annotations: dict[str, str]
    value: float
    active_at_ms: int
    subject: Labels
    """The labels of the sample itself, without what the rule adds."""
    fired_at_ms: int | None = None
    keep_firing_since_ms: int | None = None
    is_held: bool = False
    restored_at_ms: int | None = None
    """When it was taken over from before a restart, as long as nothing could be said of it since."""
    _told: dict[str, Labels] = field(default_factory=dict)

    def tell(self) -> Outputs:
        """Give the series that tell of the alert."""
        return [
            (self._labels_of("ALERTS", self.state.value), 1.0),
            (self._labels_of("ALERTS_FOR_STATE"), float(self.active_at_ms // 1000)),
        ]

    def _labels_of(self, metric: str, state: str = "") -> Labels:
        known = self._told.get(metric + state)
        if known is None:
            known = self.labels.merged({METRIC_NAME: metric, STATE_LABEL: state})
            self._told[metric + state] = known
        return known

    @property
    def state(self) -> AlertState:
        """How far it is."""
        return AlertState.PENDING if self.fired_at_ms is None else AlertState.FIRING


@dataclass(slots=True)
class World:
    """What texts may speak of beside their sample, and what is held when there is no data."""

    external_labels: Mapping[str, str] = field(default_factory=dict)
    external_url: str = ""
    holds_without_data: bool = True
    """Whether an alert fires on when no reading tells that it is over; Prometheus ends it."""


class AlertingRunner:
    """Evaluates one rule and keeps its alerts."""

    def __init__(self, rule: AlertingRule, world: World, *, most_alerts: int) -> None:
        self.rule = rule
        self.active: dict[Labels, ActiveAlert] = {}
        self._world = world
        self._most_alerts = most_alerts
        self._queries: dict[str, Expression] = {}
        self._span_ms = max((need.span_ms for need in rule.expression.needs), default=0)

    def evaluate(self, moment: Moment, now_ms: int) -> Outputs:
        """Bring the alerts up to date, and give the series that tell of them.

        Args:
            moment: The instant that the expression looks at; ``query_offset`` before now.
            now_ms: The instant that timers count by.

        Raises:
            EvaluationFailed: No answer, or more alerts than allowed; the alerts are as before.
        """
        found = self._find(moment, now_ms)
        for labels, alert in found.items():
            known = self.active.get(labels)
            if known is None:
                self.active[labels] = alert
            else:
                known.value, known.annotations, known.subject = alert.value, alert.annotations, alert.subject
        readings = Readings(self.rule.expression.selections(), moment)
        outputs: Outputs = []
        for labels, alert in list(self.active.items()):
            if not self._goes_on(alert, readings, now_ms, is_found=labels in found):
                del self.active[labels]
                continue
            is_due = now_ms - alert.active_at_ms >= self.rule.hold_ms
            if alert.fired_at_ms is None and is_due and alert.restored_at_ms is None:
                alert.fired_at_ms = now_ms
            outputs += alert.tell()
        return outputs

    def _goes_on(self, alert: ActiveAlert, readings: Readings, now_ms: int, *, is_found: bool) -> bool:
        """Say whether an alert is still there, and count how long it fires without its sample."""
        if is_found:
            alert.keep_firing_since_ms, alert.is_held, alert.restored_at_ms = None, False, None
            return True
        if alert.restored_at_ms is not None:
            if self._is_too_early(alert, now_ms - alert.restored_at_ms, readings):
                return True
            alert.restored_at_ms = None
        if alert.fired_at_ms is None:
            return False
        if self._world.holds_without_data and not readings.tell_of(alert.subject):
            alert.is_held = True
            return True
        alert.is_held = False
        if not self.rule.keep_firing_ms:
            return False
        if alert.keep_firing_since_ms is None:
            alert.keep_firing_since_ms = now_ms
        return now_ms - alert.keep_firing_since_ms < self.rule.keep_firing_ms

    def _is_too_early(self, alert: ActiveAlert, waited_ms: int, readings: Readings) -> bool:
        """Say whether it is too early after a restart to call an alert over: too little was read yet."""
        if 0 <= waited_ms < self._span_ms:
            return True
        return 0 <= waited_ms < PATIENCE_MS and not readings.tell_of(alert.subject)

    def _find(self, moment: Moment, now_ms: int) -> dict[Labels, ActiveAlert]:
        """Give an alert for each sample that the expression gives now."""
        vector = self.rule.expression.evaluate_vector(moment)
        if self._most_alerts and len(vector) > self._most_alerts:
            words = {"count": len(vector), "most": self._most_alerts}
            raise EvaluationFailed(_("gives %(count)d alerts, more than the %(most)d allowed") % words)
        found: dict[Labels, ActiveAlert] = {}
        for sample, value in zip(vector.labels, vector.values, strict=True):
            labels, annotations = self._word(sample, value, moment)
            if labels in found:
                raise EvaluationFailed(
                    _("two alerts have the same labels: %(labels)s") % {"labels": labels},
                    _("keep a label that tells them apart"),
                )
            found[labels] = ActiveAlert(labels, annotations, value, now_ms, sample)
        return found

    def _word(self, sample: Labels, value: float, moment: Moment) -> tuple[Labels, dict[str, str]]:
        """Fill in the texts of a sample's alert; one that cannot be filled in says so, and the alert is raised."""
        data = TemplateData(
            sample.as_dict(),
            value,
            lambda text: self._query(text, moment),
            self._world.external_labels,
            self._world.external_url,
        )
        added = {name: _expand(text, data) for name, text in self.rule.labels.items()}
        labels = sample.merged({METRIC_NAME: "", **added, NAME_LABEL: self.rule.name})
        return labels, {name: _expand(text, data) for name, text in self.rule.annotations.items()}

    def _query(self, text: str, moment: Moment) -> list[QuerySample]:
        expression = self._queries.get(text)
        if expression is None:
            expression = compile_expression(text)
            # Queries made of labels differ from alert to alert: only some are worth keeping.
            if len(self._queries) < 1000:
                self._queries[text] = expression
        vector = expression.evaluate_vector(moment)
        pairs = zip(vector.labels, vector.values, strict=True)
        return [QuerySample(labels.as_dict(), value) for labels, value in pairs]

    # --- over a restart

    def remember(self, file: str, group: str) -> Iterator[RememberedAlert]:
        """Give every alert as plain values."""
        for alert in self.active.values():
            yield RememberedAlert(
                file,
                group,
                self.rule.name,
                alert.labels.as_dict(),
                dict(alert.annotations),
                alert.value,
                alert.active_at_ms,
                alert.fired_at_ms,
                alert.keep_firing_since_ms,
                is_held=alert.is_held,
            )

    def forget(self, subject: Mapping[str, str]) -> None:
        """Drop the alerts that have all these labels."""
        self.active = {
            labels: alert
            for labels, alert in self.active.items()
            if any(labels.get(name) != value for name, value in subject.items())
        }

    def restore(self, remembered: RememberedAlert, restored_at_ms: int | None) -> None:
        """Take an alert over with its timers, from before a reload, or a restart at an instant."""
        labels = Labels(remembered.labels)
        added = frozenset({NAME_LABEL, *self.rule.labels})
        self.active[labels] = ActiveAlert(
            labels,
            dict(remembered.annotations),
            remembered.value,
            remembered.active_at_ms,
            labels.drop(added),
            remembered.fired_at_ms,
            remembered.keep_firing_since_ms,
            remembered.is_held,
            restored_at_ms,
        )


def _expand(template: Template, data: TemplateData) -> str:
    try:
        return template.expand(data)
    except AlertingError as failed:
        return f"<error expanding template: {failed}>"
