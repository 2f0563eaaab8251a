"""Drafts a profile from a walk: YAML that loads as it is, with guesses behind # for whoever knows the device."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from netops.i18n import _, ngettext
from netops.model.reading import SensorKind
from netops.profiles.draft_guesses import GuessedColumn, guess_columns, name_variable
from netops.profiles.draft_tables import Arcs, Cell, Group, find_groups
from netops.profiles.matching import ENTERPRISES, GENERIC, enterprise_number
from netops.snmp.types import Tag

COMMON_AGENTS = frozenset({2021, 8072, 311})
"""Numbers of UCD-SNMP, net-snmp and Microsoft, under which other makers' devices show themselves too."""
_VERSION = re.compile(r"(?i)\D{0,8}\d+(\.\d+)+.*")
_SERIAL = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9-]{5,23}")
_MODEL = re.compile(r"(?=.*[A-Za-z])[\w ./+-]{3,40}")
_CANDIDATE_FORMS = (("model", _MODEL), ("os_version", _VERSION), ("serial", _SERIAL))
_CANDIDATES = 5
_SAMPLES = 3
_LONGEST_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Walk:
    """What was read of a device."""

    object_id: str
    description: str
    variables: Mapping[Arcs, Cell]
    """Those below 1.3.6.1.4.1; others are told by the standard MIBs."""


@dataclass(frozen=True, slots=True)
class MibWords:
    """What is known of objects by name."""

    name_of: Callable[[Arcs], str | None] = lambda _arcs: None
    """Gives the name of a column, an entry or a table."""
    column_of: Callable[[Arcs], Arcs | None] = lambda _arcs: None
    """Gives the column that a variable is in."""
    labels_of: Callable[[Arcs], Mapping[int, str]] = lambda _arcs: {}
    """Gives the words of a column's enumeration."""


@dataclass(slots=True)
class _Draft:
    tables: list[tuple[str, Group, list[GuessedColumn]]] = field(default_factory=list)
    known: int = 0
    foreign: int = 0


def draft_profile(
    walk: Walk, *, extends: str = GENERIC, known: Collection[Arcs] = (), words: MibWords | None = None
) -> str:
    """Write the draft.

    Args:
        walk: What was read.
        extends: The profile that the device has now; the draft adds to it.
        known: Columns that this profile reads already; they are left out.
        words: What MIBs tell.
    """
    draft = _sort(walk, known, words or MibWords())
    about = _("Drafted from: %(descr)s") % {"descr": _clean(walk.description) or "?"}
    lines = [
        "# " + _("Drafted by netops from a walk: keep what is of use, and name it well."),
        "# "
        + _(
            "A # right before a word hides a guess: take it away to use it. Then run `netops profile check`."
        ),
        f"description: {quote(about)}",
        f"extends: [{extends}]",
        *_write_match(walk, draft),
        *_write_identity(draft),
        *_write_tables(draft),
    ]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    """Quote a text for YAML; what is not printable has been taken out before."""
    return json.dumps(text, ensure_ascii=False)


