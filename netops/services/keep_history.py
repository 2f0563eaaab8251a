"""Keep the history in order: roll up hours, pack days, let go of what is old; a device at a time.

Reading and packing run in a thread beside the polls, and only the finished rows go through the one writer: a
poll's write waits for some milliseconds at most.
"""

import asyncio
import logging
import time
from datetime import datetime

from sqlalchemy import Connection, Engine

from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.history import HistoryKind
from netops.settings.history import HistorySettings
from netops.store.engine import read
from netops.store.history.partitions import keep_partitions
from netops.store.history.upkeep import (
    PackedDay,
    Retention,
    Step,
    clear_days,
    list_due_days,
    order_by_polls,
    pack_day,
    purge_device,
    roll_up_due,
)
from netops.store.history.write import to_milliseconds
from netops.store.queries.devices import list_devices
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

CLEARED_TOGETHER = 16
"""Days of devices whose polls are cleared away together: they lie side by side."""


def retention_of(settings: HistorySettings) -> Retention:
    """Give how long each class is kept, in the history's own unit."""
    ages = (settings.raw, settings.polls, settings.hours, settings.days)
    return Retention(*(round(age.total_seconds() * 1000) for age in ages))


class KeepHistory:
    """The use case; ``run`` is called every few minutes and does what is due."""

    def __init__(self, engine: Engine, writer: Writer, settings: HistorySettings, clock: Clock) -> None:
        self.packed_days = 0
        self.failures = 0
        self.seconds = 0.0
        """How long the latest run took."""
        self.longest_write_seconds = 0.0
        """The longest that one of its transactions held the writer since the start."""
        self._engine = engine
        self._writer = writer
        self._retention = retention_of(settings)
        self._clock = clock
        self._purged_on = ""

    async def run(self) -> None:
        """Do what is due for every device. A device that fails is logged and counted, and the others go on."""
        begun, now = self._clock.monotonic(), self._clock.now()
        try:
            await asyncio.to_thread(keep_partitions, self._engine, to_milliseconds(now))
            devices = await asyncio.to_thread(self._list_devices)
        except NetopsError as error:
            self._fail("history", error)
            return
        with_purge = self._purged_on != (today := now.date().isoformat())
        packed: list[PackedDay] = []
        for device_id, name in devices:
            try:
                await self._keep(device_id, now, packed, with_purge=with_purge)
            except NetopsError as error:
                self._fail(name, error)
            if len(packed) >= CLEARED_TOGETHER:
                await self._clear(packed)
        await self._clear(packed)
        self._purged_on = today
        self.seconds = self._clock.monotonic() - begun

    async def _keep(
        self, device_id: int, now: datetime, packed: list[PackedDay], *, with_purge: bool
    ) -> None:
        """Keep one device's history in order; days that are packed join ``packed``, their polls to be cleared."""
        at = to_milliseconds(now)
        for kind in HistoryKind:
            rolled = await asyncio.to_thread(self._roll_up, device_id, kind, at)
            if rolled is not None:
                await self._write(rolled)
            for day in await asyncio.to_thread(self._list_due, device_id, kind, at - self._retention.raw):
                one = await asyncio.to_thread(self._pack, device_id, kind, day)
                await self._write(one.put)
                one.release()
                packed.append(one)
                self.packed_days += 1
        if with_purge:
            await self._write(lambda connection: purge_device(connection, device_id, at, self._retention))

    async def _clear(self, packed: list[PackedDay]) -> None:
        """Clear the polls of packed days away. What is not cleared now is cleared the next time."""
        steps = clear_days(tuple(packed))
        packed.clear()
        try:
            for step in steps:
                await self._write(step)
        except NetopsError as error:
            self._fail("history", error)

    async def _write(self, step: Step) -> None:
        """Hand a transaction to the writer.

        Raises:
            StoreError: It was refused, or failed by its own fault.
        """

        def timed(connection: Connection) -> None:
            begun = time.monotonic()
            step(connection)
            self.longest_write_seconds = max(self.longest_write_seconds, time.monotonic() - begun)

        await self._writer.submit_and_wait(timed)

    def _fail(self, name: str, error: NetopsError) -> None:
        self.failures += 1
        logger.error("%s: its history could not be kept in order, and is tried again: %s", name, error)

    # --- in a thread

    def _list_devices(self) -> list[tuple[int, str]]:
        with read(self._engine) as connection:
            places = {device_id: place for place, device_id in enumerate(order_by_polls(connection))}
            devices = [(device.id or 0, device.name) for device in list_devices(connection)]
            return sorted(devices, key=lambda device: places[device[0]])

    def _roll_up(self, device_id: int, kind: HistoryKind, now: int) -> Step | None:
        with read(self._engine) as connection:
            return roll_up_due(connection, device_id, kind, now)

    def _list_due(self, device_id: int, kind: HistoryKind, before: int) -> list[int]:
        with read(self._engine) as connection:
            return list_due_days(connection, device_id, kind, before)

    def _pack(self, device_id: int, kind: HistoryKind, day: int) -> PackedDay:
        with read(self._engine) as connection:
            return pack_day(connection, device_id, kind, day)
