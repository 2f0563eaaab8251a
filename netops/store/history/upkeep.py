"""Upkeep: rolling up hours, packing days, and letting go of what is older than it is kept.

Each step is one small transaction that takes effect whole or not at all, so that kill -9 at any moment neither
loses nor doubles a poll. Reading and packing happen before it, outside of the writer's thread.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, func, select

from netops.model.history import HistoryKind, HistoryTier
from netops.store.history.blocks import encode_block, split
from netops.store.history.raw import COLUMNS
from netops.store.history.read import read_blocks, read_raw
from netops.store.history.rollups import encode_rollup, roll_up
from netops.store.history.samples import DAY, HOUR, Samples, join
from netops.store.history.statements import statements_for
from netops.store.queries.devices import has_device
from netops.store.tables import HISTORY_BLOCK, HISTORY_RAW

logger = logging.getLogger(__name__)

GRACE = 5 * 60_000
"""An hour is rolled up this long after its end: polls that were under way are then in."""
_MOST_HOURS = 72
BlockRow = tuple[int, int, int, int, int, int, int, bytes]
Step = Callable[[Connection], None]
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


def pack_day(connection: Connection, device_id: int, kind: HistoryKind, day: int) -> Step:
    """Read a day's polls of one device, and give the transaction that puts blocks and roll-ups in their place.

    Polls that came late, after their day was packed (a clock set back), become blocks beside the ones there.
    A poll that is packed already is not packed again.
    """
    fresh, damaged = read_raw(connection, device_id, kind, day, day + DAY)
    counted = fresh.count + len(damaged)
    earlier, _damaged = read_blocks(connection, device_id, kind, day, day + DAY)
    part = _next_part(connection, device_id, kind, day)
    if earlier:
        there = np.concatenate([piece.at for piece in earlier])
        fresh = fresh.take(~np.isin(fresh.at, there))
    whole = join([*earlier, fresh], COLUMNS[kind])
    rows = []
    if fresh.count:
        for number, piece in enumerate(split(fresh), part):
            rows.append(
                _block(device_id, kind, HistoryTier.FULL, day, number, piece, encode_block(piece, day))
            )
        rows += _roll_up_hours(device_id, kind, whole)
        rows.append(_rolled(device_id, kind, HistoryTier.DAY, day, whole))
    if damaged:
        logger.error(
            "history_raw device %d: %d polls of a day are damaged and dropped", device_id, len(damaged)
        )

    def put(connection: Connection) -> None:
        statements = statements_for(connection)
        span = (device_id, int(kind), day, day + DAY)
        now_there = connection.exec_driver_sql(statements.count_raw, span).scalar_one()
        if now_there != counted:  # one came meanwhile, or the device went: another time
            return
        if rows:
            connection.exec_driver_sql(statements.insert_block, rows)
        connection.exec_driver_sql(statements.delete_raw, span)

    return put


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
    rows = list(_roll_up_hours(device_id, kind, samples))

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


def _roll_up_hours(device_id: int, kind: HistoryKind, samples: Samples) -> Iterator[BlockRow]:
    hours = samples.at // HOUR
    for hour in np.unique(hours).tolist():
        piece = slice(np.searchsorted(hours, hour), np.searchsorted(hours, hour, side="right"))
        inside = Samples(samples.series, samples.at[piece], samples.span[piece], samples.values[piece])
        yield _rolled(device_id, kind, HistoryTier.HOUR, hour * HOUR, inside)


def _rolled(device_id: int, kind: HistoryKind, tier: HistoryTier, start: int, samples: Samples) -> BlockRow:
    return _block(device_id, kind, tier, start, 0, samples, encode_rollup(roll_up(samples, kind)))


def _block(
    device_id: int,
    kind: HistoryKind,
    tier: HistoryTier,
    start: int,
    part: int,
    samples: Samples,
    payload: bytes,
) -> BlockRow:
    first, last = int(samples.series[0]), int(samples.series[-1])
    return device_id, int(kind), int(tier), start, part, first, last, payload
