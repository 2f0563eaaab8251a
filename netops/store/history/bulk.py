"""The polls of many devices summed up at once.

Polls of switches of one make are laid out alike, so a hundred thousand of them are a few tables of numbers. Rows are
cut behind the last column that is asked for and gathered by layout, and one addition serves all devices of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np

from netops.store.history.raw import (
    ABSENT,
    GAPS,
    ZERO,
    end_of_prefix,
    size_of,
    unpack_ids,
    width_of_code,
)
from netops.store.history.samples import MICROSECONDS, Floats, Ints

PolledRow = tuple[int, int, int, bytes]
"""device, at, span, payload."""
_READ_AT_ONCE = 4_000_000
"""Bytes of numbers that are worked on at a time."""


class Summed(NamedTuple):
    """Sums of some series; a series may stand in it more than once. All but the series are [series, column]."""

    series: Ints
    total: Floats
    span: Floats
    """Microseconds that the sum answers for."""
    high: Floats
    """The highest rate of a single poll."""


@dataclass(slots=True)
class _Alike:
    """Polls of one device that share all but the numbers."""

    prefix: bytes
    count: int
    """How many series they tell of."""
    size: int
    """How long such a payload is; -1 where it has no form that we know."""
    cut: int
    """Where the last column that is asked for ends."""
    spans: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


_AtHand = tuple[bytes, int, int, Callable[[int], None], Callable[[bytes], None]]


def sum_up(
    chunks: Iterable[Sequence[PolledRow]], columns: int, wanted: Sequence[int]
) -> tuple[list[Summed], list[int]]:
    """Sum up the polls of any devices, in any order.

    Args:
        chunks: The polls, so many at a time.
        columns: How many columns their kind has.
        wanted: Numbers of the columns that are summed up.

    Returns:
        The sums, and for each damaged row its device.
    """
    groups, damaged = _gather(chain.from_iterable(chunks), columns, wanted)
    by_layout: dict[tuple[int, int, bytes], list[_Alike]] = {}
    for group in groups:
        codes = group.prefix[-columns:][: max(wanted) + 1]
        by_layout.setdefault((group.count, len(group.prefix), codes), []).append(group)
    sums = [
        _sum_alike(some, codes, wanted)
        for (_count, _length, codes), alike in by_layout.items()
        for some in _portions(alike)
    ]
    return sums, damaged


def _gather(rows: Iterable[PolledRow], columns: int, wanted: Sequence[int]) -> tuple[list[_Alike], list[int]]:
    """Sort rows out by device and by what they share. A hundred thousand pass here, so what each takes is at hand."""
    latest: dict[int, _AtHand] = {}
    known: dict[tuple[int, bytes], _Alike] = {}
    damaged: list[int] = []
    nothing: _AtHand = (b"", -1, 0, list[int]().append, list[bytes]().append)
    for device, _at, span, payload in rows:
        prefix, size, cut, add_span, add_body = latest.get(device, nothing)
        if len(payload) != size or not payload.startswith(prefix):
            prefix = payload[: end_of_prefix(payload, columns)]
            group = known.get((device, prefix))
            if group is None:
                group = known[device, prefix] = _make_group(prefix, columns, wanted)
            if len(payload) != group.size:
                damaged.append(device)
                continue
            cut, add_span, add_body = group.cut, group.spans.append, group.bodies.append
            latest[device] = prefix, group.size, cut, add_span, add_body
        add_span(span)
        add_body(payload[:cut])
    return [group for group in known.values() if group.spans], damaged


def _make_group(prefix: bytes, columns: int, wanted: Sequence[int]) -> _Alike:
    if not prefix:
        return _Alike(prefix, 0, -1, 0)
    count = len(unpack_ids(prefix))
    numbers = sum(map(width_of_code, prefix[-columns:][: max(wanted) + 1])) * count
    return _Alike(prefix, count, size_of(prefix, columns), len(prefix) + numbers)


def _portions(alike: list[_Alike]) -> Iterable[list[_Alike]]:
    some: list[_Alike] = []
    size = 0
    for group in alike:
        some.append(group)
        size += group.cut * len(group.bodies)
        if size > _READ_AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _sum_alike(groups: list[_Alike], codes: bytes, wanted: Sequence[int]) -> Summed:
    """Sum up groups of one layout and one number of series: a table with a row for each poll."""
    start = len(groups[0].prefix)
    ids = [unpack_ids(group.prefix) for group in groups]
    count = groups[0].count
    table = np.frombuffer(b"".join([body for group in groups for body in group.bodies]), np.uint8)
    table = table.reshape(-1, groups[0].cut)
    span = np.array([span for group in groups for span in group.spans], np.float64)
    firsts = np.cumsum([0, *(len(group.spans) for group in groups[:-1])])
    shape = (len(groups), count, len(wanted))
    summed = Summed(np.concatenate(ids), np.zeros(shape), np.zeros(shape), np.full(shape, -np.inf))
    for place, column in enumerate(wanted):
        code = codes[column]
        if code == ABSENT:
            continue
        spans = np.add.reduceat(span, firsts)[:, None]
        if code == ZERO:
            summed.span[:, :, place], summed.high[:, :, place] = spans, 0.0
            continue
        begin = start + sum(map(width_of_code, codes[:column])) * count
        width = width_of_code(code)
        cells = np.ascontiguousarray(table[:, begin : begin + width * count]).view(f"<u{width}")
        seconds = np.where(span > 0, span / MICROSECONDS, 1.0)[:, None]
        if code > GAPS + 1:  # all are one higher, and 0 is a gap
            told = cells > 0
            values = cells - told.astype(cells.dtype)
            spans = np.add.reduceat(np.where(told, span[:, None], 0.0), firsts)
            rates = np.where(told, values / seconds, -np.inf)
        else:
            values, rates = cells, cells / seconds
        summed.total[:, :, place] = np.add.reduceat(values, firsts, dtype=np.float64)
        summed.span[:, :, place] = spans
        summed.high[:, :, place] = np.maximum.reduceat(rates, firsts)
    return Summed(summed.series, *(part.reshape(-1, len(wanted)) for part in summed[1:]))
