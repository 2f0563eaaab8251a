"""When each device is polled: APScheduler, one job per device, first runs spread, never two at once.

The job's id is the device's name. A run that would begin while the one before still lasts is left out and
counted (overrun); one that the loop was too busy to start in time is counted too (misfire) and made up for
once, however many were missed.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from netops.clock import Clock

logger = logging.getLogger(__name__)

_MISFIRE_GRACE = timedelta(seconds=10)
_LONGEST_SPREAD = timedelta(minutes=5)
_FIRST_RUN_SHARE = 0.9  # of the interval at most, so that every device is seen within one
_SECONDS_PER_DEVICE = 0.05
_DAILY_GRACE_SECONDS = 3600
_SHORTEST_SPREAD = timedelta(seconds=2)
_FIRST_REPEAT = timedelta(seconds=30)


@dataclass(slots=True)
class SchedulerCounters:
    """What the scheduler could not do as asked."""

    overruns: int = 0
    misfires: int = 0


class PollScheduler:
    """Calls ``poll(name, lag_seconds)`` for every device at its interval, on the running loop."""

    def __init__(self, poll: Callable[[str, float], Awaitable[None]], clock: Clock) -> None:
        self.counters = SchedulerCounters()
        self._poll = poll
        self._clock = clock
        self._stopping = False
        self._intervals: dict[str, timedelta] = {}
        self._first: dict[str, datetime] = {}
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its warnings are our counters
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": AsyncIOExecutor()},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": int(_MISFIRE_GRACE.total_seconds()),
            },
        )
        self._scheduler.add_listener(self._on_overrun, EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(self._on_misfire, EVENT_JOB_MISSED)
        self._scheduler.add_listener(self._on_error, EVENT_JOB_ERROR)

    def start(self) -> None:
        """Begin; jobs added before run from now on."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no more runs, and break off those under way."""
        self._stopping = True
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what is broken off is no error
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def watch(self, name: str, interval: timedelta, *, fleet: int = 1) -> None:
        """Poll a device at an interval from now on; a new interval replaces the old one.

        Args:
            name: The device.
            interval: From one start to the next, at least a second.
            fleet: How many devices begin together: a few begin at once, thousands over their interval.
        """
        if self._intervals.get(name) == interval:
            return
        window = max(_SHORTEST_SPREAD, timedelta(seconds=fleet * _SECONDS_PER_DEVICE))
        window = min(window, interval * _FIRST_RUN_SHARE, _LONGEST_SPREAD)
        first = self._clock.now() + spread(name, window)
        self._intervals[name] = interval
        self._first[name] = first
        self._scheduler.add_job(
            self._run,
            IntervalTrigger(seconds=max(1, int(interval.total_seconds())), timezone=UTC),
            id=name,
            args=[name],
            next_run_time=first,
            replace_existing=True,
        )

    def unwatch(self, name: str) -> None:
        """Poll a device no more."""
        if self._intervals.pop(name, None) is not None:
            del self._first[name]
            self._scheduler.remove_job(name)

    def repeat(self, name: str, interval: timedelta, run: Callable[[], Awaitable[None]]) -> None:
        """Run something else than a poll at an interval; one that still runs is not begun again.

        Args:
            name: What no device is called: it holds a space.
            interval: From one start to the next.
            run: Must not raise what its own caller should know.
        """

        async def run_unless_stopped() -> None:
            try:
                await run()
            except asyncio.CancelledError:
                if not self._stopping:
                    raise

        first = self._clock.now() + min(interval, _FIRST_REPEAT)
        self._scheduler.add_job(
            run_unless_stopped,
            IntervalTrigger(seconds=max(1, int(interval.total_seconds())), timezone=UTC),
            id=name,
            next_run_time=first,
            replace_existing=True,
        )

    def interval(self, name: str) -> timedelta | None:
        """Give how often a device is polled; None when it is not."""
        return self._intervals.get(name)

    def run_daily(self, job: str, at: timedelta, call: Callable[[], Awaitable[None]]) -> None:
        """Call every day at a time since local midnight, which may lie past the next; replaces a job of this name."""
        seconds = int(at.total_seconds()) % 86_400
        trigger = CronTrigger(hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60)
        self._scheduler.add_job(
            call, trigger, id=job, replace_existing=True, misfire_grace_time=_DAILY_GRACE_SECONDS
        )

    def run_every(self, job: str, interval: timedelta, call: Callable[[], Awaitable[None]]) -> None:
        """Call at an interval, the first time within one, by the job's name; replaces a job of this name."""
        first = self._clock.now() + spread(job, interval)
        trigger = IntervalTrigger(seconds=max(1, int(interval.total_seconds())), timezone=UTC)
        self._scheduler.add_job(call, trigger, id=job, next_run_time=first, replace_existing=True)

    def forget(self, job: str) -> None:
        """Call a daily or regular job no more."""
        if self._scheduler.get_job(job) is not None:
            self._scheduler.remove_job(job)

    async def _run(self, name: str) -> None:
        lag = (self._clock.now() - self._first[name]) % self._intervals[name]
        try:
            await self._poll(name, lag.total_seconds())
        except asyncio.CancelledError:
            if not self._stopping:
                raise

    def _on_overrun(self, event: JobEvent) -> None:
        if event.job_id not in self._intervals:
            return
        self.counters.overruns += 1
        logger.warning("%s: a poll lasts longer than its interval; one was left out", event.job_id)

    def _on_misfire(self, event: JobEvent) -> None:
        if event.job_id not in self._intervals:
            return
        self.counters.misfires += 1
        logger.warning("%s: a poll could not start in time; the machine is too busy", event.job_id)

    def _on_error(self, event: JobEvent) -> None:
        if self._stopping:
            return
        logger.error("%s: failed inside netops", event.job_id, exc_info=getattr(event, "exception", None))


def spread(name: str, window: timedelta) -> timedelta:
    """Choose when in a window a device's first run lies: by its name, so the same after a restart."""
    return window * (zlib.crc32(name.encode()) / 2**32)
