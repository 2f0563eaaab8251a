"""What the traffic history costs, for 50,000 interfaces on 1,000 devices (or fewer, with --devices).

Half of the ports are unused, 35 % carry the bursts of a desk, 15 % are busy links; each kind's bytes are
told apart. The bars are those of the design; every figure is made in this run.

    .venv/bin/python bench/history.py [--devices 1000] [--interval 300] [--row-per-interface]
"""

import argparse
import asyncio
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, event

from netops.clock import SystemClock
from netops.model.device import DeviceSource
from netops.model.history import HistoryKind
from netops.model.interface import COUNTER_NAMES, InterfaceReading
from netops.services.keep_history import CLEARED_TOGETHER
from netops.store.engine import open_engine, read, write
from netops.store.history.percentile import read_percentile
from netops.store.history.raw import pack_deltas
from netops.store.history.read import Series
from netops.store.history.samples import DAY, HOUR
from netops.store.history.statements import statements_for
from netops.store.history.top import read_usage
from netops.store.history.upkeep import (
    PackedDay,
    Step,
    clear_days,
    list_due_days,
    order_by_polls,
    pack_day,
    roll_up_due,
)
from netops.store.queries.devices import insert_device
from netops.store.queries.interfaces import insert_interfaces, list_interfaces
from netops.store.schema import upgrade
from netops.store.writer import Writer

PORTS = 50
DAY0 = round(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)
UNUSED, DESK, BUSY = 0.50, 0.35, 0.15


def make_deltas(
    chance: np.random.Generator, instants: range, seconds: float, kinds: np.ndarray
) -> np.ndarray:
    """Deltas [poll, port, counter]: log-normal octets with a day's rise and fall, packets that follow them."""
    polls, ports = len(instants), len(kinds)
    scale = seconds / 300
    day = 1 + 0.6 * np.sin(np.array(instants) % DAY / DAY * 2 * np.pi)[:, None]
    desk = chance.lognormal(9, 1.5, (polls, ports)) * day
    desk += (chance.random((polls, ports)) < 0.1) * chance.lognormal(14, 1.5, (polls, ports))
    busy = chance.lognormal(19, 0.3, (polls, ports)) * day
    octets = np.where(kinds == 2, busy, np.where(kinds == 1, desk, 0.0)) * scale
    deltas = np.zeros((polls, ports, len(COUNTER_NAMES)), np.int64)
    deltas[:, :, 0] = octets
    deltas[:, :, 1] = octets * chance.lognormal(0, 0.3, octets.shape)
    for column in (2, 3):
        deltas[:, :, column] = deltas[:, :, column - 2] / chance.normal(700, 80, octets.shape).clip(100)
    talk = kinds > 0
    deltas[:, :, 5] = chance.poisson(30 * scale, octets.shape) * talk
    deltas[:, :, 7] = chance.poisson(60 * scale, octets.shape) * talk
    deltas[:, :, 4] = chance.poisson(30 * scale, octets.shape) * (kinds == 2)
    deltas[:, :, 6] = chance.poisson(60 * scale, octets.shape) * (kinds == 2)
    return deltas


@contextmanager
def measured(name: str, bar: str = "") -> Iterator[dict[str, float]]:
    figures: dict[str, float] = {}
    begun, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    yield figures
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures["seconds"] = time.perf_counter() - begun
    figures["cpu"] = used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime
    say(name, f"{figures['seconds']:.3f} s, {figures['cpu']:.3f} s of CPU", bar)


def say(name: str, figure: str, bar: str = "") -> None:
    print(f"{name:58} {figure}" + (f"   (bar: {bar})" if bar else ""), flush=True)


