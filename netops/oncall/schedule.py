"""Who has it when, as values: rotations in layers, and overrides over them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from netops.model.wall_time import WeeklySpan


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns."""

    people: tuple[str, ...]
    """Their ids, in the order of their turns."""
    first_turn: datetime
    """The wall time at which the first of them begins; nobody has it before."""
    turn: timedelta
    """How long one has it, on the clock: turns of days and weeks change at the same wall time all year."""
    only: tuple[WeeklySpan, ...] = ()
    """The hours in which it holds; empty for always."""


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody who has it for once."""

    person: str
    starts_at: datetime
    ends_at: datetime
    instead_of: str = ""
    """Only the hours that this person would have by rotation; empty for all hours."""
    id: int | None = None
    """Its number in the store; None for one of the file."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who is on call when."""

    name: str
    zone: ZoneInfo
    rotations: tuple[Rotation, ...]
    """A later one takes the place of those before it, while it holds."""
    overrides: tuple[Override, ...] = ()
    """A later one takes the place of those before it."""


class ShiftReason(StrEnum):
    """Why somebody has it, by its name in JSON."""

    ROTATION = "rotation"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which one person has it, for one reason."""

    schedule: str
    person: str
    starts_at: datetime
    ends_at: datetime
    """Somebody else, the same person for another reason, or nobody has it from here on."""
    reason: ShiftReason
    instead_of: str = ""
    """Of an override that takes the place of one person only: that person."""
    override_id: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody has it."""

    schedule: str
    starts_at: datetime
    ends_at: datetime
