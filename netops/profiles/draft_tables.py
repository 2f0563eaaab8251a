"""Finds the tables in a walk from its OIDs and types alone, where no MIB says what they are.

By the rules of SMI (RFC 2578 section 7.1) a scalar ends in .0, and a table holds one entry, .1, whose children are
the columns; the rows of all columns share their indexes, and a column has one type.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from netops.snmp.types import Index

Arcs = tuple[int, ...]

_SHALLOWEST = 8
"""Arcs of an entry at least: 1.3.6.1.4.1, the maker's number, and 1."""
_GROUP_AND_SCALAR = 2
_SHARING = 0.8
"""Of the columns of an entry, so many have most of their rows in common with the longest."""


class Cell(NamedTuple):
    """A variable of a walk: octets as text where they are some, OIDs and addresses dotted."""

    tag: int
    value: int | float | str | bytes


@dataclass(slots=True)
class Group:
    """What looks like a table, or scalars that stand beside each other (their only row is 0)."""

    entry: Arcs
    columns: dict[int, dict[Index, Cell]]

    @property
    def indexes(self) -> list[Index]:
        """Every row, sorted."""
        return sorted({index for cells in self.columns.values() for index in cells})


@dataclass(slots=True)
class _Node:
    children: dict[int, "_Node"]
    cell: Cell | None = None


def find_groups(
    variables: Mapping[Arcs, Cell], column_of: Callable[[Arcs], Arcs | None] = lambda _arcs: None
) -> list[Group]:
    """Sort variables into tables and groups of scalars; none is lost, and each is in one only.

    Args:
        variables: Whole OIDs to values.
        column_of: Gives the column that a variable is in where a MIB tells; None where none does.
    """
    known: dict[Arcs, Group] = {}
    rest: list[Arcs] = []
    for arcs in sorted(variables):
        column = column_of(arcs)
        if column is None or len(column) >= len(arcs):
            rest.append(arcs)
        else:
            _put(known, column, arcs, variables[arcs])
    found = _split((), _plant(rest, variables))
    placed = {
        (*group.entry, arc, *index)
        for group in found
        for arc in group.columns
        for index in group.columns[arc]
    }
    for arcs in rest:
        # A scalar, whose .0 is its index; or not laid out as SMI asks: the last arc is taken for the index.
        if arcs not in placed and len(arcs) > 2:
            _put(known, arcs[:-1], arcs, variables[arcs])
    return sorted([*found, *known.values()], key=lambda group: group.entry)


def _put(groups: dict[Arcs, Group], column: Arcs, arcs: Arcs, cell: Cell) -> None:
    group = groups.setdefault(column[:-1], Group(column[:-1], {}))
    group.columns.setdefault(column[-1], {})[arcs[len(column) :]] = cell


def _plant(rest: Iterable[Arcs], variables: Mapping[Arcs, Cell]) -> _Node:
    root = _Node({})
    for arcs in rest:
        node = root
        for arc in arcs:
            node = node.children.setdefault(arc, _Node({}))
        node.cell = variables[arcs]
    return root


def _split(prefix: Arcs, node: _Node) -> list[Group]:
    """Give the tables below a node, the outermost that looks like one; of a single column, the innermost."""
    columns = _as_columns(node) if prefix[-1:] == (1,) and len(prefix) >= _SHALLOWEST else {}
    if len(columns) > 1:
        return [Group(prefix, columns)]
    below = [group for arc, child in node.children.items() for group in _split((*prefix, arc), child)]
    if columns and _count(below) < sum(map(len, columns.values())):
        return [Group(prefix, columns)]
    return below


def _count(groups: Iterable[Group]) -> int:
    return sum(len(cells) for group in groups for cells in group.columns.values())


def _as_columns(entry: _Node) -> dict[int, dict[Index, Cell]]:
    """Read the children of a node as columns; {} where they are none."""
    columns: dict[int, dict[Index, Cell]] = {}
    for arc, child in entry.children.items():
        if child.cell is not None or not child.children:
            return {}
        cells = dict(_list_cells((), child))
        if len({cell.tag for cell in cells.values()}) > 1 or all(map(_is_scalar_of_group, cells)):
            return {}
        columns[arc] = cells
    longest = max(columns.values(), key=len, default={})
    sharing = sum(2 * len(cells.keys() & longest.keys()) >= len(cells) for cells in columns.values())
    return columns if columns and sharing >= _SHARING * len(columns) else {}


def _is_scalar_of_group(index: Index) -> bool:
    """Say whether this is a scalar one step further down rather than a row; three arcs may well end in 0."""
    return len(index) == _GROUP_AND_SCALAR and index[-1] == 0


def _list_cells(index: Index, node: _Node) -> Iterator[tuple[Index, Cell]]:
    if node.cell is not None:
        yield index, node.cell
    for arc, child in node.children.items():
        yield from _list_cells((*index, arc), child)
