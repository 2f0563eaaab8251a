"""Poll a device at once because it told of something: seldom enough that no storm of messages becomes one of polls."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from netops.clock import Clock
from netops.errors import NetopsError

logger = logging.getLogger(__name__)

AT_LEAST_SECONDS = 5.0
"""From the start of one such poll of a device to the next."""


class PollOnEvent:
    """Lives on the event loop; ``tick`` is called every second.

    A message that comes too soon after the last poll, or during one, has the device polled once more when its
    time has come: what the message tells of may have come after the device was read.
    """

    def __init__(self, poll: Callable[[str], Awaitable[object]], clock: Clock) -> None:
        self.polls = 0
        """How many were begun."""
        self._poll = poll
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ask(self, device: str) -> None:
        """Have a device polled as soon as may be."""
        self._waiting.add(device)
        self._begin_if_due(device)

    async def tick(self) -> None:
        """Begin the polls whose time has come."""
        for device in list(self._waiting):
            self._begin_if_due(device)
        oldest = self._clock.monotonic() - AT_LEAST_SECONDS
        self._begun = {name: at for name, at in self._begun.items() if at > oldest or name in self._tasks}

    async def settle(self) -> None:
        """Break off the polls under way, and begin no more."""
        self._waiting.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin_if_due(self, device: str) -> None:
        now = self._clock.monotonic()
        if device in self._tasks or now - self._begun.get(device, -AT_LEAST_SECONDS) < AT_LEAST_SECONDS:
            return
        self._waiting.discard(device)
        self._begun[device] = now
        self.polls += 1
        task = asyncio.get_running_loop().create_task(self._run(device))
        self._tasks[device] = task
        task.add_done_callback(lambda _task: self._tasks.pop(device, None))

    async def _run(self, device: str) -> None:
        try:
            await self._poll(device)
        except NetopsError as error:
            logger.info("%s: not polled for what it told: %s", device, error)
        except Exception:  # one device's poll must not end those of others
            logger.exception("%s: a poll for what it told failed inside netops", device)
