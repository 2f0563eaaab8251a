"""The composition root: builds every part, wires them, starts and stops them; the only place that knows all.

Order of start: database, schema, writer, table of devices, HTTP, and only then polls and nights; it stops the other
way round, the writer last, so that what was read is written.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from netops import __version__
from netops.alert_wiring import AlertWiring
from netops.announcement import PollTeller, word_places
from netops.backup_wiring import BackupWiring
from netops.change_watch import receive_syslog
from netops.clock import Clock, SystemClock
from netops.collectors import Pinger, ServiceChecker
from netops.delivery_wiring import DeliveryWiring
from netops.errors import StoreError
from netops.event_wiring import EventWiring
from netops.exporter.app import SdTarget, create_exporter
from netops.exporter.exposition import Exposition
from netops.exporter.feed import Feed
from netops.history_parts import keep_history, write_remotely
from netops.i18n import _
from netops.model.notification import Notification
from netops.outside_wiring import OutsideWiring
from netops.part_numbers import follow_parts, follow_receiver
from netops.profiles.loader import Profiles, load_profiles
from netops.scheduler import PollScheduler
from netops.services.fleet import Fleet
from netops.services.keep_poll import StoreKeeper
from netops.services.keep_records import KeepRecords
from netops.services.poll_device import PollDevice, PollOutcome
from netops.services.receive_event import ReceiveEvent
from netops.services.run_fleet import RunFleet
from netops.settings.errors import Problem
from netops.settings.loader import LoadedSettings
from netops.snmp.exchange import SnmpEngine
from netops.snmp.names import Names
from netops.snmp.notifications import NotificationReceiver
from netops.store.engine import open_engine
from netops.store.lock import hold_database
from netops.store.schema import upgrade
from netops.store.writer import Writer
from netops.telemetry import Telemetry
from netops.web.app import create_app
from netops.web.control import create_control_app
from netops.web.server import listen, listen_unix, serving

logger = logging.getLogger(__name__)

_RECORDS_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was built, for those who wire it further."""

    engine: SnmpEngine
    writer: Writer
    telemetry: Telemetry
    feed: Feed
    fleet: Fleet
    scheduler: PollScheduler
    controls: RunFleet
    alerts: AlertWiring
    events: EventWiring
    deliveries: DeliveryWiring
    outside: OutsideWiring
    backups: BackupWiring
    poll_listeners: list[Callable[[PollOutcome], None]]


