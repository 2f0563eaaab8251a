"""Times of day, days of the week and local instants as people write them: ``22:00``, ``mon-fri``, ``2026-12-24 18:00``."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netops.i18n import _
from netops.model.wall_time import WEEKDAYS, WeeklySpan
from netops.settings.parts import NOT_EMPTY, Part, as_text, did_you_mean, refuse

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Far enough for plans, and near enough that no reckoning leaves what ``datetime`` holds."""


def read_clock(value: Any) -> str:
    """Check a time of day; 24:00 is the end of the day.

    Raises:
        PydanticCustomError: It is none.
    """
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise refuse(_("is no time of day"), _("write it like 01:30"))
    return f"{int(found[1]):02}:{found[2]}" if found[1] else "24:00"


def _refuse_end(text: str) -> str:
    if text == "24:00":
        raise refuse(_("is no time of day"), _("write it like 01:30"))
    return text


_CLOCK_SCHEMA = WithJsonSchema({"type": "string", "x-values": "time of day"})
ClockTime = Annotated[str, BeforeValidator(read_clock), AfterValidator(_refuse_end), _CLOCK_SCHEMA]
ClockEnd = Annotated[str, BeforeValidator(read_clock), _CLOCK_SCHEMA]
"""May be 24:00 too."""


def since_midnight(clock: str) -> timedelta:
    """Give a checked time of day as the time since midnight."""
    hours, _colon, minutes = clock.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def parse_weekday(text: str) -> int:
    """Read ``mon`` to ``sun``; Monday is 0.

    Raises:
        PydanticCustomError: It is none.
    """
    if text not in WEEKDAYS:
        hint = did_you_mean(text, WEEKDAYS, or_all=False)
        raise refuse(_("must be one of %(words)s") % {"words": ", ".join(WEEKDAYS)}, hint)
    return WEEKDAYS.index(text)


def expand_days(text: str) -> frozenset[int]:
    """Read ``mon`` or ``mon-fri``; ``fri-mon`` leads over the end of the week.

    Raises:
        PydanticCustomError: It is neither.
    """
    first, dash, last = (piece.strip() for piece in text.partition("-"))
    start = parse_weekday(first)
    end = parse_weekday(last) if dash else start
    return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))


def _check_days(text: str) -> str:
    expand_days(text)
    return text


Days = Annotated[
    tuple[Annotated[str, AfterValidator(_check_days)], ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    NOT_EMPTY,
    Field(max_length=7),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "x-values": "days, such as `mon-fri` or `[mon, wed]`",
        }
    ),
]


class WeeklyHours(Part):
    """Hours of some days of the week."""

    days: Days = Field(default=("mon-sun",), description="The days on which they begin.")
    start: ClockTime = Field(default="00:00", alias="from", description="When they begin.")
    end: ClockEnd = Field(
        default="24:00",
        alias="to",
        description="When they end; a time that is not later than `from` is meant on the next day.",
    )

    def to_span(self) -> WeeklySpan:
        """Give the hours as they are reckoned with."""
        days = frozenset().union(*map(expand_days, self.days))
        return WeeklySpan(since_midnight(self.start), since_midnight(self.end), days)


def _in_reach(year: int) -> None:
    if not FIRST_YEAR <= year < LAST_YEAR:
        words = {"first": FIRST_YEAR, "last": LAST_YEAR - 1}
        raise refuse(_("must lie in the years %(first)d to %(last)d") % words)


def _read_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise refuse(_("is no date"), _("write it like 2026-01-31"))
    _in_reach(day.year)
    return day


PlainDate = Annotated[
    date, BeforeValidator(_read_date), WithJsonSchema({"type": "string", "x-values": "date"})
]


def parse_local_instant(text: str) -> datetime:
    """Read ``2026-12-24 18:00``: naive where it has no offset, as the clocks of a zone that stands elsewhere show it.

    Raises:
        PydanticCustomError: It is no such time.
    """
    found = _INSTANT.fullmatch(text)
    try:
        moment = datetime.fromisoformat("".join((found[1], " ", found[2], found[3] or ""))) if found else None
    except ValueError:
        moment = None
    if moment is None:
        raise refuse(
            _("is no date with a time"), _("write it like 2026-01-31 18:00, or 2026-01-31 18:00+01:00")
        )
    _in_reach(moment.year)
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _read_instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    text = as_text(value)
    return parse_local_instant(text if isinstance(text, str) else "")


LocalInstant = Annotated[
    datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "x-values": "date and time"})
]
