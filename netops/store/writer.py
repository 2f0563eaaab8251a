"""The one task that writes: everything stored by the daemon passes here, in batches."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from netops.clock import Clock
from netops.errors import StoreError
from netops.i18n import _
from netops.store.batch import BatchCommitter, Outcome, Write
from netops.store.faults import describe

_Given = TypeVar("_Given")
logger = logging.getLogger(__name__)


class WriterHooks(Protocol):
    """What the metrics hear of; called on the event loop."""

    def batch_committed(self, writes: int, seconds: float) -> None:
        """Hear of a batch: how many writes, and how long its transaction took."""
        ...

    def batch_failed(self, reason: str) -> None:
        """Hear of a batch that will be tried again, by the word of its netops.store.faults.Fault."""
        ...

    def write_failed(self) -> None:
        """Hear of one write lost by its own fault."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How the writer collects and retries."""

    batch_writes: int = 500
    batch_seconds: float = 0.25
    """The longest that a write waits for company."""
    retry_seconds: float = 0.2
    """The first wait after a fault of the database; it doubles each time."""
    retry_seconds_most: float = 15.0


@dataclass(slots=True)
class _Waiting:
    write: Write
    since: float
    done: asyncio.Future[None] | None = None


class Writer:
    """Batches writes and commits them in a thread of its own. All methods belong to one event loop.

    A write whose own statements fail is logged, counted in ``failed_total`` and dropped; the others of its
    batch stand. When the database fails (locked, disk full, connection lost) nothing is dropped: the batch
    waits and is tried again, ``healthy`` is False and ``last_error`` says why. What waits is bounded by
    ``queue_limit``; what no longer fits is refused and counted in ``rejected_total``.
    """

    def __init__(
        self,
        engine: Engine,
        hooks: WriterHooks | None = None,
        queue_limit: int = 20_000,
        *,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self.written_total = 0
        self.failed_total = 0
        self.rejected_total = 0
        self.batches_total = 0
        self.healthy = True
        self.last_error = ""
        """The fault that holds the writer up, in one line; "" while it is healthy."""
        self._batches = BatchCommitter(engine)
        self._hooks = hooks
        self._queue_limit = queue_limit
        self._clock = clock
        self._pace = pace or Pace()
        self._queue: deque[_Waiting] = deque()
        self._in_flight: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stopping = asyncio.Event()
        self._give_up_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="netops-writer")

    @property
    def queue_depth(self) -> int:
        """Writes not yet committed, those of the batch under way included."""
        return len(self._queue) + len(self._in_flight)

    @property
    def oldest_waiting_seconds(self) -> float:
        """The age of the oldest write not yet committed; 0 when none waits."""
        oldest = self._in_flight[0] if self._in_flight else self._queue[0] if self._queue else None
        return max(self._clock.monotonic() - oldest.since, 0.0) if oldest is not None else 0.0

    async def start(self) -> None:
        """Begin to write. What was submitted before is written too."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="netops-writer")

    def submit(self, write: Write) -> bool:
        """Hand over a write, without waiting; False when the queue is full, or the writer stops.

        A False has been counted in ``rejected_total``.
        """
        return self._enqueue(_Waiting(write, self._clock.monotonic()))

    async def submit_and_wait(self, write: Write) -> None:
        """Hand over a write and wait until it is committed. Cancelling the wait does not cancel the write.

        Raises:
            StoreError: The write failed by its own fault, the queue is full, or the writer stopped before the
                database took it.
        """
        done = asyncio.get_running_loop().create_future()
        if not self._enqueue(_Waiting(write, self._clock.monotonic(), done)):
            raise StoreError(_("too many writes wait for the database; this one was refused"))
        self._hurry.set()
        await done

    async def stop(self, timeout_seconds: float = 30.0) -> None:
        """Write what waits, then end. A database that fails for so long loses what waits: counted and logged."""
        self._give_up_at = self._clock.monotonic() + timeout_seconds
        self._stopping.set()
        self._wake.set()
        self._hurry.set()
        try:
            if self._task is not None:
                await self._task
        finally:
            self._thread.shutdown(wait=False)
            self._lose_all()

    def _enqueue(self, waiting: _Waiting) -> bool:
        is_over = self._stopping.is_set() or (self._task is not None and self._task.done())
        if is_over or self.queue_depth >= self._queue_limit:
            self.rejected_total += 1
            return False
        self._queue.append(waiting)
        self._wake.set()
        if len(self._queue) >= self._pace.batch_writes:
            self._hurry.set()
        return True

    # --- the task

    async def _run(self) -> None:
        try:
            while await self._wait_for_company():
                count = min(len(self._queue), self._pace.batch_writes)
                self._in_flight = [self._queue.popleft() for _number in range(count)]
                if not await self._commit():
                    return
                self._in_flight = []
        finally:
            self._lose_all()  # however the task ends, nobody waits for ever

    async def _wait_for_company(self) -> bool:
        """Wait for a batch; False when the writer stops and nothing is left."""
        while not self._queue:
            if self._stopping.is_set():
                return False
            self._wake.clear()
            await self._wake.wait()
        wait = self._queue[0].since + self._pace.batch_seconds - self._clock.monotonic()
        is_full = len(self._queue) >= self._pace.batch_writes
        is_urgent = is_full or self._stopping.is_set() or any(one.done for one in self._queue)
        if not is_urgent and wait > 0:
            self._hurry.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), wait)
        return True

    async def _commit(self) -> bool:
        """Commit the batch in flight, however many tries it takes; False when the writer gave up on it."""
        loop = asyncio.get_running_loop()
        writes = [waiting.write for waiting in self._in_flight]
        delay = self._pace.retry_seconds
        while True:
            begun = self._clock.monotonic()
            outcome = await loop.run_in_executor(self._thread, self._batches.commit, writes)
            if outcome.fault is None:
                self._settle(outcome, self._clock.monotonic() - begun)
                return True
            self._note_fault(outcome)
            if self._stopping.is_set():
                if self._clock.monotonic() >= (self._give_up_at or 0.0):
                    return False
                await asyncio.sleep(min(delay, self._pace.retry_seconds))
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), delay)
            delay = min(delay * 2, self._pace.retry_seconds_most)

    def _settle(self, outcome: Outcome, seconds: float) -> None:
        self.batches_total += 1
        self.written_total += len(self._in_flight) - len(outcome.failed)
        if not self.healthy:
            logger.warning("the database takes writes again; nothing was lost, %d waited", self.queue_depth)
        self.healthy, self.last_error = True, ""
        if self._hooks is not None:
            self._hooks.batch_committed(len(self._in_flight) - len(outcome.failed), seconds)
        for position, waiting in enumerate(self._in_flight):
            error = outcome.failed.get(position)
            if error is not None:
                self._lose([waiting], describe(error), error)
            elif waiting.done is not None and not waiting.done.done():
                waiting.done.set_result(None)

    def _note_fault(self, outcome: Outcome) -> None:
        if self.healthy or outcome.words != self.last_error:
            logger.error("writes wait, and are tried again: %s", outcome.words)
        self.healthy, self.last_error = False, outcome.words
        if self._hooks is not None and outcome.fault is not None:
            self._hooks.batch_failed(outcome.fault.value)

    def _lose_all(self) -> None:
        words = _("the daemon stopped before the database took the write")
        self._lose([*self._in_flight, *self._queue], words)
        self._in_flight, self._queue = [], deque()

    def _lose(self, lost: list[_Waiting], words: str, error: Exception | None = None) -> None:
        """Give writes up: counted, logged, and told to whoever waits."""
        for waiting in lost:
            self.failed_total += 1
            if self._hooks is not None:
                self._hooks.write_failed()
            if waiting.done is not None and not waiting.done.done():
                failure = StoreError(words)
                failure.__cause__ = error
                waiting.done.set_exception(failure)
        if error is not None:
            logger.error("a write failed and was dropped: %s", words, exc_info=error)
        elif lost:
            logger.error("%d writes lost: %s", len(lost), words)


async def ask(
    submit: Callable[[Callable[[Connection], None]], Awaitable[None]],
    question: Callable[[Connection], _Given],
) -> _Given:
    """Hand over a write that gives an answer, and give that of the run that was committed.

    Args:
        submit: What takes the write and waits for it, such as ``Writer.submit_and_wait``.
        question: The write; it may run more than once before it is committed.
    """
    answers: list[_Given] = []

    def keep_answer(connection: Connection) -> None:
        answers[:] = [question(connection)]

    await submit(keep_answer)
    return answers[0]
