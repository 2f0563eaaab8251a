"""The facts of a profile that one device really has, as its last survey found them, and how a poll reads them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from netops.collectors.text import decode_text
from netops.model.identity import IdentityReading
from netops.model.reading import SENSOR_UNITS, Limits, SensorReading
from netops.profiles.format import LEVELS
from netops.profiles.functions import number
from netops.profiles.loader import Profiles
from netops.profiles.profile import Column, Fact, Profile, SensorFact, State, Table
from netops.snmp.types import Index, Oid, Value

FEW_ROWS = 4
"""So few rows of a column are asked singly, beside others, rather than by reading the column to its end."""
SPARSE = 4
"""And so are rows that are no more than this part of their table."""
DIGITS = 6
"""Behind the decimal point; more is noise of the division."""
NO_LIMITS = Limits()
_ORDER = {level: place for place, level in enumerate(("unknown", *LEVELS[:3]))}

Cells = Mapping[Oid, Mapping[Index, Value]]


class RowIndex(tuple[int, ...]):
    """The index of a row; as text it is dotted."""

    __slots__ = ()

    def __str__(self) -> str:
        """Write it as MIB browsers do."""
        return ".".join(map(str, self))


@dataclass(slots=True)
class LiveFact:
    """One fact of one row."""

    subject: str
    fact: Fact
    table: Table
    index: RowIndex
    name: str
    known: dict[str, Any]
    """What its fields read that does not change between surveys."""
    fresh: dict[str, tuple[Column, Index]]
    """Variable to the cell that every poll reads."""
    limits: Limits | None = None

    @property
    def key(self) -> str:
        """Its identity on the device: table, key in the table, index."""
        return f"{self.fact.id}/{self.index}"

    def work_out(self, cells: Cells) -> dict[str, Any]:
        """Give its fields from what a poll read; a field is None where the device tells nothing of use."""
        row = {
            name: read_cell(column, cells.get(column.oid, {}).get(index))
            for name, (column, index) in self.fresh.items()
        }
        row |= self.known
        return {key: expression(row) for key, expression in self.fact.fields.items()}


@dataclass(slots=True)
class Reading:
    """What a poll asks: single cells, and whole columns."""

    cells: list[tuple[Oid, Index]] = field(default_factory=list)
    columns: list[Oid] = field(default_factory=list)
    asked: list[Oid] = field(default_factory=list)
    """The variables of the cells, in their order."""


class SurveyWitness(Protocol):
    """Sees what a survey found before doubles are left out: for ``netops profile match``."""

    def __call__(self, profile: Profile, facts: Sequence[LiveFact], cells: Cells) -> None:
        """Look at it; nothing of it may be changed."""
        ...


@dataclass(slots=True)
class KnowledgeMemory:
    """What is remembered of a device's profile and of the facts it has."""

    profile: Profile | None = None
    profiles: Profiles | None = None
    """Where it was chosen from."""
    known_by: tuple[str, str, str | None] = ("", "", None)
    """sysObjectID and sysDescr that the profile was found by, and the name that the settings ask for."""
    identity: IdentityReading | None = None
    surveyed_at: float | None = None
    facts: list[LiveFact] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)
    on_survey: "SurveyWitness | None" = None
    """Told of every survey; None in a daemon, where nobody asks why a fact is left out."""


def read_cell(column: Column, value: Value) -> Any:
    """Give a cell as expressions see it; None where it stands for nothing."""
    result: Any
    if isinstance(value, Oid):  # it is made of octets, and is no text
        result = str(value)
    elif isinstance(value, bytes):
        result = value if column.read_as == "octets" else decode_text(value)
    elif isinstance(value, int | float | None):
        result = value
    else:
        result = str(value)  # an IP address
    if result is None or (column.invalid and str(result).casefold() in column.invalid):
        return None
    if column.read_as == "number":
        return number(result)
    return str(result) if column.read_as == "text" else result


def plan_reading(facts: Iterable[LiveFact], sizes: Mapping[Oid, int]) -> Reading:
    """Decide how the cells of all facts are best read; ``sizes`` are the rows of each column."""
    rows: dict[Oid, set[Index]] = {}
    for fact in facts:
        for column, index in fact.fresh.values():
            rows.setdefault(column.oid, set()).add(index)
    reading = Reading()
    for oid, indexes in rows.items():
        if len(indexes) <= FEW_ROWS or len(indexes) * SPARSE <= sizes.get(oid, 0):
            reading.cells += [(oid, index) for index in sorted(indexes)]
        else:
            reading.columns.append(oid)
    reading.asked = [oid / index for oid, index in reading.cells]
    return reading


def make_sensor(live: LiveFact, fields: Mapping[str, Any]) -> SensorReading | None:
    """Give a sensor's reading; None where it has no value."""
    fact = live.fact
    if not isinstance(fact, SensorFact):
        return None
    raw = fields["value"]
    if fact.states or fact.no_flag:
        return _make_state(live, fact, raw)
    value = as_number(raw)
    if value is None:
        return None
    limits = live.limits or Limits()
    unit = fact.unit or SENSOR_UNITS[fact.kind]
    limits_from = None if limits == NO_LIMITS else fact.limits_from
    return SensorReading(live.key, fact.kind, live.name, value, unit, None, None, limits, limits_from)


def _make_state(live: LiveFact, fact: SensorFact, raw: Any) -> SensorReading | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, tuple | list):
        state = decide_flags(raw, fact.states, fact.no_flag)
        value: int | None = None
    else:
        state = decide_state(raw, fact.states)
        value = int(raw) if isinstance(raw, int | float) and math.isfinite(raw) else None
    if state is None:
        return None
    return SensorReading(live.key, fact.kind, live.name, value, "", state.text, state.level)


def decide_state(raw: Any, states: Mapping[str, State]) -> State:
    """Give what a raw value stands for; a value nobody foresaw is shown as it is, its level unknown."""
    text = str(int(raw)) if isinstance(raw, bool) else str(raw)
    return states.get(text.casefold()) or State(text, "unknown")


def decide_flags(raw: Sequence[Any], states: Mapping[str, State], no_flag: State | None) -> State | None:
    """Give the texts of all flags that are set, and the worst of their levels."""
    told = [states[str(flag).casefold()] for flag in raw if str(flag).casefold() in states]
    if not told:
        return no_flag
    worst = max((state.level for state in told), key=_ORDER.__getitem__)
    return State(", ".join(state.text for state in told), worst)


def as_number(raw: Any) -> float | int | None:
    """Give a finite number, rounded where it has a fraction; None for all else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return raw if isinstance(raw, int) else round(raw, DIGITS)
