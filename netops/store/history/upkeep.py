"""Upkeep: rolling up hours, packing days, and letting go of what is older than it is kept.

Each step is one small transaction that takes effect whole or not at all, and what lies between two of them is
read right, so that kill -9 at any moment neither loses nor doubles a poll. Reading and packing happen before it, outside of the writer's thread.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sqlalchemy import Connection, delete, func, select

from netops.model.history import HistoryKind, HistoryTier
from netops.store.history.blocks import encode_block, split
from netops.store.history.raw import COLUMNS, Row, sort_out
from netops.store.history.read import read_blocks, read_raw, read_raw_rows
from netops.store.history.rollups import (
    Rollup,
    concatenate,
    encode_rollup,
    join_packed,
    roll_up,
    roll_up_hours,
)
from netops.store.history.samples import DAY, HOUR, Ints, Samples, join
from netops.store.history.statements import statements_for
from netops.store.queries.devices import has_device
from netops.store.tables import HISTORY_BLOCK, HISTORY_RAW

logger = logging.getLogger(__name__)

GRACE = 5 * 60_000
"""An hour is rolled up this long after its end: polls that were under way are then in."""
_MOST_HOURS = 72
_CLEARED_AT_ONCE = 200
_SERIES_AT_ONCE = 128
"""What is unpacked at a time; a chassis with thousands of interfaces must not fill the memory."""
BlockRow = tuple[int, int, int, int, int, int, int, bytes]
Step = Callable[[Connection], object]
"""Statements of one transaction, for the writer."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each class is kept, in milliseconds."""

    raw: int
    """Polls wait so long after the end of their day before they are packed."""
    full: int
    """Every poll, packed."""
    hours: int
    days: int


@dataclass(slots=True)
class PackedDay:
    """A day of one device, packed. A poll that stands in both places meanwhile is read once."""

    device_id: int
    kind: HistoryKind
    day: int
    instants: list[int]
    """Of the polls that are in it."""
    _blocks: list[BlockRow]
    is_put: bool = False

    def put(self, connection: Connection) -> None:
        """Put the blocks in place: a transaction."""
        statements = statements_for(connection)
        span = (self.device_id, int(self.kind), self.day, self.day + DAY)
        now_there = connection.exec_driver_sql(statements.count_raw, span).scalar_one()
        self.is_put = now_there == len(self.instants)
        if self.is_put and self._blocks:  # else one came meanwhile, or the device went: another time
            connection.exec_driver_sql(statements.delete_hours, span)  # one row has them all now
            connection.exec_driver_sql(statements.insert_block, self._blocks)

    def release(self) -> None:
        """Let go of the blocks, once their transaction is done."""
        self._blocks = []


def list_due_days(connection: Connection, device_id: int, kind: HistoryKind, before: int) -> list[int]:
    """Give the beginnings of days with polls that are over before an instant, oldest first."""
    raw = HISTORY_RAW.c
    this = (raw.device_id == device_id) & (raw.kind == kind)
    last = before // DAY * DAY
    days = []
    at = connection.execute(select(func.min(raw.at)).where(this)).scalar()
    while at is not None and at < last:
        day = at // DAY * DAY
        days.append(day)
        at = connection.execute(select(func.min(raw.at)).where(this, raw.at >= day + DAY)).scalar()
    return days


def pack_day(connection: Connection, device_id: int, kind: HistoryKind, day: int) -> PackedDay:
    """Read a day's polls of one device, and pack them; what it gives puts blocks and roll-ups in their place.

    Polls that came late, after their day was packed (a clock set back), become blocks beside the ones there.
    A poll that is packed already is not packed again.
    """
    rows, earlier = _read_day(connection, device_id, kind, day)
    seen = {at for piece in earlier for at in piece.at.tolist()}
    fresh = sort_out((row for row in rows if row[0] not in seen) if seen else rows, kind)
    series = np.unique(np.concatenate([fresh.list_series(), *(piece.series for piece in earlier)]))
    part = _next_part(connection, device_id, kind, day)
    blocks: list[BlockRow] = []
    rolled: dict[tuple[HistoryTier, int], list[Rollup]] = defaultdict(list)
    for first in range(0, len(series) if fresh.alike else 0, _SERIES_AT_ONCE):
        within = int(series[first]), int(series[first : first + _SERIES_AT_ONCE][-1])
        samples = fresh.unpack(within=within)
        for piece in split(samples) if samples.count else ():
            payload = encode_block(piece, day)
            blocks.append(
                _block(device_id, kind, HistoryTier.FULL, day, part + len(blocks), piece.series, payload)
            )
        whole = join([*(piece.within(*within) for piece in earlier), samples], COLUMNS[kind])
        for place, rollup in _roll_up_day(whole, kind, day):
            rolled[place].append(rollup)
    if rolled:
        hours = {
            start: concatenate(pieces) for (tier, start), pieces in rolled.items() if tier is HistoryTier.HOUR
        }
        blocks.append(_rolled(device_id, kind, HistoryTier.HOUR, day, hours))
        whole_day = concatenate(rolled[HistoryTier.DAY, day])
        blocks.append(_rolled(device_id, kind, HistoryTier.DAY, day, {day: whole_day}))
    if fresh.damaged:
        logger.error(
            "history_raw device %d: %d polls of a day are damaged and dropped", device_id, len(fresh.damaged)
        )

    return PackedDay(device_id, kind, day, [row[0] for row in rows], blocks)


