"""What clocks on walls show: shifts, quiet hours and windows are agreed in local time and held as instants.

A wall time is a naive ``datetime``. Twice a year it is no instant, or two; see ``to_instant``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of datetime.weekday()."""

WallSpan = tuple[datetime, datetime]
"""From a wall time on, until before another."""


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant at which the clocks of a zone show a wall time or a later one.

    Where clocks are put forward, a time that is skipped is the instant of the change; where they are put back, a time
    that comes twice is the first of the two. So an earlier wall time is never a later instant.
    """
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if to_wall(early, zone) == wall:
        return early
    # Skipped: fold 1 reckons with the offset behind the change, which gives an instant before it.
    before = wall.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    after = early.replace(microsecond=0) + _SECOND
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def to_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Give what the clocks of a zone show at an instant."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def place_instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant meant by a date and time that may have an offset of its own."""
    return to_instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """Hours of some days of the week, which may reach over midnight."""

    begin: timedelta
    """Since midnight."""
    end: timedelta
    """Since midnight; what does not lie behind ``begin`` is meant on the next day."""
    days: frozenset[int] = frozenset(range(7))
    """The days on which it begins; Monday is 0."""

    @property
    def length(self) -> timedelta:
        """How long it lasts on the clock."""
        return self.end - self.begin + (DAY if self.end <= self.begin else timedelta(0))

    def find_between(self, start: datetime, end: datetime) -> Iterator[WallSpan]:
        """Give its occurrences that touch a span of wall time, whole, in their order."""
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0) - 2 * DAY
        while midnight < end:
            begin = midnight + self.begin
            if midnight.weekday() in self.days and begin < end and begin + self.length > start:
                yield begin, begin + self.length
            midnight += DAY


def join_spans(spans: Iterable[WallSpan]) -> list[WallSpan]:
    """Give the same time as spans that neither touch nor overlap, in order."""
    joined: list[WallSpan] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
