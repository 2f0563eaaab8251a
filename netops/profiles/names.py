"""Looks for names in a profile that stand for nothing: variables, states, tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from netops.i18n import _
from netops.profiles.expression import Template, compile_expression
from netops.profiles.format import ProfileFile, TablePart
from netops.profiles.functions import BOUND
from netops.settings.document import KeyPath
from netops.settings.parts import did_you_mean

DEVICE_NAMES = frozenset(
    {
        "descr",
        "object_id",
        "product",
        "sys_name",
        "chassis_model",
        "chassis_serial",
        "chassis_name",
        "chassis_descr",
        "chassis_hardware",
        "chassis_firmware",
        "chassis_software",
    }
)
"""Variables of every expression: the system group, and the chassis of ENTITY-MIB."""
ROW_NAMES = frozenset({"index"}) | BOUND


class Unknown(NamedTuple):
    """A name without meaning, and the way to it."""

    path: KeyPath
    message: str
    suggestion: str


def find_unknown_names(part: ProfileFile, chain: Sequence[ProfileFile]) -> Iterator[Unknown]:
    """Check the names one file uses against itself and those it extends (``chain``, itself included)."""
    scalars = {name for each in chain for name in each.scalars}
    states = {name for each in chain for name in each.states}
    tables = {name for each in chain for name in each.tables}
    common = DEVICE_NAMES | scalars
    for key, texts in part.identity:
        for number, text in enumerate(texts):
            path = ("identity", key, number) if len(texts) > 1 else ("identity", key)
            yield from _check(compile_expression(text).names, common, path)
    for number, name in enumerate(part.without):
        if name not in tables:
            yield _no_table(("without", number), name, tables)
    for name, table in part.tables.items():
        yield from _check_table(table, ("tables", name), common, states, tables)


def _check_table(
    table: TablePart, path: KeyPath, common: Iterable[str], states: set[str], tables: set[str]
) -> Iterator[Unknown]:
    known = {*common, *table.columns, *ROW_NAMES}
    for number, name in enumerate(table.instead_of):
        if name not in tables:
            yield _no_table((*path, "instead_of", number), name, tables)
    if table.where:
        yield from _check(compile_expression(table.where).names, known, (*path, "where"))
    for name, column in table.columns.items():
        if column.index:
            before = {*ROW_NAMES, *_columns_before(name, table)}
            yield from _check(
                compile_expression(column.index).names, before, (*path, "columns", name, "index")
            )
    for key, sensor in table.sensors.items():
        here = (*path, "sensors", key)
        yield from _check_fact(sensor, known, here)
        if isinstance(sensor.states, str) and sensor.states not in states:
            message = _('there is no map of states "%(name)s"') % {"name": sensor.states}
            yield Unknown((*here, "states"), message, did_you_mean(sensor.states, states))
        for bound, text in sensor.limits or ():
            if text:
                yield from _check(compile_expression(text).names, known, (*here, "limits", bound))
    for subject in ("processors", "memory", "storage", "supplies", "components", "vlans"):
        for number, fact in enumerate(getattr(table, subject)):
            yield from _check_fact(fact, known, (*path, subject, number))


def _columns_before(name: str, table: TablePart) -> set[str]:
    """Give the columns an ``index`` can use: the table's own, and those of other tables above it."""
    names = list(table.columns)
    return set(names[: names.index(name)]) | {
        other for other, column in table.columns.items() if column.index is None
    }


def _check_fact(fact: Any, known: set[str], path: KeyPath) -> Iterator[Unknown]:
    texts = {"where", "value", "load", "total", "used", "free", "percent", "level", "state", "model", "serial",
             "firmware", "id"}  # fmt: skip
    for key, text in fact:
        if key == "name":
            yield from _check(Template(text).names, known, (*path, key))
        elif isinstance(text, str) and (key in texts or (key == "kind" and path[-2] == "supplies")):
            yield from _check(compile_expression(text).names, known, (*path, key))


def _check(names: Iterable[str], known: Iterable[str], path: KeyPath) -> Iterator[Unknown]:
    for name in sorted(set(names) - set(known)):
        message = _('there is no column or scalar "%(name)s"') % {"name": name}
        yield Unknown(path, message, did_you_mean(name, known))


def _no_table(path: KeyPath, name: str, tables: Iterable[str]) -> Unknown:
    message = _('there is no table "%(name)s"') % {"name": name}
    return Unknown(path, message, did_you_mean(name, tables))
