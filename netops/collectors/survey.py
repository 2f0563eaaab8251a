"""Finds out which facts of its profile a device has: presence first, then the tables that are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netops.collectors.cells import Misfits, read_all
from netops.collectors.live_facts import (
    LiveFact,
    RowIndex,
    as_number,
    make_sensor,
    plan_reading,
    read_cell,
)
from netops.collectors.visit import Visit
from netops.model.identity import IdentityReading
from netops.model.reading import Limits
from netops.profiles.profile import Column, Fact, Profile, SensorFact, Table
from netops.snmp.types import Absent, Index, Oid, SnmpSession, Value

SCALAR: Index = (0,)
FIRST = "first"
"""Of a scalar that is picked from a column: the first row that holds something."""

Found = dict[Oid, dict[Index, Value]]


@dataclass(frozen=True, slots=True)
class World:
    """What every row of a device can refer to."""

    names: Mapping[str, Any]
    """The system group, the chassis, the look-up of interfaces."""
    scalars: Mapping[str, Any]


async def survey(session: SnmpSession, visit: Visit, profile: Profile, misfits: Misfits) -> Found:
    """Look at every table of the profile, and remember which facts later polls are to read.

    Returns:
        What was read, which serves this poll.

    Raises:
        DeviceError: Nothing could be read.
    """
    memory = visit.memory.knowledge
    found = await read_present(session, _columns(profile), misfits)
    names = name_world(visit)
    names["product"] = profile.models.get(names["object_id"], "")
    scalars: dict[str, Any] = {}
    for name, column in profile.scalars.items():
        scalars[name] = _scalar(column, found, {**names, **scalars})
    world = World(names, scalars)
    memory.identity = decide_identity(profile, {**world.names, **scalars})
    facts = [
        fact
        for table in profile.tables.values()
        for fact in _look_at(table, profile, world, found)
        if _has_value(fact, found)
    ]
    if memory.on_survey is not None:
        memory.on_survey(profile, facts, found)
    memory.facts = name_apart(drop_doubles(facts))
    memory.reading = plan_reading(memory.facts, {oid: len(cells) for oid, cells in found.items()})
    memory.surveyed_at = visit.clock.monotonic()
    return found


async def read_present(session: SnmpSession, columns: Iterable[Oid], misfits: Misfits) -> Found:
    """Read the columns that the device has: one GETNEXT each tells which, and brings the scalars along.

    A second one behind each .0 tells scalars from tables whose first row is 0.
    """
    wanted = list(dict.fromkeys(columns))
    found: Found = {}
    tables: list[Oid] = []
    for column, varbind in zip(wanted, await session.get_next(wanted), strict=True):
        if isinstance(varbind.value, Absent) or not varbind.oid.startswith(column):
            continue
        index = varbind.oid.index_below(column)
        if index == SCALAR:
            found[column] = {SCALAR: varbind.value}
        else:
            tables.append(column)
    # A table may begin with row 0 as well: what comes next tells one from a scalar.
    behind = await session.get_next([column / 0 for column in found]) if found else []
    for column, varbind in zip(tuple(found), behind, strict=True):
        if not isinstance(varbind.value, Absent) and varbind.oid.startswith(column):
            del found[column]
            tables.append(column)
    if tables:
        found |= await read_all(session, tables, misfits, rarely=True)
    return found


def name_world(visit: Visit) -> dict[str, Any]:
    """Give the variables that every expression has."""
    system = visit.memory.system.texts
    rows = visit.memory.interfaces.rows.values()
    keys = {row.if_index: row.key for row in rows}
    return {
        "descr": system.description if system else "",
        "object_id": system.object_id if system else "",
        "sys_name": system.name if system else "",
        "interface": keys.get,
        **visit.memory.chassis,
    }


def decide_identity(profile: Profile, names: Mapping[str, Any]) -> IdentityReading:
    """Work out what the device is: of each field the first expression that gives something."""
    told: dict[str, str] = {}
    for key, expressions in profile.identity.items():
        values = (expression(names) for expression in expressions)
        told[key] = next((str(value).strip() for value in values if value not in (None, "")), "")
    return IdentityReading(profile.name, **told)


def _columns(profile: Profile) -> list[Oid]:
    columns = [column.oid for table in profile.tables.values() for column in table.columns.values()]
    return columns + [_root(column) for column in profile.scalars.values()]


def _root(scalar: Column) -> Oid:
    """Give what a scalar stands below; its oid is that of the variable itself, or of a column it is picked from."""
    return scalar.oid if scalar.index else Oid.of(*scalar.oid.arcs[:-1])


def _scalar(column: Column, found: Found, before: Mapping[str, Any]) -> Any:
    """Give a scalar's value; ``before`` are those that stand before it, by which it may be picked from a column."""
    cells = found.get(_root(column), {})
    if column.index is None:
        return read_cell(column, cells.get(column.oid.index_below(_root(column))))
    wanted = column.index(before)
    if wanted != FIRST:
        return read_cell(column, cells.get(_as_index(wanted)))
    values = (read_cell(column, cells[index]) for index in sorted(cells))
    return next((value for value in values if value not in (None, "", b"")), None)


