"""The backups the daemon makes by itself: each device at its time of the night, then the manifest and the copies."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

from netops.clock import Clock
from netops.errors import NetopsError
from netops.services.back_up_device import Outcome
from netops.services.backup_figures import BackupFigures
from netops.services.run_backups import Backups, open_backups
from netops.services.watch_changes import WhoChanged
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings
from netops.settings.shell import OnChangeSettings
from netops.store.writer import Writer
from netops.telemetry import Telemetry

logger = logging.getLogger(__name__)

_NIGHT = "backup night"
_STATES = "backup states"
_STATES_INTERVAL = timedelta(minutes=5)


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
    """Schedules the backups of all devices. Lives on the event loop."""

    def __init__(self, backups: Backups, schedule: DailySchedule, writer: Writer, clock: Clock) -> None:
        self.who_changed: Callable[[str], WhoChanged] = lambda _device: WhoChanged()
        """Gives who changed a device since its last visit; asked when a visit begins."""
        self.after_night: list[Callable[[], Awaitable[None]]] = []
        """Awaited once the manifest of a night is stored."""
        self.backups = backups
        self._schedule = schedule
        self._clock = clock
        self._jobs: set[str] = set()
        self._devices: dict[str, DeviceSettings] = {}
        self._sites: dict[str, threading.Semaphore] = {}
        self._pool = ThreadPoolExecutor(backups.settings.workers, thread_name_prefix="backup")
        self.figures = BackupFigures(backups, writer, clock)

    async def start(self) -> None:
        """Take in what is known of each device, and plan the night."""
        await self.figures.start()
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
        if self._devices:
            jobs.add(_STATES)
            self._schedule.run_every(_STATES, _STATES_INTERVAL, self.figures.refresh)
        if devices:
            jobs.add(_NIGHT)
            end = wanted.starts_at + wanted.window + wanted.session_timeout
            self._schedule.run_daily(_NIGHT, end, self._close_night)
        for gone in self._jobs - jobs:
            self._schedule.forget(gone)
        self._jobs = jobs
        self.figures.plan(backups)

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
    nights.figures.follow(telemetry)
    try:
        yield nights
    finally:
        nights.stop()
