"""One poll of one device as one row: packing it at the poll, and reading many at once.

The layout: version, form, number of series; their ids, as the first one where they run on; a code and then the
numbers for each column. Polls of one device mostly share all but the numbers, so many are decoded together.
"""

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

import numpy as np

from netops.model.history import HistoryKind
from netops.model.interface import COUNTER_NAMES, Deltas
from netops.store.history.samples import Ints, Samples, join, no_samples

VERSION = 1
LISTED, RUNNING = 0, 1
_HEAD = struct.Struct("<BBH")
_FIRST = struct.Struct("<I")
ABSENT, ZERO = 0, 1
_WIDTHS = ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
GAPS = 8
"""Added to the code of a column in which some number is missing: all are one higher, and 0 is a gap."""
_FLOATS = 32
_SANE = 1 << 62
COLUMNS = {HistoryKind.TRAFFIC: len(COUNTER_NAMES), HistoryKind.GAUGE: 1}

Row = tuple[int, int, bytes]
"""at, span, payload."""


def pack_deltas(ids: Sequence[int], deltas: Sequence[Deltas]) -> bytes:
    """Pack the deltas of some interfaces. Runs in every poll."""
    codes = bytearray()
    numbers: list[bytes] = []
    for given in zip(*deltas, strict=True):
        column: Sequence[int] = given
        gaps = 0
        try:
            most = max(column)
        except TypeError:  # there are gaps
            most = None
        if most is None:
            if all(value is None for value in given):
                codes.append(ABSENT)
                continue
            column = [0 if value is None or value > _SANE else value + 1 for value in given]
            most, gaps = max(column), GAPS
        if most == 0:
            codes.append(ZERO)
            continue
        width, form = next(pair for pair in _WIDTHS if most >> (8 * pair[0]) == 0)
        codes.append(width + 1 + gaps)
        numbers.append(array(form, column).tobytes())
    return b"".join((_pack_ids(ids), codes, *numbers))


def pack_gauges(ids: Sequence[int], values: Iterable[float]) -> bytes:
    """Pack the values of some series."""
    return b"".join((_pack_ids(ids), bytes((_FLOATS,)), array("d", values).tobytes()))


def _pack_ids(ids: Sequence[int]) -> bytes:
    count = len(ids)
    if ids[-1] - ids[0] == count - 1 and list(ids) == list(range(ids[0], ids[0] + count)):
        return _HEAD.pack(VERSION, RUNNING, count) + _FIRST.pack(ids[0])
    return _HEAD.pack(VERSION, LISTED, count) + array("I", ids).tobytes()


