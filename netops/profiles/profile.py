"""A profile ready for use: its own file and those it extends merged, every expression compiled."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from netops.model.reading import Level, SensorKind
from netops.profiles.expression import Expression, Template, compile_expression
from netops.profiles.format import (
    LEVELS,
    ColumnPart,
    ComponentPart,
    IdentityPart,
    ProcessorPart,
    ProfileFile,
    SensorPart,
    SpacePart,
    StateMap,
    SupplyPart,
    TablePart,
    VlanPart,
)
from netops.snmp.types import Oid

IDENTITY_FIELDS = ("vendor", "model", "os", "os_version", "serial")
NOWHERE = "0.0"
"""zeroDotZero, where no agent has anything."""


@dataclass(frozen=True, slots=True)
class State:
    """What a raw value stands for."""

    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one scalar."""

    name: str
    oid: Oid
    read_as: Literal["auto", "octets", "number", "text"]
    invalid: frozenset[str]
    index: Expression | None
    """Of a column that belongs to another table: the row there that goes with a row here."""
    steady: bool = False
    """Its cells are read when the device is surveyed only."""
    many: bool = False
    """Its value is a map: the rest of the index to the value, of all rows that begin with ``index``."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing in each row; ``fields`` are worked out in every poll, the rest when the device is surveyed."""

    id: str
    """Table and key, ``ups_input.voltage``: with the row's index, a sensor's key."""
    where: Expression | None
    name: Template | None
    fields: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class SensorFact(Fact):
    """A sensor; its field is ``value``."""

    kind: SensorKind
    unit: str | None
    states: Mapping[str, State]
    """Raw value in lower case to state; empty for a measurement."""
    no_flag: State | None
    limits: Mapping[str, Expression]
    limits_from: Literal["device", "profile"]


@dataclass(frozen=True, slots=True)
class ComponentFact(Fact):
    """A piece of hardware."""

    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its facts, by subject."""

    name: str
    columns: Mapping[str, Column]
    where: Expression | None
    priority: int
    instead_of: tuple[str, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    """Subject (``sensors``, ``processors``, ``memory`` …) to its facts."""
    beside_standard: bool = False
    """Its processors, memory and storage join those of the standard MIBs."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All that is known of a family of devices."""

    name: str
    identity: Mapping[str, tuple[Expression, ...]] = field(default_factory=dict)
    scalars: Mapping[str, Column] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    """sysObjectID, dotted, to what it stands for."""
    max_repetitions: int | None = None
    survey_every: timedelta | None = None
    ignore_interfaces: tuple[str, ...] = ()


def build_profile(name: str, chain: Iterable[ProfileFile], base: str = "") -> Profile:
    """Merge a profile with those it extends, the most general first, and compile it.

    Of two tables, states or scalars of one name the later counts; identity expressions of the later are tried
    before those of the earlier. ``base`` is what ``@`` stands for.
    """
    states: dict[str, StateMap] = {}
    scalars: dict[str, ColumnPart] = {}
    tables: dict[str, TablePart] = {}
    identity: dict[str, tuple[str, ...]] = dict.fromkeys(IDENTITY_FIELDS, ())
    models: dict[str, str] = {}
    quirks: dict[str, Any] = {}
    for part in chain:
        for left_out in part.without:
            tables.pop(left_out, None)
        states |= part.states
        scalars |= part.scalars
        tables |= part.tables
        models |= part.models
        identity = {key: _told(part.identity, key) + given for key, given in identity.items()}
        quirks |= {key: value for key, value in part.quirks if value}
    return Profile(
        name,
        {key: tuple(map(compile_expression, dict.fromkeys(texts))) for key, texts in identity.items()},
        {key: _column(key, column, base) for key, column in scalars.items()},
        {key: _table(key, table, states, base) for key, table in tables.items()},
        models,
        **quirks,
    )


