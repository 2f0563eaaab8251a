"""Reading: the polls of one series, and their summary in steps of any length."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, select

from netops.model.history import HistoryKind, HistoryTier
from netops.store.history.blocks import BlockDamaged, decode_block
from netops.store.history.raw import COLUMNS, Row, unpack_rows
from netops.store.history.rollups import (
    PackedRollup,
    Rollup,
    decode_rollup,
    mean_of,
    roll_up,
    split_packed,
)
from netops.store.history.samples import DAY, HOUR, Floats, Ints, Samples, join
from netops.store.history.statements import statements_for
from netops.store.tables import HISTORY_BLOCK

logger = logging.getLogger(__name__)

_LENGTHS = {HistoryTier.HOUR: HOUR, HistoryTier.DAY: DAY}


@dataclass(frozen=True, slots=True)
class Series:
    """What is asked about: one series of one device."""

    device_id: int
    kind: HistoryKind
    id: int
    """Of the row in ``interface`` or ``history_series``."""


@dataclass(slots=True)
class Buckets:
    """A series in steps. All numbers are [step, column]; rates per second for traffic, values for gauges."""

    start: Ints
    """Where each step begins, milliseconds."""
    polls: Floats
    """0: a gap, and all else is NaN."""
    total: Floats
    """Sum of the deltas; NaN in a gap."""
    low: Floats
    mean: Floats
    high: Floats
    p95: Floats
    """NaN also where a step is made of several roll-ups, from which it cannot be told."""
    damaged: list[str] = field(default_factory=list)
    """Blocks that could not be read, worded for a log or a page; they are gaps here."""


def read_raw(
    connection: Connection, device_id: int, kind: HistoryKind, begin: int, end: int, only: int | None = None
) -> tuple[Samples, list[int]]:
    """Give the polls not packed yet of a device, or of one series, and the instants of damaged rows."""
    rows = read_raw_rows(connection, device_id, kind, begin, end)
    return unpack_rows(rows, kind, within=None if only is None else (only, only))


def read_raw_rows(
    connection: Connection, device_id: int, kind: HistoryKind, begin: int, end: int
) -> list[Row]:
    """Give the polls not packed yet of a device, as they are stored."""
    query = statements_for(connection).select_raw
    with connection.exec_driver_sql(query, (device_id, int(kind), begin, end)) as found:
        # From the driver itself: thousands of SQLAlchemy's rows cost more than to unpack them.
        return list(found.cursor.fetchall()) if found.cursor is not None else []


def read_blocks(
    connection: Connection, device_id: int, kind: HistoryKind, begin: int, end: int, only: int | None = None
) -> tuple[list[Samples], list[str]]:
    """Give the packed polls of a device, a piece for each block, and words for each damaged one."""
    block = HISTORY_BLOCK.c
    query = (
        select(block.start, block.part, block.payload)
        .where(block.device_id == device_id, block.kind == kind, block.tier == HistoryTier.FULL)
        .where(block.start > begin - DAY, block.start < end)
        .order_by(block.start, block.part)
    )
    if only is not None:
        query = query.where(block.first_series <= only, block.last_series >= only)
    pieces, damaged = [], []
    for start, part, payload in connection.execute(query):
        name = name_block(device_id, kind, HistoryTier.FULL, start, part)
        try:
            samples, series = decode_block(payload, start, only)
        except BlockDamaged as error:
            damaged.append(_note(name, str(error)))
            continue
        damaged += [_note(name, f"series {number}") for number in series]
        inside = (samples.at >= begin) & (samples.at < end)
        pieces.append(samples if inside.all() else samples.take(inside))
    return pieces, damaged


def read_samples(connection: Connection, series: Series, begin: int, end: int) -> tuple[Samples, list[str]]:
    """Give every stored poll of a series from ``begin`` to before ``end``, and words for what is damaged.

    No samples have no series; a poll that told nothing of the series is left out.
    """
    pieces, damaged = read_blocks(connection, series.device_id, series.kind, begin, end, series.id)
    raw, rows = read_raw(connection, series.device_id, series.kind, begin, end, series.id)
    damaged += [_note(f"history_raw device {series.device_id} at {at}", "not readable") for at in rows]
    found = [piece.of(series.id) for piece in (*pieces, raw) if series.id in piece.series]
    return join(found, COLUMNS[series.kind]), damaged


def read_buckets(
    connection: Connection,
    series: Series,
    edges: Sequence[int] | Ints,
    *,
    full_since: int,
    hour_since: int,
) -> Buckets:
    """Give a series in steps, from the finest tier that a step needs and that is still kept.

    Args:
        connection: A transaction that reads.
        series: Which one.
        edges: Where steps begin, and the end of the last one; at least two, ascending, milliseconds.
        full_since: Every poll is kept since then.
        hour_since: Hours are kept since then; days before that.
    """
    bounds = np.asarray(edges, np.int64)
    begin, end = int(bounds[0]), int(bounds[-1])
    finest = int(np.diff(bounds).min())
    gathered = _Gathered(bounds, series.kind)
    if begin < hour_since:
        stop = min(end, -(-hour_since // DAY) * DAY)
        begin = _gather_rollups(connection, series, HistoryTier.DAY, begin, stop, gathered)
    is_coarse = finest >= HOUR and not (bounds % HOUR).any()
    if begin < end and (is_coarse or begin < full_since):
        stop = end if is_coarse else min(end, -(-full_since // HOUR) * HOUR)
        begin = _gather_rollups(connection, series, HistoryTier.HOUR, begin, stop, gathered)
    if begin < end:
        samples, damaged = read_samples(connection, series, begin, end)
        gathered.add_samples(samples)
        gathered.damaged += damaged
    return gathered.finish()


def _gather_rollups(
    connection: Connection, series: Series, tier: HistoryTier, begin: int, end: int, gathered: "_Gathered"
) -> int:
    """Add what roll-ups tell, and give where they end."""
    block = HISTORY_BLOCK.c
    length = _LENGTHS[tier]
    query = (
        select(block.start, block.part, block.payload)
        .where(block.device_id == series.device_id, block.kind == series.kind, block.tier == tier)
        .where(block.start > begin - DAY, block.start + length <= end)
        .order_by(block.start)
    )
    last = begin
    for start, part, payload in connection.execute(query):
        name = name_block(series.device_id, series.kind, tier, start, part)
        for at, packed in list_packed(payload, start, name, gathered.damaged):
            if not begin <= at <= end - length:
                continue
            last = max(last, at + length)
            try:
                gathered.add_rollup(at, decode_rollup(packed), series.id)
            except BlockDamaged as error:
                gathered.damaged.append(_note(name, str(error)))
    return last


def list_packed(
    payload: bytes, start: int, name: str, damaged: list[str] | None = None
) -> list[tuple[int, bytes]]:
    """Give when each roll-up of a row begins, and the packed roll-up; none, and a word for it, when it is damaged."""
    try:
        return split_packed(payload, start)
    except BlockDamaged as error:
        words = _note(name, str(error))
        if damaged is not None:
            damaged.append(words)
        return []


class _Gathered:
    """Steps under way."""

    def __init__(self, bounds: Ints, kind: HistoryKind) -> None:
        shape = (len(bounds) - 1, COLUMNS[kind])
        self.damaged: list[str] = []
        self._bounds = bounds
        self._kind = kind
        self._polls, self._span, self._total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._low, self._high = np.full(shape, np.inf), np.full(shape, -np.inf)
        self._p95 = np.full(shape, np.nan)
        self._pieces = np.zeros(shape[0], np.int64)

    def add_samples(self, samples: Samples) -> None:
        """Add polls of one series."""
        if not samples.count:
            return
        steps = np.searchsorted(self._bounds, samples.at, side="right") - 1
        first = np.searchsorted(steps, np.arange(len(self._pieces) + 1))
        for step in np.unique(steps).tolist():
            piece = slice(first[step], first[step + 1])
            self._add(step, roll_up(samples.cut(piece), self._kind), 0)

    def add_rollup(self, start: int, packed: PackedRollup, series: int) -> None:
        """Add an hour or a day; nothing where the series is not in it."""
        place = int(np.searchsorted(packed.series, series))
        if place == len(packed.series) or packed.series[place] != series:
            return
        step = int(np.searchsorted(self._bounds, start, side="right")) - 1
        self._add(step, packed.one(place), 0)

    def _add(self, step: int, rollup: Rollup, place: int) -> None:
        self._polls[step] += rollup.polls[place]
        self._span[step] += rollup.span[place]
        self._total[step] += rollup.total[place]
        self._low[step] = np.fmin(self._low[step], rollup.low[place])
        self._high[step] = np.fmax(self._high[step], rollup.high[place])
        self._pieces[step] += 1
        self._p95[step] = rollup.p95[place] if self._pieces[step] == 1 else np.nan

    def finish(self) -> Buckets:
        """Give the steps."""
        gap = self._polls == 0
        mean = mean_of(self._total, self._span, self._polls, self._kind)
        for part in (self._total, self._low, self._high, self._p95):
            part[gap] = np.nan
        return Buckets(
            self._bounds[:-1], self._polls, self._total, self._low, mean, self._high, self._p95, self.damaged
        )


def name_block(device_id: int, kind: HistoryKind, tier: HistoryTier, start: int, part: int) -> str:
    """Name a block as an operator may look it up."""
    return f"history_block device {device_id} kind {int(kind)} tier {int(tier)} start {start} part {part}"


def _note(name: str, reason: str) -> str:
    words = f"{name}: {reason}"
    logger.error("%s; it is passed over, the rest is served", words)
    return words
