"""Roll-ups: what an hour or a day came to, for each series and column.

Of counters they tell the sum of the deltas, and lowest, highest and 95th percentile of the rates per second;
of gauges the same of the values. The mean is the sum over the seconds, or over the number of values.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from netops.i18n import _
from netops.model.history import HistoryKind
from netops.store.history.blocks import BlockDamaged
from netops.store.history.columns import (
    compress,
    decode,
    decode_cell,
    encode,
    encode_rows,
    encode_singles,
    width_of,
)
from netops.store.history.samples import HOUR, MICROSECONDS, Floats, Ints, Samples

VERSION = 1
PERCENT = 95.0
WHOLE_PARTS = ("polls", "span", "total")
ROUNDED_PARTS = ("low", "high", "p95")
PARTS = WHOLE_PARTS + ROUNDED_PARTS
_HEAD = struct.Struct("<BBHH")
_ENTRY = struct.Struct("<BI")
"""Which hour after the start of the row, and the length of what is packed."""


@dataclass(slots=True)
class Rollup:
    """The summary of one hour or day. All parts are [series, column]."""

    series: Ints
    polls: Floats
    """How many polls told something."""
    span: Floats
    """Microseconds that the deltas took; 0 for gauges."""
    total: Floats
    """Sum of the deltas, or of the values."""
    low: Floats
    high: Floats
    p95: Floats
    """NaN, as low and high, where nothing was told."""

    def mean(self, kind: HistoryKind) -> Floats:
        """Give the mean rate per second, or the mean value."""
        return mean_of(self.total, self.span, self.polls, kind)


def mean_of(total: Floats, span: Floats, polls: Floats, kind: HistoryKind) -> Floats:
    """Give the mean rate per second, or the mean value; NaN where there is nothing."""
    over = span / MICROSECONDS if kind is HistoryKind.TRAFFIC else polls
    mean = np.full(total.shape, np.nan)
    np.divide(total, over, out=mean, where=over > 0)
    return mean


def roll_up(samples: Samples, kind: HistoryKind) -> Rollup:
    """Sum up some polls, at least one."""
    return _roll_up(samples.series, samples.span, samples.by_series(), kind)


def roll_up_hours(samples: Samples, kind: HistoryKind) -> Iterator[tuple[int, Rollup]]:
    """Sum up each hour that has polls; gives when it begins, in milliseconds."""
    by_series = samples.by_series()
    hours = samples.at // HOUR
    for hour in np.unique(hours).tolist():
        piece = slice(np.searchsorted(hours, hour), np.searchsorted(hours, hour, side="right"))
        yield hour * HOUR, _roll_up(samples.series, samples.span[piece], by_series[:, :, piece], kind)


def _roll_up(series: Ints, span: Ints, by_series: Floats, kind: HistoryKind) -> Rollup:
    shape = by_series.shape[:2]
    # Most ports of most switches are idle: what never moved is not worked on.
    busy = by_series.any(axis=2)  # NaN is something too
    rollup = Rollup(
        series,
        polls=np.full(shape, float(len(span))),
        span=np.full(shape, float(span.sum())),
        **{name: np.zeros(shape) for name in ("total", *ROUNDED_PARTS)},
    )
    if busy.any():
        values = by_series[busy]
        told = ~np.isnan(values)
        rates = values
        if kind is HistoryKind.TRAFFIC:
            rates = values / np.where(span > 0, span / MICROSECONDS, 1.0)  # as Samples.rates() has it
        if told.all():
            rollup.total[busy] = values.sum(axis=1)
        else:
            rollup.polls[busy] = told.sum(axis=1)
            rollup.span[busy] = np.where(told, span, 0).sum(axis=1)
            rollup.total[busy] = np.where(told, values, 0.0).sum(axis=1)
        rollup.low[busy], rollup.high[busy], rollup.p95[busy] = _spread(rates)
    return rollup


def concatenate(pieces: Sequence[Rollup]) -> Rollup:
    """Put roll-ups of the same time and of different series together, in the order of ids."""
    names = ("series", *PARTS)
    return Rollup(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))


def _spread(rates: Floats) -> tuple[Floats, Floats, Floats]:
    """Give lowest, highest and 95th percentile of each row; NaN stands last when sorted."""
    ordered = np.sort(rates, axis=1)
    known = (~np.isnan(ordered)).sum(axis=1)
    rows = np.arange(len(ordered))
    place = np.maximum(known - 1, 0)
    return ordered[:, 0], ordered[rows, place], percentile_of_sorted(ordered, known, PERCENT)


def percentile_of_sorted(ordered: Floats, known: Ints, percent: float) -> Floats:
    """Give a percentile of the first so many numbers of each row, interpolated as numpy does by default."""
    rows = np.arange(len(ordered))
    at = np.maximum(known - 1, 0) * (percent / 100)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(known - 1, 0))
    share = at - below
    return ordered[rows, below] * (1 - share) + ordered[rows, above] * share


def join_packed(packed: Sequence[tuple[int, bytes]], start: int) -> bytes:
    """Put packed roll-ups of one row together: the hours of a day, or one hour or day alone.

    Args:
        packed: When each begins, in milliseconds, and what encode_rollup gave.
        start: When the row begins.
    """
    entries = [_ENTRY.pack((at - start) // HOUR, len(data)) for at, data in packed]
    return bytes((len(entries),)) + b"".join(entries) + b"".join(data for _at, data in packed)


def split_packed(payload: bytes, start: int) -> list[tuple[int, bytes]]:
    """Take a row apart again, without unpacking anything.

    Raises:
        BlockDamaged: Its lengths do not fit.
    """
    try:
        place = 1 + payload[0] * _ENTRY.size
        found = []
        for hour, size in _ENTRY.iter_unpack(payload[1:place]):
            found.append((start + hour * HOUR, payload[place : place + size]))
            place += size
    except (struct.error, IndexError) as error:
        raise BlockDamaged(
            _("a roll-up of the history is damaged: %(reason)s") % {"reason": error}
        ) from error
    if place != len(payload):
        raise BlockDamaged(_("a roll-up of the history is damaged: its lengths do not fit"))
    return found


def encode_rollup(rollup: Rollup) -> bytes:
    """Pack a roll-up."""
    columns = rollup.total.shape[1]
    packed = [encode(np.diff(rollup.series, prepend=0))]
    for name in PARTS:
        part: Floats = getattr(rollup, name)
        encode_all = encode_rows if name in WHOLE_PARTS else encode_singles
        if (part == part[:, :1]).all():  # as of polls and span, mostly
            packed += encode_all(np.ascontiguousarray(part[:, :1].T)) * columns
        else:
            packed += encode_all(np.ascontiguousarray(part.T))
    head = _HEAD.pack(VERSION, columns, len(rollup.series), len(packed))
    body = bytes(code for code, _data in packed) + b"".join(data for _code, data in packed)
    return head + compress(body)


@dataclass(slots=True)
class PackedRollup:
    """A roll-up of which only the parts that are asked for are unpacked."""

    series: Ints
    _codes: bytes
    _body: memoryview
    _places: list[int]
    _columns: int

    def part(self, name: str, column: int) -> Floats:
        """Give one column of one part."""
        number = 1 + PARTS.index(name) * self._columns + column
        return self._get(number)

    def whole(self, name: str) -> Floats:
        """Give a part, [series, column]."""
        return np.stack([self.part(name, column) for column in range(self._columns)], axis=1)

    def one(self, place: int) -> Rollup:
        """Give one series alone, by its place; the others are not unpacked."""
        cells = [self._cell(1 + number, place) for number in range(len(PARTS) * self._columns)]
        parts = np.array(cells).reshape(len(PARTS), 1, self._columns)
        return Rollup(self.series[place : place + 1], *parts)

    def _cell(self, number: int, place: int) -> float:
        code, begin, count = self._codes[number], self._places[number], len(self.series)
        cell = bytes(self._body[begin + place : begin + width_of(code) * count : count])
        return decode_cell(code, cell)

    def _get(self, number: int) -> Floats:
        place = self._places[number]
        return decode(self._codes[number], self._body[place:], len(self.series))


def decode_rollup(payload: bytes) -> PackedRollup:
    """Unpack a roll-up.

    Raises:
        BlockDamaged: It cannot be read.
    """
    try:
        version, columns, count, packed = _HEAD.unpack_from(payload)
        body = memoryview(zlib.decompress(payload[_HEAD.size :]))
        codes = bytes(body[:packed])
        places, place = [], packed
        for code in codes:
            places.append(place)
            place += width_of(code) * count
        if version != VERSION or place != len(body) or packed != 1 + len(PARTS) * columns or not count:
            raise BlockDamaged(_("a roll-up of the history is damaged: its lengths do not fit"))
        steps = decode(codes[0], body[places[0] :], count)
    except (struct.error, ValueError, zlib.error) as error:
        raise BlockDamaged(
            _("a roll-up of the history is damaged: %(reason)s") % {"reason": error}
        ) from error
    return PackedRollup(np.cumsum(steps).astype(np.int64), codes, body, places, columns)


def unpack_rollup(payload: bytes) -> Rollup:
    """Unpack all of a roll-up.

    Raises:
        BlockDamaged: It cannot be read.
    """
    packed = decode_rollup(payload)
    return Rollup(packed.series, *(packed.whole(name) for name in PARTS))
