"""Tell people: what is to be told becomes messages in the outbox, and what nobody acknowledges goes on to the next."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from netops.alerting.known_alert import KnownAlert
from netops.clock import Clock
from netops.errors import NetopsError
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus
from netops.model.delivery import AlertGroup, DeliveryStatus, Notice
from netops.model.message import ToldBecause
from netops.services.telling import decide_telling
from netops.services.told_values import (
    Before,
    Earlier,
    GroupState,
    Heard,
    OnCall,
    Pending,
    Recipient,
    Telling,
)
from netops.store.engine import read
from netops.store.queries.alert_groups import list_groups, store_groups
from netops.store.queries.alerts import append_alert_events, list_active_alerts, list_episodes
from netops.store.queries.deliveries import insert_delivery, list_told_to_groups, list_who_was_told
from netops.store.queries.notices import delete_notices, list_notices
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

_NEVER_CAME = frozenset({DeliveryStatus.FAILED, DeliveryStatus.OBSOLETE})


@dataclass(frozen=True, slots=True)
class _Stored:
    pending: list[Pending]
    lost: list[int]
    """Ids of notices whose alert is no longer kept."""
    firing: list[KnownAlert]
    before: Before


class TellPeople:
    """The use case; ``tick`` is called every second, and at once when something is to be told."""

    def __init__(
        self,
        *,
        engine: Engine,
        writer: Writer,
        clock: Clock,
        on_call: OnCall | None,
        on_delivery: Callable[[], None],
    ) -> None:
        self.messages: Counter[str] = Counter()
        """Messages put into the outbox, by policy."""
        self.steps_empty = 0
        self.untold = 0
        """How often nobody at all was found."""
        self.unrouted = 0
        self.waiting = 0
        """What is still to be told."""
        self._engine = engine
        self._writer = writer
        self._clock = clock
        self._on_call = on_call
        self._on_delivery = on_delivery
        self._has_news = True
        self._next_at: datetime | None = None
        self._decided_at: datetime | None = None
        self._turn = asyncio.Lock()
        self._reported: set[tuple[str, int, str]] = set()
        self._without_anybody: set[str] = set()
        """Policies that no step of found anybody the last time."""

    def on_notices(self) -> None:
        """Hear that something is to be told."""
        self._has_news = True

    def change_on_call(self, on_call: OnCall | None) -> None:
        """Ask these settings from now on; None as long as they are not known: all that is to be told waits."""
        self._on_call = on_call
        self._reported.clear()
        self._without_anybody.clear()
        self._has_news = True

    async def tick(self) -> None:
        """Put into the outbox what is due."""
        async with self._turn:
            on_call, now = self._on_call, self._clock.now()
            if on_call is None or not self._is_due(now):
                return
            self._has_news, self._decided_at = False, now
            try:
                stored = await asyncio.to_thread(self._read)
                telling = await asyncio.to_thread(
                    decide_telling, stored.pending, stored.firing, stored.before, on_call, now
                )
                events = self._word_gaps(telling, now)
                await self._writer.submit_and_wait(
                    lambda connection: _store(connection, telling, events, stored.lost, now)
                )
            except NetopsError as error:
                self._has_news = True
                logger.error("what is to be told waits, and is tried again: %s", error)
                return
            except BaseException:
                self._has_news = True  # whatever it was, nothing of it has been told
                raise
            self._next_at = telling.next_at
            self.waiting = len(stored.pending) - len(telling.handled)
            self._note(telling)

    def _is_due(self, now: datetime) -> bool:
        """Say whether there is something to decide; a clock that was set back may have moved everything."""
        was_set_back = self._decided_at is not None and now < self._decided_at
        return self._has_news or was_set_back or (self._next_at is not None and now >= self._next_at)

    def _read(self) -> _Stored:
        with read(self._engine) as connection:
            notices = list_notices(connection)
            groups = {group.key: _as_state(group) for group in list_groups(connection)}
            alerts = list_episodes(connection, [(one.fingerprint, one.active_at) for one in notices])
            active = list_active_alerts(connection).values()
            over = [one for one in notices if one.because is ToldBecause.RESOLVED]
            told = _list_earlier(connection, over)
            heard = _list_heard(connection, notices)
        pending, lost = _join(notices, alerts)
        firing = [alert for alert in active if alert.status is AlertStatus.FIRING]
        return _Stored(pending, lost, firing, Before(groups, told, heard))

    def _word_gaps(self, telling: Telling, now: datetime) -> list[AlertEvent]:
        """Give the record of steps that found nobody, each once until the settings change or somebody is found."""
        events = [
            AlertEvent(
                at=now, kind=AlertEventKind.STEP_EMPTY, text=reason, data={"policy": policy, "step": step}
            )
            for policy, step, reason in telling.nobody
            if (policy, step, reason) not in self._reported
        ]
        return events + [
            AlertEvent(at=now, kind=AlertEventKind.UNTOLD, data={"policy": policy})
            for policy in dict.fromkeys(telling.untold)
            if policy not in self._without_anybody
        ]

    def _note(self, telling: Telling) -> None:
        found = {delivery.policy for delivery in telling.deliveries}
        for delivery in telling.deliveries:
            self.messages[delivery.policy] += 1
        self.steps_empty += len(telling.nobody)
        self.untold += len(telling.untold)
        self.unrouted += telling.unrouted
        for policy, step, reason in telling.nobody:
            if (policy, step, reason) not in self._reported:
                logger.error("on call: step %d of policy %s: %s", step, policy, reason)
        for policy in telling.untold:
            if policy not in self._without_anybody:
                logger.error("on call: no step of policy %s finds anybody; it is tried again", policy)
        self._reported |= set(telling.nobody)
        self._without_anybody = (self._without_anybody - found) | set(telling.untold)
        if telling.deliveries:
            self._on_delivery()


def _join(
    notices: Iterable[Notice], alerts: Mapping[tuple[str, datetime], KnownAlert]
) -> tuple[list[Pending], list[int]]:
    pending, lost = [], []
    for notice in notices:
        alert = alerts.get((notice.fingerprint, notice.active_at))
        if alert is None:
            lost.append(notice.id or 0)
        else:
            pending.append(Pending(notice.id or 0, notice.at, notice.because, notice.told_since, alert))
    return pending, lost


def _list_heard(connection: Connection, notices: Sequence[Notice]) -> dict[Heard, datetime]:
    """Give what groups were told since the oldest notice of what is still to be told."""
    since = min((notice.at for notice in notices), default=None)
    if since is None:
        return {}
    found: dict[Heard, datetime] = {}
    fingerprints = sorted({notice.fingerprint for notice in notices})
    for key, at, told in list_told_to_groups(connection, fingerprints, since):
        found[Heard(key, told.fingerprint, told.active_at, told.because)] = at
    return found


def _list_earlier(connection: Connection, over: Sequence[Notice]) -> dict[str, list[Earlier]]:
    """Give who was told that alerts fire which are over now; a way that failed leads to nobody."""
    found: dict[str, list[Earlier]] = {}
    fingerprints = sorted({notice.fingerprint for notice in over})
    since = min((notice.told_since for notice in over), default=None)
    for fingerprint, pairs in list_who_was_told(connection, fingerprints, since).items():
        for delivery, told in pairs:
            if told.because is ToldBecause.RESOLVED or delivery.status in _NEVER_CAME:
                continue
            is_waiting = delivery.status is DeliveryStatus.WAITING and delivery.attempts == 0
            recipient = Recipient(
                delivery.channel,
                delivery.address,
                delivery.person,
                tuple((way[0], way[1]) for way in delivery.fallbacks),
                # What is put off to the end of quiet hours is over in the same message.
                delivery.next_at if is_waiting and delivery.next_at > delivery.created_at else None,
            )
            found.setdefault(fingerprint, []).append(Earlier(recipient, told.active_at))
    return found


def _as_state(group: AlertGroup) -> GroupState:
    return GroupState(**group.model_dump())


def _store(
    connection: Connection, telling: Telling, events: list[AlertEvent], lost: list[int], now: datetime
) -> None:
    for delivery in telling.deliveries:
        insert_delivery(connection, delivery, now)
    groups = {
        key: None
        if group is None
        else AlertGroup(
            key=group.key,
            policy=group.policy,
            step=group.step,
            round=group.round,
            told_at=group.told_at,
            told_severity=group.told_severity,
            next_at=group.next_at,
        )
        for key, group in telling.groups.items()
    }
    store_groups(connection, groups)
    delete_notices(connection, [*telling.handled, *lost])
    append_alert_events(connection, events)
