"""The history as a whole, on both databases: what was written is what is read, wherever it is kept by then."""

import logging
from collections.abc import Sequence

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, update

from netops.model.history import HistoryKind, HistoryTier
from netops.model.reading import PollResult, ProcessorReading, SensorKind, SensorReading
from netops.store.engine import read, write
from netops.store.history.percentile import read_percentile
from netops.store.history.read import Series, read_buckets, read_samples
from netops.store.history.speeds import read_speeds
from netops.store.history.top import read_usage
from netops.store.history.upkeep import (
    Retention,
    clear_days,
    list_due_days,
    order_by_polls,
    pack_day,
    purge_device,
)
from netops.store.history.write import write_history, write_speeds
from netops.store.queries.devices import delete_device
from netops.store.queries.interfaces import list_interfaces
from netops.store.tables import HISTORY_BLOCK, HISTORY_RAW, HISTORY_SERIES
from peers.history import (
    DAY,
    DAY0,
    HOUR,
    MIDNIGHT,
    MINUTE,
    count_up,
    make_switch,
    pack_all,
    poll_at,
    roll_up_all,
    steps_of,
    write_polls,
)

EVERY_5_MINUTES = range(DAY0 + 5 * MINUTE, DAY0 + 2 * DAY, 5 * MINUTE)


def count_rows(engine: Engine, tier: HistoryTier | None = None) -> int:
    with read(engine) as connection:
        if tier is None:
            return connection.execute(select(func.count()).select_from(HISTORY_RAW)).scalar_one()
        query = select(func.count()).where(HISTORY_BLOCK.c.tier == tier)
        return connection.execute(query).scalar_one()


def read_all(engine: Engine, series: Series, begin: int = DAY0, end: int = DAY0 + 3 * DAY):
    with read(engine) as connection:
        return read_samples(connection, series, begin, end)


@pytest.fixture
def switch(engine: Engine) -> list[Series]:
    """Two days of a switch with three ports, in 5 minutes a poll."""
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, EVERY_5_MINUTES, seconds=300)
    return series


def pack(engine: Engine, series: Sequence[Series], before: int = DAY0 + 2 * DAY) -> int:
    with write(engine) as connection:
        return pack_all(connection, series[0].device_id, before)


def test_what_was_written_is_read_before_and_after_packing(engine, switch):
    expected = [count_up(number, 2) for number in range(len(EVERY_5_MINUTES))]
    before, _damaged = read_all(engine, switch[1])
    assert before.at.tolist() == list(EVERY_5_MINUTES)
    assert before.values[:, 0].tolist() == expected
    assert set(before.span.tolist()) == {300_000_000}
    assert pack(engine, switch) == 2
    assert count_rows(engine) == 0
    after, damaged = read_all(engine, switch[1])
    assert damaged == []
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_array_equal(after.at, before.at)


def test_only_days_that_are_over_are_packed_and_reading_joins_both(engine, switch):
    assert pack(engine, switch, before=DAY0 + 2 * DAY - 1) == 1
    assert count_rows(engine) == 288
    samples, _damaged = read_all(engine, switch[0])
    assert samples.at.tolist() == list(EVERY_5_MINUTES)


@pytest.mark.parametrize("packed", [False, True])
def test_the_95th_percentile_is_numpys_on_the_stored_deltas(engine, switch, packed):
    if packed:
        pack(engine, switch)
    deltas = np.array([count_up(number, 3) for number in range(len(EVERY_5_MINUTES))])
    with read(engine) as connection:
        found = read_percentile(connection, switch[2], DAY0, DAY0 + 3 * DAY)
    np.testing.assert_allclose(found.values, np.percentile(deltas / 300, 95, axis=0), rtol=1e-12)
    assert found.polls == len(EVERY_5_MINUTES)
    assert found.covered_seconds == 300 * len(EVERY_5_MINUTES)


def test_a_poll_that_is_there_already_is_not_written_twice(engine, switch):
    with write(engine) as connection:
        write_polls(connection, switch, EVERY_5_MINUTES, count=lambda poll, port: [9] * 12)
    assert count_rows(engine) == len(EVERY_5_MINUTES)
    assert read_all(engine, switch[0])[0].values[0, 0].tolist() == count_up(0, 1)