class Daemon:
    """netops as one process.

    Args:
        loaded: The settings, as loaded and checked.
        announce: Takes the lines that say where to look, once everything runs.
        clock: For a test to wind.
    """

    def __init__(
        self, loaded: LoadedSettings, *, announce: Callable[[str], None], clock: Clock | None = None
    ) -> None:
        self._announce = announce
        self._clock = clock or SystemClock()
        self._loaded = loaded
        self._stop = asyncio.Event()
        self._is_ready = False
        self._started_at = self._clock.now()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises:
            NetopsError: Something needed at the start is not to be had: database, port, socket.
        """
        settings = self._loaded.settings
        async with AsyncExitStack() as stack:
            store = await asyncio.to_thread(open_engine, settings.storage.url.get_secret_value())
            stack.callback(store.dispose)
            stack.enter_context(hold_database(store))
            result = await asyncio.to_thread(upgrade, store, settings.storage.backups)
            if result.note:
                logger.warning("%s", result.note)
            web_socket = stack.enter_context(listen(settings.web.host, settings.web.port))
            control_socket = stack.enter_context(listen_unix(settings.control_socket))
            writer = await stack.enter_async_context(
                _writing(store, settings.storage.queue_limit, self._clock)
            )
            engine = await stack.enter_async_context(_asking(self._clock))
            parts = self._build(stack, store, writer, engine)
            receiving = await self._receive(stack, parts.fleet, writer)
            follow_parts(
                parts.telemetry,
                engine=parts.engine,
                writer=parts.writer,
                scheduler=parts.scheduler,
                fleet=parts.fleet,
            )
            if receiving:
                follow_receiver(parts.telemetry, *receiving)
            syslog = await receive_syslog(
                settings.syslog, stack, fleet=parts.fleet, telemetry=parts.telemetry, clock=self._clock
            )
            if syslog:
                parts.poll_listeners.append(syslog.senders.on_poll)
            await self._open_doors(stack, parts, web_socket, control_socket)
            self._watch_signals(stack, parts.controls, parts.telemetry)
            await parts.controls.start()
            await parts.deliveries.prepare()
            await parts.alerts.start(parts.scheduler)
            stack.push_async_callback(parts.alerts.stop)
            parts.events.listen(
                parts.scheduler,
                stack,
                notifications=receiving[1] if receiving else None,
                syslog=syslog.service if syslog else None,
            )
            await parts.deliveries.start(parts.scheduler)
            stack.push_async_callback(parts.deliveries.stop)
            parts.outside.start(parts.scheduler)
            stack.push_async_callback(parts.outside.stop)
            parts.telemetry.settings_reloaded(successful=True, at_seconds=self._clock.now().timestamp())
            self._keep_history(stack, store, parts)
            notifications = receiving[1] if receiving else None
            await parts.backups.start(self._loaded, stack, syslog=syslog, notifications=notifications)
            parts.scheduler.start()
            stack.callback(parts.scheduler.stop)
            self._is_ready = True
            receiver = receiving[0] if receiving else None
            for line in word_places(
                web_socket.getsockname(),
                count=len(parts.fleet.devices),
                config=self._loaded.config_file,
                receivers=receiver.addresses if receiver else (),
                syslog=syslog.receiver.addresses if syslog else (),
            ):
                self._announce(line)
            await self._stop.wait()
            self._is_ready = False
            logger.info("stopping")
            parts.controls.stop()

    def _build(self, stack: AsyncExitStack, store: Engine, writer: Writer, engine: SnmpEngine) -> _Parts:
        """Build what polls and what hears of polls, and wire them; nothing runs yet."""
        settings = self._loaded.settings
        telemetry = Telemetry(__version__)
        exposition = Exposition(by_device=not settings.exporter.devices_in_metrics)
        feed = Feed(exposition, timestamps=settings.exporter.timestamps)
        wanted = settings.polling
        fleet = Fleet(concurrency=wanted.concurrency, per_site=wanted.per_site_concurrency)
        pinger = Pinger() if wanted.icmp else None
        if pinger:
            stack.callback(pinger.close)
        checker = ServiceChecker()
        stack.callback(checker.close)
        alerts = AlertWiring(
            self._loaded, fleet=fleet, engine=store, writer=writer, telemetry=telemetry, clock=self._clock
        )
        deliveries = DeliveryWiring(
            self._loaded,
            alerts,
            engine=store,
            writer=writer,
            telemetry=telemetry,
            clock=self._clock,
            list_devices=lambda: {name: device.settings for name, device in fleet.devices.items()},
        )
        outside = OutsideWiring(self._loaded, alerts, writer=writer, telemetry=telemetry, clock=self._clock)
        listeners: list[Callable[[PollOutcome], None]] = [PollTeller(feed, telemetry, alerts).tell]
        polling = PollDevice(
            fleet=fleet,
            engine=engine,
            pinger=pinger,
            clock=self._clock,
            keeper=StoreKeeper(store, writer, keep_history=settings.history.enabled),
            periods=wanted.periods.model_dump(),
            profiles=_load_profiles(self._loaded),
            checker=checker,
            listeners=listeners,
        )
        scheduler = PollScheduler(_ignoring_outcome(polling), self._clock)
        events = EventWiring(
            self._loaded,
            alerts.events,
            polling,
            fleet=fleet,
            writer=writer,
            telemetry=telemetry,
            clock=self._clock,
        )
        records = KeepRecords(writer, settings.retention, self._clock)
        scheduler.repeat("old records", _RECORDS_INTERVAL, records.run)

        backups = BackupWiring(
            store=store, writer=writer, scheduler=scheduler, telemetry=telemetry, clock=self._clock
        )

        def on_settings(loaded: LoadedSettings) -> None:
            records.settings = loaded.settings.retention
            polling.periods = loaded.settings.polling.periods.model_dump()
            polling.profiles = _load_profiles(loaded, polling.profiles)
            feed.set_timestamps(timestamps=loaded.settings.exporter.timestamps)
            backups.on_settings(loaded)
            alerts.on_settings(loaded)
            events.on_settings(loaded)
            deliveries.on_settings(loaded)
            outside.on_settings(loaded)
            telemetry.settings_reloaded(successful=True, at_seconds=self._clock.now().timestamp())

        def on_gone(name: str) -> None:
            feed.remove(name)
            alerts.on_gone(name)

        controls = RunFleet(
            self._loaded,
            fleet=fleet,
            polling=polling,
            engine=store,
            writer=writer,
            schedule=scheduler,
            clock=self._clock,
            on_gone=on_gone,
            on_settings=on_settings,
            describe=lambda: self._describe(fleet, writer),
        )
        listeners.append(controls.on_poll)
        return _Parts(
            engine,
            writer,
            telemetry,
            feed,
            fleet,
            scheduler,
            controls,
            alerts,
            events,
            deliveries,
            outside,
            backups,
            listeners,
        )

    async def _open_doors(
        self, stack: AsyncExitStack, parts: _Parts, web_socket: socket.socket, control_socket: socket.socket
    ) -> None:
        exporter = create_exporter(
            parts.feed.exposition,
            parts.telemetry,
            lambda: _targets(parts.fleet),
            is_ready=lambda: self._is_ready,
        )
        await stack.enter_async_context(
            serving(create_app(exporter, *parts.deliveries.routers, *parts.outside.routers), web_socket)
        )
        control = create_control_app(parts.controls, parts.alerts.desk)
        await stack.enter_async_context(serving(control, control_socket))

    async def _receive(
        self, stack: AsyncExitStack, fleet: Fleet, writer: Writer
    ) -> tuple[NotificationReceiver, ReceiveEvent] | None:
        settings = self._loaded.settings
        wanted = settings.notifications
        if not wanted.enabled:
            return None
        service = ReceiveEvent(fleet=fleet, writer=writer, names=Names())
        credentials = {name: settings.credential(name) for name in (*wanted.communities, *wanted.users)}
        receiver = NotificationReceiver(
            wanted.endpoints,
            credentials,
            lambda notification: _keep(service, notification),
            clock=self._clock,
        )
        await receiver.start()
        stack.push_async_callback(receiver.stop)
        return receiver, service

    def _keep_history(self, stack: AsyncExitStack, store: Engine, parts: _Parts) -> None:
        settings, telemetry, clock = self._loaded.settings.history, parts.telemetry, self._clock
        write_remotely(settings.remote_write, stack, parts.feed, telemetry, clock)
        keep_history(settings, store, parts.writer, parts.scheduler, telemetry, clock)

    def _watch_signals(self, stack: AsyncExitStack, controls: RunFleet, telemetry: Telemetry) -> None:
        loop = asyncio.get_running_loop()
        reloads: set[asyncio.Task[None]] = set()

        async def reload() -> None:
            before = controls.loaded
            await controls.reload()
            if controls.loaded is before:
                telemetry.settings_reloaded(successful=False, at_seconds=0)

        def on_hangup() -> None:
            task = loop.create_task(reload())
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
            stack.callback(loop.remove_signal_handler, number)
        loop.add_signal_handler(signal.SIGHUP, on_hangup)
        stack.callback(loop.remove_signal_handler, signal.SIGHUP)

    def _describe(self, fleet: Fleet, writer: Writer) -> dict[str, Any]:
        return {
            "version": __version__,
            "process_id": os.getpid(),
            "started_at": self._started_at.isoformat(timespec="seconds"),
            "devices": len(fleet.devices),
            "writer": {
                "healthy": writer.healthy,
                "last_error": writer.last_error,
                "queue_depth": writer.queue_depth,
                "oldest_waiting_seconds": round(writer.oldest_waiting_seconds, 3),
            },
        }


def _load_profiles(loaded: LoadedSettings, before: Profiles | None = None) -> Profiles:
    """Load what is known of devices; a broken profile of the operator's leaves its last good reading in force."""
    problems: list[Problem] = []
    profiles = load_profiles(loaded.profiles_folder, problems, before=before)
    for problem in problems:
        logger.error("profile refused: %s", problem)
    if before is not None and profiles is not before:
        logger.info("profiles read again: %s", ", ".join(sorted(profiles.users)) or "none of your own")
    return profiles