class Fleet:
    """The devices in the database, and polls of them packed ahead, so that making them is not measured."""

    def __init__(self, engine: Engine, devices: int, seed: int = 7) -> None:
        self.engine = engine
        self.chance = np.random.default_rng(seed)
        self.ids: list[tuple[int, list[int]]] = []
        self.kinds: list[np.ndarray] = []
        with write(engine) as connection:
            for number in range(devices):
                device = insert_device(connection, f"sw-{number}", DeviceSource.CLI, {}, datetime.now(UTC))
                readings = [
                    InterfaceReading(key=f"Gi1/0/{port}", if_index=port) for port in range(1, PORTS + 1)
                ]
                insert_interfaces(connection, device.id or 0, readings, datetime.now(UTC))
                ids = [row.id or 0 for row in list_interfaces(connection, device.id or 0)]
                self.ids.append((device.id or 0, ids))
                self.kinds.append(self.chance.choice(3, PORTS, p=[UNUSED, DESK, BUSY]))

    def write(self, begin: int, end: int, interval: float, pick: range | None = None) -> int:
        """Write polls of all devices (or some) in the order of time, as they come; give the rows of interfaces."""
        count = 0
        for start in range(begin, end, 6 * HOUR):
            stop = min(end, start + 6 * HOUR)
            rows = [
                row
                for place in pick or range(len(self.ids))
                for row in self._make(place, start, stop, interval)
            ]
            rows.sort(key=lambda row: row[2])
            for first in range(0, len(rows), 1000):
                with write(self.engine) as connection:
                    statement = statements_for(connection).insert_raw
                    connection.exec_driver_sql(statement, rows[first : first + 1000])
            count += len(rows) * PORTS
        return count

    def _make(
        self, place: int, begin: int, end: int, interval: float
    ) -> list[tuple[int, int, int, int, bytes]]:
        step = round(interval * 1000)
        device_id, ids = self.ids[place]
        instants = range(begin + place * 7919 % step, end, step)
        deltas = make_deltas(self.chance, instants, interval, self.kinds[place])
        jitters = self.chance.integers(0, 90, len(instants)).tolist()
        return [
            (device_id, 0, at + jitter, int(interval * 1e6) + jitter * 1000, pack_deltas(ids, poll))
            for at, jitter, poll in zip(instants, jitters, deltas.tolist(), strict=True)
        ]


def measure_insert(fleet: Fleet, path: Path, interval: float) -> None:
    """One poll of all interfaces, from deltas to the commit, as the writer does it."""
    at = DAY0 - 400 * DAY
    polls = [
        (
            device_id,
            ids,
            [tuple(row) for row in make_deltas(fleet.chance, range(1), interval, kinds)[0].tolist()],
        )
        for (device_id, ids), kinds in zip(fleet.ids, fleet.kinds, strict=True)
    ]
    for round_ in range(3):
        with (
            measured(f"insert of one poll of {len(polls) * PORTS:,} interfaces", "0.5 s"),
            write(fleet.engine) as connection,
        ):
            statement = statements_for(connection).insert_raw
            for device_id, ids, deltas in polls:
                row = (device_id, 0, at + round_ * 60_000, 60_000_000, pack_deltas(ids, deltas))
                connection.exec_driver_sql(statement, row)
    before = Path(f"{path}-wal").stat().st_size
    rounds = 20
    for round_ in range(rounds):
        with write(fleet.engine) as connection:
            statement = statements_for(connection).insert_raw
            for device_id, ids, deltas in polls[:20]:
                row = (device_id, 0, at + DAY + round_ * 60_000, 60_000_000, pack_deltas(ids, deltas))
                connection.exec_driver_sql(statement, row)
    grown = (Path(f"{path}-wal").stat().st_size - before) / rounds
    say("write-ahead log of a poll of 1,000 interfaces", f"{grown / 1e6:.3f} MB", "0.2 MB")
    with write(fleet.engine) as connection:
        connection.exec_driver_sql("DELETE FROM history_raw")


def tier_bytes(engine: Engine, folder: Path, tier: int) -> int:
    """Bytes of a database file that holds the blocks of one tier and nothing else: pages, index and slack."""
    path = folder / f"tier-{tier}.db"
    with engine.connect() as connection:
        connection.exec_driver_sql("ATTACH ? AS alone", (str(path),))
        connection.exec_driver_sql(
            "CREATE TABLE alone.block (device_id, kind, tier, start, part, first_series, last_series, payload, "
            "PRIMARY KEY (device_id, kind, tier, start, part))"
        )
        connection.exec_driver_sql(
            "INSERT INTO alone.block SELECT * FROM history_block WHERE tier = ?", (tier,)
        )
        connection.commit()
        connection.exec_driver_sql("DETACH alone")
    return path.stat().st_size


