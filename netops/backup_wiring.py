"""Wires backups for the daemon: the nights, what devices tell of changes, compliance."""

from contextlib import AsyncExitStack

from sqlalchemy import Engine

from netops.change_watch import SyslogParts, read_signs, watch_changes
from netops.clock import Clock
from netops.compliance_watch import ComplianceWatch
from netops.followed import BACKUP_DRIFT
from netops.scheduler import PollScheduler
from netops.services.nightly_backups import NightlyBackups, plan_nights
from netops.services.receive_event import ReceiveEvent
from netops.services.watch_changes import WatchChanges
from netops.services.watch_drift import WatchDrift
from netops.settings.loader import LoadedSettings
from netops.store.writer import Writer
from netops.telemetry import Telemetry


class BackupWiring:
    """All of backups, as the daemon sees it."""

    def __init__(
        self, *, store: Engine, writer: Writer, scheduler: PollScheduler, telemetry: Telemetry, clock: Clock
    ) -> None:
        self._store = store
        self._writer = writer
        self._scheduler = scheduler
        self._telemetry = telemetry
        self._clock = clock
        self._nights: NightlyBackups | None = None
        self._compliance: ComplianceWatch | None = None
        self._drift: WatchDrift | None = None
        self._changes: WatchChanges | None = None

    async def start(
        self,
        loaded: LoadedSettings,
        stack: AsyncExitStack,
        *,
        syslog: SyslogParts | None,
        notifications: ReceiveEvent | None,
    ) -> None:
        """Plan the nights and listen for changes until the stack is closed.

        Raises:
            NetopsError: The archive, its keys or a platform cannot be used.
        """
        scheduler, telemetry, clock = self._scheduler, self._telemetry, self._clock
        planned = plan_nights(loaded, scheduler, self._writer, telemetry, clock)
        self._nights = await stack.enter_async_context(planned)
        self._compliance = ComplianceWatch(
            loaded, self._nights, engine=self._store, writer=self._writer, telemetry=telemetry, clock=clock
        )
        await self._compliance.start()
        stack.push_async_callback(self._compliance.stop)
        await self._watch_drift()
        self._changes = watch_changes(
            loaded,
            stack,
            self._nights,
            syslog=syslog,
            notifications=notifications,
            scheduler=scheduler,
            telemetry=telemetry,
            clock=clock,
        )

    async def _watch_drift(self) -> None:
        if self._nights is None:
            return
        self._drift = drift = WatchDrift(self._nights.backups)
        self._nights.backups.service.listeners.append(drift.hear)
        self._nights.after_night.append(drift.check_all)
        self._telemetry.follow(BACKUP_DRIFT, drift.lines)
        await drift.check_all()

    def on_settings(self, loaded: LoadedSettings) -> None:
        """Take over new settings."""
        if self._nights:
            self._nights.reload(loaded)
            if self._drift:
                self._drift.reload(self._nights.backups)
        if self._compliance:
            self._compliance.on_settings(loaded)
        if self._changes:
            self._changes.signs = read_signs(loaded)
