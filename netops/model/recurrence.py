"""What comes again by a rule: the RRULE of RFC 5545 section 3.3.10, in wall time, and never without an end.

Kept to what people plan: nothing more often than daily, nothing beyond the year 2100.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from netops.errors import NetopsError
from netops.i18n import _
from netops.model.wall_time import to_wall

_HORIZON = datetime(2100, 1, 1)  # noqa: DTZ001 - a wall time
_FREQUENCIES = {
    "YEARLY": rrule.YEARLY,
    "MONTHLY": rrule.MONTHLY,
    "WEEKLY": rrule.WEEKLY,
    "DAILY": rrule.DAILY,
}
_WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
_WEEKDAY = {str(day): day for day in _WEEKDAYS}
_BY_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"[0-9]{8}(?:T[0-9]{6}Z?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,5}", re.ASCII)
_LISTS = {
    "BYMONTH": ("bymonth", 1, 12, False),
    "BYMONTHDAY": ("bymonthday", 1, 31, True),
    "BYYEARDAY": ("byyearday", 1, 366, True),
    "BYWEEKNO": ("byweekno", 1, 53, True),
    "BYSETPOS": ("bysetpos", 1, 366, True),
    "BYHOUR": ("byhour", 0, 23, False),
    "BYMINUTE": ("byminute", 0, 59, False),
}
"""Key to dateutil's name for it, the smallest and largest number, and whether it may count from the end."""
_MOST_A_DAY = 24
_LEAP_YEAR = 2000