def test_polls_that_come_after_their_day_was_packed_are_added_and_counted_once(engine, switch):
    """The clock was set back: polls of a day long packed come in, one of them at an instant that is there."""
    pack(engine, switch)
    late = [DAY0 + 5 * MINUTE, DAY0 + 6 * MINUTE]
    with write(engine) as connection:
        write_polls(connection, switch, late, count=lambda poll, port: [1_000_000] * 12)
    assert pack(engine, switch) == 1
    assert count_rows(engine) == 0
    samples, _damaged = read_all(engine, switch[0])
    assert samples.count == len(EVERY_5_MINUTES) + 1
    assert samples.values[0, 0].tolist() == count_up(0, 1)
    assert samples.values[1, 0, 0] == 1_000_000
    with read(engine) as connection:
        hour = read_buckets(
            connection, switch[0], [DAY0, DAY0 + HOUR], full_since=DAY0 + DAY, hour_since=DAY0
        )
    expected = sum(count_up(number, 1)[0] for number in range(11)) + 1_000_000
    assert hour.total[0, 0] == expected, "the hour was rolled up anew"


def test_a_poll_that_comes_while_its_day_is_packed_keeps_the_day_for_another_time(engine, switch):
    with read(engine) as connection:
        steps = steps_of(pack_day(connection, switch[0].device_id, HistoryKind.TRAFFIC, DAY0))
    with write(engine) as connection:
        write_polls(connection, switch, [DAY0 + 7 * MINUTE])
    for step in steps:
        with write(engine) as connection:
            step(connection)
    assert count_rows(engine, HistoryTier.FULL) == 0
    assert pack(engine, switch) == 2
    assert read_all(engine, switch[0])[0].count == len(EVERY_5_MINUTES) + 1


@pytest.mark.parametrize("steps_done", [1, 2])
def test_a_day_that_is_cleared_half_way_is_read_once_and_cleared_the_next_time(engine, switch, steps_done):
    before, _damaged = read_all(engine, switch[0])
    with read(engine) as connection:
        steps = steps_of(pack_day(connection, switch[0].device_id, HistoryKind.TRAFFIC, DAY0))
    assert len(steps) == 3
    for step in steps[:steps_done]:
        with write(engine) as connection:
            step(connection)
    for packed in (None, 2):
        samples, damaged = read_all(engine, switch[0])
        assert damaged == []
        np.testing.assert_array_equal(samples.at, before.at)
        np.testing.assert_array_equal(samples.values, before.values)
        assert packed is None or count_rows(engine) == 0
        pack(engine, switch)
    assert count_rows(engine, HistoryTier.FULL) == 2


def test_days_are_cleared_together_and_one_that_was_not_put_in_place_keeps_its_polls(engine, switch):
    with write(engine) as connection:
        other = make_switch(connection, name="sw-2")
        write_polls(connection, other, [DAY0 + number * MINUTE for number in range(3)])
    with read(engine) as connection:
        packed = [
            pack_day(connection, series[0].device_id, HistoryKind.TRAFFIC, DAY0) for series in (switch, other)
        ]
    with write(engine) as connection:
        write_polls(connection, other, [DAY0 + 7 * MINUTE])
    for step in (packed[0].put, packed[1].put, *clear_days(packed)):
        with write(engine) as connection:
            step(connection)
    assert (packed[0].is_put, packed[1].is_put) == (True, False)
    assert count_rows(engine) == DAY // (5 * MINUTE) + 4, "the next day, and the four of the other"
    assert read_all(engine, switch[0])[0].count == len(EVERY_5_MINUTES)
    assert read_all(engine, other[0])[0].count == 4


def test_devices_stand_in_the_order_they_are_polled_in(engine):
    with write(engine) as connection:
        first, second, third = (make_switch(connection, name=f"sw-{number}") for number in range(3))
        write_polls(connection, second, [DAY0 + 900, DAY0 + MINUTE])
        write_polls(connection, first, [DAY0 + 1800])
        order = order_by_polls(connection)
    assert order == [third[0].device_id, second[0].device_id, first[0].device_id]


def test_two_polls_in_one_second_are_two(engine):
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, [DAY0 + 100, DAY0 + 900], seconds=1)
    assert read_all(engine, series[0])[0].at.tolist() == [DAY0 + 100, DAY0 + 900]


