"""PostgreSQL keeps raw polls in a partition for each UTC day, so that a packed day gives its room back at once.

On SQLite there is nothing to do: the room is used again by the next polls. What no partition is for, because a
clock is wrong by days, lands in ``history_raw_other``.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, Engine

from netops.errors import StoreError
from netops.store.engine import is_sqlite, write
from netops.store.history.samples import DAY

logger = logging.getLogger(__name__)

_PREFIX = "history_raw_"
_AHEAD = 3
_LOCK_MILLISECONDS = 80
"""A long report may hold the table; polls that queue behind us must not wait for it."""


def keep_partitions(engine: Engine, now: int) -> None:
    """Make the partitions of today and the days ahead, and drop those that are over and empty.

    In a transaction of its own, outside of the writer. What cannot be had now is tried again next time.
    """
    if is_sqlite(engine):
        return
    today = now // DAY * DAY
    for step in range(-1, _AHEAD):
        _attempt(engine, partial(_make, day=today + step * DAY))
    for name in _list_partitions(engine):
        if name < _name(today - DAY):
            _attempt(engine, partial(_drop_empty, name=name))


def _attempt(engine: Engine, change: Callable[[Connection], None]) -> None:
    try:
        with write(engine) as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
            change(connection)
    except StoreError as error:
        logger.info("a partition of the history has to wait: %s", error)


def _make(connection: Connection, day: int) -> None:
    name, parameters = _name(day), (day, day + DAY)
    strays = "SELECT 1 FROM history_raw_other WHERE at >= %s AND at < %s LIMIT 1"
    if name in _names(connection) or connection.exec_driver_sql(strays, parameters).first():
        return
    connection.exec_driver_sql(
        f"CREATE TABLE {name} PARTITION OF history_raw FOR VALUES FROM ({day}) TO ({day + DAY})"
    )
    connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN payload SET STORAGE EXTERNAL")


def _drop_empty(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
    if connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first() is None:  # noqa: S608 - a name of ours
        connection.exec_driver_sql(f"DROP TABLE {name}")


def _list_partitions(engine: Engine) -> list[str]:
    with write(engine) as connection:
        return sorted(name for name in _names(connection) if name != f"{_PREFIX}other")


def _names(connection: Connection) -> set[str]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'history_raw'::regclass"
    return set(connection.exec_driver_sql(query).scalars())


def _name(day: int) -> str:
    return _PREFIX + datetime.fromtimestamp(day / 1000, UTC).strftime("%Y%m%d")
