"""The composition root's part about event rules: traps and syslog messages that become alerts, and have devices polled."""

import logging
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

from netops.clock import Clock
from netops.events.compiling import compile_rules
from netops.events.rules import EventRules
from netops.followed import (
    EVENT_ALERTS,
    EVENT_MESSAGES,
    EVENT_POLLS,
    EVENT_RULES,
    EVENT_RULES_SUCCESSFUL,
    EVENTS_DROPPED,
)
from netops.model.event import Event, EventKind
from netops.scheduler import PollScheduler
from netops.services.apply_event_rules import ApplyEventRules
from netops.services.event_alerts import EventAlerts
from netops.services.fleet import Fleet
from netops.services.poll_device import PollDevice
from netops.services.poll_on_event import PollOnEvent
from netops.services.receive_event import ReceiveEvent
from netops.services.receive_syslog import ReceiveSyslog
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings
from netops.snmp.names import Names
from netops.store.queries.events import append_event
from netops.store.writer import Writer
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)


class EventWiring:
    """All of event rules, as the daemon sees it."""

    def __init__(
        self,
        loaded: LoadedSettings,
        alerts: EventAlerts,
        polling: PollDevice,
        *,
        fleet: Fleet,
        writer: Writer,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._alerts = alerts
        self._writer = writer
        self._clock = clock
        self._names = Names()
        self._is_sound = True
        self._polls = PollOnEvent(partial(polling.poll, told=True), clock)
        self._service = ApplyEventRules(
            self._compile(loaded, "the rules without a mistake are in force") or EventRules(),
            fleet=fleet,
            alerts=alerts,
            writer=writer,
            names=self._names,
            ask_poll=self._polls.ask,
        )
        self._follow(telemetry)

    def listen(
        self,
        scheduler: PollScheduler,
        stack: AsyncExitStack,
        *,
        notifications: ReceiveEvent | None,
        syslog: ReceiveSyslog | None,
    ) -> None:
        """Look at what arrives from now on until the stack is closed; alerts have been taken over before."""
        self._service.change_rules(self._service.rules)
        if notifications is not None:
            notifications.listeners.append(self._service.on_notification)
        if syslog is not None:
            syslog.listeners.append(self._service.on_syslog)
        scheduler.repeat("event alerts", _TICK, self._alerts.tick)
        scheduler.repeat("event polls", _TICK, self._polls.tick)
        stack.push_async_callback(self._alerts.stop)
        stack.push_async_callback(self._polls.settle)

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Take the rules of the file as read again; a mistake in them leaves those in force that were."""
        before = self._service.rules
        rules = self._compile(loaded, "the rules that were in force stay in force", all_or_none=True)
        if rules is not None:
            self._service.change_rules(rules)
            if rules.rules != before.rules:
                logger.info("event rules read again: %d are in force", len(rules.rules))

    def _compile(
        self, loaded: LoadedSettings, outcome: str, *, all_or_none: bool = False
    ) -> EventRules | None:
        problems: list[Problem] = []
        rules = compile_rules(loaded.events, loaded.events_file, self._names, problems)
        self._is_sound = not problems
        if not problems:
            return rules
        lines = list(map(str, problems))
        for line in lines:
            logger.error("event rules refused: %s", line)
        logger.error("event rules: %s", outcome)
        event = Event(
            at=self._clock.now(),
            kind=EventKind.SETTINGS_REFUSED,
            text=f"{len(lines)} mistakes in event rules; {outcome}",
            data={"lines": lines},
        )
        self._writer.submit(lambda connection: append_event(connection, event))
        return None if all_or_none else rules

    def _follow(self, telemetry: Telemetry) -> None:
        service, alerts = self._service, self._alerts
        telemetry.follow(EVENT_RULES, lambda: len(service.rules.rules))
        telemetry.follow(EVENT_RULES_SUCCESSFUL, lambda: float(self._is_sound))
        telemetry.follow(EVENT_MESSAGES, lambda: dict(service.taken))
        telemetry.follow(EVENTS_DROPPED, lambda: dict(alerts.dropped))
        telemetry.follow(EVENT_ALERTS, alerts.count_firing)
        telemetry.follow(EVENT_POLLS, lambda: self._polls.polls)