def _ignoring_outcome(polling: PollDevice) -> Callable[[str, float], Any]:
    async def poll(name: str, lag_seconds: float) -> None:
        await polling.poll(name, lag_seconds)

    return poll


def _keep(service: ReceiveEvent, notification: Notification) -> None:
    """An inform that could not be kept must not be acknowledged: its sender then repeats it.

    Raises:
        StoreError: The queue of writes is full.
    """
    if not service.receive(notification):
        raise StoreError(_("too many writes wait for the database; this one was refused"))


def _targets(fleet: Fleet) -> Iterator[SdTarget]:
    for device in fleet.devices.values():
        settings = device.settings
        yield SdTarget(
            name=device.name,
            address=settings.address or "",
            site=settings.site,
            vendor=device.identity.get("vendor", ""),
            model=device.identity.get("model", ""),
            os=device.identity.get("os", ""),
            tags=settings.tags,
        )


# --- parts that must be given back


@asynccontextmanager
async def _writing(store: Engine, queue_limit: int, clock: Clock) -> AsyncIterator[Writer]:
    writer = Writer(store, queue_limit=queue_limit, clock=clock)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


@asynccontextmanager
async def _asking(clock: Clock) -> AsyncIterator[SnmpEngine]:
    engine = SnmpEngine(clock)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()
