"""The same questions answered the slow way: minute by minute, from what clocks show and nothing else.

Shares no code with netops.oncall.shifts: a shift follows from the minutes that its person holds.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from netops.oncall.schedule import Rotation, Schedule

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def walk_minutes(schedule: Schedule, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """Give who has each minute; empty for nobody.

    A clock that is put back shows an hour twice. Who has taken over by then keeps it, so the latest time that a
    rotation has seen is what counts, not what the clock shows now.
    """
    at, latest = start - 2 * DAY, datetime.min  # noqa: DTZ901
    while at < end:
        latest = max(latest, at.astimezone(schedule.zone).replace(tzinfo=None))
        if at >= start:
            yield at, _ask(schedule, at, latest)
        at += MINUTE


def _ask(schedule: Schedule, at: datetime, shown: datetime) -> str:
    holder = ""
    for rotation in schedule.rotations:
        holder = _ask_rotation(rotation, shown) or holder
    by_rotation = holder
    for override in schedule.overrides:
        if override.starts_at <= at < override.ends_at and override.instead_of in {"", by_rotation}:
            holder = override.person
    return holder


def _ask_rotation(rotation: Rotation, shown: datetime) -> str:
    if shown < rotation.first_turn or not _holds(rotation, shown):
        return ""
    turns = 0
    begin = rotation.first_turn
    while begin + rotation.turn <= shown:
        begin += rotation.turn
        turns += 1
    return rotation.people[turns % len(rotation.people)]


def _holds(rotation: Rotation, shown: datetime) -> bool:
    if not rotation.only:
        return True
    midnight = shown.replace(hour=0, minute=0)
    since = shown - midnight
    for hours in rotation.only:
        if hours.end > hours.begin:
            if shown.weekday() in hours.days and hours.begin <= since < hours.end:
                return True
        elif (shown.weekday() in hours.days and since >= hours.begin) or (
            (shown - DAY).weekday() in hours.days and since < hours.end
        ):
            return True
    return False


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