def test_a_gap_stays_a_gap(engine):
    instants = [DAY0 + MINUTE, DAY0 + 2 * MINUTE, DAY0 + 10 * MINUTE]
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, instants, count=lambda poll, port: [600] * 12)
    edges = range(DAY0 + MINUTE, DAY0 + 12 * MINUTE, MINUTE)
    with read(engine) as connection:
        found = read_buckets(connection, series[0], list(edges), full_since=DAY0, hour_since=DAY0)
    assert found.polls[:, 0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert np.isnan(found.mean[2:9]).all()
    assert np.isnan(found.total[2:9]).all()
    assert found.mean[[0, 1, 9], 0].tolist() == [10.0, 10.0, 10.0]


def test_a_long_interval_is_its_mean_and_no_spike(engine):
    """The device was away for three hours and its counters ran on."""
    with write(engine) as connection:
        series = make_switch(connection)
        deltas = [[3 * 3600 * 50] * 12] * 3
        write_history(connection, series[0].device_id, poll_at(DAY0 + 3 * HOUR, deltas, 3 * 3600.0))
    edges = [DAY0 + 3 * HOUR, DAY0 + 3 * HOUR + MINUTE]
    with read(engine) as connection:
        found = read_buckets(connection, series[0], edges, full_since=DAY0, hour_since=DAY0)
    assert (found.mean[0, 0], found.high[0, 0], found.total[0, 0]) == (50.0, 50.0, 540_000)


def test_an_interface_that_tells_nothing_in_a_poll_has_no_sample_of_it(engine):
    def count(poll: int, port: int) -> list[int | None]:
        return [None] * 12 if (poll, port) == (1, 2) else [poll] * 6 + [None] * 6

    instants = [DAY0 + MINUTE, DAY0 + 2 * MINUTE, DAY0 + 3 * MINUTE]
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, instants, count)
    for _packed in range(2):
        samples, _damaged = read_all(engine, series[1])
        assert samples.at.tolist() == [instants[0], instants[2]]
        assert samples.values[:, 0, 5].tolist() == [0, 2]
        assert np.isnan(samples.values[:, 0, 6:]).all()
        assert read_all(engine, series[0])[0].count == 3
        pack(engine, series)


@pytest.mark.parametrize("rolled", [False, True])
def test_hours_are_the_same_from_polls_and_from_roll_ups(engine, switch, rolled):
    edges = list(range(DAY0, DAY0 + 2 * DAY + 1, HOUR))
    with read(engine) as connection:
        plain = read_buckets(connection, switch[0], edges, full_since=DAY0, hour_since=DAY0)
    with write(engine) as connection:
        roll_up_all(connection, switch[0].device_id, DAY0 + DAY + 10 * HOUR + 6 * MINUTE)
    pack(engine, switch, DAY0 + DAY if rolled else DAY0)
    with read(engine) as connection:
        found = read_buckets(connection, switch[0], edges, full_since=DAY0, hour_since=DAY0)
    for part in ("polls", "total", "low", "mean", "high", "p95"):
        np.testing.assert_allclose(getattr(found, part), getattr(plain, part), rtol=2e-4)
    assert count_rows(engine, HistoryTier.HOUR) == (11 if rolled else 34)
    assert not np.isnan(found.p95).any()


def test_an_hour_is_rolled_up_only_when_it_is_over_and_only_once(engine, switch):
    device_id = switch[0].device_id
    with write(engine) as connection:
        roll_up_all(connection, device_id, DAY0 + HOUR + 4 * MINUTE)
    assert count_rows(engine, HistoryTier.HOUR) == 0
    for _again in range(2):
        with write(engine) as connection:
            roll_up_all(connection, device_id, DAY0 + HOUR + 6 * MINUTE)
        assert count_rows(engine, HistoryTier.HOUR) == 1


def test_what_is_older_than_it_is_kept_goes_and_the_coarser_stays(engine, switch):
    pack(engine, switch)
    retention = Retention(raw=0, full=DAY, hours=10 * DAY, days=20 * DAY)

    def purge(now: int) -> int:
        with write(engine) as connection:
            return purge_device(connection, switch[0].device_id, now, retention)

    assert purge(DAY0 + 2 * DAY) == 0, "a day is kept until all of it is old enough"
    assert purge(DAY0 + 3 * DAY) == 1
    samples, _damaged = read_all(engine, switch[0])
    assert samples.at[0] == DAY0 + DAY
    edges = [DAY0, DAY0 + DAY, DAY0 + 2 * DAY]
    with read(engine) as connection:
        by_hours = read_buckets(connection, switch[0], edges, full_since=DAY0 + DAY, hour_since=DAY0)
    assert purge(DAY0 + 13 * DAY) == 1 + 2
    with read(engine) as connection:
        by_days = read_buckets(
            connection, switch[0], edges, full_since=DAY0 + 12 * DAY, hour_since=DAY0 + 3 * DAY
        )
    np.testing.assert_array_equal(by_days.total, by_hours.total)
    np.testing.assert_allclose(by_days.high, by_hours.high, rtol=2e-4)
    assert purge(DAY0 + 23 * DAY) == 2
    assert count_rows(engine, HistoryTier.DAY) == 0


