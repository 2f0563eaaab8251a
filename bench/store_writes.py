"""What storing costs: polls a second, rows a second, and WAL bytes a poll of a 48-port switch, through the Writer.

A poll stores its packed interfaces, its packed system group and the state of its device: three rows, two
statements. Run it as ``python bench/store_writes.py [--polls N] [--batch N] [--url URL]``; without a URL on SQLite in a
temporary folder. On PostgreSQL the bytes are those of the server's WAL, other databases of it included.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from netops.clock import SystemClock
from netops.model.device import DeviceSource, DeviceState
from netops.model.interface import InterfaceReading, InterfaceStatus
from netops.model.reading import Reach, SystemReading
from netops.store.engine import is_sqlite, open_engine, read, sqlite_path, write
from netops.store.queries.devices import insert_device, upsert_state
from netops.store.readings import pack, upsert_latest_many
from netops.store.schema import upgrade
from netops.store.writer import Writer

DEVICES = 500
PORTS = 48
ROWS = 3


def make_interfaces(poll: int) -> list[InterfaceReading]:
    return [
        InterfaceReading(
            key=f"GigabitEthernet1/0/{port}",
            if_index=port,
            name=f"GigabitEthernet1/0/{port}",
            description=f"GigabitEthernet1/0/{port}",
            alias=f"desk {port}",
            type="ethernetCsmacd",
            speed_bps=10**9,
            mtu=1500,
            mac=f"00:11:22:33:44:{port:02x}",
            admin_status=InterfaceStatus.UP,
            oper_status=InterfaceStatus.UP,
            duplex="full",
            discontinuity_ticks=0,
            counters=tuple((poll + 1) * port * 7_919 * (index + 1) for index in range(12)),
            wide=0xFFF,
            rates=tuple(port * 131.7 * (index + 1) / (poll + 1) for index in range(12)),
        )
        for port in range(1, PORTS + 1)
    ]


def make_write(device_id: int, poll: int) -> Callable[[Connection], None]:
    """Pack as the poller does, on the event loop; the write itself runs in the writer's thread."""
    now = datetime.now(UTC)
    payloads = {
        "interfaces": pack(make_interfaces(poll)),
        "system": pack(
            SystemReading(name=f"sw-{device_id}", description="switch", uptime_seconds=poll * 60.0)
        ),
    }
    state = DeviceState(
        device_id=device_id, snmp=Reach.YES, reachable=True, since=now, polled_at=now, answered_at=now
    )

    def store(connection: Connection) -> None:
        upsert_latest_many(connection, device_id, now, payloads)
        upsert_state(connection, state)

    return store


def wal_position(engine: Engine) -> int:
    """Give the bytes written to the WAL so far; SQLite's file must not have been checkpointed in between."""
    path = sqlite_path(engine)
    if path is not None:
        return Path(f"{path}-wal").stat().st_size
    with read(engine) as connection:
        query = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        return int(connection.exec_driver_sql(query).scalar_one())


async def measure(engine: Engine, polls: int, batch: int) -> None:
    with write(engine) as connection:
        devices = [
            insert_device(connection, f"sw-{n}", DeviceSource.CLI, {}, datetime.now(UTC))
            for n in range(DEVICES)
        ]
    ids = [device.id for device in devices if device.id is not None]
    writer = Writer(engine, queue_limit=polls + 1, clock=SystemClock())
    await writer.start()
    for number in range(DEVICES):
        writer.submit(make_write(ids[number], 0))
    await writer.submit_and_wait(lambda _connection: None)
    writes = [make_write(ids[number % DEVICES], number // DEVICES + 1) for number in range(polls)]
    wal, begun, cpu = wal_position(engine), time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for number, one in enumerate(writes, 1):
        writer.submit(one)
        if number % batch == 0:
            await writer.submit_and_wait(lambda _connection: None)
    await writer.submit_and_wait(lambda _connection: None)
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime
    written = wal_position(engine) - wal
    print(f"database             {engine.dialect.name}")
    print(f"polls                {polls} of {PORTS} interfaces, {writer.batches_total} batches in all")
    print(f"polls a second       {polls / seconds:,.0f}")
    print(f"rows a second        {polls * ROWS / seconds:,.0f}")
    print(f"CPU a poll           {spent / polls * 1e6:,.0f} us (this process)")
    print(f"WAL a poll           {written / polls:,.0f} bytes")
    await writer.stop()


def measure_packing() -> None:
    readings = make_interfaces(1)
    begun = time.process_time()
    for _number in range(500):
        payload = pack(readings)
    print(f"packing a poll       {(time.process_time() - begun) / 500 * 1e6:,.0f} us, {len(payload):,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--polls", type=int, default=5_000)
    parser.add_argument(
        "--batch", type=int, default=500, help="polls that come together; 8 is 2,000 devices a minute"
    )
    parser.add_argument("--url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(options.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine, None)
        if is_sqlite(engine):
            # No checkpoint while measuring, so that the file's size tells the bytes; on the writer's connection too.
            engine.dispose()
            event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA wal_autocheckpoint=0"))
        asyncio.run(measure(engine, options.polls, options.batch))
        engine.dispose()
    measure_packing()


if __name__ == "__main__":
    os.environ.setdefault("NETOPS_LANG", "en")
    main()
