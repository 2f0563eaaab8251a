"""Counts what alerts cost people: how often each rule fires, how soon somebody takes it, how long it lasts."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from netops.alerting.known_alert import KnownAlert
from netops.alerting.lifecycle import AlertChanges
from netops.model.alert import AlertEventKind


class AlertTally:
    """Numbers by rule, since the start of the daemon; seconds are sums."""

    def __init__(self) -> None:
        self.fired: Counter[str] = Counter()
        self.resolved: Counter[str] = Counter()
        self.resolve_seconds: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.take_seconds: Counter[str] = Counter()

    def count(self, changes: AlertChanges, former: Mapping[str, KnownAlert], now: datetime) -> None:
        """Count what was stored just now."""
        for event in changes.events:
            if event.kind is AlertEventKind.FIRED:
                self.fired[changes.book[event.fingerprint].rule] += 1
            elif event.kind is AlertEventKind.RESOLVED and event.fingerprint in former:
                alert = former[event.fingerprint]
                self.resolved[alert.rule] += 1
                self.resolve_seconds[alert.rule] += _seconds(alert, now)

    def count_taken(self, former: Mapping[str, KnownAlert], book: Mapping[str, KnownAlert]) -> None:
        """Count the alerts that somebody has taken since."""
        for fingerprint, alert in book.items():
            before, taken = former.get(fingerprint), alert.acknowledgement
            if taken is not None and (before is None or before.acknowledgement is None):
                self.taken[alert.rule] += 1
                self.take_seconds[alert.rule] += _seconds(alert, taken.at)


def _seconds(alert: KnownAlert, until: datetime) -> int:
    return max(0, round((until - (alert.fired_at or alert.active_at)).total_seconds()))
