"""Polls become history, and the history is kept in order beside them."""

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from fakes import START
from netops.model.device import DeviceSource
from netops.model.history import HistoryKind, HistoryTier
from netops.services.keep_history import KeepHistory
from netops.services.keep_poll import StoreKeeper
from netops.services.manage_devices import add_device
from netops.settings.history import HistorySettings
from netops.store.engine import read, write
from netops.store.history.read import Series, read_samples
from netops.store.history.speeds import read_speeds
from netops.store.history.write import to_milliseconds
from netops.store.queries.interfaces import list_interfaces
from netops.store.schema import check
from netops.store.tables import HISTORY_BLOCK, HISTORY_RAW
from netops.store.writer import Pace, Writer
from peers.history import DAY, HOUR, make_switch, write_polls
from services.fleets import World, make_world, settings

AT = to_milliseconds(START)


@pytest.fixture
def world(monkeypatch, engine) -> World:
    made = make_world(monkeypatch)
    with write(engine) as connection:
        add_device(connection, settings().model_dump(mode="json"), DeviceSource.CLI, START)
    return made


async def keep(engine, writer, outcome):
    StoreKeeper(engine, writer).keep(outcome)
    await writer.submit_and_wait(lambda connection: None)


def traffic_of(engine, key="Gi1"):
    with read(engine) as connection:
        ids = {row.key: row.id for row in list_interfaces(connection, 1)}
        series = Series(1, HistoryKind.TRAFFIC, ids[key])
        samples, damaged = read_samples(connection, series, AT - 400 * DAY, AT + 400 * DAY)
        assert damaged == []
        return samples, read_speeds(connection, ids[key], samples.at)


def count(engine, table, *where):
    with read(engine) as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


async def test_the_second_poll_is_in_the_history_with_its_own_interval(world, engine, writer):
    await keep(engine, writer, await world.poll())
    world.wind(61.25)
    world.switch.count(1, in_octets=7_000_000_001)
    await keep(engine, writer, await world.poll())
    samples, speeds = traffic_of(engine)
    assert samples.span.tolist() == [61_250_000]
    assert samples.values[0, 0, 0] == 7_000_000_001
    assert samples.at.tolist() == [AT + 61_250]
    assert speeds.tolist() == [10**9]


async def test_a_clock_set_back_or_forward_changes_when_and_never_how_much(world, engine, writer):
    """The wall clock jumps by hours between polls; the device's own clock says how long it was."""
    await keep(engine, writer, await world.poll())
    for jump in (-7200, 3 * 3600, 0):
        world.wind(60)
        world.clock.start += timedelta(seconds=jump)
        world.switch.count(1, in_octets=6000)
        await keep(engine, writer, await world.poll())
    samples, _speeds = traffic_of(engine)
    assert samples.values[:, 0, 0].tolist() == [6000, 6000, 6000]
    assert samples.span.tolist() == [60_000_000] * 3
    assert sorted(samples.at.tolist()) == samples.at.tolist()


async def test_a_new_speed_is_noted_from_its_poll_on(world, engine, writer):
    await keep(engine, writer, await world.poll())
    for speed in (1000, 10_000):
        world.wind(20 * 60)
        world.switch.session.set({"1.3.6.1.2.1.31.1.1.1.15.1": speed})
        await keep(engine, writer, await world.poll(asked=True))
    assert traffic_of(engine)[1].tolist() == [10**9, 10**10]


async def test_history_can_be_switched_off(world, engine, writer):
    keeper = StoreKeeper(engine, writer, keep_history=False)
    for _poll in range(2):
        keeper.keep(await world.poll())
        world.wind()
    await writer.submit_and_wait(lambda connection: None)
    assert count(engine, HISTORY_RAW) == 0


class Faults:
    """Hooks of a writer that wait for its first fault."""

    def __init__(self) -> None:
        self.first = asyncio.Event()

    def batch_committed(self, writes: int, seconds: float) -> None:
        pass

    def batch_failed(self, reason: str) -> None:
        assert reason == "disk_full"
        self.first.set()

    def write_failed(self) -> None:
        raise AssertionError


