"""Decides whom to tell of what: from what is to be told, who is on call and who was told before, to messages. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from netops.alerting.known_alert import KnownAlert
from netops.model.alert import AlertStatus
from netops.model.message import ToldBecause
from netops.model.severity import Severity
from netops.store.queries.deliveries import NewDelivery, Told

TRY_AGAIN = timedelta(minutes=1)
"""After which an escalation is tried anew that found nobody at all."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert leads to."""

    key: str
    """Of its group: the same for alerts that are told together."""
    policy: str
    group_wait: timedelta
    group_interval: timedelta
    remind_every: timedelta


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address to tell."""

    channel: str
    address: str
    person: str = ""
    fallbacks: tuple[tuple[str, str], ...] = ()
    not_before: datetime | None = None
    """The end of the person's quiet hours."""


@dataclass(frozen=True, slots=True)
class StepFound:
    """Whom a step tells now."""

    recipients: tuple[Recipient, ...] = ()
    nobody: tuple[str, ...] = ()
    """Why some of it found nobody, a line each."""
    wait: timedelta = timedelta(minutes=15)
    """How long to wait for an acknowledgement after it."""


class OnCall(Protocol):
    """What is asked of the settings about people."""

    def list_routes(self, labels: Mapping[str, str]) -> Sequence[Route]:
        """Give where an alert of these labels leads to; empty where nobody is to be told."""
        ...

    def find_step(self, policy: str, step: int, severity: str, at: datetime) -> StepFound:
        """Give whom a step of a policy tells at an instant; steps count from 1."""
        ...

    def step_after(self, policy: str, step: int, round_: int) -> tuple[int, int] | None:
        """Give the step and round after these; None when the policy is spent, or gone."""
        ...


@dataclass(frozen=True, slots=True)
class GroupState:
    """How far a group's escalation is."""

    key: str
    policy: str
    told_at: datetime
    step: int = 0
    round: int = 1
    told_severity: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to be told, with the alert as it is now."""

    id: int
    at: datetime
    because: ToldBecause
    told_since: datetime
    alert: KnownAlert


class Earlier(NamedTuple):
    """That somebody was told of an alert before."""

    recipient: Recipient
    active_at: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """What was so before."""

    groups: Mapping[str, GroupState]
    told: Mapping[str, Sequence[Earlier]]
    """Who was told that an alert fires, by its fingerprint."""


@dataclass(slots=True)
class Telling:
    """What to store: all of it in one transaction."""

    deliveries: list[NewDelivery] = field(default_factory=list)
    groups: dict[str, GroupState | None] = field(default_factory=dict)
    """Groups that changed; None for one that is over."""
    handled: list[int] = field(default_factory=list)
    """Ids of the notices that need no more thought."""
    nobody: list[tuple[str, int, str]] = field(default_factory=list)
    """Policy, step and reason of each part of a step that found nobody."""
    untold: list[str] = field(default_factory=list)
    """Policies of which no step found anybody."""
    unrouted: int = 0
    """How many alerts no route takes."""
    next_at: datetime | None = None
    """When there is something to decide again, unless something happens before."""


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

    def sort(self, pending: Sequence[Pending], firing: Iterable[KnownAlert]) -> None:
        """Find the group of every alert."""
        for alert in firing:
            for route in self._on_call.list_routes(alert.labels):
                self._routes[route.key] = route
                self._fires.add(route.key)
                if not alert.is_muted and not alert.is_flapping and alert.acknowledgement is None:
                    self._open[route.key].append(alert)
        unhandled: dict[int, int] = {}
        for notice in pending:
            routes = self._on_call.list_routes(notice.alert.labels)
            if _is_past(notice) or not routes:
                self.out.unrouted += not routes
                self.out.handled.append(notice.id)
                continue
            for route in routes:
                self._routes[route.key] = route
                self.waiting[route.key].append(notice)
                unhandled[notice.id] = unhandled.get(notice.id, 0) + 1

    # --- what is new

    def tell_group(self, key: str) -> None:
        """Tell what waits of a group, when it is time."""
        notices, route, group = self.waiting[key], self._routes[key], self.groups.get(key)
        due_at = _decide_due(notices, route, group)
        if due_at > self._now:
            self._next.append(due_at)
            return
        self.out.handled += [notice.id for notice in notices]
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
        for step in range(1, group.step + 1):
            found = self._on_call.find_step(route.policy, step, severity, self._now)
            self._add(route, step, found.recipients, told)
        told_severity = _gravest((severity, group.told_severity))
        self._keep(replace(group, told_at=self._now, told_severity=told_severity))

    def _tell_over(self, route: Route, over: Sequence[Pending]) -> None:
        for notice in over:
            alert = notice.alert
            told = Told(alert.fingerprint, alert.active_at, ToldBecause.RESOLVED)
            for recipient, active_at in self._before.told.get(alert.fingerprint, ()):
                if active_at >= notice.told_since:
                    self._add(route, 1, [recipient], [told])

    # --- whose turn it is

    def escalate(self, key: str) -> None:
        """Go on to the next step of a group that nobody has acknowledged in time, or let go of it."""
        group, route = self.groups[key], self._routes.get(key)
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
        tried = 0
        first_round = place[1] if place else 1
        while place is not None and place[1] == first_round:
            tried += 1
            found = self._on_call.find_step(route.policy, place[0], severity, self._now)
            self.out.nobody += [(route.policy, place[0], reason) for reason in found.nobody]
            if found.recipients:
                self._add(route, place[0], found.recipients, told)
                is_spent = self._on_call.step_after(route.policy, *place) is None
                wait = max(route.remind_every, found.wait) if is_spent else found.wait
                return replace(
                    group, step=place[0], round=place[1], told_at=self._now, next_at=self._now + wait
                )
            place = self._on_call.step_after(route.policy, *place)
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


def _decide_due(notices: Sequence[Pending], route: Route, group: GroupState | None) -> datetime:
    """Say when what waits of a group is told: at once what is graver than all told of late, the rest in company."""
    first = min(notice.at for notice in notices) + route.group_wait
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
