"""Functions of an instant in seconds since 1970, in UTC."""

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite, nan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FIELDS: dict[str, Callable[[datetime], int]] = {
    "day_of_month": lambda instant: instant.day,
    "day_of_week": lambda instant: instant.isoweekday() % 7,
    "day_of_year": lambda instant: instant.timetuple().tm_yday,
    "days_in_month": lambda instant: calendar.monthrange(instant.year, instant.month)[1],
    "hour": lambda instant: instant.hour,
    "minute": lambda instant: instant.minute,
    "month": lambda instant: instant.month,
    "year": lambda instant: instant.year,
}


def _make(field: Callable[[datetime], int]) -> Callable[[float], float]:
    def read(seconds: float) -> float:
        if not isfinite(seconds):
            return nan
        try:
            return float(field(_EPOCH + timedelta(seconds=int(seconds))))
        except OverflowError:  # a year that datetime does not know
            return nan

    return read


DATE_FUNCTIONS = {name: _make(field) for name, field in _FIELDS.items()}
"""By name; Sunday is day 0 of a week."""
