"""Days, weeks, months and billing months in a time zone, with daylight saving right. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from netops.errors import NetopsError
from netops.i18n import _
from netops.store.history.samples import DAY, HOUR

_DAY_STEPS = (300_000, 600_000, 900_000, 1_800_000, HOUR)
"""All of them divide a day."""
_ROOM = 1.1
"""Polls are not exactly their interval apart."""


class Span(StrEnum):
    """How far an answer looks back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Month:
    """A billing month: from one instant to before another, milliseconds since 1970."""

    name: str
    """``2026-03``: the month in which it begins."""
    begin: int
    end: int


def step_edges(span: Span, now: int, zone: ZoneInfo, interval: int = 0) -> list[int]:
    """Give where the steps of a span begin, and the end of the last one, which holds ``now``.

    A day has steps of 5 minutes, or longer ones where polls are ``interval`` milliseconds apart and would leave
    some steps empty; a week of an hour, a month of 4 hours, and a year of days of the time zone,
    of which two a year are 23 and 25 hours long.
    """
    match span:
        case Span.DAY:
            step = next((one for one in _DAY_STEPS if one >= interval * _ROOM), HOUR)
            return _even_edges(now, step, DAY // step)
        case Span.WEEK:
            return _even_edges(now, HOUR, 168)
        case Span.MONTH:
            return _even_edges(now, 4 * HOUR, 186)
        case Span.YEAR:
            return day_edges(now, zone, 366)


def day_edges(now: int, zone: ZoneInfo, days: int) -> list[int]:
    """Give the midnights of a time zone before ``now``, and the next one."""
    today = datetime.fromtimestamp(now / 1000, zone).date()
    return [_midnight(today + timedelta(days=number - days + 1), zone) for number in range(days + 1)]


def billing_month(name: str, zone: ZoneInfo, billing_day: int) -> Month:
    """Give the billing month that begins in a month such as ``2026-03``.

    Raises:
        NetopsError: The name is no month.
    """
    try:
        first = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC).date()
        after = (first + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError) as error:
        raise NetopsError(_('"%(name)s" is not a month; write it like 2026-03') % {"name": name}) from error
    begin, end = (_midnight(month.replace(day=billing_day), zone) for month in (first, after))
    return Month(f"{first:%Y-%m}", begin, end)


def billing_month_of(now: int, zone: ZoneInfo, billing_day: int) -> Month:
    """Give the billing month that holds an instant."""
    today = datetime.fromtimestamp(now / 1000, zone).date()
    first = today.replace(day=1)
    if today.day < billing_day:
        first = (first - timedelta(days=1)).replace(day=1)
    return billing_month(f"{first:%Y-%m}", zone, billing_day)


def word_instant(at: int, zone: ZoneInfo) -> str:
    """Give an instant as ISO 8601 with the offset of the time zone."""
    return datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="seconds")


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _even_edges(now: int, step: int, count: int) -> list[int]:
    end = now // step * step + step
    return list(range(end - count * step, end + 1, step))
