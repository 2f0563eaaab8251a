"""All loaded rules at work: what the daemon holds.

How it is used: ``rules = RuleSet(load_rules(paths), …)`` and ``head = Head(rules.needs)``; polls go to ``head.take(…)``,
through netops.exporter.head_feed; and every few seconds, off the event loop, ``rules.evaluate(head, now)`` gives all
alerts. ``remember()`` and ``restore()`` carry them over a restart, and over a reload, after which
``head.change_needs(rules.needs)`` keeps what the new rules read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from netops.alerting.alerting_rule import AlertingRunner, World
from netops.alerting.alerts import Evaluation, RememberedAlert
from netops.alerting.group_runner import GroupRunner
from netops.alerting.head import Head
from netops.alerting.needs import HeadNeeds, RuleNeed
from netops.alerting.rules import AlertingRule, Rule, RuleFile, RuleGroup

DEFAULT_INTERVAL = timedelta(minutes=1)
_MILLISECOND = timedelta(milliseconds=1)


class RuleSet:
    """Evaluates every group of some files.

    Args:
        files: What was read, without problems.
        interval: How often a group is evaluated that does not say it.
        external_labels: What texts know as ``$externalLabels``.
        external_url: What they know as ``$externalURL``.
        holds_without_data: Whether alerts without any reading fire on; Prometheus, and tests of rules, end them.
        evaluates_unread: Whether to record series that no alert reads, nor any series that one reads. Dashboards
            have them from a Prometheus; here they would cost memory and time for nobody.
    """

    def __init__(
        self,
        files: Iterable[RuleFile],
        *,
        interval: timedelta = DEFAULT_INTERVAL,
        external_labels: Mapping[str, str] | None = None,
        external_url: str = "",
        holds_without_data: bool = True,
        evaluates_unread: bool = True,
    ) -> None:
        self.files = tuple(files)
        self._interval_ms = round(interval / _MILLISECOND)
        world = World(dict(external_labels or {}), external_url, holds_without_data)
        groups = [group for file in self.files for group in file.groups]
        if not evaluates_unread:
            groups = _keep_read(groups)
        self.groups = [GroupRunner(group, world, interval_ms=self._interval_ms) for group in groups]
        self.needs = HeadNeeds(self._list_needs())

    def _list_needs(self) -> Iterator[RuleNeed]:
        for group, rule in self.list_evaluated():
            for need in rule.needs():
                yield RuleNeed(f"{group.name}/{rule.name}", need)

    def evaluate(
        self,
        head: Head,
        now: datetime,
        *,
        is_urgent: bool = False,
        between: Callable[[], None] | None = None,
    ) -> Evaluation:
        """Evaluate the groups whose interval has passed, and give the alerts of all.

        Args:
            head: Where the series are; recorded ones go there too.
            now: The present instant.
            is_urgent: Evaluate every group, as after a poll that saw something change; nobody waits an interval then.
            between: Called after each group, so that a thread can let others run.
        """
        now_ms = to_milliseconds(now)
        head.absorb()
        for group in self.groups:
            if is_urgent or group.is_due(now_ms):
                group.evaluate(head, now_ms, step_ms=self._interval_ms)
                if between is not None:
                    between()
        return self.present()

    def is_due(self, now: datetime) -> bool:
        """Say whether the interval of some group has passed."""
        now_ms = to_milliseconds(now)
        return any(group.is_due(now_ms) for group in self.groups)

    def list_evaluated(self) -> list[tuple[RuleGroup, Rule]]:
        """Give every rule that is evaluated, with its group."""
        return [(one.group, rule) for one in self.groups for rule in one.group.rules]

    def list_rules(self) -> frozenset[tuple[str, str]]:
        """Give every rule by its group and its own name."""
        return frozenset((group.name, rule.name) for file in self.files for group, rule in file.rules())

    def present(self) -> Evaluation:
        """Give alerts and failures as of the last evaluation."""
        alerts = tuple(alert for group in self.groups for alert in group.alerts())
        return Evaluation(alerts, tuple(failure for group in self.groups for failure in group.failures))

    def remember(self) -> list[RememberedAlert]:
        """Give every alert as plain values, to be stored."""
        return [
            alert
            for group in self.groups
            for runner in group.runners
            if isinstance(runner, AlertingRunner)
            for alert in runner.remember(group.group.file, group.group.name)
        ]

    def restore(
        self, remembered: Iterable[RememberedAlert], *, restarted_at: datetime | None = None
    ) -> list[RememberedAlert]:
        """Take alerts over from before a restart or a reload, timers and all.

        Args:
            remembered: The alerts.
            restarted_at: After a restart, when that was: an alert then neither ends nor goes on before its subject
                was read again, and the ranges of its rule are filled.

        Returns:
            Those whose rule is no longer there; somebody should hear that they ended.
        """
        runners: dict[tuple[str, str, str], AlertingRunner] = {}
        elsewhere: dict[tuple[str, str], AlertingRunner] = {}
        for group in self.groups:
            for runner in group.runners:
                if isinstance(runner, AlertingRunner):
                    runners.setdefault((group.group.file, group.group.name, runner.rule.name), runner)
                    elsewhere.setdefault((group.group.name, runner.rule.name), runner)
        restarted_ms = None if restarted_at is None else to_milliseconds(restarted_at)
        homeless = []
        for alert in remembered:
            found = runners.get((alert.file, alert.group, alert.rule))
            if found is None:  # the file has moved, or its name is seen from another folder
                found = elsewhere.get((alert.group, alert.rule))
            if found is None:
                homeless.append(alert)
            else:
                found.restore(alert, restarted_ms)
        return homeless

    def forget(self, subject: Mapping[str, str]) -> None:
        """Drop the alerts of a subject that is no longer watched: a removed device, or one interface of it."""
        for group in self.groups:
            for runner in group.runners:
                if isinstance(runner, AlertingRunner):
                    runner.forget(subject)


def _keep_read(groups: list[RuleGroup]) -> list[RuleGroup]:
    """Leave out recording rules whose series nobody reads, and groups that are then empty."""
    rules = [rule for group in groups for rule in group.rules]
    kept: set[int] = set()
    newly = {id(rule) for rule in rules if isinstance(rule, AlertingRule)}
    while newly:
        kept |= newly
        reads = [need.selection for rule in rules if id(rule) in newly for need in rule.needs()]
        newly = {
            id(rule)
            for rule in rules
            if id(rule) not in kept and any(selection.may_read(rule.name) for selection in reads)
        }
    left = [replace(group, rules=tuple(rule for rule in group.rules if id(rule) in kept)) for group in groups]
    return [group for group in left if group.rules]


def to_milliseconds(instant: datetime) -> int:
    """Give an aware instant in milliseconds since 1970."""
    return round(instant.timestamp() * 1000)