async def test_a_full_disk_loses_only_what_no_longer_fits_the_queue_and_damages_nothing(world, engine, clock):
    room = {"pages": 1_000_000}
    event.listen(
        engine,
        "checkout",
        lambda raw, _record, _proxy: raw.execute(f"PRAGMA max_page_count={room['pages']}"),
    )
    faults = Faults()
    writer = Writer(engine, faults, 4, clock=clock, pace=Pace(batch_seconds=0, retry_seconds=0.01))
    keeper = StoreKeeper(engine, writer)
    await writer.start()

    async def poll() -> bool:
        world.wind()
        world.switch.count(1, in_octets=600)
        return keeper.keep(await world.poll())

    for _poll in range(3):
        assert await poll()
    await writer.submit_and_wait(lambda connection: None)
    before, _speeds = traffic_of(engine)
    with read(engine) as connection:
        room["pages"] = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    hog = "INSERT INTO event (at, kind, device_name, subject, text, data) VALUES ('2026-01-01', 'x', '', '', zeroblob(500000), 'null')"
    assert writer.submit(lambda connection: connection.exec_driver_sql(hog))
    taken = [await poll() for _poll in range(6)]
    async with asyncio.timeout(30):
        await faults.first.wait()
    assert taken.count(False) == writer.rejected_total > 0
    assert "full" in writer.last_error
    assert traffic_of(engine)[0].at.tolist() == before.at.tolist()
    room["pages"] = 1_000_000
    await writer.stop()
    assert traffic_of(engine)[0].count == before.count + taken.count(True)
    assert check(engine) == []


async def test_upkeep_rolls_up_packs_and_lets_go(engine, writer, clock):
    with write(engine) as connection:
        series = make_switch(connection)
        day = AT // DAY * DAY
        write_polls(connection, series, range(day + 1, day + DAY, HOUR))
    clock.wind(12 * 3600)
    upkeep = KeepHistory(engine, writer, HistorySettings(raw="1h", polls="3d"), clock)
    await upkeep.run()
    assert count(engine, HISTORY_BLOCK, HISTORY_BLOCK.c.tier == HistoryTier.HOUR) == 23
    assert upkeep.packed_days == 0
    clock.wind(2 * 3600)
    await upkeep.run()
    assert count(engine, HISTORY_RAW) == 0
    assert (upkeep.packed_days, upkeep.failures) == (1, 0)
    assert count(engine, HISTORY_BLOCK, HISTORY_BLOCK.c.tier == HistoryTier.FULL) == 1
    clock.wind(4 * 86_400)
    await upkeep.run()
    assert count(engine, HISTORY_BLOCK, HISTORY_BLOCK.c.tier == HistoryTier.FULL) == 0
    assert count(engine, HISTORY_BLOCK, HISTORY_BLOCK.c.tier == HistoryTier.HOUR) == 1


async def test_a_device_whose_upkeep_fails_is_named_and_the_others_go_on(engine, writer, clock, caplog):
    with write(engine) as connection:
        bad, good = make_switch(connection, name="bad"), make_switch(connection, name="good")
        day = AT // DAY * DAY
        for series in (bad, good):
            write_polls(connection, series, [day + 1])
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON history_block WHEN NEW.device_id = "
            f"{bad[0].device_id} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    clock.wind(2 * 86_400)
    upkeep = KeepHistory(engine, writer, HistorySettings(raw="1h"), clock)
    with caplog.at_level(logging.ERROR):
        await upkeep.run()
    assert upkeep.failures == 1
    assert "bad: its history could not be kept in order" in caplog.text
    assert count(engine, HISTORY_RAW) == 1, "no poll of it is lost"
    assert count(engine, HISTORY_BLOCK, HISTORY_BLOCK.c.device_id == good[0].device_id) > 0