def _look_at(table: Table, profile: Profile, world: World, found: Found) -> Iterable[LiveFact]:
    own = [column for column in table.columns.values() if column.index is None]
    indexes = sorted({index for column in own for index in found.get(column.oid, ())})
    grouped: dict[tuple[Oid, int], dict[Index, dict[Index, Value]]] = {}
    for index in indexes:
        row: dict[str, Any] = {**world.names, **world.scalars, "index": RowIndex(index)}
        places: dict[str, tuple[Column, Index]] = {}
        for name, column in table.columns.items():
            place = index if column.index is None else _other_row(column, row)
            cells = found.get(column.oid, {})
            if column.many:
                row[name] = _rows_below(column, place, cells, grouped)
            else:
                row[name] = read_cell(column, cells.get(place))
            places[name] = column, place
        if table.where and not table.where(row):
            continue
        for subject, facts in table.facts.items():
            for fact in facts:
                live = _make_live(subject, fact, table, row, places, profile)
                if live:
                    yield live


def _other_row(column: Column, row: Mapping[str, Any]) -> Index:
    return _as_index(column.index(row) if column.index else None, many=column.many)


def _as_index(index: Any, *, many: bool = False) -> Index:
    if isinstance(index, int):
        return (index,)
    if isinstance(index, tuple | list) and all(isinstance(arc, int) for arc in index):
        return tuple(index) or (() if many else SCALAR)
    return ()


def _rows_below(
    column: Column,
    place: Index,
    cells: Mapping[Index, Value],
    grouped: dict[tuple[Oid, int], dict[Index, dict[Index, Value]]],
) -> dict[Index, Any]:
    """Give all rows that begin with an index; ``grouped`` keeps each column sorted by its beginnings."""
    length = len(place)
    groups = grouped.get((column.oid, length))
    if groups is None:
        groups = grouped[column.oid, length] = {}
        for index, value in cells.items():
            groups.setdefault(index[:length], {})[index[length:]] = value
    below = ((rest, read_cell(column, value)) for rest, value in groups.get(place, {}).items())
    return {rest: value for rest, value in below if value is not None}


def _make_live(
    subject: str,
    fact: Fact,
    table: Table,
    row: Mapping[str, Any],
    places: Mapping[str, tuple[Column, Index]],
    profile: Profile,
) -> LiveFact | None:
    if fact.where and not fact.where(row):
        return None
    if all(expression(row) is None for expression in fact.fields.values()):
        return None
    names = {name for expression in fact.fields.values() for name in expression.names}
    fresh = {name: places[name] for name in names & places.keys() if not places[name][0].steady}
    scalars = names & profile.scalars.keys() - places.keys()
    for name in scalars:
        column = profile.scalars[name]
        if column.steady or column.index:
            continue
        root = _root(column)
        cell = Column(name, root, column.read_as, column.invalid, None)
        fresh[name] = cell, column.oid.index_below(root)
    known = {name: row[name] for name in names - fresh.keys()}
    name = fact.name(row) if fact.name else ""
    index = row["index"]
    live = LiveFact(subject, fact, table, index, name or f"{table.name} {index}", known, fresh)
    if isinstance(fact, SensorFact) and fact.limits:
        live.limits = decide_limits({bound: as_number(limit(row)) for bound, limit in fact.limits.items()})
    return live


def decide_limits(bounds: Mapping[str, int | float | None]) -> Limits:
    """Make limits; a lower and an upper one that leave no room between them are a device's way to say none."""
    kept = dict(bounds)
    for below, above in (("low", "high"), ("low_warn", "high_warn")):
        lower, upper = kept.get(below), kept.get(above)
        if lower is not None and upper is not None and lower >= upper:
            kept[below] = kept[above] = None
    return Limits(**kept)


def drop_doubles(facts: list[LiveFact]) -> list[LiveFact]:
    """Leave out what another table tells better: by ``instead_of``, and by name and priority."""
    replaced = {(fact.subject, name) for fact in facts for name in fact.table.instead_of}
    kept = [fact for fact in facts if (fact.subject, fact.table.name) not in replaced]
    best: dict[tuple[Any, ...], int] = {}
    for fact in kept:
        label = label_of(fact)
        best[label] = max(best.get(label, 0), fact.table.priority)
    return [fact for fact in kept if fact.table.priority == best[label_of(fact)]]


def _has_value(fact: LiveFact, found: Found) -> bool:
    return fact.subject != "sensors" or make_sensor(fact, fact.work_out(found)) is not None


def label_of(fact: LiveFact) -> tuple[Any, ...]:
    """Give what two facts that tell the same have in common."""
    kind = fact.fact.kind if isinstance(fact.fact, SensorFact) else ""
    return fact.subject, kind, fact.name.casefold()


def name_apart(facts: list[LiveFact]) -> list[LiveFact]:
    """Add the index to names that several facts of one kind share, in place."""
    seen: dict[tuple[Any, ...], list[LiveFact]] = {}
    for fact in facts:
        seen.setdefault(label_of(fact), []).append(fact)
    for shared in seen.values():
        if len(shared) > 1:
            for fact in shared:
                fact.name = f"{fact.name} {fact.index}"
    return facts
