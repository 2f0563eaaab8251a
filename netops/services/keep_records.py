"""Let go of records that are older than the settings keep them; without an age nothing ever goes."""

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from netops.clock import Clock
from netops.errors import NetopsError
from netops.settings.retention import RetentionSettings
from netops.store.queries.events import delete_events
from netops.store.queries.inventory import delete_missing_items
from netops.store.queries.old_alerts import delete_alert_events, delete_alerts, delete_deliveries
from netops.store.writer import Writer, ask

logger = logging.getLogger(__name__)

_Delete = Callable[[Connection, datetime, int], int]
EVENTS_AT_ONCE = 5_000
"""So many in one transaction: the polls' writes must not wait long."""


class KeepRecords:
    """The use case; ``run`` is called every hour or so."""

    def __init__(self, writer: Writer, settings: RetentionSettings, clock: Clock) -> None:
        self.settings = settings
        self._writer = writer
        self._clock = clock

    async def run(self) -> None:
        """Delete what is too old."""
        now, ages = self._clock.now(), self.settings
        try:
            if ages.missing is not None:
                await self._drop_missing(now - ages.missing)
            if ages.events is not None:
                await self._drop_all(delete_events, now - ages.events, "events")
            if ages.deliveries is not None:
                await self._drop_all(delete_deliveries, now - ages.deliveries, "messages")
            if ages.alerts is not None:
                await self._drop_all(delete_alerts, now - ages.alerts, "alerts")
                await self._drop_all(delete_alert_events, now - ages.alerts, "events of alerts")
        except NetopsError as error:
            logger.error("old records could not be deleted, and are tried again: %s", error)

    async def _drop_missing(self, before: datetime) -> None:
        _note(await self._count(lambda connection: delete_missing_items(connection, before)), "missing items")

    async def _drop_all(self, delete: _Delete, before: datetime, what: str) -> None:
        """Delete in small portions until nothing of it is older."""
        count = EVENTS_AT_ONCE
        while count == EVENTS_AT_ONCE:
            count = await self._count(lambda connection: delete(connection, before, EVENTS_AT_ONCE))
            _note(count, what)

    async def _count(self, delete: Callable[[Connection], int]) -> int:
        """Delete through the one writer, and give how many went."""
        return await ask(self._writer.submit_and_wait, delete)


def _note(count: int, what: str) -> None:
    if count:
        logger.info("%d %s were older than the settings keep them", count, what)
