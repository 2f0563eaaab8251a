"""Who is on call when: rotations in layers, and overrides."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from netops.i18n import _
from netops.model.wall_time import WEEKDAYS
from netops.settings.durations import format_duration, parse_duration
from netops.settings.history import TimeZone
from netops.settings.parts import NOT_EMPTY, Conflict, Part, Text, refuse
from netops.settings.wall_clock import (
    LocalInstant,
    PlainDate,
    WeeklyHours,
    parse_local_instant,
    parse_weekday,
    read_clock,
    since_midnight,
)

_TURNS = {"daily": timedelta(days=1), "weekly": timedelta(weeks=1)}
_WEEK = timedelta(weeks=1)
_SHORTEST, _LONGEST = timedelta(hours=1), timedelta(days=366)


def _read_turn(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    try:
        turn = _TURNS.get(value) or parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        turn = None
    if turn is None:
        raise refuse(_("is no length of a turn"), _("write daily, weekly, or a length such as 12h or 14d"))
    if not _SHORTEST <= turn <= _LONGEST or turn % timedelta(minutes=1):
        raise refuse(_("must be whole minutes between 1h and 366d"))
    return turn


def _read_handover(value: Any) -> Any:
    if not isinstance(value, str):
        raise refuse(_("is no time of day"), _("write it like 09:00, or mon 09:00"))
    split_handover(value)
    return value


def split_handover(text: str) -> tuple[int | None, timedelta]:
    """Read ``09:00`` or ``mon 09:00``: the day of the week, Monday 0, and the time since midnight.

    Raises:
        PydanticCustomError: It is neither.
    """
    day, space, clock = text.rpartition(" ")
    return parse_weekday(day.strip()) if space else None, since_midnight(read_clock(clock))


Turn = Annotated[
    timedelta,
    BeforeValidator(_read_turn),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "x-values": "`daily`, `weekly`, or a duration, 1h to 366d"}),
]
Handover = Annotated[
    str,
    BeforeValidator(_read_handover),
    WithJsonSchema({"type": "string", "x-values": "time of day, or such as `mon 09:00`"}),
]


class RotationSettings(Part):
    """People who take turns."""

    people: Annotated[tuple[Text, ...], NOT_EMPTY] = Field(
        max_length=1000,
        description="Ids of `people`, in the order of their turns; one may be there more than once.",
    )
    turn: Turn = Field(default=_WEEK, description="How long one has it, on the clock. Default: `weekly`.")
    starts: PlainDate = Field(
        description="The day on which the first of them begins; before it nobody has it."
    )
    handover: Handover = Field(
        default="09:00",
        description="When turns begin, in the schedule's time zone; the day of the week is that of `starts`.",
    )
    only: tuple[WeeklyHours, ...] = Field(
        default=(), max_length=50, description="The hours in which it holds; without them, always."
    )

    @property
    def first_turn(self) -> datetime:
        """The wall time at which the first turn begins."""
        return datetime.combine(self.starts, datetime.min.time()) + split_handover(self.handover)[1]

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse a day of handover that the turns do not keep to."""
        try:
            day, _clock = split_handover(str(given.get("handover", "09:00")))
            turn = _read_turn(given.get("turn", "weekly"))
            starts = date.fromisoformat(str(given.get("starts")))
        except (PydanticCustomError, ValueError):
            return  # each is told by its own type
        if day is None:
            return
        if turn % _WEEK:
            yield Conflict(
                ("handover",),
                _("names a day, and turns are not whole weeks"),
                _("write the time of day only"),
            )
        elif starts.weekday() != day:
            words = {"day": WEEKDAYS[starts.weekday()], "named": WEEKDAYS[day]}
            yield Conflict(("starts",), _("falls on %(day)s, and the handover is on %(named)s") % words)


class OverrideSettings(Part):
    """Somebody who has it for once."""

    person: Text = Field(description="Id of the one who has it.")
    start: LocalInstant = Field(
        alias="from", description="From when on, in the schedule's time zone unless it says otherwise."
    )
    end: LocalInstant = Field(alias="to", description="Until when.")
    instead_of: Text | None = Field(
        default=None,
        description="Id of a person: only the hours that this one would have. Default: all hours.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse one that ends before it begins, or that changes nothing."""
        yield from find_wrong_end(given)
        if given.get("instead_of") is not None and given.get("instead_of") == given.get("person"):
            yield Conflict(("instead_of",), _("is the same person"))


def find_wrong_end(given: Mapping[str, Any]) -> Iterator[Conflict]:
    """Refuse a raw ``to`` that is not later than ``from``."""
    try:
        start, end = (parse_local_instant(str(given.get(key))) for key in ("from", "to"))
    except PydanticCustomError:
        return  # each is told by its own type
    if (start.tzinfo is None) == (end.tzinfo is None) and end <= start:
        yield Conflict(("to",), _("must be later than from"))


class ScheduleSettings(Part):
    """Who is on call when."""

    time_zone: TimeZone | None = Field(
        default=None, description="Zone of its times. Default: `time_zone` of this file."
    )
    rotations: Annotated[tuple[RotationSettings, ...], NOT_EMPTY] = Field(
        max_length=50,
        description="In layers: while a later one holds, it takes the place of those before it.",
    )
    overrides: tuple[OverrideSettings, ...] = Field(
        default=(),
        max_length=1000,
        description="Exceptions; more are added by `netops oncall override add`, which take the place of these.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse overrides that leave open who of two has it."""
        raw = given.get("overrides")
        spans: list[tuple[int, datetime, datetime, Any]] = []
        for number, one in enumerate(raw if isinstance(raw, list) else ()):
            try:
                start, end = (parse_local_instant(str(one.get(key))) for key in ("from", "to"))
            except (PydanticCustomError, AttributeError):
                continue  # told by its own type
            for other, begin, stop, instead in spans:
                is_alike = len({moment.tzinfo is None for moment in (start, end, begin, stop)}) == 1
                may_meet = one.get("instead_of") == instead or None in {one.get("instead_of"), instead}
                if is_alike and may_meet and start < stop and begin < end:
                    words = {"other": f"overrides[{other}]"}
                    yield Conflict(("overrides", number), _("overlaps %(other)s") % words)
            spans.append((number, start, end, one.get("instead_of")))