class RecurrenceWrong(NetopsError):
    """A text that is no rule, or one that netops does not follow."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        """What to do about it; may be empty."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule taken apart."""

    text: str
    options: Mapping[str, Any]
    """What dateutil's rrule takes."""
    until: datetime | None = None
    """The last start; naive where it is meant in wall time."""

    def find_starts(self, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Give all starts from the first on, in order, as wall times of a zone.

        Args:
            first: The wall time from which on the rule holds; it gives the time of day, and what the rule leaves open.
            zone: The zone whose clocks are meant.
        """
        options = dict(self.options)
        most = options.pop("count", None)  # dateutil takes no end beside a count
        until = self.until
        if until is not None and until.tzinfo is not None:
            until = to_wall(until, zone)
        last = _HORIZON if until is None else min(until, _HORIZON)
        return islice(iter(rrule.rrule(dtstart=first, until=last, **options)), most)


def parse_recurrence(text: str) -> Recurrence:
    """Read a rule such as ``FREQ=WEEKLY;BYDAY=SU``; ``RRULE:`` may stand before it.

    Raises:
        RecurrenceWrong: It is no rule, or one that is not followed.
    """
    pairs = _split(text)
    frequency = pairs.pop("FREQ", None)
    if frequency is None:
        raise RecurrenceWrong(_("has no FREQ"), _("write it like FREQ=WEEKLY;BYDAY=SU"))
    if frequency not in _FREQUENCIES:
        raise RecurrenceWrong(
            _("FREQ must be one of %(words)s") % {"words": ", ".join(reversed(_FREQUENCIES))},
        )
    options: dict[str, Any] = {"freq": _FREQUENCIES[frequency]}
    until = None
    for key, value in pairs.items():
        if key in _LISTS:
            name, lowest, highest, may_be_negative = _LISTS[key]
            options[name] = _read_numbers(key, value, lowest, highest, may_be_negative=may_be_negative)
        elif key == "UNTIL":
            until = _read_until(value)
        elif key in _READERS:
            name, reader = _READERS[key]
            options[name] = reader(value)
        else:
            words = {"key": key, "words": ", ".join(["FREQ", "UNTIL", *_READERS, *_LISTS])}
            raise RecurrenceWrong(_("%(key)s is not known in a rule") % words, _("known: %(words)s") % words)
    if until is not None and "count" in options:
        raise RecurrenceWrong(_("UNTIL goes not together with COUNT"), _("keep one of them"))
    _check_together(frequency, options)
    return Recurrence(text, options, until)


def _split(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        key, equals, value = piece.partition("=")
        if not equals or not value:
            raise RecurrenceWrong(_("is no rule of recurrence"), _("write it like FREQ=WEEKLY;BYDAY=SU"))
        if key in pairs:
            raise RecurrenceWrong(_("%(key)s stands twice in the rule") % {"key": key[:20]})
        pairs[key[:20]] = value
    return pairs


def _read_numbers(key: str, value: str, lowest: int, highest: int, *, may_be_negative: bool) -> list[int]:
    numbers = []
    for piece in value.split(","):
        number = int(piece) if _NUMBER.fullmatch(piece) else None
        if number is None or not lowest <= (abs(number) if may_be_negative else number) <= highest:
            words = {"key": key, "lowest": lowest, "highest": highest}
            raise RecurrenceWrong(_("%(key)s must be %(lowest)d to %(highest)d") % words)
        numbers.append(number)
    return numbers


def _one_number(key: str, highest: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if "," in value:
            words = {"key": key, "lowest": 1, "highest": highest}
            raise RecurrenceWrong(_("%(key)s must be %(lowest)d to %(highest)d") % words)
        return _read_numbers(key, value, 1, highest, may_be_negative=False)[0]

    return read


def _read_days(value: str) -> list[Any]:
    days = []
    for piece in value.split(","):
        found = _BY_DAY.fullmatch(piece)
        number = int(found[1] or 0) if found else None
        if found is None or (found[1] and not 1 <= abs(number or 0) <= 53):
            raise RecurrenceWrong(_("BYDAY must hold days such as MO, 1SA or -1SU"))
        day = _WEEKDAY[found[2]]
        days.append(day(number) if number else day)
    return days


def _read_week_start(value: str) -> Any:
    if value not in _WEEKDAY:
        raise RecurrenceWrong(_("WKST must be one of %(words)s") % {"words": ", ".join(_WEEKDAY)})
    return _WEEKDAY[value]


def _read_until(value: str) -> datetime:
    try:
        until = datetime.fromisoformat(value.rstrip("Z")) if _UNTIL.fullmatch(value) else None
    except ValueError:
        until = None
    if until is None:
        raise RecurrenceWrong(_("UNTIL must be like 20261231 or 20261231T235959Z"))
    if "T" not in value:
        return until + timedelta(days=1, seconds=-1)
    return until.replace(tzinfo=UTC) if value.endswith("Z") else until


_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "COUNT": ("count", _one_number("COUNT", 10_000)),
    "INTERVAL": ("interval", _one_number("INTERVAL", 1000)),
    "BYDAY": ("byweekday", _read_days),
    "WKST": ("wkst", _read_week_start),
}


def _check_together(frequency: str, options: Mapping[str, Any]) -> None:
    """Refuse what RFC 5545 has no meaning for, and more starts in a day than anybody plans."""
    is_numbered = any(day.n for day in options.get("byweekday", ()))
    if is_numbered and frequency not in {"MONTHLY", "YEARLY"}:
        raise RecurrenceWrong(_("a number before a day needs FREQ=MONTHLY or FREQ=YEARLY"))
    if "byweekno" in options and frequency != "YEARLY":
        raise RecurrenceWrong(_("BYWEEKNO needs FREQ=YEARLY"))
    if "byyearday" in options and frequency != "YEARLY":
        raise RecurrenceWrong(_("BYYEARDAY needs FREQ=YEARLY"))
    if "bymonthday" in options and frequency == "WEEKLY":
        raise RecurrenceWrong(_("BYMONTHDAY goes not together with FREQ=WEEKLY"))
    if "bysetpos" in options and frequency not in {"MONTHLY", "YEARLY"}:
        raise RecurrenceWrong(_("BYSETPOS needs FREQ=MONTHLY or FREQ=YEARLY"))
    months, days = options.get("bymonth", (1,)), options.get("bymonthday", (1,))
    if not any(abs(day) <= monthrange(_LEAP_YEAR, month)[1] for month in months for day in days):
        raise RecurrenceWrong(_("no month of BYMONTH has a day of BYMONTHDAY"))
    if len(options.get("byhour", "1")) * len(options.get("byminute", "1")) > _MOST_A_DAY:
        raise RecurrenceWrong(_("begins more than %(most)d times a day") % {"most": _MOST_A_DAY})
