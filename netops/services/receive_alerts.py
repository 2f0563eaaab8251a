"""Receive alerts of another Prometheus, as Alertmanager does: they go the way of our own from there on.

Alertmanager calls an alert over when its sender falls silent. Here it is held then, marked as without data, for a
sender that died tells nothing good of what it watched; only after HELD_FOR is it let go.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import nan

from sqlalchemy import Connection, Engine

from netops.alerting.alerts import FOREIGN_FILE, AlertInstance, AlertState
from netops.alerting.labels import Labels
from netops.alerting.lifecycle import make_fingerprint
from netops.clock import Clock
from netops.model.alert import ForeignAlert
from netops.store.engine import read
from netops.store.queries.foreign_alerts import (
    delete_foreign_alerts,
    list_foreign_alerts,
    store_foreign_alerts,
)
from netops.store.writer import Writer

FOREIGN_GROUP = "received"
RESOLVE_AFTER = timedelta(minutes=5)
"""How long an alert fires whose sender names no end; Alertmanager's resolve_timeout."""
HELD_FOR = timedelta(hours=1)
"""How long an alert is held after its sender fell silent."""
_KEPT_AFTER = timedelta(minutes=15)
"""So long one that is over is kept: senders repeat that."""


@dataclass(frozen=True, slots=True)
class PostedAlert:
    """One alert as it was posted."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class ReceiveAlerts:
    """The use case. All of it belongs to one event loop."""

    def __init__(self, engine: Engine, writer: Writer, clock: Clock) -> None:
        self.received = 0
        self.on_change: Callable[[], None] = lambda: None
        """Hears that one began or ended."""
        self.is_seen: Callable[[str, datetime], bool] = lambda _fingerprint, _starts_at: True
        """Whether an evaluation has seen an episode fire, and its beginning is stored."""
        self.see: Callable[[], Awaitable[None]] = _see_nothing
        """Evaluates now."""
        self._alerts: dict[str, ForeignAlert] = {}
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Take over what was kept before the restart."""

        def load() -> list[ForeignAlert]:
            with read(self._engine) as connection:
                return list_foreign_alerts(connection)

        self._alerts = {alert.fingerprint: alert for alert in await asyncio.to_thread(load)}

    async def receive(self, posted: Sequence[PostedAlert]) -> None:
        """Keep alerts; only when that is done may their sender be told so.

        Raises:
            StoreError: The database takes no writes; the sender should try again.
        """
        async with self._turn:
            if self._ends_unseen(posted):
                # Else an alert that ends before any evaluation saw it would never have been.
                await self.see()
            now = self._clock.now()
            told = [_merge(self._alerts.get(name), one, now) for name, one in _by_fingerprint(posted).items()]
            old = [name for name, alert in self._alerts.items() if is_forgotten(alert, now)]

            def store(connection: Connection) -> None:
                store_foreign_alerts(connection, told)
                delete_foreign_alerts(connection, old)

            await self._writer.submit_and_wait(store)
            is_news = any(_is_news(self._alerts.get(alert.fingerprint), alert) for alert in told)
            kept = {name: alert for name, alert in self._alerts.items() if name not in old}
            self._alerts = kept | {alert.fingerprint: alert for alert in told}
            self.received += len(posted)
        if is_news:
            self.on_change()

    def _ends_unseen(self, posted: Sequence[PostedAlert]) -> bool:
        now = self._clock.now()
        for name, one in _by_fingerprint(posted).items():
            known = self._alerts.get(name)
            is_end = one.ends_at is not None and one.ends_at <= now
            if is_end and known is not None and not known.is_over and not self.is_seen(name, known.starts_at):
                return True
        return False

    def list_firing(self, now: datetime) -> list[AlertInstance]:
        """Give the alerts that fire as far as their senders tell, or that are held."""
        return [
            AlertInstance(
                FOREIGN_FILE,
                FOREIGN_GROUP,
                alert.labels.get("alertname", ""),
                Labels(alert.labels),
                alert.annotations,
                nan,
                AlertState.FIRING,
                alert.starts_at,
                alert.starts_at,
                is_held=now >= alert.ends_at,
            )
            for alert in list(self._alerts.values())
            if not alert.is_over and now < alert.ends_at + HELD_FOR
        ]

    def why_gone(self, fingerprint: str) -> str:
        """Say why one is over: its sender said so, or has been silent for too long."""
        alert = self._alerts.get(fingerprint)
        return "read" if alert is not None and alert.is_over else "sender_silent"


async def _see_nothing() -> None:
    """Stand in until somebody evaluates."""


def is_forgotten(alert: ForeignAlert, now: datetime) -> bool:
    """Say whether nothing is to be told of one any longer."""
    if alert.is_over:
        return now - alert.told_at >= _KEPT_AFTER
    return now >= alert.ends_at + HELD_FOR + _KEPT_AFTER


def _by_fingerprint(posted: Sequence[PostedAlert]) -> dict[str, PostedAlert]:
    return {make_fingerprint(one.labels): one for one in posted}


def _merge(known: ForeignAlert | None, posted: PostedAlert, now: datetime) -> ForeignAlert:
    """Give an alert as it is after its sender told of it."""
    is_over = posted.ends_at is not None and posted.ends_at <= now
    starts_at = min(posted.starts_at or now, now)
    if known is not None and (not known.is_over or is_over) and not is_forgotten(known, now):
        # A sender that was restarted may count from its own start; the alert did not begin anew.
        starts_at = known.starts_at
    return ForeignAlert(
        fingerprint=make_fingerprint(posted.labels),
        labels=dict(posted.labels),
        annotations=dict(posted.annotations),
        starts_at=starts_at,
        ends_at=posted.ends_at or now + RESOLVE_AFTER,
        told_at=now,
        is_over=is_over,
    )


def _is_news(before: ForeignAlert | None, after: ForeignAlert) -> bool:
    return (before is None or before.is_over) != after.is_over
