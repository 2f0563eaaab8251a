"""Who used how much in a span of time: the sums of every interface at once, for rankings.

Whole hours and days come from roll-ups, what is left from the polls. Only the columns that are asked for
are unpacked.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from netops.model.history import HistoryKind, HistoryTier
from netops.store.history.blocks import BlockDamaged
from netops.store.history.bulk import PolledRow, sum_up
from netops.store.history.raw import COLUMNS
from netops.store.history.read import list_packed, name_block, read_raw_rows
from netops.store.history.rollups import decode_rollup
from netops.store.history.samples import DAY, HOUR, MICROSECONDS, Floats, Ints
from netops.store.history.statements import statements_for
from netops.store.tables import HISTORY_BLOCK

logger = logging.getLogger(__name__)

SHORT = 2 * HOUR
"""Spans up to this are summed up from polls."""
_FETCHED_AT_ONCE = 500
DAYS_FROM = 3 * DAY
"""Spans longer than this are summed up from days."""


@dataclass(slots=True)
class Usage:
    """Sums over a span of time. All but the series are [series, asked column]."""

    series: Ints
    """Interface ids, ascending; only those that told something."""
    total: Floats
    seconds: Floats
    """Time that the sum answers for."""
    high: Floats
    """The highest rate of a single poll."""

    def mean(self) -> Floats:
        """Give mean rates per second; NaN where there is no time."""
        mean = np.full(self.total.shape, np.nan)
        np.divide(self.total, self.seconds, out=mean, where=self.seconds > 0)
        return mean


class _Sums:
    """Sums by series under way, in arrays that grow with the highest id."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.total, self.span = np.zeros((1024, columns)), np.zeros((1024, columns))
        self.high = np.full((1024, columns), -np.inf)

    def add(self, series: Ints, total: Floats, span: Floats, high: Floats) -> None:
        """Add sums of series, which may be named more than once."""
        most = int(series.max(initial=-1)) + 1
        if most > len(self.total):
            size = max(most, 2 * len(self.total))
            self.total, self.span = self._grow(self.total, size, 0), self._grow(self.span, size, 0)
            self.high = self._grow(self.high, size, -np.inf)
        np.add.at(self.total, series, total)
        np.add.at(self.span, series, span)
        np.fmax.at(self.high, series, high)

    def _grow(self, array: Floats, size: int, filling: float) -> Floats:
        grown = np.full((size, self._columns), float(filling))
        grown[: len(array)] = array
        return grown

    def finish(self) -> Usage:
        """Give the sums of those that told something."""
        series = np.flatnonzero(self.span.any(axis=1)).astype(np.int64)
        return Usage(series, self.total[series], self.span[series] / MICROSECONDS, self.high[series])


def read_usage(connection: Connection, begin: int, end: int, columns: Sequence[int]) -> Usage:
    """Give what every interface did from ``begin`` to before ``end``, in milliseconds.

    A span of more than DAYS_FROM begins with whole UTC days, and one of more than SHORT with whole hours
    where they are summed up already; so its beginning is rounded up to a whole one.

    Args:
        connection: A transaction that reads.
        begin: From when.
        end: Until before when.
        columns: Numbers of the counters that are asked for.
    """
    sums = _Sums(len(columns))
    since: dict[int, int] = {}
    if end - begin > DAYS_FROM:
        begin = -(-begin // DAY) * DAY
        since = _add_rollups(connection, HistoryTier.DAY, begin, end, columns, sums, {})
    if end - begin > SHORT:
        begin = -(-begin // HOUR) * HOUR
        since |= _add_rollups(connection, HistoryTier.HOUR, begin, end, columns, sums, since)
    _add_polls(connection, begin, end, columns, sums, since)
    usage = sums.finish()
    if end - begin <= SHORT and not len(usage.series):  # the polls of so long ago are packed
        _add_rollups(connection, HistoryTier.HOUR, -(-begin // HOUR) * HOUR, end, columns, sums, {})
        usage = sums.finish()
    return usage


def _add_rollups(
    connection: Connection,
    tier: HistoryTier,
    begin: int,
    end: int,
    columns: Sequence[int],
    sums: _Sums,
    since: dict[int, int],
) -> dict[int, int]:
    """Add roll-ups of all devices, each after its own ``since``; give by device where they end."""
    block = HISTORY_BLOCK.c
    length = DAY if tier is HistoryTier.DAY else HOUR
    ends: dict[int, int] = {}
    for device_id in _list_devices(connection):
        here = max(since.get(device_id, begin), begin)
        query = (
            select(block.start, block.part, block.payload)
            .where(block.device_id == device_id, block.kind == HistoryKind.TRAFFIC, block.tier == tier)
            .where(block.start > here - DAY, block.start <= end - length)
        )
        for start, part, payload in connection.execute(query):
            name = name_block(device_id, HistoryKind.TRAFFIC, tier, start, part)
            for at, packed in list_packed(payload, start, name):
                if here <= at <= end - length:
                    ends[device_id] = max(ends.get(device_id, 0), at + length)
                    _add_rollup(packed, name, columns, sums)
    return ends


def _add_rollup(packed: bytes, name: str, columns: Sequence[int], sums: _Sums) -> None:
    try:
        rollup = decode_rollup(packed)
        total, span, high = (
            np.stack([rollup.part(part, column) for column in columns], axis=1)
            for part in ("total", "span", "high")
        )
    except BlockDamaged as error:
        logger.error("%s: %s; it is passed over", name, error)
        return
    sums.add(rollup.series, total, span, high)


def _add_polls(
    connection: Connection, begin: int, end: int, columns: Sequence[int], sums: _Sums, since: dict[int, int]
) -> None:
    rows = _read_polls(connection, begin, end, since)
    found, damaged = sum_up(rows, COLUMNS[HistoryKind.TRAFFIC], columns)
    for device_id, count in Counter(damaged).items():
        logger.error("history_raw device %d: %d rows are damaged; passed over", device_id, count)
    for summed in found:
        sums.add(*summed)


def _read_polls(
    connection: Connection, begin: int, end: int, since: dict[int, int]
) -> Iterator[Sequence[PolledRow]]:
    """Give the polls of all devices in the span, after what roll-ups told of each, some thousands at a time."""
    if not since:
        statement = statements_for(connection).select_raw_of_all
        with connection.exec_driver_sql(statement, (int(HistoryKind.TRAFFIC), begin, end)) as found:
            # From the driver itself: SQLAlchemy's rows cost more than all that is done with them.
            while found.cursor is not None and (some := found.cursor.fetchmany(_FETCHED_AT_ONCE)):
                yield some
        return
    for device_id in _list_devices(connection):
        here = max(since.get(device_id, begin), begin)
        rows = read_raw_rows(connection, device_id, HistoryKind.TRAFFIC, here, end)
        yield [(device_id, *row) for row in rows]


def _list_devices(connection: Connection) -> list[int]:
    return list(connection.exec_driver_sql("SELECT id FROM device ORDER BY id").scalars())
