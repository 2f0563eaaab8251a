"""Maintenance windows: quiet that was planned ahead, once or again and again, for devices, groups, sites or labels."""

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from netops.alerting.promql.matchers import Matcher
from netops.alerting.silences import meets, parse_matcher
from netops.model.recurrence import parse_recurrence
from netops.model.wall_time import place_instant, to_instant, to_wall
from netops.settings.devices import DeviceSettings
from netops.settings.maintenance import MaintenanceSettings

DEVICE_LABEL, SITE_LABEL = "device", "site"
Span = tuple[datetime, datetime]
"""From an instant on, until before another."""


class Times(Protocol):
    """When a window holds."""

    def find_span(self, at: datetime) -> Span | None:
        """Give the span that an instant falls in; None for outside."""
        ...

    def find_next(self, at: datetime) -> Span | None:
        """Give the first span that begins after an instant; None when none does."""
        ...


@dataclass(frozen=True, slots=True)
class Once:
    """A window that comes once."""

    starts_at: datetime
    ends_at: datetime

    def find_span(self, at: datetime) -> Span | None:
        """Give the span that an instant falls in; None for outside."""
        return (self.starts_at, self.ends_at) if self.starts_at <= at < self.ends_at else None

    def find_next(self, at: datetime) -> Span | None:
        """Give the first span that begins after an instant; None when none does."""
        return (self.starts_at, self.ends_at) if self.starts_at > at else None


class Recurring:
    """A window that comes again at the same wall time, and lasts equally long each time whatever clocks do.

    Starts are reckoned as far as they were asked for, and remembered; threads may share it.
    """

    def __init__(self, rule: str, first: datetime, zone: ZoneInfo, duration: timedelta) -> None:
        self._duration = duration
        self._walls: Iterator[datetime] = parse_recurrence(rule).find_starts(first, zone)
        self._zone = zone
        self._starts: list[datetime] = []
        self._lock = threading.Lock()

    def find_span(self, at: datetime) -> Span | None:
        """Give the span that an instant falls in; None for outside."""
        place = self._count_until(at) - 1
        if place < 0 or at >= self._starts[place] + self._duration:
            return None
        return self._starts[place], self._starts[place] + self._duration

    def find_next(self, at: datetime) -> Span | None:
        """Give the first span that begins after an instant; None when none does."""
        place = self._count_until(at)
        if place == len(self._starts):
            return None
        return self._starts[place], self._starts[place] + self._duration

    def _count_until(self, at: datetime) -> int:
        """Count the starts that are not after an instant; the one after it is reckoned too."""
        with self._lock:
            while not self._starts or self._starts[-1] <= at:
                wall = next(self._walls, None)
                if wall is None:
                    break
                self._starts.append(to_instant(wall, self._zone))
        return bisect_right(self._starts, at)


@dataclass(frozen=True, slots=True)
class Ended:
    """A window that a person ended before its time."""

    times: Times
    ended_at: datetime

    def find_span(self, at: datetime) -> Span | None:
        """Give the span that an instant falls in; None for outside."""
        span = self.times.find_span(at) if at < self.ended_at else None
        return (span[0], min(span[1], self.ended_at)) if span else None

    def find_next(self, at: datetime) -> Span | None:
        """Give the first span that begins after an instant; None when none does."""
        span = self.times.find_next(at)
        return (span[0], min(span[1], self.ended_at)) if span and span[0] < self.ended_at else None


@dataclass(frozen=True, slots=True)
class ActiveWindow:
    """A window with its conditions ready to be asked."""

    id: str
    """Its number in the store, or ``file:`` and its name."""
    name: str
    comment: str
    times: Times
    matchers: tuple[Matcher, ...] = ()
    devices: frozenset[str] | None = None
    """Only alerts of these devices; None for those of any."""
    sites: frozenset[str] = field(default=frozenset())
    """Beside the devices: alerts that name one of these sites."""

    def is_active(self, now: datetime) -> bool:
        """Say whether it holds at an instant: from its start on, no longer at its end."""
        return self.times.find_span(now) is not None

    def mutes(self, labels: Mapping[str, str]) -> bool:
        """Say whether an alert of these labels is one that it keeps quiet."""
        if self.devices is not None:
            is_there = (
                labels.get(DEVICE_LABEL, "") in self.devices or labels.get(SITE_LABEL, "") in self.sites
            )
            if not is_there:
                return False
        return meets(self.matchers, labels)

    def find_end(self, now: datetime) -> datetime | None:
        """Give the end of what holds now; None where nothing does."""
        span = self.times.find_span(now)
        return span[1] if span else None


def find_window(
    windows: Iterable[ActiveWindow], labels: Mapping[str, str], now: datetime
) -> ActiveWindow | None:
    """Give the window that keeps an alert quiet: of several the one that lasts longest; None when it may be told."""
    muting = [
        (ends_at, window) for window in windows if (ends_at := window.find_end(now)) and window.mutes(labels)
    ]
    return max(muting, key=lambda one: (one[0], one[1].id), default=(None, None))[1]


def find_next_change(windows: Iterable[ActiveWindow], now: datetime) -> datetime | None:
    """Give the next instant after this one at which a window begins or ends; None when nothing more comes."""
    changes = []
    for window in windows:
        current, following = window.times.find_span(now), window.times.find_next(now)
        changes += [current[1]] if current else []
        changes += [following[0]] if following else []
    return min(changes, default=None)


def make_windows(
    settings: Iterable[MaintenanceSettings], zone_name: str, devices: Mapping[str, DeviceSettings]
) -> tuple[ActiveWindow, ...]:
    """Turn the windows of the file into what is asked.

    Args:
        settings: The windows.
        zone_name: The time zone of those that name none.
        devices: All that are watched, by name; groups and sites are looked up here.
    """
    return tuple(make_window(f"file:{window.name}", window, zone_name, devices) for window in settings)


def make_window(
    window_id: str,
    settings: MaintenanceSettings,
    zone_name: str,
    devices: Mapping[str, DeviceSettings],
    *,
    ended_at: datetime | None = None,
) -> ActiveWindow:
    """Turn one window into what is asked; ``ended_at`` is when a person ended it before its time."""
    times = _make_times(settings, ZoneInfo(settings.time_zone or zone_name))
    is_limited = bool(settings.devices or settings.groups or settings.sites)
    return ActiveWindow(
        window_id,
        settings.name,
        settings.comment,
        Ended(times, ended_at) if ended_at else times,
        tuple(map(parse_matcher, settings.match)),
        _find_devices(settings, devices) if is_limited else None,
        frozenset(settings.sites),
    )


def _find_devices(settings: MaintenanceSettings, devices: Mapping[str, DeviceSettings]) -> frozenset[str]:
    groups, sites = set(settings.groups), set(settings.sites)
    meant = {
        name
        for name, device in devices.items()
        if device.site in sites or not groups.isdisjoint(device.groups)
    }
    return frozenset(meant | set(settings.devices))


def _make_times(settings: MaintenanceSettings, zone: ZoneInfo) -> Times:
    if settings.rrule is not None and settings.duration is not None:
        moment = settings.start
        first = moment if moment.tzinfo is None else to_wall(moment, zone)
        return _share_recurring(settings.rrule, first, zone, settings.duration)
    start = place_instant(settings.start, zone)
    return Once(start, place_instant(settings.end, zone) if settings.end else start)


@lru_cache(maxsize=10_000)
def _share_recurring(rule: str, first: datetime, zone: ZoneInfo, duration: timedelta) -> Recurring:
    """Give one object for the same times, so that windows that are made anew need not reckon anew."""
    return Recurring(rule, first, zone, duration)