@pytest.mark.parametrize("span", [HOUR, 5 * HOUR, DAY, 2 * DAY])
@pytest.mark.parametrize("packed", [False, True])
def test_usage_is_the_sum_of_the_deltas_of_every_interface(engine, switch, span, packed):
    with write(engine) as connection:
        roll_up_all(connection, switch[0].device_id, DAY0 + 2 * DAY)
        make_switch(connection, name="silent")
    if packed:
        pack(engine, switch)
    end = DAY0 + 2 * DAY
    with read(engine) as connection:
        usage = read_usage(connection, end - span, end, [0, 9])
    assert usage.series.tolist() == [one.id for one in switch]
    numbers = [number for number, at in enumerate(EVERY_5_MINUTES) if at >= end - span]
    for port in (1, 2, 3):
        deltas = np.array([count_up(number, port) for number in numbers])[:, [0, 9]]
        assert usage.total[port - 1].tolist() == deltas.sum(axis=0).tolist()
        assert usage.seconds[port - 1].tolist() == [300 * len(numbers)] * 2
        np.testing.assert_allclose(usage.high[port - 1], deltas.max(axis=0) / 300, rtol=2e-4)


def test_usage_of_a_week_is_summed_up_from_days_and_the_rest(engine):
    end = DAY0 + 8 * DAY + 7 * HOUR
    instants = range(DAY0 + HOUR, end, HOUR)
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, instants, count=lambda poll, port: [port] * 12, seconds=3600)
        pack_all(connection, series[0].device_id, DAY0 + 6 * DAY)
        roll_up_all(connection, series[0].device_id, DAY0 + 8 * DAY + 2 * HOUR)
    with read(engine) as connection:
        usage = read_usage(connection, DAY0 + DAY, end, [0])
    told = len([at for at in instants if at >= DAY0 + DAY])
    assert usage.total[:, 0].tolist() == [told, 2 * told, 3 * told]


def test_a_damaged_block_is_named_and_the_rest_is_served(engine, switch, caplog):
    pack(engine, switch)
    block = HISTORY_BLOCK.c
    first = (block.tier == HistoryTier.FULL) & (block.start == DAY0)
    with write(engine) as connection:
        payload = bytearray(connection.execute(select(block.payload).where(first)).scalar_one())
        payload[3] ^= 0xFF
        connection.execute(update(HISTORY_BLOCK).where(first).values(payload=bytes(payload)))
    with caplog.at_level(logging.ERROR):
        samples, damaged = read_all(engine, switch[0])
    assert samples.at[0] == DAY0 + DAY
    assert samples.count == 288
    (words,) = damaged
    assert words.startswith(f"history_block device {switch[0].device_id} kind 0 tier 0 start {DAY0} part 0")
    assert words in caplog.text


def test_a_damaged_row_is_named_and_dropped_when_its_day_is_packed(engine, switch, caplog):
    with write(engine) as connection:
        this = HISTORY_RAW.c.at == DAY0 + 10 * MINUTE
        connection.execute(update(HISTORY_RAW).where(this).values(payload=b"\x01\x00"))
    samples, (words,) = read_all(engine, switch[0])
    assert samples.count == len(EVERY_5_MINUTES) - 1
    assert str(DAY0 + 10 * MINUTE) in words
    pack(engine, switch)
    assert "1 polls of a day are damaged" in caplog.text
    assert read_all(engine, switch[0])[0].count == len(EVERY_5_MINUTES) - 1


