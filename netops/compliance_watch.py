"""The composition root's part about compliance: rules from their files, judged after each backup and every night."""

import asyncio
import logging

from sqlalchemy import Engine

from netops.backup.compliance.rules import Rule
from netops.clock import Clock
from netops.followed import COMPLIANCE_CHECK_AGE, COMPLIANCE_FAILING, COMPLIANCE_RULES
from netops.model.event import Event, EventKind
from netops.services.check_compliance import load_rules_of
from netops.services.nightly_backups import NightlyBackups
from netops.services.watch_compliance import WatchCompliance
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings
from netops.store.queries.events import append_event
from netops.store.writer import Writer
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)


class ComplianceWatch:
    """Compliance, as the daemon sees it; without backups there is none."""

    def __init__(
        self,
        loaded: LoadedSettings,
        nights: NightlyBackups | None,
        *,
        engine: Engine,
        writer: Writer,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._nights = nights
        self._writer = writer
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._service: WatchCompliance | None = None
        if nights is None or not loaded.settings.compliance.enabled:
            return
        rules = self._read(loaded, nights)
        self._service = service = WatchCompliance(
            nights.backups, rules or [], engine=engine, writer=writer, clock=clock
        )
        nights.backups.service.listeners.append(service.hear)
        nights.after_night.append(service.check_all)
        telemetry.follow(COMPLIANCE_FAILING, service.failing)
        telemetry.follow(COMPLIANCE_RULES, lambda: len(service.rules))
        telemetry.follow(COMPLIANCE_CHECK_AGE, service.check_age)

    async def start(self) -> None:
        """Take over what was counted, and begin a first look at everything."""
        if self._service is not None:
            await self._service.start()
            self._begin_check(self._service)

    async def stop(self) -> None:
        """End a look that is under way."""
        if self._service is not None:
            self._service.stop()
        await asyncio.gather(*self._tasks)

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Read the rules again; a mistake in them leaves the rules in force that were."""
        if self._service is None or self._nights is None:
            return
        rules = self._read(loaded, self._nights)
        self._service.reload(self._nights.backups, self._service.rules if rules is None else rules)
        self._begin_check(self._service)

    def _begin_check(self, service: WatchCompliance) -> None:
        task = asyncio.get_running_loop().create_task(service.check_all())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self, loaded: LoadedSettings, nights: NightlyBackups) -> list[Rule] | None:
        """Give the rules; None when there is a mistake in them, which is told."""
        problems: list[Problem] = []
        rules = load_rules_of(loaded, nights.backups.service.platforms, problems)
        if not problems:
            return rules
        lines = list(map(str, problems))
        is_first = self._service is None
        outcome = "the others are in force" if is_first else "the rules that were in force stay in force"
        for line in lines:
            logger.error("compliance rules refused: %s", line)
        event = Event(
            at=self._clock.now(),
            kind=EventKind.SETTINGS_REFUSED,
            text=f"{len(lines)} mistakes in compliance rules; {outcome}",
            data={"lines": lines},
        )
        self._writer.submit(lambda connection: append_event(connection, event))
        return rules if is_first else None
