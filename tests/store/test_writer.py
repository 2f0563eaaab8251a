"""The writer: everything acknowledged is stored once, whatever fails in between."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError

from netops.clock import SystemClock
from netops.errors import StoreError
from netops.store import schema
from netops.store.engine import open_engine, write
from netops.store.writer import Pace, Writer
from peers.rows import AppendEvent, stored_numbers

FAST = Pace(batch_seconds=0.01, retry_seconds=0.01, retry_seconds_most=0.05)


class Told:
    """Hooks that remember."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.faults: list[str] = []
        self.lost = 0
        self._fault = asyncio.Event()

    def batch_committed(self, writes: int, seconds: float) -> None:
        self.batches.append(writes)

    def batch_failed(self, reason: str) -> None:
        self.faults.append(reason)
        self._fault.set()

    def write_failed(self) -> None:
        self.lost += 1

    async def hear_faults(self, count: int) -> None:
        """Wait until so many faults were told in all."""
        async with asyncio.timeout(30):
            while len(self.faults) < count:
                self._fault.clear()
                await self._fault.wait()


class WoundClock(SystemClock):
    """A clock that stands still until it is wound."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def make_writer(engine: Engine, *, told: Told | None = None, limit: int = 1000, pace: Pace = FAST) -> Writer:
    return Writer(engine, told, limit, clock=SystemClock(), pace=pace)


def break_unique(connection: Connection) -> None:
    statement = text("INSERT INTO alembic_version (version_num) SELECT version_num FROM alembic_version")
    connection.execute(statement)


async def test_everything_submitted_is_stored_in_order(engine: Engine):
    told = Told()
    writer = make_writer(engine, told=told)
    await writer.start()
    for number in range(700):
        assert writer.submit(AppendEvent(number))
    await writer.submit_and_wait(AppendEvent(700))
    assert stored_numbers(engine) == list(range(701))
    assert (writer.written_total, writer.queue_depth, writer.oldest_waiting_seconds) == (701, 0, 0.0)
    assert told.batches == [500, 201]
    assert writer.batches_total == 2
    await writer.stop()


async def test_stop_writes_what_waits(engine: Engine):
    writer = make_writer(engine, pace=Pace(batch_seconds=3600))
    await writer.start()
    for number in range(10):
        writer.submit(AppendEvent(number))
    await writer.stop()
    assert stored_numbers(engine) == list(range(10))
    assert not writer.submit(AppendEvent(99))


async def test_full_queue_refuses_and_counts(engine: Engine):
    writer = make_writer(engine, limit=3)
    assert [writer.submit(AppendEvent(number)) for number in range(5)] == [True, True, True, False, False]
    with pytest.raises(StoreError, match="refused"):
        await writer.submit_and_wait(AppendEvent(5))
    assert (writer.rejected_total, writer.queue_depth) == (3, 3)
    await writer.start()
    await writer.stop()
    assert stored_numbers(engine) == [0, 1, 2]


async def test_only_the_guilty_write_is_lost(engine: Engine, caplog: pytest.LogCaptureFixture):
    told = Told()
    writer = make_writer(engine, told=told)

    def stumble(connection: Connection) -> None:
        AppendEvent(1000)(connection)
        raise KeyError("no such key")

    def hide_an_error(connection: Connection) -> None:
        AppendEvent(1001)(connection)
        try:
            break_unique(connection)
        except IntegrityError:
            AppendEvent(1002)(connection)

    waits = [
        writer.submit_and_wait(one)
        for one in (AppendEvent(0), break_unique, AppendEvent(1), stumble, AppendEvent(2))
    ]
    if engine.dialect.name == "postgresql":
        waits.append(writer.submit_and_wait(hide_an_error))  # the last one: COMMIT would silently roll back
    gathered = asyncio.gather(*waits, return_exceptions=True)
    await asyncio.sleep(0)
    await writer.start()
    outcomes = await gathered
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        StoreError,
        type(None),
        StoreError,
        type(None),
    ] + [StoreError] * (len(waits) - 5)
    assert isinstance(outcomes[3].__cause__, KeyError)
    assert stored_numbers(engine) == [0, 1, 2]
    assert (writer.written_total, writer.failed_total, told.lost) == (3, len(waits) - 3, len(waits) - 3)
    assert writer.healthy
    assert "no such key" in caplog.text
    await writer.stop()


@pytest.mark.peer("postgres")
async def test_write_that_hides_its_error_takes_no_other_with_it(server: Any):
    """It comes last in its batch: PostgreSQL would turn the COMMIT into a roll-back and not complain."""
    _cluster, _name, engine = server

    def hide_an_error(connection: Connection) -> None:
        with contextlib.suppress(IntegrityError):
            break_unique(connection)

    writer = make_writer(engine)
    waits = [asyncio.create_task(writer.submit_and_wait(one)) for one in (AppendEvent(0), hide_an_error)]
    await asyncio.sleep(0)
    await writer.start()
    first, last = await asyncio.gather(*waits, return_exceptions=True)
    assert first is None
    assert isinstance(last, StoreError)
    assert stored_numbers(engine) == [0]
    await writer.stop()


async def test_write_that_commits_by_itself_does_not_end_the_writer(engine: Engine):
    def commit(connection: Connection) -> None:
        connection.commit()

    writer = make_writer(engine)
    await writer.start()
    with pytest.raises(StoreError):
        await writer.submit_and_wait(commit)
    await writer.submit_and_wait(AppendEvent(1))
    assert stored_numbers(engine) == [1]
    assert writer.failed_total == 1
    await writer.stop()


async def test_cancelled_wait_leaves_the_write(engine: Engine):
    writer = make_writer(engine)
    waiting = asyncio.create_task(writer.submit_and_wait(AppendEvent(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await writer.start()
    await writer.stop()
    assert stored_numbers(engine) == [1]


async def test_age_of_the_oldest_write_is_told(sqlite_engine: Engine):
    clock = WoundClock()
    writer = Writer(sqlite_engine, clock=clock, pace=FAST)
    writer.submit(AppendEvent(1))
    clock.seconds = 2.5
    writer.submit(AppendEvent(2))
    assert writer.oldest_waiting_seconds == 2.5
    await writer.start()
    await writer.stop()
    assert writer.oldest_waiting_seconds == 0.0


async def test_write_waits_for_a_locked_database(sqlite_engine: Engine, caplog: pytest.LogCaptureFixture):
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    told = Told()
    writer = make_writer(sqlite_engine, told=told)
    other = open_engine(str(sqlite_engine.url))
    await writer.start()
    with write(other):
        waiting = asyncio.create_task(writer.submit_and_wait(AppendEvent(1)))
        await told.hear_faults(3)
        assert not writer.healthy
        assert "database is locked" in writer.last_error
        assert not waiting.done()
    await waiting
    assert (writer.healthy, writer.last_error) == (True, "")
    assert set(told.faults) == {"locked"}
    assert stored_numbers(sqlite_engine) == [1]
    assert caplog.text.count("writes wait, and are tried again") == 1
    assert "takes writes again" in caplog.text
    await writer.stop()
    other.dispose()


async def test_stop_gives_up_on_a_database_that_stays_locked(sqlite_engine: Engine):
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    told = Told()
    writer = make_writer(sqlite_engine, told=told)
    other = open_engine(str(sqlite_engine.url))
    await writer.start()
    with write(other):
        waiting = asyncio.create_task(writer.submit_and_wait(AppendEvent(1)))
        writer.submit(AppendEvent(2))
        await told.hear_faults(1)
        await writer.stop(timeout_seconds=0)
    with pytest.raises(StoreError, match="the daemon stopped"):
        await waiting
    assert (writer.failed_total, writer.queue_depth) == (2, 0)
    other.dispose()


async def test_full_disk_is_visible_and_loses_nothing(sqlite_engine: Engine):
    """The limit on pages makes SQLite say what it says on a full disk."""
    limit = 2**30

    @event.listens_for(sqlite_engine, "checkout")
    def limit_pages(connection: Any, record: Any, proxy: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={limit}")

    told = Told()
    writer = make_writer(sqlite_engine, told=told, limit=5000)
    await writer.start()
    await writer.submit_and_wait(AppendEvent(0))
    limit = 1  # SQLite takes it as "no page more than now"
    waits = [asyncio.create_task(writer.submit_and_wait(AppendEvent(number))) for number in range(1, 2001)]
    await told.hear_faults(3)
    assert not writer.healthy
    assert "disk of the database is full" in writer.last_error
    acknowledged = {number for number, wait in enumerate(waits, 1) if wait.done()} | {0}
    assert acknowledged <= set(stored_numbers(sqlite_engine))
    limit = 2**30
    async with asyncio.timeout(60):
        await asyncio.gather(*waits)
    assert writer.healthy
    assert set(told.faults) == {"disk_full"}
    assert writer.failed_total == 0
    assert stored_numbers(sqlite_engine) == list(range(2001))
    assert schema.check(sqlite_engine) == []
    await writer.stop()


async def test_write_that_hides_a_full_disk_is_not_acknowledged(sqlite_engine: Engine):
    """SQLite ends the transaction by itself; what follows would be committed piece by piece."""
    attempts = []

    def lose_the_transaction(connection: Connection) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("ROLLBACK")

    told = Told()
    writer = make_writer(sqlite_engine, told=told)
    for one in (AppendEvent(1), lose_the_transaction, AppendEvent(2)):
        writer.submit(one)
    await writer.start()
    await writer.stop()
    assert told.faults == ["disk_error"]
    assert stored_numbers(sqlite_engine) == [1, 2]


async def test_two_writers_share_a_database(engine: Engine, url: str):
    other = open_engine(url)
    writers = [make_writer(engine, limit=5000), make_writer(other, limit=5000)]
    for writer in writers:
        await writer.start()
    for number in range(2000):
        assert writers[number % 2].submit(AppendEvent(number))
    for writer in writers:
        await writer.stop()
        assert writer.failed_total == 0
    assert stored_numbers(engine) == list(range(2000))
    other.dispose()


@pytest.fixture
def server(cluster: Any) -> Iterator[tuple[Any, str, Engine]]:
    name = cluster.make_database()
    engine = open_engine(cluster.url(name))
    yield cluster, name, engine
    engine.dispose()
    cluster.drop_database(name)


@pytest.mark.peer("postgres")
async def test_connection_ended_amid_a_batch_loses_nothing(server: Any):
    cluster, name, engine = server
    attempts = []

    def be_cut_off(connection: Connection) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            cluster.end_connections(name)
        AppendEvent(1000)(connection)

    told = Told()
    writer = make_writer(engine, told=told)
    waits = [asyncio.create_task(writer.submit_and_wait(AppendEvent(number))) for number in range(50)]
    waits.insert(25, asyncio.create_task(writer.submit_and_wait(be_cut_off)))
    await asyncio.sleep(0)
    await writer.start()
    await asyncio.gather(*waits)
    assert stored_numbers(engine) == [*range(50), 1000]
    assert told.faults == ["connection_lost"]
    assert writer.healthy
    await writer.stop()


@pytest.mark.peer("postgres")
@pytest.mark.parametrize("committed", [True, False])
async def test_connection_lost_at_commit_writes_once(
    server: Any, committed: bool, monkeypatch: pytest.MonkeyPatch
):
    """The server's answer to COMMIT is lost; only the server knows what happened."""
    cluster, name, engine = server
    plain = engine.dialect.do_commit
    losses = []

    def lose_the_answer(connection: Any) -> None:
        if losses:
            plain(connection)
            return
        losses.append(1)
        if committed:
            plain(connection)
        cluster.end_connections(name)
        message = "server closed the connection unexpectedly"
        raise psycopg.OperationalError(message)

    told = Told()
    writer = make_writer(engine, told=told)
    await writer.start()
    monkeypatch.setattr(engine.dialect, "do_commit", lose_the_answer)
    await asyncio.gather(*(writer.submit_and_wait(AppendEvent(number)) for number in range(10)))
    assert losses
    assert told.faults == ["connection_lost"]
    assert stored_numbers(engine) == list(range(10))
    await writer.stop()


@pytest.mark.peer("postgres")
async def test_server_that_refuses_connections_for_a_while_is_waited_for(server: Any):
    cluster, name, engine = server
    told = Told()
    writer = make_writer(engine, told=told)
    await writer.start()
    cluster.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    cluster.end_connections(name)
    waiting = asyncio.create_task(writer.submit_and_wait(AppendEvent(1)))
    await told.hear_faults(2)
    assert not writer.healthy
    assert "not currently accepting connections" in writer.last_error
    cluster.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await waiting
    assert writer.healthy
    assert stored_numbers(engine) == [1]
    await writer.stop()


async def test_log_of_a_lost_write_shows_no_parameter(engine: Engine, caplog: pytest.LogCaptureFixture):
    def fail(connection: Connection) -> None:
        connection.execute(text("INSERT INTO absent (secret) VALUES (:secret)"), {"secret": "hunter" + "2"})

    writer = make_writer(engine)
    await writer.start()
    with caplog.at_level(logging.DEBUG, "netops"), pytest.raises(StoreError, match="netops db upgrade"):
        await writer.submit_and_wait(fail)
    assert "a write failed and was dropped" in caplog.text
    assert "hunter2" not in caplog.text
    await writer.stop()
