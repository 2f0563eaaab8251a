"""Run the fleet: bring the watched devices in line with files and table, and carry out what commands ask."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from netops.clock import Clock
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.access import SnmpAccess
from netops.model.device import DeviceSource
from netops.model.event import Event, EventKind
from netops.services.facts import describe_poll
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.manage_devices import (
    StoredDevice,
    add_device,
    apply_file_devices,
    describe_change,
    forget_missing,
    plan_file_devices,
    read_devices,
    remove_device,
)
from netops.services.poll_device import PollDevice, PollOutcome
from netops.settings.diff import diff_events, diff_oncall, diff_settings
from netops.settings.errors import SettingsError, SettingsErrors
from netops.settings.loader import LoadedSettings, load_settings
from netops.settings.oncall import find_doubts
from netops.store.engine import read
from netops.store.queries.events import append_event
from netops.store.writer import Writer, ask

logger = logging.getLogger(__name__)

_AFTER_RESTART = (
    "storage.",
    "history.",
    "web.",
    "control_socket",
    "notifications.",
    "syslog.",
    "alerting.head_samples",
    "logging.",
    "language",
)


class Schedule(Protocol):
    """What the fleet needs of the scheduler."""

    def watch(self, name: str, interval: timedelta, *, fleet: int = 1) -> None:
        """Poll a device at an interval from now on."""
        ...

    def unwatch(self, name: str) -> None:
        """Poll a device no more."""
        ...


class RunFleet:
    """The running fleet (netops.web.control.Controls)."""

    def __init__(
        self,
        loaded: LoadedSettings,
        *,
        fleet: Fleet,
        polling: PollDevice,
        engine: Engine,
        writer: Writer,
        schedule: Schedule,
        clock: Clock,
        on_gone: Callable[[str], None],
        on_settings: Callable[[LoadedSettings], None],
        describe: Callable[[], dict[str, Any]],
    ) -> None:
        self.loaded = loaded
        self._fleet = fleet
        self._polling = polling
        self._engine = engine
        self._writer = writer
        self._schedule = schedule
        self._clock = clock
        self._on_gone = on_gone
        self._on_settings = on_settings
        self._describe = describe
        self._turn = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    # --- what the daemon does by itself

    async def start(self) -> None:
        """Bring the table in line with the files as loaded, and watch every device of it."""
        await self._store_files(self.loaded)
        await self._watch_stored()
        self._tell_doubts()
        self._note(EventKind.DAEMON_STARTED, f"watches {len(self._fleet.devices)} devices")

    def stop(self) -> None:
        """Keep that the daemon was stopped on purpose; a killed one leaves no such event."""
        self._note(EventKind.DAEMON_STOPPED, "told to stop")

    async def reload(self) -> None:
        """Read the files again (SIGHUP): apply them, or keep what runs and say why."""
        try:
            changes = await self.apply_files(dry_run=False)
        except SettingsErrors as errors:
            for problem in errors.problems:
                logger.error("settings refused: %s", problem)
            logger.error("the settings that were in force stay in force")
            self._note(
                EventKind.SETTINGS_REFUSED,
                f"{len(errors.problems)} mistakes",
                list(map(str, errors.problems)),
            )
            return
        except NetopsError as error:
            logger.error("settings not applied: %s; those that were in force stay in force", error)
            return
        if not changes:
            logger.info("settings read again: nothing changed")

    def on_poll(self, outcome: PollOutcome) -> None:
        """Poll a device that fell silent, or came back, at the interval for that."""
        self._schedule.watch(outcome.device.name, self._interval(outcome.device))

    # --- what commands ask

    def status(self) -> dict[str, Any]:
        """Give plain values about the daemon."""
        return self._describe()

    async def poll(self, name: str) -> dict[str, Any]:
        """Poll a device now and give the facts of the contract.

        Raises:
            NotFound: No such device.
        """
        outcome = await self._polling.poll(name, asked=True)
        result = outcome.result
        if result.reachability.error:
            result.errors.insert(0, result.reachability.error)
        return describe_poll(result)

    async def apply_files(self, *, dry_run: bool) -> list[str]:
        """Read the files again and apply them; give what changed, or would, a line each.

        Raises:
            SettingsErrors: The files are wrong; what ran before runs on.
        """
        async with self._turn:
            loaded = await asyncio.to_thread(load_settings, self.loaded.config_file)
            lines = []
            for change in diff_settings(self.loaded.settings, loaded.settings):
                later = change.key.startswith(_AFTER_RESTART)
                lines.append(str(change) + (_(" (after a restart)") if later else ""))
            lines += [str(change) for change in diff_oncall(self.loaded.oncall, loaded.oncall)]
            lines += [str(change) for change in diff_events(self.loaded.events, loaded.events)]
            if dry_run:
                planned = await asyncio.to_thread(self._plan, loaded)
                return lines + planned
            lines += await self._store_files(loaded)
            self.loaded = loaded
            polling = loaded.settings.polling
            self._fleet.set_limits(concurrency=polling.concurrency, per_site=polling.per_site_concurrency)
            self._on_settings(loaded)
            await self._watch_stored()
            for line in lines:
                logger.info("settings: %s", line)
            self._tell_doubts()
            if lines:
                self._note(EventKind.SETTINGS_APPLIED, f"{len(lines)} changes", lines)
            return lines

    async def add_device(self, spec: dict[str, Any], source: DeviceSource = DeviceSource.CLI) -> None:
        """Watch one more device, from what DeviceSettings dumps.

        Raises:
            NetopsError: The name is taken, or its credential is unknown.
        """
        self.loaded.settings.credential(str(spec.get("credential")))
        now = self._clock.now()

        def add(connection: Connection) -> None:
            add_device(connection, spec, source, now)

        async with self._turn:
            await self._write(add)
            await self._watch_stored()

    async def forget_missing(self, name: str) -> int:
        """Delete what a device no longer tells of; give how many things that were.

        Raises:
            NotFound: No such device.
        """
        device = self._fleet.devices.get(name)
        async with device.lock if device else nullcontext():  # a poll under way still knows it
            count = await ask(self._write, lambda connection: forget_missing(connection, name))
            if device:
                device.interfaces = None  # what is left is read anew
        return count

    async def remove_device(self, name: str) -> None:
        """Watch a device no more.

        Raises:
            NotFound: No such device.
            NetopsError: It comes from a file, and only the file may remove it.
        """
        now = self._clock.now()
        async with self._turn:
            await self._write(lambda connection: remove_device(connection, name, now))
            self._forget(name)

    # --- inside

    async def _write(self, write: Callable[[Connection], object]) -> None:
        """Write through the one writer; its wrapping is taken off, so that commands see the plain reason."""
        failure: list[NetopsError] = []

        def attempt(connection: Connection) -> None:
            failure.clear()
            try:
                with connection.begin_nested():
                    write(connection)
            except NetopsError as error:
                failure.append(error)

        await self._writer.submit_and_wait(attempt)
        if failure:
            raise failure[0]

    async def _store_files(self, loaded: LoadedSettings) -> list[str]:
        now = self._clock.now()
        lines: list[str] = []

        def apply(connection: Connection) -> None:
            lines.clear()
            for change in apply_file_devices(connection, loaded.devices, now):
                lines.extend(describe_change(change))

        await self._write(apply)
        return lines

    def _plan(self, loaded: LoadedSettings) -> list[str]:
        with read(self._engine) as connection:
            changes = plan_file_devices(connection, loaded.devices)
        return [line for change in changes for line in describe_change(change)]

    async def _watch_stored(self) -> None:
        """Make the running fleet what the table says."""
        stored, complaints = await asyncio.to_thread(self._read_devices)
        for complaint in complaints:
            logger.error("%s", complaint)
        wanted: dict[str, tuple[StoredDevice, SnmpAccess | None]] = {}
        for device in stored:
            try:
                access = None if device.settings.local else self.loaded.access_for(device.settings)
            except SettingsError as error:
                logger.error("%s: not polled: %s", device.settings.name, error)
                continue
            wanted[device.settings.name] = (device, access)
        for name in self._fleet.devices.keys() - wanted.keys():
            self._forget(name)
        for name, (device, access) in wanted.items():
            self._watch(name, device, access, len(wanted))

    def _read_devices(self) -> tuple[list[StoredDevice], list[str]]:
        with read(self._engine) as connection:
            return read_devices(connection)

    def _watch(self, name: str, device: StoredDevice, access: SnmpAccess | None, count: int) -> None:
        known = self._fleet.devices.get(name)
        if known is None or known.id != device.id:
            if known is not None:
                self._forget(name)
            known = self._fleet.devices[name] = WatchedDevice(device.id, device.settings, access)
        else:
            if known.access != access:
                self._close(known)
                known.begin_anew()
                known.access = access
                self._on_gone(name)
            elif known.settings.collectors != device.settings.collectors:
                self._on_gone(name)  # what is no longer read must not go on being shown
            known.settings = device.settings
        self._schedule.watch(name, self._interval(known), fleet=count)

    def _interval(self, device: WatchedDevice) -> timedelta:
        settings = device.settings
        is_away = device.state.reachable is False and not settings.local
        return self.loaded.settings.polling.unreachable_interval if is_away else settings.interval

    def _forget(self, name: str) -> None:
        self._schedule.unwatch(name)
        device = self._fleet.devices.pop(name, None)
        if device is not None:
            self._close(device)
        self._on_gone(name)

    def _close(self, device: WatchedDevice) -> None:
        """Close a session that nobody will use again, once the poll under way has ended."""
        session, device.session = device.session, None
        if session is None:
            return

        async def close() -> None:
            async with device.lock:
                await session.close()

        task = asyncio.get_running_loop().create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _tell_doubts(self) -> None:
        for doubt in find_doubts(self.loaded.oncall):
            logger.warning("%s: %s", self.loaded.oncall_file, doubt)

    def _note(self, kind: EventKind, text: str, lines: Sequence[str] = ()) -> None:
        data = {"lines": list(lines)} if lines else {}
        event = Event(at=self._clock.now(), kind=kind, text=text, data=data)
        self._writer.submit(lambda connection: append_event(connection, event))