def _told(identity: IdentityPart, key: str) -> tuple[str, ...]:
    told: tuple[str, ...] = getattr(identity, key)
    return told


def _column(name: str, part: ColumnPart, base: str) -> Column:
    index = compile_expression(part.index) if part.index else None
    invalid = frozenset(word.casefold() for word in part.invalid)
    return Column(
        name,
        Oid.parse(part.oid.replace("@", base or NOWHERE, 1)),
        part.read_as,
        invalid,
        index,
        steady=part.steady or part.many,
        many=part.many,
    )


def _table(name: str, part: TablePart, states: Mapping[str, StateMap], base: str) -> Table:
    facts: dict[str, tuple[Fact, ...]] = {
        "sensors": tuple(_sensor(f"{name}.{key}", each, states) for key, each in part.sensors.items()),
        "processors": _number(name, part.processors, _processor),
        "memory": _number(name, part.memory, _space),
        "storage": _number(name, part.storage, _space),
        "supplies": _number(name, part.supplies, _supply),
        "components": _number(name, part.components, _component),
        "vlans": _number(name, part.vlans, _vlan),
    }
    return Table(
        name,
        {key: _column(key, column, base) for key, column in _own_first(part.columns)},
        compile_expression(part.where) if part.where else None,
        part.priority,
        part.instead_of,
        {subject: told for subject, told in facts.items() if told},
        part.beside_standard,
    )


def _own_first(columns: Mapping[str, ColumnPart]) -> list[tuple[str, ColumnPart]]:
    """Put the columns of other tables last: their index may be told by a column of this one."""
    return sorted(columns.items(), key=lambda item: item[1].index is not None)


def _number(name: str, parts: Iterable[Any], build: Callable[[str, Any], Fact]) -> tuple[Fact, ...]:
    return tuple(build(f"{name}.{at}" if at else name, part) for at, part in enumerate(parts))


def _compile(**texts: str | None) -> dict[str, Expression]:
    return {key: compile_expression(text) for key, text in texts.items() if text}


def _where(text: str | None) -> Expression | None:
    return compile_expression(text) if text else None


def _sensor(fact_id: str, part: SensorPart, states: Mapping[str, StateMap]) -> SensorFact:
    table = states.get(part.states, {}) if isinstance(part.states, str) else part.states or {}
    limits = _compile(**dict(part.limits)) if part.limits else {}
    fixed = all(limit.is_constant for limit in limits.values())
    return SensorFact(
        fact_id,
        _where(part.where),
        Template(part.name),
        _compile(value=part.value),
        part.kind,
        part.unit,
        compile_states(table),
        State(part.no_flag, "ok") if part.no_flag else None,
        limits,
        "profile" if fixed else "device",
    )


def compile_states(levels: StateMap) -> dict[str, State]:
    """Turn a map by level into one by raw value."""
    return {
        raw.casefold(): State(text, level) for level in LEVELS for raw, text in levels.get(level, {}).items()
    }


def _processor(fact_id: str, part: ProcessorPart) -> Fact:
    return Fact(fact_id, _where(part.where), Template(part.name), _compile(load=part.load))


def _space(fact_id: str, part: SpacePart) -> Fact:
    fields = _compile(total=part.total, used=part.used, free=part.free, percent=part.percent)
    return Fact(fact_id, _where(part.where), Template(part.name), fields)


def _supply(fact_id: str, part: SupplyPart) -> Fact:
    fields = _compile(kind=part.kind, level=part.level, state=part.state)
    return Fact(fact_id, _where(part.where), Template(part.name), fields)


def _component(fact_id: str, part: ComponentPart) -> ComponentFact:
    fields = _compile(model=part.model, serial=part.serial, firmware=part.firmware)
    return ComponentFact(fact_id, _where(part.where), Template(part.name), fields, part.kind)


def _vlan(fact_id: str, part: VlanPart) -> Fact:
    return Fact(fact_id, _where(part.where), Template(part.name), _compile(id=part.id))
