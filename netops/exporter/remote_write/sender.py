"""Sending: polls become messages in the queue, and messages go out one after the other, again and again."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from netops import __version__
from netops.clock import Clock
from netops.exporter.remote_write.encode import Told, encode_request
from netops.exporter.remote_write.queue import DiskQueue

logger = logging.getLogger(__name__)

_HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": f"netops/{__version__}",
}
_POLLS_AT_ONCE = 50
"""In one message: about 50,000 samples of switches."""


@dataclass(frozen=True, slots=True)
class Target:
    """The store, and how to prove who we are."""

    url: str
    timeout_seconds: float = 30.0
    username: str | None = None
    password: str | None = None
    bearer_token: str | None = None


@dataclass(frozen=True, slots=True)
class SendPace:
    """How long polls wait for company, and messages after a failure."""

    collect_seconds: float = 5.0
    retry_seconds: float = 1.0
    """After the first failure; it doubles each time."""
    retry_seconds_most: float = 60.0


class RemoteWriter:
    """Two tasks over one queue. All methods belong to one event loop."""

    def __init__(self, target: Target, queue: DiskQueue, clock: Clock, pace: SendPace | None = None) -> None:
        self.queue = queue
        self.sent_samples = 0
        self.failures = 0
        """Messages that were not taken, and are sent again."""
        self._target = target
        self._clock = clock
        self._pace = pace or SendPace()
        self._polls: list[Told] = []
        self._arrived = asyncio.Event()
        self._queued = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._failing_since: float | None = None

    @property
    def failing_seconds(self) -> float:
        """For how long the store has not taken anything; 0 while it does."""
        return self._clock.monotonic() - self._failing_since if self._failing_since is not None else 0.0

    def take(self, blocks: Mapping[str, bytes], at: int) -> None:
        """Take what a poll told, at an instant in milliseconds since 1970."""
        self._polls.append(Told(dict(blocks), at))
        self._arrived.set()

    def start(self) -> None:
        """Begin; what waited in the folder since the last run goes first."""
        if len(self.queue):
            self._queued.set()
        self._tasks = [asyncio.create_task(self._collect()), asyncio.create_task(self._send())]

    async def stop(self) -> None:
        """Put what came last into the queue, and end; what is in the queue waits for the next start."""
        self._stopping.set()
        self._arrived.set()
        collecting, sending = self._tasks
        await collecting
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending

    # --- the tasks

    async def _collect(self) -> None:
        while not self._stopping.is_set():
            await self._arrived.wait()
            if len(self._polls) < _POLLS_AT_ONCE:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pace.collect_seconds)
            self._arrived.clear()
            await self._queue_polls()
        await self._queue_polls()

    async def _queue_polls(self) -> None:
        while self._polls:
            polls, self._polls = self._polls[:_POLLS_AT_ONCE], self._polls[_POLLS_AT_ONCE:]
            message, samples = await asyncio.to_thread(encode_request, polls)
            if samples:
                self.queue.put(message, samples)
                self._queued.set()

    async def _send(self) -> None:
        delay = self._pace.retry_seconds
        async with self._open_client() as client:
            while True:
                waiting = self.queue.oldest()
                if waiting is None:
                    self._queued.clear()
                    await self._queued.wait()
                    continue
                try:
                    message = waiting.path.read_bytes()
                except OSError:
                    self.queue.refuse(waiting)  # somebody took the file away
                    continue
                reason = await self._post(client, message)
                if reason is None:
                    self.sent_samples += waiting.samples
                    self.queue.remove(waiting)
                    delay = self._pace.retry_seconds
                elif reason.is_final:
                    logger.error("remote_write: the store refuses a message for good: %s", reason.words)
                    self.queue.refuse(waiting)
                else:
                    self._note_failure(reason.words)
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, self._pace.retry_seconds_most)

    def _open_client(self) -> httpx.AsyncClient:
        target = self._target
        headers = dict(_HEADERS)
        if target.bearer_token:
            headers["Authorization"] = f"Bearer {target.bearer_token}"
        auth = httpx.BasicAuth(target.username, target.password or "") if target.username else None
        return httpx.AsyncClient(headers=headers, auth=auth, timeout=target.timeout_seconds, trust_env=False)

    async def _post(self, client: httpx.AsyncClient, message: bytes) -> "_Refusal | None":
        """Send a message; None when the store took it."""
        try:
            answer = await client.post(self._target.url, content=message)
        except httpx.HTTPError as error:
            return _Refusal(str(error) or type(error).__name__, is_final=False)
        if answer.is_success:
            if self._failing_since is not None:
                logger.warning("remote_write: the store takes samples again")
            self._failing_since = None
            return None
        words = f"{answer.status_code} {answer.text.strip()[:200]}"
        later = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.is_server_error
        # A wrong password or address is mended by a person; what waits is not to be lost meanwhile.
        mended = answer.status_code in {
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.METHOD_NOT_ALLOWED,
        }
        return _Refusal(words, is_final=not (later or mended or answer.is_redirect))

    def _note_failure(self, words: str) -> None:
        self.failures += 1
        if self._failing_since is None:
            self._failing_since = self._clock.monotonic()
            logger.error("remote_write: samples wait, and are sent again: %s", words)


@dataclass(frozen=True, slots=True)
class _Refusal:
    words: str
    is_final: bool
