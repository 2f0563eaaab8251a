"""PostgreSQL's partitions: there ahead of time, gone when they are empty, and never in a poll's way."""

import pytest
from sqlalchemy import Engine, text

from netops.store.engine import read, write
from netops.store.history.partitions import keep_partitions
from netops.store.history.read import read_samples
from netops.store.schema import check
from peers.history import DAY, DAY0, HOUR, make_switch, pack_all, write_polls


def list_partitions(engine: Engine) -> set[str]:
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'history_raw'::regclass"
    with read(engine) as connection:
        return set(connection.exec_driver_sql(query).scalars())


@pytest.mark.peer("postgres")
@pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.peer("postgres"))], indirect=True
)
def test_partitions_come_ahead_of_their_day_and_go_once_they_are_packed(engine):
    keep_partitions(engine, DAY0 + HOUR)
    other = {"history_raw_other"}
    assert list_partitions(engine) == other | {f"history_raw_2026030{day}" for day in range(1, 5)}
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, [DAY0 + HOUR, DAY0 + DAY + HOUR, DAY0 + 50 * DAY])
    with read(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM history_raw_20260302")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM history_raw_other")).scalar_one() == 1
    keep_partitions(engine, DAY0 + 4 * DAY)
    assert {"history_raw_20260302", "history_raw_20260303"} <= list_partitions(engine)
    with write(engine) as connection:
        pack_all(connection, series[0].device_id, DAY0 + DAY)
    keep_partitions(engine, DAY0 + 4 * DAY)
    assert "history_raw_20260302" not in list_partitions(engine)
    assert "history_raw_20260303" in list_partitions(engine), "it still holds a poll"
    with read(engine) as connection:
        samples, _damaged = read_samples(connection, series[0], DAY0, DAY0 + 60 * DAY)
    assert samples.count == 3
    assert check(engine) == []


@pytest.mark.peer("postgres")
@pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.peer("postgres"))], indirect=True
)
def test_a_partition_waits_while_somebody_reads(engine):
    with read(engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM history_raw")
        keep_partitions(engine, DAY0)
        assert list_partitions(engine) == {"history_raw_other"}
    keep_partitions(engine, DAY0)
    assert len(list_partitions(engine)) == 5


def test_sqlite_needs_none(sqlite_engine):
    keep_partitions(sqlite_engine, DAY0)
