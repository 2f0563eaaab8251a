"""When each device is polled."""

import asyncio
from datetime import timedelta

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES

from netops.clock import SystemClock
from netops.scheduler import PollScheduler, spread


@pytest.mark.parametrize("window", [timedelta(seconds=1), timedelta(minutes=5)])
def test_first_runs_are_spread_evenly_and_stay_where_they_are(window):
    places = [spread(f"sw-{number}", window) / window for number in range(1000)]
    assert all(0 <= place < 1 for place in places)
    tenths = [sum(tenth <= place * 10 < tenth + 1 for place in places) for tenth in range(10)]
    assert min(tenths) > 60
    assert spread("sw-1", window) == spread("sw-1", window)


async def test_device_is_polled_and_a_removed_one_is_not():
    polled: asyncio.Queue[str] = asyncio.Queue()

    async def poll(name: str, lag_seconds: float) -> None:
        assert 0 <= lag_seconds < 60
        await polled.put(name)

    scheduler = PollScheduler(poll, SystemClock())
    scheduler.start()
    scheduler.watch("gone", timedelta(minutes=1))
    scheduler.watch("sw-1", timedelta(minutes=1))
    scheduler.unwatch("gone")
    scheduler.unwatch("never there")
    async with asyncio.timeout(10):
        assert await polled.get() == "sw-1"
    assert polled.empty()
    assert scheduler.interval("gone") is None
    assert scheduler.interval("sw-1") == timedelta(minutes=1)
    scheduler.stop()


async def test_poll_that_outlasts_its_interval_is_counted_and_never_runs_twice():
    running = 0
    overrun = asyncio.Event()

    async def poll(name: str, lag_seconds: float) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await overrun.wait()
        running -= 1

    scheduler = PollScheduler(poll, SystemClock())
    scheduler.start()
    scheduler.watch("slow", timedelta(seconds=1))
    scheduler._scheduler.add_listener(lambda _: overrun.set(), EVENT_JOB_MAX_INSTANCES)
    async with asyncio.timeout(20):
        await overrun.wait()
    assert scheduler.counters.overruns == 1
    scheduler.stop()


async def test_error_inside_a_poll_does_not_end_the_schedule():
    runs: asyncio.Queue[int] = asyncio.Queue()

    async def poll(name: str, lag_seconds: float) -> None:
        await runs.put(1)
        message = "a defect"
        raise RuntimeError(message)

    scheduler = PollScheduler(poll, SystemClock())
    scheduler.start()
    scheduler.watch("sw-1", timedelta(seconds=1))
    async with asyncio.timeout(20):
        await runs.get()
        await runs.get()
    scheduler.stop()


async def test_something_else_than_a_poll_runs_too_and_is_no_overrun_of_one(monkeypatch):
    monkeypatch.setattr("netops.scheduler._FIRST_REPEAT", timedelta(0))
    ran = asyncio.Event()
    left_out = asyncio.Event()

    async def poll(name: str, lag_seconds: float) -> None:
        pass

    async def work() -> None:
        ran.set()
        await left_out.wait()

    scheduler = PollScheduler(poll, SystemClock())
    scheduler._scheduler.add_listener(lambda _: left_out.set(), EVENT_JOB_MAX_INSTANCES)
    scheduler.repeat("history upkeep", timedelta(seconds=1), work)
    scheduler.start()
    async with asyncio.timeout(20):
        await ran.wait()
        await left_out.wait()
    assert (scheduler.counters.overruns, scheduler.counters.misfires) == (0, 0)
    scheduler.stop()