def test_gauges_are_followed_by_name_and_two_of_one_name_are_told_apart(engine):
    def poll(number: int, celsius: float | None) -> PollResult:
        result = PollResult("sw-1", MIDNIGHT.replace(minute=number))
        result.sensors = [SensorReading("inlet", SensorKind.TEMPERATURE, "Inlet", celsius, "°C")]
        result.processors = [ProcessorReading("cpu", 10.0 + number), ProcessorReading("cpu", 50.0)]
        return result

    with write(engine) as connection:
        device_id = make_switch(connection)[0].device_id
        for number, celsius in enumerate([21.5, None, float("nan"), -3.25]):
            write_history(connection, device_id, poll(number, celsius))
    with read(engine) as connection:
        rows = connection.execute(select(HISTORY_SERIES).order_by(HISTORY_SERIES.c.id)).all()
    assert [(row.subject, row.key) for row in rows] == [
        ("sensor", "inlet"),
        ("processor_load_percent", "cpu"),
        ("processor_load_percent", "cpu#2"),
    ]
    for _packed in range(2):
        samples, _damaged = read_all(engine, Series(device_id, HistoryKind.GAUGE, rows[0].id))
        assert samples.values[:, 0, 0].tolist() == [21.5, -3.25]
        samples, _damaged = read_all(engine, Series(device_id, HistoryKind.GAUGE, rows[1].id))
        assert samples.values[:, 0, 0].tolist() == [10, 11, 12, 13]
        with write(engine) as connection:
            pack_all(connection, device_id, DAY0 + DAY)


def test_the_speed_of_an_interface_is_known_for_every_instant(engine):
    with write(engine) as connection:
        series = make_switch(connection, ports=1, speed=10**9)
        (row,) = list_interfaces(connection, series[0].device_id)
        for day, speed in ((1, 10**9), (10, 10**10), (11, 10**10), (20, None)):
            row.speed_bps = speed
            at = MIDNIGHT.replace(day=MIDNIGHT.day + day)
            write_speeds(connection, series[0].device_id, [row], at)
    days = np.array([DAY0 - DAY, DAY0 + 9 * DAY, DAY0 + 10 * DAY, DAY0 + 19 * DAY, DAY0 + 25 * DAY])
    with read(engine) as connection:
        speeds = read_speeds(connection, series[0].id, days)
        unknown = read_speeds(connection, 4711, days)
    assert speeds[:4].tolist() == [10**9, 10**9, 10**10, 10**10]
    assert np.isnan(speeds[4])
    assert np.isnan(unknown).all()


def test_the_history_of_a_removed_device_goes_with_it(engine, switch):
    pack(engine, switch, DAY0 + DAY)
    with write(engine) as connection:
        delete_device(connection, switch[0].device_id)
    assert count_rows(engine) == 0
    assert count_rows(engine, HistoryTier.FULL) == 0


def test_a_day_of_a_device_that_went_meanwhile_is_not_packed(engine, switch):
    with read(engine) as connection:
        steps = steps_of(pack_day(connection, switch[0].device_id, HistoryKind.TRAFFIC, DAY0))
    with write(engine) as connection:
        delete_device(connection, switch[0].device_id)
    for step in steps:
        with write(engine) as connection:
            step(connection)
    assert count_rows(engine, HistoryTier.FULL) == 0


def test_days_that_are_due_are_found_whatever_the_clock_said(engine):
    with write(engine) as connection:
        series = make_switch(connection)
        write_polls(connection, series, [DAY0 - 400 * DAY + 1, DAY0 + 1, DAY0 + 9 * DAY])
        due = list_due_days(connection, series[0].device_id, HistoryKind.TRAFFIC, DAY0 + DAY)
    assert due == [DAY0 - 400 * DAY, DAY0]


def test_a_chassis_of_hundreds_of_ports_is_packed_in_pieces_and_read_whole(engine):
    instants = [DAY0 + MINUTE, DAY0 + 2 * HOUR]
    with write(engine) as connection:
        series = make_switch(connection, ports=300)
        write_polls(connection, series, instants)
        pack_all(connection, series[0].device_id, DAY0 + DAY)
    assert count_rows(engine, HistoryTier.FULL) == 5
    assert count_rows(engine, HistoryTier.HOUR) == 1
    for port in (1, 128, 129, 300):
        samples, _damaged = read_all(engine, series[port - 1])
        assert samples.values[:, 0].tolist() == [count_up(number, port) for number in (0, 1)]
    with read(engine) as connection:
        usage = read_usage(connection, DAY0, DAY0 + DAY, [3])
    assert usage.total[:, 0].tolist() == [
        count_up(0, port)[3] + count_up(1, port)[3] for port in range(1, 301)
    ]
