"""Flapping: an alert that comes and goes again and again is told once, and its final state in the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from netops.alerting.known_alert import NewAlertEvent
from netops.model.alert import AlertEventKind


@dataclass(frozen=True, slots=True)
class FlapLimits:
    """When an alert counts as flapping."""

    episodes: int = 4
    """So many beginnings ..."""
    within: timedelta = timedelta(minutes=30)
    """... in so long a time, ..."""
    settle: timedelta = timedelta(minutes=15)
    """... until it has neither begun nor ended for so long."""


@dataclass(frozen=True, slots=True)
class Flap:
    """How often one alert began lately."""

    fired: tuple[datetime, ...]
    """When, the oldest first, as far as it counts."""
    changed_at: datetime
    """When it last began or ended."""
    episode: datetime
    """The latest one."""
    is_firing: bool = True
    since: datetime | None = None
    """The episode with which it began to flap; None while it does not."""

    @property
    def is_flapping(self) -> bool:
        """Whether only its final state is told."""
        return self.since is not None


def decide_flapping(
    former: Mapping[str, Flap], events: Iterable[NewAlertEvent], limits: FlapLimits, now: datetime
) -> tuple[dict[str, Flap], list[NewAlertEvent]]:
    """Give how often each alert came lately, and what began or ceased to flap.

    An alert that begins to flap has the event FLAPPING, one that has settled FLAPPING_OVER, whose data says whether
    it ``fires``.
    """
    found = {fingerprint: _put_right(flap, now) for fingerprint, flap in former.items()}
    told: list[NewAlertEvent] = []
    for event in events:
        before = found.get(event.fingerprint)
        if event.kind is AlertEventKind.FIRED:
            after = _begin(before, event, limits, now)
            if after.is_flapping and not (before and before.is_flapping):
                told.append(_event(AlertEventKind.FLAPPING, event.fingerprint, after))
            found[event.fingerprint] = after
        elif event.kind is AlertEventKind.RESOLVED and before is not None:
            found[event.fingerprint] = _end(before, event, now)
    for fingerprint, flap in list(found.items()):
        if flap.is_flapping and now - flap.changed_at >= limits.settle:
            told.append(_event(AlertEventKind.FLAPPING_OVER, fingerprint, flap))
            del found[fingerprint]
        elif not flap.is_flapping and (not flap.fired or now - flap.fired[-1] > limits.within):
            del found[fingerprint]
    return found, told


def _begin(before: Flap | None, event: NewAlertEvent, limits: FlapLimits, now: datetime) -> Flap:
    recent = [at for at in (before.fired if before else ()) if timedelta(0) <= now - at <= limits.within]
    fired = (*recent, now)[-limits.episodes :]
    since = before.since if before else None
    if since is None and len(fired) >= limits.episodes:
        since = event.active_at
    return Flap(fired, now, event.active_at, since=since)


def _end(before: Flap, event: NewAlertEvent, now: datetime) -> Flap:
    """Note the end of an episode; a former one that is stored late does not end the present one."""
    is_firing = before.is_firing and event.active_at < before.episode
    return replace(before, changed_at=now, is_firing=is_firing)


def _put_right(flap: Flap, now: datetime) -> Flap:
    """Let a clock that was set back hold up nothing: what lies ahead of now is now, or does not count."""
    if flap.changed_at <= now:
        return flap
    fired = tuple(at for at in flap.fired if at <= now)
    return replace(flap, fired=fired, changed_at=now)


def _event(kind: AlertEventKind, fingerprint: str, flap: Flap) -> NewAlertEvent:
    return NewAlertEvent(kind, fingerprint, flap.episode, data={"fires": flap.is_firing})


def recall_flapping(record: Iterable[tuple[datetime, NewAlertEvent]], limits: FlapLimits) -> dict[str, Flap]:
    """Give how often alerts came lately from the record of their events, the oldest first, after a restart."""
    found: dict[str, Flap] = {}
    for at, event in record:
        before = found.get(event.fingerprint)
        if event.kind is AlertEventKind.FIRED:
            found[event.fingerprint] = _begin(before, event, limits, at)
        elif event.kind is AlertEventKind.FLAPPING:
            flap = before or Flap((at,), at, event.active_at)
            found[event.fingerprint] = replace(flap, since=flap.since or event.active_at)
        elif event.kind is AlertEventKind.FLAPPING_OVER:
            found.pop(event.fingerprint, None)
        elif event.kind is AlertEventKind.RESOLVED and before is not None:
            found[event.fingerprint] = _end(before, event, at)
    return found