@dataclass(slots=True)
class SortedRows:
    """Rows of one device, sorted out by what they share."""

    kind: HistoryKind
    alike: dict[bytes, list[Row]]
    """By the part before the numbers."""
    damaged: list[int]
    """The instants of rows that are not whole."""

    def list_series(self) -> Ints:
        """Give the ids of all series that the rows tell of, ascending."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *map(unpack_ids, self.alike)]))

    def unpack(self, only: Sequence[int] | None = None, within: tuple[int, int] | None = None) -> Samples:
        """Give the samples.

        Args:
            only: Numbers of the columns that are wanted, ascending; all without it.
            within: The lowest and the highest id of the series that are wanted; all without it.
        """
        columns = COLUMNS[self.kind]
        wanted = range(columns) if only is None else only
        pieces = [
            _unpack_alike(prefix, group, columns, wanted, within) for prefix, group in self.alike.items()
        ]
        return join(pieces, len(wanted)) if pieces else no_samples(len(wanted))


def sort_out(rows: Iterable[Row], kind: HistoryKind) -> SortedRows:
    """Sort rows out; millions of them pass here when days are packed."""
    columns = COLUMNS[kind]
    found = SortedRows(kind, defaultdict(list), [])
    alike, sizes = found.alike, dict[bytes, int]()
    prefix, size = b"", -1
    for row in rows:
        payload = row[2]
        if len(payload) == size and payload.startswith(prefix):  # as the one before, which is the rule
            alike[prefix].append(row)
            continue
        end = end_of_prefix(payload, columns)
        prefix = payload[:end]
        if prefix not in sizes:
            sizes[prefix] = size_of(prefix, columns) if end else -1
        size = sizes[prefix]
        if len(payload) == size:
            alike[prefix].append(row)
        else:
            found.damaged.append(row[0])
    return found


def end_of_prefix(payload: bytes, columns: int) -> int:
    """Give where the numbers begin; 0 where the payload has no form that we know."""
    if len(payload) < _HEAD.size:
        return 0
    version, form, count = _HEAD.unpack_from(payload)
    if version != VERSION or form > RUNNING or not count:
        return 0
    return _HEAD.size + (_FIRST.size if form == RUNNING else 4 * count) + columns


def size_of(prefix: bytes, columns: int) -> int:
    """Give how long a payload with this prefix is."""
    count: int = _HEAD.unpack_from(prefix)[2]
    return len(prefix) + sum(map(width_of_code, prefix[-columns:])) * count


def unpack_rows(
    rows: Sequence[Row],
    kind: HistoryKind,
    only: Sequence[int] | None = None,
    within: tuple[int, int] | None = None,
) -> tuple[Samples, list[int]]:
    """Give the samples of many polls of one device, and the instants of those that are damaged.

    Args:
        rows: The polls.
        kind: What they hold.
        only: Numbers of the columns that are wanted, ascending; all without it.
        within: The lowest and the highest id of the series that are wanted; all without it.
    """
    found = sort_out(rows, kind)
    return found.unpack(only, within), found.damaged


def unpack_ids(prefix: bytes) -> Ints:
    """Give the ids of series that a prefix lists, in its order."""
    _version, form, count = _HEAD.unpack_from(prefix)
    if form == RUNNING:
        return np.arange(count, dtype=np.int64) + int(_FIRST.unpack_from(prefix, _HEAD.size)[0])
    return np.frombuffer(prefix, "<u4", count, _HEAD.size).astype(np.int64)


def width_of_code(code: int) -> int:
    """Give the bytes of a number in a column of this code."""
    if code <= ZERO:
        return 0
    if code == _FLOATS:
        return 8
    return (code - 1) & (GAPS - 1) or GAPS


def _unpack_alike(
    prefix: bytes, rows: Sequence[Row], columns: int, wanted: Sequence[int], within: tuple[int, int] | None
) -> Samples:
    ids = unpack_ids(prefix)
    count = len(ids)
    order = np.argsort(ids)
    if within is not None:
        order = order[(ids[order] >= within[0]) & (ids[order] <= within[1])]
    if any(later[0] < row[0] for row, later in pairwise(rows)):
        rows = sorted(rows, key=itemgetter(0))
    body = b"".join([row[2][len(prefix) :] for row in rows])
    table = np.frombuffer(body, np.uint8).reshape(len(rows), -1)
    by_series = np.empty((len(order), len(wanted), len(rows)))
    codes = prefix[-columns:]
    for number, column in enumerate(wanted):
        code = codes[column]
        if code <= ZERO:
            by_series[:, number] = np.nan if code == ABSENT else 0.0
            continue
        width, place = width_of_code(code), sum(map(width_of_code, codes[:column])) * count
        cells = np.ascontiguousarray(table[:, place : place + width * count])
        by_series[:, number] = cells.view("<f8" if code == _FLOATS else f"<u{width}").T[order]
        if code != _FLOATS and code > GAPS + 1:
            by_series[:, number] -= 1
            by_series[:, number][by_series[:, number] < 0] = np.nan
    at = np.array([row[0] for row in rows], np.int64)
    span = np.array([row[1] for row in rows], np.int64)
    return Samples(ids[order], at, span, by_series.transpose(2, 0, 1))
