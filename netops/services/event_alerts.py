"""Alerts that traps and syslog messages raise: kept, counted and ended; from there they go the way of our own.

What is shown to the evaluation has been stored before, so that a restart finds all that people were told of.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import nan
from typing import Literal

from sqlalchemy import Connection, Engine

from netops.alerting.alerts import EVENTS_FILE, AlertInstance, AlertState
from netops.alerting.labels import Labels
from netops.alerting.lifecycle import make_fingerprint
from netops.clock import Clock
from netops.errors import NetopsError
from netops.events.rules import EventRule, Taken
from netops.model.alert import EventAlert
from netops.store.engine import read
from netops.store.queries.event_alerts import delete_event_alerts, list_event_alerts, store_event_alerts
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

Raised = Literal["raised", "repeated", "dropped"]
MOST_ALERTS = 5000
"""How many may fire at once, of all rules together."""
_KEPT_AFTER = timedelta(minutes=15)
"""So long one that is over is kept, so that the evaluation can be told why."""
_HOUR = 3600.0
_LOG_EVERY_SECONDS = 60.0
_DEVICE, _ALERT_NAME = "device", "alertname"
_COUNT = "messages"


class EventAlerts:
    """The source of such alerts (netops.services.evaluate_rules.Foreign). All of it belongs to one event loop."""

    def __init__(self, engine: Engine, writer: Writer, clock: Clock) -> None:
        self.on_change: Callable[[], None] = lambda: None
        """Hears that one began or ended."""
        self.dropped: Counter[tuple[str, ...]] = Counter()
        """What was not raised, by rule and by the limit that it met: at_most, per_hour, all."""
        self.write_failures = 0
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._alerts: dict[str, EventAlert] = {}
        self._shown: Mapping[str, EventAlert] = {}
        """What is stored. Replaced as a whole, for the evaluation reads it in a thread."""
        self._firing: dict[str, set[str]] = {}
        """Fingerprints by rule."""
        self._by_subject: dict[tuple[str, str], set[str]] = {}
        """Fingerprints by alertname and device."""
        self._begun: dict[str, tuple[float, int]] = {}
        """By rule: since when an hour is counted, and how many it began in it."""
        self._logged: dict[tuple[str, str], tuple[float, int]] = {}
        self._changed: set[str] = set()
        self._forgotten: set[str] = set()
        self._storing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take over what was kept before the restart."""

        def load() -> list[EventAlert]:
            with read(self._engine) as connection:
                return list_event_alerts(connection)

        for alert in await asyncio.to_thread(load):
            self._alerts[alert.fingerprint] = alert
            if not alert.ended_because:
                self._index(alert)
        self._shown = dict(self._alerts)

    async def stop(self) -> None:
        """Store what is not yet stored."""
        self._store_soon()
        while self._storing is not None and not self._storing.done():
            await self._storing

    # --- what messages do

    def raise_alert(self, taken: Taken) -> Raised:
        """Raise an alert, or keep one alive that fires; where a limit is met it is dropped, and counted."""
        rule, now = taken.rule, self._clock.now()
        labels = taken.labels()
        fingerprint = make_fingerprint(labels)
        known = self._alerts.get(fingerprint)
        if known is not None and fires(known, now):
            self._put(self._repeat(known, taken, now))
            return "repeated"
        limit = "at_most" if len(self._firing.get(rule.name, ())) >= rule.at_most else ""
        limit = limit or ("all" if sum(map(len, self._firing.values())) >= MOST_ALERTS else "")
        if limit:
            self._drop(rule.name, limit)
        if limit or not self.may_begin(rule):
            return "dropped"
        self._put(
            EventAlert(
                fingerprint=fingerprint,
                rule=rule.name,
                labels=labels,
                annotations=taken.annotations(),
                count=1,
                starts_at=now,
                told_at=now,
                ends_at=now + rule.ends_after,
                ended_because="",
            )
        )
        return "raised"

    def end_alerts(self, taken: Taken) -> int:
        """End the alerts that a message says are over; give how many that were."""
        paired, now = taken.paired(), self._clock.now()
        subject = (taken.rule.alert, taken.sender.device)
        ended = 0
        for fingerprint in list(self._by_subject.get(subject, ())):
            alert = self._alerts[fingerprint]
            if fires(alert, now) and all(alert.labels.get(key, "") == text for key, text in paired.items()):
                self._end(alert, "read", now)
                ended += 1
        return ended

    def may_begin(self, rule: EventRule) -> bool:
        """Count one more alert or event of a rule; False where it had as many as it may in an hour."""
        now = self._clock.monotonic()
        since, count = self._begun.get(rule.name, (now, 0))
        if now - since >= _HOUR:
            since, count = now, 0
        if count >= rule.most_per_hour:
            self._drop(rule.name, "per_hour")
            return False
        self._begun[rule.name] = since, count + 1
        return True

    # --- what happens around it

    def keep_rules(self, names: frozenset[str]) -> None:
        """End the alerts of rules that are no longer in force."""
        now = self._clock.now()
        for alert in list(self._alerts.values()):
            if alert.rule not in names and fires(alert, now):
                self._end(alert, "rule_removed", now)

    def on_gone(self, device: str) -> None:
        """End the alerts of a device that is watched no more, or is another one from now on."""
        now = self._clock.now()
        for alert in list(self._alerts.values()):
            if alert.labels.get(_DEVICE) == device and fires(alert, now):
                self._end(alert, "device_removed", now)

    async def tick(self) -> None:
        """Forget what is over, and try again what could not be stored."""
        now = self._clock.now()
        before = sum(map(len, self._firing.values()))
        for fingerprint, alert in list(self._alerts.items()):
            if not fires(alert, now):
                self._unindex(alert)
            if now >= alert.ends_at + _KEPT_AFTER:
                del self._alerts[fingerprint]
                self._changed.discard(fingerprint)
                self._forgotten.add(fingerprint)
        if sum(map(len, self._firing.values())) < before:
            self.on_change()
        self._store_soon()

    # --- what the evaluation asks, in a thread

    def list_firing(self, now: datetime) -> list[AlertInstance]:
        """Give the alerts that fire."""
        return [
            AlertInstance(
                EVENTS_FILE,
                alert.rule,
                alert.labels.get(_ALERT_NAME, ""),
                Labels(alert.labels),
                {**alert.annotations, **({_COUNT: str(alert.count)} if alert.count > 1 else {})},
                nan,
                AlertState.FIRING,
                alert.starts_at,
                alert.starts_at,
            )
            for alert in self._shown.values()
            if fires(alert, now)
        ]

    def why_gone(self, fingerprint: str) -> str:
        """Say why one is over: a message said so, or none has come for long."""
        alert = self._shown.get(fingerprint)
        return (alert.ended_because if alert else "") or "no_longer_told"

    def count_firing(self) -> dict[str, float]:
        """Count those that fire by rule."""
        return {rule: float(len(found)) for rule, found in self._firing.items()}

    # --- inside

    def _repeat(self, known: EventAlert, taken: Taken, now: datetime) -> EventAlert:
        changes = {
            "annotations": taken.annotations(),
            "count": known.count + 1,
            "told_at": now,
            "ends_at": now + taken.rule.ends_after,
        }
        return known.model_copy(update=changes)

    def _end(self, alert: EventAlert, because: str, now: datetime) -> None:
        self._put(alert.model_copy(update={"ends_at": now, "ended_because": because}))

    def _put(self, alert: EventAlert) -> None:
        self._alerts[alert.fingerprint] = alert
        if alert.ended_because:
            self._unindex(alert)
        else:
            self._index(alert)
        self._changed.add(alert.fingerprint)
        self._forgotten.discard(alert.fingerprint)
        self._store_soon()

    def _index(self, alert: EventAlert) -> None:
        self._firing.setdefault(alert.rule, set()).add(alert.fingerprint)
        self._by_subject.setdefault(_subject(alert), set()).add(alert.fingerprint)

    def _unindex(self, alert: EventAlert) -> None:
        self._firing.get(alert.rule, set()).discard(alert.fingerprint)
        subject = _subject(alert)
        found = self._by_subject.get(subject, set())
        found.discard(alert.fingerprint)
        if not found:
            self._by_subject.pop(subject, None)

    def _drop(self, rule: str, limit: str) -> None:
        """Count what was not raised; the first is logged at once, later ones at most a line a minute."""
        self.dropped[rule, limit] += 1
        now = self._clock.monotonic()
        at, told = self._logged.get((rule, limit), (-_LOG_EVERY_SECONDS, 0))
        if now - at >= _LOG_EVERY_SECONDS:
            count = self.dropped[rule, limit]
            self._logged[rule, limit] = now, count
            logger.warning(
                "event rule %s: limit %s met; %d messages raised nothing", rule, limit, count - told
            )

    def _store_soon(self) -> None:
        """Store all that changed in one write; what changes meanwhile goes with the next."""
        if (self._changed or self._forgotten) and (self._storing is None or self._storing.done()):
            self._storing = asyncio.get_running_loop().create_task(self._store())

    async def _store(self) -> None:
        while self._changed or self._forgotten:
            changed, self._changed = self._changed, set()
            forgotten, self._forgotten = self._forgotten, set()
            rows = [self._alerts[name] for name in changed if name in self._alerts]

            def write(
                connection: Connection,
                rows: list[EventAlert] = rows,
                forgotten: set[str] = forgotten,
            ) -> None:
                store_event_alerts(connection, rows)
                delete_event_alerts(connection, sorted(forgotten))

            try:
                await self._writer.submit_and_wait(write)
            except NetopsError as error:
                self.write_failures += 1
                self._changed |= changed & self._alerts.keys()
                self._forgotten |= forgotten - self._alerts.keys()
                logger.error("alerts of events could not be stored, and are tried again: %s", error)
                return
            before = self._shown
            shown = {name: alert for name, alert in before.items() if name not in forgotten}
            self._shown = shown | {alert.fingerprint: alert for alert in rows}
            if any(_is_news(before.get(alert.fingerprint), alert) for alert in rows):
                self.on_change()


def fires(alert: EventAlert, now: datetime) -> bool:
    """Say whether an alert fires at an instant."""
    return not alert.ended_because and now < alert.ends_at


def _subject(alert: EventAlert) -> tuple[str, str]:
    return alert.labels.get(_ALERT_NAME, ""), alert.labels.get(_DEVICE, "")


def _is_news(before: EventAlert | None, after: EventAlert) -> bool:
    if before is None or bool(before.ended_because) != bool(after.ended_because):
        return True
    return before.starts_at != after.starts_at