def clear_days(packed: Sequence[PackedDay]) -> list[Step]:
    """Give the transactions that clear the polls of packed days away, some at a time, after the days were put in place.

    The polls of one device lie scattered over the table. Those of devices that are polled one after the other lie
    side by side, so that to clear them together, in the order of time, touches a third of the pages.
    """
    rows = sorted((at, day.device_id, place) for place, day in enumerate(packed) for at in day.instants)

    def clear(connection: Connection, some: list[tuple[int, int, int]]) -> None:
        done = [
            (device_id, int(packed[place].kind), at) for at, device_id, place in some if packed[place].is_put
        ]
        if done:
            connection.exec_driver_sql(statements_for(connection).delete_raw, done)

    return [
        partial(clear, some=rows[first : first + _CLEARED_AT_ONCE])
        for first in range(0, len(rows), _CLEARED_AT_ONCE)
    ]


def order_by_polls(connection: Connection) -> list[int]:
    """Give the ids of all devices in the order of their first polls, which is the one they are polled in."""
    found = connection.exec_driver_sql(statements_for(connection).select_first_polls)
    return [device_id for _at, device_id in sorted((at or 0, device_id) for device_id, at in found)]


def roll_up_due(connection: Connection, device_id: int, kind: HistoryKind, now: int) -> Step | None:
    """Read the hours that are over and not rolled up yet, and give the transaction that adds their roll-ups."""
    block = HISTORY_BLOCK.c
    this = (block.device_id == device_id) & (block.kind == kind) & (block.tier == HistoryTier.HOUR)
    end = (now - GRACE) // HOUR * HOUR
    latest = connection.execute(select(func.max(block.start)).where(this, block.start < end)).scalar()
    begin = max(end - _MOST_HOURS * HOUR, latest + HOUR if latest is not None else 0)
    if begin >= end:
        return None
    samples, _damaged = read_raw(connection, device_id, kind, begin, end)
    if not samples.count:
        return None
    rows = [
        _rolled(device_id, kind, HistoryTier.HOUR, start, {start: rollup})
        for start, rollup in roll_up_hours(samples, kind)
    ]

    def put(connection: Connection) -> None:
        if has_device(connection, device_id):
            connection.exec_driver_sql(statements_for(connection).insert_block, rows)

    return put


def purge_device(connection: Connection, device_id: int, now: int, retention: Retention) -> int:
    """Delete what is older than it is kept; give the number of blocks."""
    block = HISTORY_BLOCK.c
    gone = 0
    for tier, kept in (
        (HistoryTier.FULL, retention.full),
        (HistoryTier.HOUR, retention.hours),
        (HistoryTier.DAY, retention.days),
    ):
        for kind in HistoryKind:
            statement = delete(HISTORY_BLOCK).where(
                block.device_id == device_id, block.kind == kind, block.tier == tier
            )
            gone += connection.execute(statement.where(block.start + DAY < now - kept)).rowcount
    return gone


def _next_part(connection: Connection, device_id: int, kind: HistoryKind, day: int) -> int:
    block = HISTORY_BLOCK.c
    query = select(func.max(block.part)).where(
        block.device_id == device_id, block.kind == kind, block.tier == HistoryTier.FULL, block.start == day
    )
    last = connection.execute(query).scalar()
    return 0 if last is None else last + 1


def _read_day(
    connection: Connection, device_id: int, kind: HistoryKind, day: int
) -> tuple[list[Row], list[Samples]]:
    rows = read_raw_rows(connection, device_id, kind, day, day + DAY)
    earlier, _damaged = read_blocks(connection, device_id, kind, day, day + DAY)
    return rows, earlier


def _roll_up_day(
    samples: Samples, kind: HistoryKind, day: int
) -> Iterator[tuple[tuple[HistoryTier, int], Rollup]]:
    for start, rollup in roll_up_hours(samples, kind):
        yield (HistoryTier.HOUR, start), rollup
    yield (HistoryTier.DAY, day), roll_up(samples, kind)


def _rolled(
    device_id: int, kind: HistoryKind, tier: HistoryTier, start: int, rollups: Mapping[int, Rollup]
) -> BlockRow:
    packed = [(at, encode_rollup(rollup)) for at, rollup in sorted(rollups.items())]
    series = np.concatenate([rollup.series for rollup in rollups.values()])
    return _block(device_id, kind, tier, start, 0, np.sort(series), join_packed(packed, start))


def _block(
    device_id: int,
    kind: HistoryKind,
    tier: HistoryTier,
    start: int,
    part: int,
    series: Ints,
    payload: bytes,
) -> BlockRow:
    first, last = int(series[0]), int(series[-1])
    return device_id, int(kind), int(tier), start, part, first, last, payload
