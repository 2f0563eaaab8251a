"""Decides whom to tell of what: from what is to be told, who is on call and who was told before, to messages. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from netops.alerting.known_alert import KnownAlert
from netops.model.alert import AlertStatus
from netops.model.message import ToldBecause
from netops.model.severity import Severity
from netops.services.told_values import (
    Before,
    GroupState,
    Heard,
    OnCall,
    Pending,
    Recipient,
    Route,
    Telling,
)
from netops.store.queries.deliveries import NewDelivery, Told

TRY_AGAIN = timedelta(minutes=1)
"""After which an escalation is tried anew that found nobody at all."""


def decide_telling(
    pending: Sequence[Pending],
    firing: Iterable[KnownAlert],
    before: Before,
    on_call: OnCall,
    now: datetime,
) -> Telling:
    """Decide who is told of what now, and whose turn it is where nobody has acknowledged.

    Args:
        pending: All that is to be told, the oldest first.
        firing: Every alert that fires.
        before: Groups and earlier messages.
        on_call: Who is on call.
        now: The present instant.
    """
    decision = _Decision(before, on_call, now)
    decision.sort(pending, firing)
    for key in sorted(decision.waiting):
        decision.tell_group(key)
    for key in sorted(decision.groups):
        decision.escalate(key)
    decision.adopt()
    return decision.finish()


@dataclass(slots=True)
class _Piece:
    """What one address is told of one group."""

    policy: str
    step: int
    fallbacks: tuple[tuple[str, str], ...]
    told: list[Told] = field(default_factory=list)


class _Decision:
    """One decision while it is made."""

    def __init__(self, before: Before, on_call: OnCall, now: datetime) -> None:
        self.out = Telling()
        self.groups: dict[str, GroupState] = dict(before.groups)
        self.waiting: dict[str, list[Pending]] = defaultdict(list)
        self._open: dict[str, list[KnownAlert]] = defaultdict(list)
        self._fires: set[str] = set()
        self._routes: dict[str, Route] = {}
        self._pieces: dict[tuple[str, Recipient], _Piece] = {}
        self._before = before
        self._on_call = on_call
        self._now = now
        self._next: list[datetime] = []
        self._left: dict[int, int] = {}
        """How many groups each notice is still to be told to."""
        self._over: set[tuple[str, datetime, Recipient]] = set()
        for group in before.groups.values():
            if group.told_at > now:
                self._rebase(group)

    def _rebase(self, group: GroupState) -> None:
        """Let a clock that was set back hold up nothing: what was to come in ten minutes comes in ten minutes."""
        next_at = group.next_at and self._now + max(group.next_at - group.told_at, timedelta(0))
        after = replace(group, told_at=self._now, next_at=next_at)
        self.groups[group.key] = self.out.groups[group.key] = after

    def sort(self, pending: Sequence[Pending], firing: Iterable[KnownAlert]) -> None:
        """Find the group of every alert."""
        for alert in firing:
            for route in self._on_call.list_routes(alert.labels):
                self._routes[route.key] = route
                self._fires.add(route.key)
                if not alert.is_muted and not alert.is_flapping and alert.acknowledgement is None:
                    self._open[route.key].append(alert)
        for notice in pending:
            routes = self._on_call.list_routes(notice.alert.labels)
            if _is_past(notice) or not routes:
                self.out.unrouted += not routes
                self.out.handled.append(notice.id)
                continue
            fresh = [route for route in routes if not self._has_heard(route.key, notice)]
            for route in fresh:
                self._routes[route.key] = route
                self.waiting[route.key].append(notice)
            self._left[notice.id] = len(fresh)
            if not fresh:
                self.out.handled.append(notice.id)

    def _has_heard(self, key: str, notice: Pending) -> bool:
        alert = notice.alert
        told_at = self._before.heard.get(Heard(key, alert.fingerprint, alert.active_at, notice.because))
        return told_at is not None and notice.at <= told_at <= self._now

    # --- what is new

    def tell_group(self, key: str) -> None:
        """Tell what waits of a group, when it is time."""
        notices, route, group = self.waiting[key], self._routes[key], self.groups.get(key)
        due_at = _decide_due(notices, route, group, self._now)
        if due_at > self._now:
            self._next.append(due_at)
            return
        for notice in notices:
            self._left[notice.id] -= 1
            if not self._left[notice.id]:
                self.out.handled.append(notice.id)
        news = [notice for notice in notices if notice.because is not ToldBecause.RESOLVED]
        over = [notice for notice in notices if notice.because is ToldBecause.RESOLVED]
        self._tell_over(route, over)
        if news:
            self._tell_news(route, group, [*news, *_ended_with(news, over)])
        elif group is not None:
            self._keep(replace(group, told_at=self._now))

    def _tell_news(self, route: Route, group: GroupState | None, news: Sequence[Pending]) -> None:
        severity = _gravest(notice.alert.severity for notice in news)
        told = [Told(one.alert.fingerprint, one.alert.active_at, one.because) for one in news]
        if group is None or group.policy != route.policy or group.next_at is None or not group.step:
            fresh = GroupState(route.key, route.policy, self._now, told_severity=severity)
            self._keep(self._climb(fresh, route, severity, told))
            return
        steps = [
            (step, self._on_call.find_step(route.policy, step, severity, self._now))
            for step in range(1, group.step + 1)
        ]
        told_severity = _gravest((severity, group.told_severity))
        if not any(found.recipients for _step, found in steps):
            # Nobody who was told so far may be told of this; it must not wait for the next step's time.
            self.out.nobody += [
                (route.policy, step, reason) for step, found in steps for reason in found.nobody
            ]
            self._keep(self._climb(replace(group, told_severity=told_severity), route, severity, told))
            return
        for step, found in steps:
            self._add(route, step, found.recipients, told)
        self._keep(replace(group, told_at=self._now, told_severity=told_severity))

    def _tell_over(self, route: Route, over: Sequence[Pending]) -> None:
        for notice in over:
            alert = notice.alert
            told = Told(alert.fingerprint, alert.active_at, ToldBecause.RESOLVED)
            for recipient, active_at in self._before.told.get(alert.fingerprint, ()):
                plain = replace(recipient, fallbacks=(), not_before=None)
                place = alert.fingerprint, alert.active_at, plain
                if active_at < notice.told_since or place in self._over:
                    continue
                self._over.add(place)  # on another route, too, everybody hears of it once
                if recipient.not_before is None and recipient.person:
                    end = self._on_call.find_quiet_end(recipient.person, alert.severity, self._now)
                    recipient = replace(recipient, not_before=end)  # noqa: PLW2901 - good news can wait
                self._add(route, 1, [recipient], [told])

    # --- whose turn it is

    def escalate(self, key: str) -> None:
        """Go on to the next step of a group that nobody has acknowledged in time, or let go of it."""
        group, route = self.groups[key], self._routes.get(key)
        if group.next_at is None and key not in self._fires and key not in self.waiting:
            self._drop(key)
            return
        is_due = group.next_at is not None and group.next_at <= self._now
        if not is_due or key in self.out.groups:
            if group.next_at is not None:
                self._next.append(group.next_at)
            return
        if route is None or key not in self._fires:
            self._drop(key)
            return
        alerts = self._open.get(key, [])
        if not alerts:
            self._keep(replace(group, next_at=None))
            return
        severity = _gravest(alert.severity for alert in alerts)
        told = [Told(one.fingerprint, one.active_at, ToldBecause.STILL_FIRES) for one in alerts]
        if group.policy != route.policy:
            group = GroupState(key, route.policy, self._now)
        self._keep(self._climb(replace(group, told_severity=severity), route, severity, told))

    def adopt(self) -> None:
        """Tell what fires and nobody was ever told of: routes came or changed while it did."""
        for key in sorted(self._open.keys() - self.groups.keys() - self.waiting.keys()):
            alerts, route = self._open[key], self._routes[key]
            severity = _gravest(alert.severity for alert in alerts)
            told = [Told(one.fingerprint, one.active_at, ToldBecause.STILL_FIRES) for one in alerts]
            fresh = GroupState(key, route.policy, self._now, told_severity=severity)
            self._keep(self._climb(fresh, route, severity, told))

    def _climb(self, group: GroupState, route: Route, severity: str, told: Sequence[Told]) -> GroupState:
        """Tell the next step that finds somebody. A spent policy begins anew when it is time for a reminder."""
        place = self._on_call.step_after(route.policy, group.step, group.round)
        if place is None and group.step:
            place = self._on_call.step_after(route.policy, 0, 1)
        tried: set[int] = set()
        while place is not None and place[0] not in tried:
            step, round_ = place
            tried.add(step)
            found = self._on_call.find_step(route.policy, step, severity, self._now)
            self.out.nobody += [(route.policy, step, reason) for reason in found.nobody]
            following = self._on_call.step_after(route.policy, step, round_)
            if found.recipients:
                self._add(route, step, found.recipients, told)
                wait = max(route.remind_every, found.wait) if following is None else found.wait
                return replace(group, step=step, round=round_, told_at=self._now, next_at=self._now + wait)
            group, place = replace(group, step=step, round=round_), following
        if tried and 1 not in tried:
            # The rest of the policy finds nobody, but somebody was told before: it is spent.
            return replace(group, next_at=self._now + route.remind_every)
        self.out.untold.append(route.policy)
        return replace(group, step=0, round=1, told_at=self._now, next_at=self._now + TRY_AGAIN)

    # --- the result

    def _add(self, route: Route, step: int, recipients: Iterable[Recipient], told: Sequence[Told]) -> None:
        for recipient in recipients:
            place = route.key, replace(recipient, fallbacks=())
            piece = self._pieces.setdefault(place, _Piece(route.policy, step, recipient.fallbacks))
            piece.told += told

    def _keep(self, group: GroupState) -> None:
        if group.key not in self._fires:
            # Nothing of it fires any longer: it only stays for the pace of what may come next.
            group = replace(group, next_at=self._now + self._routes[group.key].group_interval)
        self.groups[group.key] = self.out.groups[group.key] = group
        if group.next_at is not None:
            self._next.append(group.next_at)

    def _drop(self, key: str) -> None:
        del self.groups[key]
        self.out.groups[key] = None

    def finish(self) -> Telling:
        """Make one message for each address of each group."""
        for (key, recipient), piece in self._pieces.items():
            self.out.deliveries.append(
                NewDelivery(
                    recipient.channel,
                    recipient.address,
                    recipient.person,
                    group_key=key,
                    policy=piece.policy,
                    step=piece.step,
                    fallbacks=piece.fallbacks,
                    not_before=recipient.not_before,
                    told=tuple(dict.fromkeys(piece.told)),
                )
            )
        self.out.next_at = min(self._next, default=None)
        return self.out


def _is_past(notice: Pending) -> bool:
    """Say whether a notice became pointless: its alert is quiet now, or somebody has it."""
    alert = notice.alert
    is_news = notice.because is not ToldBecause.RESOLVED
    is_quiet = alert.is_muted or alert.acknowledgement is not None
    return is_news and alert.status is AlertStatus.FIRING and is_quiet


def _ended_with(news: Sequence[Pending], over: Sequence[Pending]) -> list[Pending]:
    """Give the endings of what was not told before it ended; both go into one message."""
    fresh = {(one.alert.fingerprint, one.alert.active_at) for one in news}
    return [one for one in over if (one.alert.fingerprint, one.alert.active_at) in fresh]


def _decide_due(
    notices: Sequence[Pending], route: Route, group: GroupState | None, now: datetime
) -> datetime:
    """Say when what waits of a group is told: at once what is graver than all told of late, the rest in company."""
    # An instant ahead of now is of a clock that was set back.
    first = min(*(notice.at for notice in notices), now) + route.group_wait
    if group is None:
        return first
    news = [one.alert.severity for one in notices if one.because is not ToldBecause.RESOLVED]
    is_graver = group.told_severity == "" or _weight(_gravest(news)) > _weight(group.told_severity)
    if news and is_graver:
        return first
    return max(first, group.told_at + route.group_interval)


def _weight(severity: str) -> int:
    return -Severity.read(severity).rank


def _gravest(severities: Iterable[str]) -> str:
    return max(severities, key=_weight, default="")
