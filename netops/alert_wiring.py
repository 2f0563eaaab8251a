"""Wires alerting for the daemon: polls into the head, rules from their files, evaluations by the scheduler."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Engine

from netops.alerting.alerts import EVENTS_FILE, FOREIGN_FILE
from netops.alerting.errors import HeadTooSmall
from netops.alerting.flapping import FlapLimits
from netops.alerting.head import Head
from netops.alerting.rule_set import RuleSet
from netops.alerting.rules import RuleFile
from netops.clock import Clock
from netops.errors import StoreError
from netops.exporter.head_feed import HeadFeed
from netops.exporter.render import DeviceFacts
from netops.followed import (
    ALERT_EVALUATION_SECONDS,
    ALERT_EVALUATIONS,
    ALERT_HEAD_REFUSED,
    ALERT_HEAD_SAMPLES,
    ALERT_HEAD_SERIES,
    ALERT_RULES,
    ALERT_RULES_FAILING,
    ALERT_RULES_SUCCESSFUL,
    ALERT_WRITE_FAILURES,
    ALERTS,
    ALERTS_ACKNOWLEDGE_SECONDS,
    ALERTS_ACKNOWLEDGED,
    ALERTS_FIRED,
    ALERTS_FIRING,
    ALERTS_RESOLVE_SECONDS,
    ALERTS_RESOLVED,
)
from netops.model.event import Event, EventKind
from netops.services.alert_desk import AlertDesk
from netops.services.check_rules import find_rule_files, read_sound_rules
from netops.services.evaluate_rules import AlertLimits, EvaluateRules
from netops.services.event_alerts import EventAlerts
from netops.services.fleet import Fleet
from netops.services.managed_rules import ManagedRulesError, list_thresholds, write_managed_rules
from netops.services.poll_device import PollOutcome
from netops.services.receive_alerts import ReceiveAlerts
from netops.settings.alerting import AlertingSettings
from netops.settings.loader import LoadedSettings
from netops.store.engine import read
from netops.store.queries.events import append_event
from netops.store.writer import Writer
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


class Repeating(Protocol):
    """What is needed of the scheduler."""

    def repeat(self, name: str, interval: timedelta, run: Callable[[], Awaitable[None]]) -> None:
        """Run something at an interval."""
        ...


class AlertWiring:
    """All of alerting, as the daemon sees it."""

    def __init__(
        self,
        loaded: LoadedSettings,
        *,
        fleet: Fleet,
        engine: Engine,
        writer: Writer,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._is_sound = True
        self._reloads: set[asyncio.Task[None]] = set()
        rules = self._read_first(loaded)
        self._head = Head(rules.needs, most_samples=loaded.settings.alerting.head_samples)
        self._feed = HeadFeed(self._head)
        self.inbox = ReceiveAlerts(engine, writer, clock)
        self.events = EventAlerts(engine, writer, clock)
        self.service = EvaluateRules(
            rules,
            self._head,
            engine=engine,
            writer=writer,
            clock=clock,
            take_own=lambda now: partial(self._feed.take_own, telemetry.snapshot(self._head.wants), now),
            list_parents=lambda: {name: one.settings.parents for name, one in fleet.devices.items()},
            limits=_read_limits(loaded.settings.alerting),
            foreign={FOREIGN_FILE: self.inbox, EVENTS_FILE: self.events},
        )
        self.inbox.is_seen = self._has_seen
        self.inbox.see = lambda: self.service.evaluate(is_urgent=True)
        self.inbox.on_change = self.events.on_change = self.service.on_news
        self.desk = AlertDesk(self.service, clock)
        self._follow(telemetry)

    # --- what the daemon calls

    async def start(self, scheduler: Repeating) -> None:
        """Take over stored alerts, and evaluate from now on."""
        await self.inbox.start()
        await self.events.start()
        await self.service.start(keeps_homeless=not self._is_sound)
        scheduler.repeat("alert rules", _TICK, self.service.tick)

    async def stop(self) -> None:
        """Wait for a reload under way, and for what is being stored."""
        await asyncio.gather(*self._reloads)
        await self.service.stop()

    def on_poll(self, facts: DeviceFacts, outcome: PollOutcome) -> None:
        """Hand a poll over to the rules."""
        self._feed.take(facts, outcome.result)
        self.service.on_poll(outcome)

    def _has_seen(self, fingerprint: str, starts_at: datetime) -> bool:
        known = self.service.book.get(fingerprint)
        return known is not None and known.active_at == starts_at

    def on_gone(self, device: str) -> None:
        """Forget a device that is watched no more."""
        self._feed.remove(device, self._clock.now())
        self.service.on_gone(device)
        self.events.on_gone(device)

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Read the rule files again; a mistake in them leaves the rules in force that were."""
        self.service.limits = _read_limits(loaded.settings.alerting)
        task = asyncio.get_running_loop().create_task(self._reload(loaded))
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    # --- rules

    def _read_first(self, loaded: LoadedSettings) -> RuleSet:
        files, lines = self._read(loaded)
        if lines:
            self._refuse(lines, "the rules without a mistake are in force")
        return _make(files, loaded.settings.alerting)

    def _read(self, loaded: LoadedSettings) -> tuple[list[RuleFile], list[str]]:
        """Write the rules of thresholds, and read all rule files; give the sound rules, and what is wrong."""
        lines = []
        try:
            with read(self._engine) as connection:
                thresholds = list_thresholds(loaded, connection)
            if write_managed_rules(loaded.settings.alerting.managed_rules, thresholds):
                logger.info("thresholds: %s written", loaded.settings.alerting.managed_rules)
        except (ManagedRulesError, StoreError) as error:
            lines.append(f"thresholds: {error}; the former rules for them stand")
        files, problems = read_sound_rules(find_rule_files(loaded))
        return files, [*lines, *map(str, problems)]

    async def _reload(self, loaded: LoadedSettings) -> None:
        settings = loaded.settings.alerting
        files, lines = await asyncio.to_thread(self._read, loaded)
        rules = _make(files, settings)
        if not lines:
            try:
                await self.service.change_rules(rules, check=lambda: self._check_room(rules, settings))
            except HeadTooSmall as error:
                lines.append(str(error))
            else:
                self._is_sound = True
                logger.info("alert rules read again: %d are in force", len(rules.list_rules()))
                return
        self._refuse(lines, "the rules that were in force stay in force")

    def _check_room(self, rules: RuleSet, settings: AlertingSettings) -> None:
        interval_ms = round(settings.interval / _MILLISECOND)
        rules.needs.check_room(self._head.counts(), interval_ms, settings.head_samples)

    def _refuse(self, lines: list[str], outcome: str) -> None:
        self._is_sound = False
        for line in lines:
            logger.error("alert rules refused: %s", line)
        logger.error("alert rules: %s", outcome)
        event = Event(
            at=self._clock.now(),
            kind=EventKind.SETTINGS_REFUSED,
            text=f"{len(lines)} mistakes in alert rules; {outcome}",
            data={"lines": lines},
        )
        self._writer.submit(lambda connection: append_event(connection, event))

    def _follow(self, telemetry: Telemetry) -> None:
        service = self.service
        telemetry.follow(ALERTS, service.count_alerts)
        telemetry.follow(ALERTS_FIRING, service.count_firing)
        telemetry.follow(ALERT_RULES, lambda: len(service.rules.list_evaluated()))
        telemetry.follow(ALERT_RULES_FAILING, lambda: len(service.failures))
        telemetry.follow(ALERT_RULES_SUCCESSFUL, lambda: float(self._is_sound))
        telemetry.follow(ALERT_EVALUATIONS, lambda: service.evaluations)
        telemetry.follow(ALERT_EVALUATION_SECONDS, lambda: service.seconds)
        telemetry.follow(ALERT_WRITE_FAILURES, lambda: service.write_failures)
        tally = service.tally
        telemetry.follow(ALERTS_FIRED, lambda: dict(tally.fired))
        telemetry.follow(ALERTS_RESOLVED, lambda: dict(tally.resolved))
        telemetry.follow(ALERTS_RESOLVE_SECONDS, lambda: dict(tally.resolve_seconds))
        telemetry.follow(ALERTS_ACKNOWLEDGED, lambda: dict(tally.taken))
        telemetry.follow(ALERTS_ACKNOWLEDGE_SECONDS, lambda: dict(tally.take_seconds))
        telemetry.follow(ALERT_HEAD_SERIES, lambda: service.size.series)
        telemetry.follow(ALERT_HEAD_SAMPLES, lambda: service.size.samples)
        telemetry.follow(ALERT_HEAD_REFUSED, lambda: service.size.refused)


def _make(files: list[RuleFile], settings: AlertingSettings) -> RuleSet:
    return RuleSet(files, interval=settings.interval, evaluates_unread=False)


def _read_limits(settings: AlertingSettings) -> AlertLimits:
    flapping = settings.flapping
    return AlertLimits(
        FlapLimits(flapping.episodes, flapping.within, flapping.settle), settings.uplink_percent / 100
    )
