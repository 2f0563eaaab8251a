"""The daemon's part about its own numbers: metrics read what its parts count themselves."""

from netops.followed import (
    DEVICES,
    NOTIFICATIONS_RECEIVED,
    NOTIFICATIONS_REJECTED,
    POLL_MISFIRES,
    POLL_OVERRUNS,
    SNMP_DISCARDED,
    SNMP_REQUESTS,
    SNMP_RETRIES,
    WRITER_FAILED,
    WRITER_LAG,
    WRITER_QUEUE_DEPTH,
    WRITER_REJECTED,
)
from netops.scheduler import PollScheduler
from netops.services.fleet import Fleet
from netops.services.receive_event import ReceiveEvent
from netops.snmp.exchange import SnmpEngine
from netops.snmp.notifications import NotificationReceiver
from netops.store.writer import Writer
from netops.telemetry import Telemetry


def follow_parts(
    telemetry: Telemetry, *, engine: SnmpEngine, writer: Writer, scheduler: PollScheduler, fleet: Fleet
) -> None:
    """Let the metrics read what polls and writes count."""
    statistics = engine.statistics
    telemetry.follow(POLL_OVERRUNS, lambda: scheduler.counters.overruns)
    telemetry.follow(POLL_MISFIRES, lambda: scheduler.counters.misfires)
    telemetry.follow(SNMP_REQUESTS, lambda: statistics.requests)
    telemetry.follow(SNMP_RETRIES, lambda: statistics.retries)
    telemetry.follow(SNMP_DISCARDED, lambda: dict(statistics.discarded))
    telemetry.follow(WRITER_QUEUE_DEPTH, lambda: writer.queue_depth)
    telemetry.follow(WRITER_LAG, lambda: writer.oldest_waiting_seconds)
    telemetry.follow(WRITER_REJECTED, lambda: writer.rejected_total)
    telemetry.follow(WRITER_FAILED, lambda: writer.failed_total)
    telemetry.follow(DEVICES, lambda: _count_devices(fleet))


def follow_receiver(telemetry: Telemetry, receiver: NotificationReceiver, service: ReceiveEvent) -> None:
    """Let the metrics read what the receiver of traps counts."""
    counts = receiver.counts
    telemetry.follow(NOTIFICATIONS_RECEIVED, lambda: dict(service.received))
    telemetry.follow(NOTIFICATIONS_REJECTED, lambda: {**counts.rejected, "queue_full": counts.dropped})


def _count_devices(fleet: Fleet) -> dict[str, float]:
    found = {"up": 0.0, "unreachable": 0.0, "not_polled": 0.0}
    words = {True: "up", False: "unreachable", None: "not_polled"}
    for device in fleet.devices.values():
        found[words[device.state.reachable]] += 1
    return found