def measure_at_rest(engine: Engine, folder: Path, rows: int, interfaces: int) -> None:
    for tier, name, bar in (
        (0, "every poll: bytes a row of an interface", "6"),
        (1, "hours", ""),
        (2, "days", ""),
    ):
        size = tier_bytes(engine, folder, tier)
        figure = (
            f"{size / rows:.2f}"
            if tier == 0
            else f"{size / interfaces / (24 if tier == 1 else 1):.1f} bytes each"
        )
        say(f"at rest, {name}", figure, bar)


def word_waits(waits: list[float]) -> str:
    return f"{np.median(waits) * 1e3:.1f}; {np.percentile(waits, 99) * 1e3:.1f}; {max(waits) * 1e3:.1f} ms"


async def measure_packing(engine: Engine, before: int, days: int) -> None:
    """Pack as the daemon does, and see how long a poll's write waits meanwhile."""
    writer = Writer(engine, clock=SystemClock())
    await writer.start()
    waits: list[float] = []
    done = asyncio.Event()

    async def poll() -> None:
        while not done.is_set():
            begun = time.perf_counter()
            await writer.submit_and_wait(
                lambda connection: connection.exec_driver_sql("UPDATE device SET os = '' WHERE id = 1")
            )
            waits.append(time.perf_counter() - begun)
            await asyncio.sleep(0.02)

    longest = 0.0
    polling = asyncio.create_task(poll())
    await asyncio.sleep(5)
    say("a write without packing: median; p99; longest", word_waits(waits))
    waits.clear()

    def prepare(device_id: int, day: int) -> PackedDay:
        with read(engine) as connection:
            return pack_day(connection, device_id, HistoryKind.TRAFFIC, day)

    def due(device_id: int) -> list[int]:
        with read(engine) as connection:
            return list_due_days(connection, device_id, HistoryKind.TRAFFIC, before)

    async def carry_out(step: Step) -> None:
        def timed(connection: Connection) -> None:
            nonlocal longest
            begun = time.perf_counter()
            step(connection)
            longest = max(longest, time.perf_counter() - begun)

        await writer.submit_and_wait(timed)

    with measured(f"packing {days} day(s) of all interfaces", "60 s of CPU a day"):
        packed: list[PackedDay] = []
        with read(engine) as connection:
            order = order_by_polls(connection)
        for place, device_id in enumerate(order, 1):
            for day in await asyncio.to_thread(due, device_id):
                packed.append(await asyncio.to_thread(prepare, device_id, day))
                await carry_out(packed[-1].put)
                packed[-1].release()
            if place % CLEARED_TOGETHER == 0 or place == len(order):
                for step in clear_days(packed):
                    await carry_out(step)
                packed = []
    done.set()
    await polling
    await writer.stop()
    say("longest that packing held the writer", f"{longest * 1e3:.1f} ms", "100 ms")
    say("a write beside packing: median; p99; longest", word_waits(waits))


def measure_reading(engine: Engine, fleet: Fleet, now: int, days: int) -> None:
    device_id, ids = fleet.ids[0]
    busy = int(np.flatnonzero(fleet.kinds[0] == 2)[0]) if (fleet.kinds[0] == 2).any() else 0
    series = Series(device_id, HistoryKind.TRAFFIC, ids[busy])
    for _round in range(3):
        with read(engine) as connection, measured(f"one interface's {days} days with p95", "0.05 s"):
            found = read_percentile(connection, series, now - days * DAY, now)
    rates = found.samples.rates()[:, 0]
    assert np.array_equal(found.values, np.percentile(rates, 95, axis=0)), "not numpy's percentile"
    say("the percentile is numpy's on the stored deltas", f"yes, of {found.polls:,} polls")


def measure_top(engine: Engine, now: int, label: str) -> None:
    for _round in range(3):
        with read(engine) as connection, measured(f"top 50 of all in the last hour, {label}", "0.3 s"):
            usage = read_usage(connection, now - HOUR, now, [0, 1])
            best = np.argsort(usage.mean().max(axis=1))[-50:]
    assert len(best) == 50