def _clean(text: str, longest: int = 100) -> str:
    """Give a text in one line without what would end a comment or upset a terminal."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


# --- sorting


def _sort(walk: Walk, known: Collection[Arcs], words: MibWords) -> _Draft:
    draft = _Draft()
    own = enterprise_number(walk.object_id)
    variables = {}
    for arcs, cell in walk.variables.items():
        if arcs[: len(ENTERPRISES)] != ENTERPRISES or len(arcs) <= len(ENTERPRISES) + 1:
            continue
        if arcs[6] in COMMON_AGENTS and arcs[6] != own:
            draft.foreign += 1
        else:
            variables[arcs] = cell
    taken: set[str] = set()
    for group in find_groups(variables, words.column_of):
        for arc in [arc for arc in group.columns if (*group.entry, arc) in known]:
            draft.known += len(group.columns.pop(arc))
        if group.columns:
            draft.tables.append((_name_table(group, own, words, taken), group, _guess(group, words)))
    return draft


def _guess(group: Group, words: MibWords) -> list[GuessedColumn]:
    columns = {arc: (*group.entry, arc) for arc in group.columns}
    names = {arc: name for arc, oid in columns.items() if (name := words.name_of(oid))}
    return guess_columns(group, names, {arc: words.labels_of(oid) for arc, oid in columns.items()})


def _name_table(group: Group, own: int, words: MibWords, taken: set[str]) -> str:
    name = words.name_of(group.entry)
    if name is None:
        behind = group.entry[7:] if group.entry[6:7] == (own,) else group.entry[6:]
        kind = "scalars" if group.indexes == [(0,)] else "table"
        name = "_".join([kind, *map(str, behind)])
    return name_variable(name.removesuffix("Entry"), taken)


# --- writing


def _write_match(walk: Walk, draft: _Draft) -> Iterator[str]:
    own = enterprise_number(walk.object_id)
    is_telling = own and own not in COMMON_AGENTS and walk.object_id.count(".") > len(ENTERPRISES)
    start = _pattern(walk.description)
    rules = []
    if own:
        rules.append(f"object_id: {walk.object_id}")
    if start and not is_telling:
        rules.append(f"description: {start}")
    if not rules:
        yield "# " + _("The device does not say what it is; a profile without `match` is used by name only.")
        return
    yield "match:"
    yield f"  - {rules[0]}  # " + _("a shorter one takes in the whole family")
    yield from (f"    {rule}" for rule in rules[1:])
    if start and is_telling:
        yield f"    #description: {start}"
    if draft.tables and not is_telling:
        yield f"    #probe: {{oid: {_dotted(draft.tables[0][2][0].oid)}}}"


def _pattern(description: str) -> str:
    """Give the beginning of sysDescr as a regular expression, quoted for YAML; "" where it has none."""
    found = re.match(r"\s*([ -~]{0,29}[!-~])(?![!-~])", description) or re.match(
        r"\s*([!-~]{1,30})", description
    )
    if found is None:
        return ""
    escaped = re.sub(r"([.^$*+?{}\[\]|()\\])", r"\\\1", found[1])
    return "'^" + escaped.replace("'", "''") + "'"


def _write_identity(draft: _Draft) -> Iterator[str]:
    """Write the scalars that may say what the device is, and how they would be used."""
    scalars = [
        (column, text)
        for _name, group, columns in draft.tables
        if group.indexes == [(0,)]
        for column in columns
        if isinstance(text := column.cells[0,].value, str)
        and column.cells[0,].tag == Tag.OCTET_STRING
        and text
    ]
    # A text may fit several: which of them it is, only a person can tell.
    found = {
        key: [each for each in scalars if pattern.fullmatch(each[1])][:_CANDIDATES]
        for key, pattern in _CANDIDATE_FORMS
    }
    used = [each for each in scalars if any(each in fitting for fitting in found.values())]
    taken: set[str] = set()
    variables = {column.oid: name_variable(f"id_{column.variable}", taken) for column, _text in used}
    if used:
        yield "scalars:"
        for column, text in used:
            yield f"  {variables[column.oid]}: {_dotted(column.oid)}.0  # {_clean(text, _LONGEST_SAMPLE)}"
    yield "#identity:"
    yield "  #vendor: \"'" + _("Maker") + "'\""
    for key, _form in _CANDIDATE_FORMS:
        if found[key]:
            yield f"  #{key}: [{', '.join(variables[column.oid] for column, _text in found[key])}]"


def _write_tables(draft: _Draft) -> Iterator[str]:
    for count, text in (
        (
            draft.known,
            ngettext(
                "%(count)d variable is read by it already.",
                "%(count)d variables are read by it already.",
                draft.known,
            ),
        ),
        (
            draft.foreign,
            ngettext(
                "%(count)d variable of the SNMP agent's own maker is left out.",
                "%(count)d variables of the SNMP agent's own maker are left out.",
                draft.foreign,
            ),
        ),
    ):
        if count:
            yield "# " + text % {"count": count}
    if not draft.tables:
        yield "# " + _("There is no table of a vendor's that is not read already.")
        return
    yield "tables:"
    for name, group, columns in draft.tables:
        yield f"  {name}:  # {_word_rows(group)}"
        yield "    columns:"
        for column in columns:
            yield f"      {column.variable}: {_write_oid(column)}  # {_word_samples(column)}"
        yield from _write_sensors(columns, is_scalars=group.indexes == [(0,)])


def _write_oid(column: GuessedColumn) -> str:
    return f"{{oid: {_dotted(column.oid)}, read_as: number}}" if column.is_written else _dotted(column.oid)


def _word_rows(group: Group) -> str:
    indexes = group.indexes
    if indexes == [(0,)]:
        return _("scalars below %(oid)s") % {"oid": _dotted(group.entry)}
    words = {
        "oid": _dotted(group.entry),
        "count": len(indexes),
        "first": _clean(_dotted(indexes[0]), _LONGEST_SAMPLE),
        "last": _clean(_dotted(indexes[-1]), _LONGEST_SAMPLE),
    }
    return (
        ngettext(
            "%(oid)s, %(count)d row: %(first)s",
            "%(oid)s, %(count)d rows: %(first)s to %(last)s",
            len(indexes),
        )
        % words
    )


def _word_samples(column: GuessedColumn) -> str:
    different = list(dict.fromkeys(cell.value for cell in column.cells.values()))
    shown = [_word_sample(value) for value in different[:_SAMPLES]]
    return ", ".join(shown + (["…"] if len(different) > _SAMPLES else []))


def _word_sample(value: float | str | bytes) -> str:
    if isinstance(value, bytes):
        return f"0x{value[:12].hex()}" + ("…" if len(value) > 12 else "")
    return (
        quote(_clean(value, _LONGEST_SAMPLE))
        if isinstance(value, str)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _write_sensors(columns: Iterable[GuessedColumn], *, is_scalars: bool) -> Iterator[str]:
    columns = list(columns)
    wanted = [column for column in columns if column.role in {"value", "state"}]
    if not wanted:
        return
    label = next((column.variable for column in columns if column.role == "name" and not is_scalars), None)
    yield "    #sensors:"
    for column in wanted:
        words = column.variable.replace("_", " ")
        row = f"{{{label}}}" if label else "" if is_scalars else "{index}"
        kind = SensorKind.STATE if column.role == "state" else column.kind
        yield f"      #{column.variable}:"
        yield f"        #kind: {kind.value}"
        yield f"        #name: {quote(f'{row} {words}'.strip())}"
        yield f"        #value: {column.variable}"
        if column.role == "state":
            yield f"        #states: {{unknown: {{{_word_states(column)}}}}}  # " + _("sort them by level")


def _word_states(column: GuessedColumn) -> str:
    seen = sorted({cell.value for cell in column.cells.values() if isinstance(cell.value, int)})
    texts = dict(column.labels) or {value: str(value) for value in seen}
    return ", ".join(f"{raw}: {quote(text)}" for raw, text in texts.items())


def _dotted(arcs: Iterable[int]) -> str:
    return ".".join(map(str, arcs))
