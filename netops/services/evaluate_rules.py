"""Evaluate alert rules: what rules say now is decided against what is stored, and stored with its record."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, Engine

from netops.alerting.alerts import AlertInstance, Evaluation, RememberedAlert, RuleFailure
from netops.alerting.dependencies import (
    OWN_UPLINK_SHARE,
    Behind,
    Seen,
    decide_behind,
    list_hidden,
    recall_behind,
)
from netops.alerting.flapping import Flap, FlapLimits, recall_flapping
from netops.alerting.head import Head, HeadSize
from netops.alerting.known_alert import DEVICE_LABEL, KnownAlert
from netops.alerting.lifecycle import AlertChanges, Situation, as_remembered, decide_changes, make_fingerprint
from netops.alerting.rule_set import RuleSet
from netops.alerting.silences import ActiveSilence
from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.alert import AlertEventKind, AlertStatus
from netops.services.alert_tally import AlertTally
from netops.services.manage_alerts import read_silences
from netops.services.poll_device import PollOutcome
from netops.store.engine import read
from netops.store.queries.alerts import list_active_alerts, list_flap_events, store_changes
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

Parents = Mapping[str, tuple[str, ...]]
"""Each watched device with the devices that it is reached through."""
WindowOf = Callable[[Mapping[str, str], datetime], str]

MOST_FIRING = 1000
"""How many pairs of a rule and a device /metrics tells apart: a storm must not make the page long, nor slow."""
_STORE_SECONDS = 5.0
"""How long an evaluation waits for its changes to be stored; a database in trouble must not stop the rules."""
_CALM = 3.0
"""After an evaluation news waits so many times as long as it took, so that a storm leaves time for polling."""
_LOGGED = {
    AlertEventKind.FIRED: "fires",
    AlertEventKind.RESOLVED: "is over",
    AlertEventKind.HELD: "is held: nothing is read of it",
    AlertEventKind.ACKNOWLEDGEMENT_EXPIRED: "is no longer acknowledged",
}


class Foreign(Protocol):
    """Alerts that no rule of ours gives: of other programs, of traps and syslog."""

    def list_firing(self, now: datetime) -> list[AlertInstance]:
        """Give those that fire."""
        ...

    def why_gone(self, fingerprint: str) -> str:
        """Say why one no longer does."""
        ...


@dataclass(frozen=True, slots=True)
class AlertLimits:
    """From when on alerts are not told one by one."""

    flapping: FlapLimits = field(default_factory=FlapLimits)
    uplink_share: float | None = OWN_UPLINK_SHARE
    """When at least this share of all devices is unreachable, our own uplink is to blame; None never blames it."""


class EvaluateRules:
    """The use case; ``tick`` is called every second and does what is due. All of it belongs to one event loop."""

    def __init__(
        self,
        rules: RuleSet,
        head: Head,
        *,
        engine: Engine,
        writer: Writer,
        clock: Clock,
        take_own: Callable[[datetime], Callable[[], None]],
        list_parents: Callable[[], Parents],
        limits: AlertLimits | None = None,
        window_of: WindowOf = lambda _labels, _now: "",
        foreign: Mapping[str, Foreign] | None = None,
    ) -> None:
        """Build it.

        Args:
            rules: The rules in force.
            head: The series that they ask.
            engine: The store, to read.
            writer: The store, to write.
            clock: For a test to wind.
            take_own: Takes down the daemon's own metrics, and gives what puts them into the head, in a thread.
            list_parents: Gives every watched device.
            limits: From when on alerts are not told one by one.
            window_of: See the attribute.
            foreign: Further sources of alerts, by what stands in the place of a rule file.
        """
        self.rules = rules
        self.limits = limits or AlertLimits()
        self.window_of = window_of
        """Gives the maintenance window that mutes labels at an instant."""
        self.on_notices: Callable[[], None] = lambda: None
        """Hears that something is to be told."""
        self.evaluations = 0
        self.seconds = 0.0
        """How long the latest evaluation took."""
        self.write_failures = 0
        self.tally = AlertTally()
        self.failures: tuple[RuleFailure, ...] = ()
        self.size = HeadSize(0, 0, 0)
        self.book: Mapping[str, KnownAlert] = {}
        """Every pending and firing alert as stored."""
        self._head = head
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._take_own = take_own
        self._list_parents = list_parents
        self._foreign = dict(foreign or {})
        self._flapping: Mapping[str, Flap] = {}
        self._silences: list[ActiveSilence] = []
        self._behind: dict[str, Behind] = {}
        self._seen: dict[str, tuple[bool | None, datetime]] = {}
        self._states: dict[str, dict[str, tuple[str | None, str | None]]] = {}
        self._gone: list[str] = []
        self._replaced: set[str] = set()
        """Devices that are gone or others, until it is stored that their alerts ended for that."""
        self._is_stale = False
        """Whether a person changed alerts and they could not be read since."""
        self._homeless: list[RememberedAlert] = []
        self._has_news = False
        self._calm_until = float("-inf")
        self._turn = asyncio.Lock()
        self._storing: asyncio.Task[None] | None = None

    # --- what happens around it

    async def start(self, *, keeps_homeless: bool = False) -> None:
        """Take over what was stored before the restart.

        Args:
            keeps_homeless: Whether alerts whose rule is not there stay as they are until rules are changed, because
                the rule may be there and not readable.
        """
        self.book, self._silences = await asyncio.to_thread(self._read_stored)
        self._behind = recall_behind(self.book.values())
        self._flapping = await asyncio.to_thread(self._recall_flapping)
        remembered = [as_remembered(alert) for alert in self.book.values() if alert.file not in self._foreign]
        homeless = self.rules.restore(remembered, restarted_at=self._clock.now())
        self._homeless = homeless if keeps_homeless else []
        if remembered:
            logger.info("alerts: %d taken over, %d of them without a rule", len(remembered), len(homeless))

    async def stop(self) -> None:
        """Wait for what is being stored."""
        async with self._turn:
            if self._storing is not None:
                await self._storing

    def on_poll(self, outcome: PollOutcome) -> None:
        """Hear of a poll; when it saw something change, the rules are not kept waiting."""
        self._seen[outcome.device.name] = outcome.state.reachable, outcome.at
        if outcome.events or self._saw_states_change(outcome):
            self._has_news = True

    def _saw_states_change(self, outcome: PollOutcome) -> bool:
        """Compare states and levels of sensors (a UPS on battery, a failed fan) with the poll before."""
        if outcome.result.sensors is None:
            return False
        states: dict[str, tuple[str | None, str | None]] = {
            one.key: (one.state, one.level) for one in outcome.result.sensors
        }
        former = self._states.get(outcome.device.name, states)
        self._states[outcome.device.name] = states
        return states != former

    def on_news(self) -> None:
        """Hear that something changed that rules, or alerts of others, tell of."""
        self._has_news = True

    def on_gone(self, device: str) -> None:
        """Hear that a device is watched no more, or is another one from now on."""
        self._seen.pop(device, None)
        self._states.pop(device, None)
        self._gone.append(device)
        self._replaced.add(device)

    async def change_rules(self, rules: RuleSet, check: Callable[[], None] = lambda: None) -> None:
        """Put other rules in force; alerts whose rule is still there go on, timers and all.

        Args:
            rules: The new ones.
            check: Called in a thread, between two evaluations; what it raises leaves the former rules in force.
        """
        async with self._turn:
            await asyncio.to_thread(check)
            rules.restore([*self.rules.remember(), *self._homeless])
            self._homeless = []
            self.rules = rules
            await asyncio.to_thread(self._head.change_needs, rules.needs)
            self._has_news = True

    async def change_alerts(self, change: Callable[[Connection], object]) -> None:
        """Store what a person did to alerts or silences, in turn with evaluations, and act on it at once.

        Raises:
            NetopsError: It was refused; nothing is stored.
        """
        async with self._turn:
            if self._storing is not None:
                await self._storing
            failure: list[NetopsError] = []

            def attempt(connection: Connection) -> None:
                failure.clear()
                try:
                    with connection.begin_nested():
                        change(connection)
                except NetopsError as error:
                    failure.append(error)

            await self._writer.submit_and_wait(attempt)
            if failure:
                raise failure[0]
            self._is_stale = True
            await self._read_anew()
        await self.evaluate(is_urgent=True)

    async def _read_anew(self) -> None:
        former = self.book
        self.book, self._silences = await asyncio.to_thread(self._read_stored)
        self._is_stale = False
        self.tally.count_taken(former, self.book)

    # --- evaluation

    async def tick(self) -> None:
        """Evaluate the rules when some are due, or when a poll saw something change."""
        is_urgent = self._has_news and self._clock.monotonic() >= self._calm_until
        if is_urgent or self.rules.is_due(self._clock.now()):
            await self.evaluate(is_urgent=is_urgent)

    async def evaluate(self, *, is_urgent: bool = False) -> None:
        """Evaluate the rules that are due, or all, and store what changed."""
        async with self._turn:
            begun, now = self._clock.monotonic(), self._clock.now()
            if self._is_stale:
                with suppress(NetopsError):  # rules go on; what they lead to is stored once this was read
                    await self._read_anew()
            if is_urgent:
                self._has_news = False
            hand_over = self._take_own(now)
            book, (gone, self._gone) = self.book, (self._gone, [])
            replaced = frozenset(self._replaced)
            decide = partial(self._decide, now, gone, self._list_parents(), is_urgent=is_urgent)

            def work() -> tuple[tuple[RuleFailure, ...], AlertChanges]:
                hand_over()
                return decide()

            failures, changes = await asyncio.to_thread(work)
            self.evaluations += 1
            self._note_failures(failures)
            if (
                self.book is book and not self._is_stale
            ):  # else an earlier write ended meanwhile, and it is decided anew next time
                await self._store(changes, now)
            if self.book is changes.book:
                self._replaced -= replaced
            end = self._clock.monotonic()
            self.seconds = end - begun
            self._calm_until = end + _CALM * self.seconds

    def _decide(
        self, now: datetime, gone: list[str], parents: Parents, *, is_urgent: bool
    ) -> tuple[tuple[RuleFailure, ...], AlertChanges]:
        """Evaluate the rules and decide what changed. Runs in a thread; nobody else touches rules or book meanwhile."""
        for device in gone:
            self.rules.forget({DEVICE_LABEL: device})
        evaluation = self.rules.evaluate(self._head, now, is_urgent=is_urgent)
        self.size = self._head.size()
        situation = self._describe(evaluation, parents, now)
        return evaluation.failures, decide_changes(self.book, situation, now)

    async def _store(self, changes: AlertChanges, now: datetime) -> None:
        """Store what changed; what cannot be stored now is decided again by the next evaluation."""
        if self._storing is not None and not self._storing.done():
            return
        if not changes:
            self.book, self._flapping = changes.book, changes.flapping
            return
        self._storing = asyncio.get_running_loop().create_task(self._write(changes, now))
        await asyncio.wait({self._storing}, timeout=_STORE_SECONDS)

    async def _write(self, changes: AlertChanges, now: datetime) -> None:
        try:
            await self._writer.submit_and_wait(lambda connection: store_changes(connection, changes, now))
        except NetopsError as error:
            self.write_failures += 1
            logger.error("changes of alerts could not be stored, and are tried again: %s", error)
            return
        former, self.book, self._flapping = self.book, changes.book, changes.flapping
        self.tally.count(changes, former, now)
        if changes.notices:
            self.on_notices()
        # Thousands of lines in a storm: written in a thread, or polls would wait for them.
        await asyncio.to_thread(_log, changes, former)

    # --- what decides beside the rules

    def _describe(self, evaluation: Evaluation, parents: Parents, now: datetime) -> Situation:
        seen = {name: self._see(name, through) for name, through in parents.items()}
        self._behind = decide_behind(seen, self._behind, now, self.limits.uplink_share)
        rules, replaced = self.rules.list_rules(), frozenset(self._replaced)

        def why_gone(alert: KnownAlert) -> str:
            source = self._foreign.get(alert.file)
            if source is not None:
                return source.why_gone(alert.fingerprint)
            if alert.labels.get(DEVICE_LABEL, "") not in {"", *parents}:
                return "device_removed"
            if alert.labels.get(DEVICE_LABEL) in replaced:
                return "device_changed"
            return "read" if (alert.group, alert.rule) in rules else "rule_removed"

        received = [alert for source in self._foreign.values() for alert in source.list_firing(now)]
        return Situation(
            (*evaluation.alerts, *received),
            self._silences,
            {name: behind.root for name, behind in self._behind.items()},
            list_hidden(self._behind),
            window_of=lambda labels: self.window_of(labels, now),
            flapping=self._flapping,
            flap_limits=self.limits.flapping,
            why_gone=why_gone,
            kept=frozenset(make_fingerprint(alert.labels) for alert in self._homeless),
        )

    def _see(self, device: str, parents: tuple[str, ...]) -> Seen:
        is_reachable, polled_at = self._seen.get(device, (None, None))
        return Seen(is_reachable, polled_at, parents)

    def _note_failures(self, failures: tuple[RuleFailure, ...]) -> None:
        known = set(self.failures)
        for failure in failures:
            if failure not in known:
                logger.error("rule %s of %s: %s", failure.rule, failure.file, failure.reason)
        self.failures = failures

    def _read_stored(self) -> tuple[dict[str, KnownAlert], list[ActiveSilence]]:
        with read(self._engine) as connection:
            silences = read_silences(connection, self._clock.now() - timedelta(days=1))
            return list_active_alerts(connection), silences

    def _recall_flapping(self) -> dict[str, Flap]:
        limits = self.limits.flapping
        now = self._clock.now()
        with read(self._engine) as connection:
            record = list_flap_events(connection, now - limits.within - limits.settle)
        return recall_flapping(record, limits)

    def count_alerts(self) -> dict[tuple[str, ...], float]:
        """Count alerts by state and severity."""
        found = Counter((alert.status.value, alert.severity) for alert in self.book.values())
        return {key: float(count) for key, count in found.items()}

    def count_firing(self) -> dict[tuple[str, ...], float]:
        """Count firing alerts by rule, severity and device; of a storm by rule and severity only."""
        found = Counter(
            (alert.rule, alert.severity, alert.labels.get(DEVICE_LABEL, ""))
            for alert in self.book.values()
            if alert.status is AlertStatus.FIRING
        )
        if len(found) > MOST_FIRING:
            storm, found = found, Counter()
            for (rule, severity, _device), count in storm.items():
                found[rule, severity, ""] += count
        return {key: float(count) for key, count in found.items()}


def _log(changes: AlertChanges, former: Mapping[str, KnownAlert]) -> None:
    for event in changes.events:
        alert = changes.book.get(event.fingerprint) or former.get(event.fingerprint)
        if alert is not None and event.kind in _LOGGED:
            device = alert.labels.get(DEVICE_LABEL, "netops")
            logger.info("%s: alert %s %s", device, alert.rule, _LOGGED[event.kind])
