"""The backups the daemon makes by itself: each device at its time of the night, then the manifest and the copies."""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from netops.backup.remotes import read_pushed
from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.event import Event, EventKind
from netops.services.back_up_device import Outcome
from netops.services.run_backups import Backups, open_backups
from netops.services.watch_changes import WhoChanged
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings
from netops.settings.shell import OnChangeSettings
from netops.store.queries.events import append_event
from netops.store.writer import Writer
from netops.telemetry import (
    BACKUP_AGE,
    BACKUP_DURATION,
    BACKUP_PUSH_LAG,
    BACKUP_REVISIONS,
    BACKUPS_FAILED,
    Telemetry,
)

logger = logging.getLogger(__name__)

_NIGHT = "backup night"


class DailySchedule(Protocol):
    """What the nights need of the scheduler."""

    def run_daily(self, job: str, at: timedelta, call: Callable[[], Awaitable[None]]) -> None:
        """Call every day at a time since local midnight; a job of this name is replaced."""
        ...

    def run_every(self, job: str, interval: timedelta, call: Callable[[], Awaitable[None]]) -> None:
        """Call at an interval, the first time within one; a job of this name is replaced."""
        ...

    def forget(self, job: str) -> None:
        """Call no more."""
        ...


class NightlyBackups:
    """Schedules the backups of all devices, and counts what came of them. Lives on the event loop."""

    def __init__(self, backups: Backups, schedule: DailySchedule, writer: Writer, clock: Clock) -> None:
        self.failures: Counter[str] = Counter()
        self.revisions = 0
        self.who_changed: Callable[[str], WhoChanged] = lambda _device: WhoChanged()
        """Gives who changed a device since its last visit; asked when a visit begins."""
        self.after_night: list[Callable[[], Awaitable[None]]] = []
        """Awaited once the manifest of a night is stored."""
        self._good_at: dict[str, datetime] = {}
        self._seconds: dict[str, float] = {}
        self.backups = backups
        self._schedule = schedule
        self._writer = writer
        self._clock = clock
        self._jobs: set[str] = set()
        self._devices: dict[str, DeviceSettings] = {}
        self._sites: dict[str, threading.Semaphore] = {}
        self._pool = ThreadPoolExecutor(backups.settings.workers, thread_name_prefix="backup")
        self._loop: asyncio.AbstractEventLoop | None = None
        backups.service.listeners.append(self._hear)

    async def start(self) -> None:
        """Take in what is known of each device, and plan the night."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._remember)
        self.plan(self.backups)

    def stop(self) -> None:
        """Begin no more; a visit under way ends with the process, and leaves the archive as it was."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def plan(self, backups: Backups) -> None:
        """Bring the plan in line with the settings."""
        self.backups = backups
        wanted = backups.settings
        self._devices = backups.devices()
        devices = self._devices if wanted.enabled else {}
        jobs: set[str] = set()
        for number, (name, device) in enumerate(sorted(devices.items())):
            share = (number + 0.5) / len(devices)
            jobs.add(job := f"backup {name}")
            self._schedule.run_daily(
                job, wanted.starts_at + wanted.window * share, self._visit(device, "nightly")
            )
            if wanted.every:
                jobs.add(job := f"backup by day {name}")
                self._schedule.run_every(job, wanted.every, self._visit(device, "by day"))
        if devices:
            jobs.add(_NIGHT)
            end = wanted.starts_at + wanted.window + wanted.session_timeout
            self._schedule.run_daily(_NIGHT, end, self._close_night)
        for gone in self._jobs - jobs:
            self._schedule.forget(gone)
        self._jobs = jobs
        self._good_at = {name: at for name, at in self._good_at.items() if name in devices}
        self._seconds = {name: seconds for name, seconds in self._seconds.items() if name in devices}

    def reload(self, loaded: LoadedSettings) -> None:
        """Take over new settings; folder, keys, workers and platforms wait for a restart."""
        self.plan(Backups(loaded, self.backups.service))

    # --- visits that others ask for (netops.services.watch_changes.Visits)

    @property
    def on_change(self) -> OnChangeSettings:
        """What the settings say of backups after a change."""
        return self.backups.settings.on_change

    def platform_of(self, device: str) -> str | None:
        """Give what a device speaks, by the name of its platform; None for one that is not backed up."""
        settings = self._devices.get(device)
        if settings is None or settings.ssh.platform is None:
            return None
        platform = self.backups.service.platforms.find(settings.ssh.platform)
        return platform.name if platform else settings.ssh.platform

    def login_of(self, device: str) -> str:
        """Give the user that we log in to a device as; empty for one that is not backed up."""
        settings = self._devices.get(device)
        login = (
            self.backups.loaded.settings.ssh_credentials.get(settings.ssh.credential or "")
            if settings
            else None
        )
        return login.user if login else ""

    async def visit(self, device: str, reason: str, who: WhoChanged) -> Outcome | None:
        """Back a device up now, and copy a new revision to the remotes; None for one that is not backed up."""
        settings = self._devices.get(device)
        if settings is None:
            return None
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._pool, self._back_up, settings, reason, who)
        if outcome is not None and outcome.stored is not None and outcome.stored.is_new:
            await loop.run_in_executor(self._pool, self.backups.push, self._clock.now())
        return outcome

    # --- inside

    def _visit(self, device: DeviceSettings, reason: str) -> Callable[[], Awaitable[None]]:
        async def visit() -> None:
            loop, who = asyncio.get_running_loop(), self.who_changed(device.name)
            await loop.run_in_executor(self._pool, self._back_up, device, reason, who)

        return visit

    def _back_up(self, device: DeviceSettings, reason: str, who: WhoChanged) -> Outcome | None:
        """Back one device up, in a worker thread; None where the settings say too little."""
        backups = self.backups
        most = backups.settings.per_site_workers
        site = self._sites.setdefault(device.site, threading.Semaphore(most))
        try:
            access = backups.loaded.settings.shell_access_for(device)
            with site:
                return backups.service.run(
                    access, site=device.site, reason=reason, author=who.user, address=who.address
                )
        except NetopsError as error:
            logger.error("%s: %s", device.name, error)
            return None

    async def _close_night(self) -> None:
        """Write the manifest, and copy the archive."""
        backups, now = self.backups, self._clock.now()
        try:
            await asyncio.to_thread(backups.close_night, list(backups.devices()), now)
        except NetopsError as error:
            logger.error("the manifest of the night could not be stored: %s", error)
        for follow in self.after_night:
            await follow()

    def _remember(self) -> None:
        for name in self.backups.devices():
            state = self.backups.service.states.read(name)
            if state.good_at:
                self._good_at[name] = datetime.fromisoformat(state.good_at)
                self._seconds[name] = state.seconds

    def _hear(self, outcome: Outcome) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, outcome)

    def _take(self, outcome: Outcome) -> None:
        """Count an outcome, and keep what a person should hear of as an event."""
        state = outcome.state
        if outcome.error is not None:
            self.failures[state.reason or "failed"] += 1
            logger.warning("%s", outcome.error)
            kind = EventKind.BACKUP_HELD if state.outcome == "held" else EventKind.BACKUP_FAILED
            self._note(kind, state.name, state.message, {"reason": state.reason})
            return
        self._good_at[state.name] = datetime.fromisoformat(state.good_at)
        self._seconds[state.name] = state.seconds
        if outcome.stored is not None and outcome.stored.is_new:
            self.revisions += 1
            added, removed = outcome.stored.added, outcome.stored.removed
            text = f"configuration changed: {added} lines in, {removed} out"
            data = {"revision": state.revision, "lines_added": added, "lines_removed": removed}
            self._note(EventKind.CONFIGURATION_CHANGED, state.name, text, data)

    def _note(self, kind: EventKind, device: str, text: str, data: dict[str, object]) -> None:
        event = Event(at=self._clock.now(), kind=kind, device_name=device, text=text[:1000], data=data)
        self._writer.submit(lambda connection: append_event(connection, event))

    # --- numbers for the metrics

    def ages(self) -> dict[str, float]:
        """Give the age of each device's last good backup, in seconds."""
        now = self._clock.now()
        return {name: (now - at).total_seconds() for name, at in self._good_at.items()}

    def durations(self) -> dict[str, float]:
        """Give how long the last good visit to each device took, in seconds."""
        return dict(self._seconds)

    def push_lags(self) -> dict[str, float]:
        """Give since how long each remote lacks something, in seconds; 0 for a remote that has all."""
        lags = {}
        for remote in self.backups.remotes:
            pushed = read_pushed(self.backups.archive, remote.name)
            since = pushed.behind_since if pushed else ""
            lags[remote.name] = (
                (self._clock.now() - datetime.fromisoformat(since)).total_seconds() if since else 0.0
            )
        return lags


@asynccontextmanager
async def plan_nights(
    loaded: LoadedSettings, schedule: DailySchedule, writer: Writer, telemetry: Telemetry, clock: Clock
) -> AsyncIterator[NightlyBackups | None]:
    """Plan the nights while the daemon runs, and let its metrics read what they count; None where no device has a platform.

    Raises:
        NetopsError: The archive, its keys or a platform cannot be used.
    """
    if not any(device.ssh.platform for device in loaded.devices.values()):
        yield None
        return
    backups = await asyncio.to_thread(open_backups, loaded, clock)
    nights = NightlyBackups(backups, schedule, writer, clock)
    await nights.start()
    telemetry.follow(BACKUP_AGE, nights.ages)
    telemetry.follow(BACKUP_DURATION, nights.durations)
    telemetry.follow(BACKUPS_FAILED, lambda: dict(nights.failures))
    telemetry.follow(BACKUP_REVISIONS, lambda: nights.revisions)
    telemetry.follow(BACKUP_PUSH_LAG, nights.push_lags)
    try:
        yield nights
    finally:
        nights.stop()