def measure_row_per_interface(fleet: Fleet, interval: float) -> None:
    """The other way: a row for each interface, WITHOUT ROWID, keyed (ts, interface)."""
    columns = ", ".join(COUNTER_NAMES)
    rows = [
        (identity, 60.0, *row)
        for (_device, ids), kinds in zip(fleet.ids, fleet.kinds, strict=True)
        for identity, row in zip(
            ids, make_deltas(fleet.chance, range(1), interval, kinds)[0].tolist(), strict=True
        )
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.db"
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA wal_autocheckpoint=0")
        database.execute(
            f"CREATE TABLE raw (ts, interface, seconds, {columns}, PRIMARY KEY (ts, interface)) WITHOUT ROWID"
        )
        marks = ", ".join("?" * 15)
        for ts in range(3):
            with measured("a row for each interface: insert of one poll"):
                database.execute("BEGIN IMMEDIATE")
                database.executemany(f"INSERT INTO raw VALUES ({marks})", [(ts, *row) for row in rows])  # noqa: S608
                database.execute("COMMIT")
        before = Path(f"{path}-wal").stat().st_size
        for ts in range(3, 23):
            database.execute("BEGIN IMMEDIATE")
            database.executemany(f"INSERT INTO raw VALUES ({marks})", [(ts, *row) for row in rows[:1000]])  # noqa: S608
            database.execute("COMMIT")
        say(
            "a row for each interface: log of 1,000 interfaces",
            f"{(Path(f'{path}-wal').stat().st_size - before) / 20e6:.3f} MB",
        )
        database.execute("BEGIN")
        for ts in range(100, 112):
            database.executemany(f"INSERT INTO raw VALUES ({marks})", [(ts, *row) for row in rows])  # noqa: S608
        database.execute("COMMIT")
        with measured("a row for each interface: top 50 of 12 polls"):
            database.execute(
                "SELECT interface, sum(in_octets) AS s FROM raw WHERE ts >= 100 GROUP BY interface ORDER BY s DESC LIMIT 50"
            ).fetchall()
        with measured("a row for each interface: one interface of 12 polls"):
            database.execute("SELECT * FROM raw WHERE interface = ? AND ts >= 100", (rows[77][0],)).fetchall()
        database.close()


def _without_checkpoints(raw: sqlite3.Connection, _record: object) -> None:
    raw.execute("PRAGMA wal_autocheckpoint=0")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=300.0, help="seconds between polls")
    parser.add_argument("--month", type=int, default=30, help="days of history of ten devices, for reading")
    parser.add_argument("--row-per-interface", action="store_true", help="measure the other layout as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("NETOPS_BENCH_FOLDER")) as folder:
        path = Path(folder) / "bench.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine, None)
        engine.dispose()
        # No checkpoint while the log is measured, so that its file's size tells the bytes; as shipped after that.
        event.listen(engine, "connect", _without_checkpoints)
        fleet = Fleet(engine, options.devices)
        print(f"{options.devices} devices of {PORTS} interfaces, a poll every {options.interval:.0f} s")
        measure_insert(fleet, path, options.interval)
        event.remove(engine, "connect", _without_checkpoints)
        engine.dispose()
        rows = fleet.write(DAY0, DAY0 + DAY, options.interval)
        say("rows of interfaces in one day", f"{rows:,}")
        asyncio.run(measure_packing(engine, DAY0 + DAY, 1))
        measure_at_rest(engine, Path(folder), rows, options.devices * PORTS)
        now = DAY0 + DAY + 2 * HOUR
        fleet.write(DAY0 + DAY, now, options.interval)
        measure_top(engine, now, f"a poll every {options.interval:.0f} s")
        with measured("rolling up one hour of all devices"):
            for device_id, _ids in fleet.ids:
                with read(engine) as connection:
                    step = roll_up_due(
                        connection, device_id, HistoryKind.TRAFFIC, DAY0 + DAY + HOUR + 6 * 60_000
                    )
                assert step is not None
        some = range(min(10, options.devices))
        begin = DAY0 + 2 * DAY
        fleet.write(begin, begin + (options.month - 2) * DAY, options.interval, some)
        with write(engine) as connection:
            for place in some:
                device_id = fleet.ids[place][0]
                for day in list_due_days(
                    connection, device_id, HistoryKind.TRAFFIC, begin + (options.month - 4) * DAY
                ):
                    one = pack_day(connection, device_id, HistoryKind.TRAFFIC, day)
                    for step in (one.put, *clear_days([one])):
                        step(connection)
        measure_reading(engine, fleet, begin + (options.month - 2) * DAY, options.month)
        if options.row_per_interface:
            measure_row_per_interface(fleet, options.interval)
        engine.dispose()


if __name__ == "__main__":
    main()
