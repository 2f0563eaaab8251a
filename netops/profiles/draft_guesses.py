"""Guesses at what the columns of an unknown table are, by their names where a MIB has some, and by their values."""

import keyword
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from netops.model.reading import SensorKind
from netops.profiles.draft_tables import Cell, Group
from netops.profiles.functions import FUNCTIONS
from netops.profiles.names import DEVICE_NAMES, ROW_NAMES
from netops.snmp.types import Index, Tag

Role = Literal["name", "value", "state", "text", "other"]

_LONGEST_NAME = 48
_LONGEST_LABEL = 64
_MOST_STATES = 12
_NUMBERS = frozenset({Tag.INTEGER, Tag.GAUGE32, Tag.OPAQUE})
_WRITTEN_NUMBER = re.compile(
    r"\s*[-+]?\d+(?:[.,]\d+)?\s*(?:°?[CF]|%|[kmM]?(?:V|A|W|VA|Wh)|[kM]?Hz|rpm|RPM)?\s*"
)
_NAMING = re.compile(r"name|descr|label|alias|title", re.IGNORECASE)
_STATE = re.compile(r"stat(e|us)\b|status|state$|alarm|health|condition", re.IGNORECASE)
_KINDS: tuple[tuple[re.Pattern[str], SensorKind], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"temp", SensorKind.TEMPERATURE),
        (r"humid", SensorKind.HUMIDITY),
        (r"volt", SensorKind.VOLTAGE),
        (r"\bapparent|voltamp", SensorKind.APPARENT_POWER),
        (r"current|amp", SensorKind.CURRENT),
        (r"energy|kwh", SensorKind.ENERGY),
        (r"watt|power", SensorKind.POWER),
        (r"freq|hertz", SensorKind.FREQUENCY),
        (r"\bfan|rpm|fanspeed", SensorKind.FAN),
        (r"runtime|timeremaining|minutesremaining", SensorKind.RUNTIME),
        (r"charge", SensorKind.CHARGE),
        (r"load|util|cpu", SensorKind.LOAD),
        (r"percent", SensorKind.PERCENT),
    )
)


@dataclass(slots=True)
class GuessedColumn:
    """One column of a draft."""

    variable: str
    oid: tuple[int, ...]
    cells: Mapping[Index, Cell]
    role: Role = "other"
    kind: SensorKind = SensorKind.COUNT
    is_written: bool = False
    """Its numbers are written as text."""
    labels: Mapping[int, str] = field(default_factory=dict)
    """Raw values to the words of the MIB, where it is known."""


def guess_columns(
    group: Group, names: Mapping[int, str], labels: Mapping[int, Mapping[int, str]]
) -> list[GuessedColumn]:
    """Guess at the columns of a group.

    Args:
        group: The table.
        names: Column arc to the MIB's name, for those that have one.
        labels: Column arc to the words of its enumeration, for those that have one.
    """
    taken: set[str] = set()
    columns = []
    for arc, cells in sorted(group.columns.items()):
        variable = name_variable(names.get(arc, f"c{arc}"), taken)
        column = GuessedColumn(variable, (*group.entry, arc), cells, labels=labels.get(arc, {}))
        _guess_role(column, names.get(arc, ""))
        columns.append(column)
    _choose_name(columns, names)
    _guess_kinds(columns, names)
    return columns


def name_variable(name: str, taken: set[str]) -> str:
    """Make a variable of a MIB's name, unlike those ``taken``, which it joins: upsInputVoltage, ups_input_voltage."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    base = re.sub(r"[^a-z0-9_]+", "_", words).strip("_")[:_LONGEST_NAME] or "c"
    if base[0].isdigit():
        base = f"c{base}"[:_LONGEST_NAME]
    reserved: Collection[str] = {*DEVICE_NAMES, *ROW_NAMES, *FUNCTIONS, *taken}
    number, chosen = 2, base
    while chosen in reserved or keyword.iskeyword(chosen):
        chosen = f"{base[: _LONGEST_NAME - 4]}_{number}"
        number += 1
    taken.add(chosen)
    return chosen


def _guess_role(column: GuessedColumn, name: str) -> None:
    cells = column.cells
    values = [cell.value for cell in cells.values()]
    tags = {cell.tag for cell in cells.values()}
    if tags <= {Tag.OCTET_STRING}:
        texts = [value for value in values if isinstance(value, str) and value]
        if texts and all(map(_WRITTEN_NUMBER.fullmatch, texts)) and not _NAMING.search(name):
            column.role, column.is_written = "value", True
        elif texts and all(text.isprintable() and len(text) <= _LONGEST_LABEL for text in texts):
            column.role = "text"
    elif tags <= _NUMBERS and all(isinstance(value, int | float) for value in values):
        if (
            all(value in index for index, cell in cells.items() for value in (cell.value,))
            and (0,) not in cells
        ):
            return  # it repeats an arc of the index
        is_few = {Tag.INTEGER} == tags and all(1 <= _number(value) <= _MOST_STATES for value in values)
        is_state = bool(column.labels or _STATE.search(name)) if name else is_few
        column.role = "state" if is_state else "value"


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else -1


def _choose_name(columns: Iterable[GuessedColumn], names: Mapping[int, str]) -> None:
    """Take the text that tells the most rows apart for the rows' name, one that is called so before others."""
    texts = [column for column in columns if column.role == "text"]
    if not texts:
        return

    def merit(column: GuessedColumn) -> tuple[int, bool]:
        different = {cell.value for cell in column.cells.values() if cell.value}
        return len(different), bool(_NAMING.search(names.get(column.oid[-1], "")))

    max(texts, key=merit).role = "name"


def _guess_kinds(columns: Iterable[GuessedColumn], names: Mapping[int, str]) -> None:
    columns = list(columns)
    said = " ".join(
        str(cell.value) for column in columns if column.role == "name" for cell in column.cells.values()
    )
    values = [column for column in columns if column.role == "value"]
    for column in values:
        name = names.get(column.oid[-1], "")
        # What the rows are called tells of a table's only measurement.
        about = name or (said if len(values) == 1 else "")
        column.kind = next((kind for pattern, kind in _KINDS if pattern.search(about)), SensorKind.COUNT)
