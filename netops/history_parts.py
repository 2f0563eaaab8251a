"""The composition root's part about history: its upkeep in the scheduler, and remote_write beside the exposition."""

from contextlib import AsyncExitStack
from datetime import timedelta

from sqlalchemy import Engine

from netops.clock import Clock
from netops.exporter.feed import Feed
from netops.exporter.remote_write import DiskQueue, RemoteWriter, Target
from netops.followed import (
    HISTORY_PACKED_DAYS,
    HISTORY_UPKEEP_FAILURES,
    HISTORY_UPKEEP_LONGEST_WRITE,
    HISTORY_UPKEEP_SECONDS,
    REMOTE_WRITE_DROPPED,
    REMOTE_WRITE_FAILING,
    REMOTE_WRITE_FAILURES,
    REMOTE_WRITE_QUEUE,
    REMOTE_WRITE_SENT,
)
from netops.scheduler import PollScheduler
from netops.services.keep_history import KeepHistory
from netops.settings.history import HistorySettings, RemoteWriteSettings
from netops.store.writer import Writer
from netops.telemetry import Telemetry

UPKEEP_INTERVAL = timedelta(minutes=5)


def keep_history(
    settings: HistorySettings,
    store: Engine,
    writer: Writer,
    scheduler: PollScheduler,
    telemetry: Telemetry,
    clock: Clock,
) -> None:
    """Keep the history in order from now on, every few minutes."""
    if not settings.enabled:
        return
    upkeep = KeepHistory(store, writer, settings, clock)
    scheduler.repeat("history upkeep", UPKEEP_INTERVAL, upkeep.run)
    telemetry.follow(HISTORY_PACKED_DAYS, lambda: upkeep.packed_days)
    telemetry.follow(HISTORY_UPKEEP_FAILURES, lambda: upkeep.failures)
    telemetry.follow(HISTORY_UPKEEP_SECONDS, lambda: upkeep.seconds)
    telemetry.follow(HISTORY_UPKEEP_LONGEST_WRITE, lambda: upkeep.longest_write_seconds)


def write_remotely(
    settings: RemoteWriteSettings, stack: AsyncExitStack, feed: Feed, telemetry: Telemetry, clock: Clock
) -> None:
    """Send every poll to the store that the settings name, from now on until the stack is closed.

    Raises:
        StoreError: The folder of the queue cannot be used.
    """
    if settings.url is None:
        return
    password, token = settings.password, settings.bearer_token
    target = Target(
        settings.url,
        timeout_seconds=settings.timeout.total_seconds(),
        username=settings.username,
        password=password.get_secret_value() if password else None,
        bearer_token=token.get_secret_value() if token else None,
    )
    queue = DiskQueue(settings.queue, settings.queue_mebibytes * 1024 * 1024)
    sender = RemoteWriter(target, queue, clock)
    sender.start()
    stack.push_async_callback(sender.stop)
    feed.follow(sender.take)
    telemetry.follow(REMOTE_WRITE_SENT, lambda: sender.sent_samples)
    telemetry.follow(REMOTE_WRITE_DROPPED, lambda: dict(queue.dropped))
    telemetry.follow(REMOTE_WRITE_FAILURES, lambda: sender.failures)
    telemetry.follow(REMOTE_WRITE_QUEUE, lambda: queue.bytes)
    telemetry.follow(REMOTE_WRITE_FAILING, lambda: sender.failing_seconds)
