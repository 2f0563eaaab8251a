"""A small history for tests: one switch whose ports count what a function says."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from netops.model.history import HistoryKind
from netops.model.interface import COUNTER_NAMES, InterfaceReading
from netops.model.reading import PollResult, TrafficReading
from netops.store.history.read import Series
from netops.store.history.upkeep import PackedDay, Step, clear_days, list_due_days, pack_day, roll_up_due
from netops.store.history.write import write_history, write_speeds
from netops.store.queries.interfaces import insert_interfaces, list_interfaces
from peers.rows import make_device

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAY0 = round(MIDNIGHT.timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
Count = Callable[[int, int], Sequence[int | None]]
"""Number of the poll, number of the port, to twelve deltas."""


def count_up(poll: int, port: int) -> Sequence[int | None]:
    """Count something that differs in every poll, port and column."""
    return [(poll * 7919 + port * 104_729 + column * 31) % 10_000_019 for column in range(len(COUNTER_NAMES))]


def make_switch(
    connection: Connection, ports: int = 3, name: str = "sw-1", speed: int = 10**9
) -> list[Series]:
    """Make a device with interfaces, and give their series."""
    device_id = make_device(connection, name)
    readings = [
        InterfaceReading(key=f"Gi0/{port}", if_index=port, speed_bps=speed) for port in range(1, ports + 1)
    ]
    insert_interfaces(connection, device_id, readings, MIDNIGHT)
    write_speeds(connection, device_id, readings, MIDNIGHT)
    return [
        Series(device_id, HistoryKind.TRAFFIC, row.id or 0) for row in list_interfaces(connection, device_id)
    ]


def poll_at(at: int, deltas: Sequence[Sequence[int | None]], seconds: float = 60.0) -> PollResult:
    """Make the poll of an instant; a port that counted nothing at all is not told of."""
    when = datetime.fromtimestamp(at / 1000, UTC)
    told = [number for number, row in enumerate(deltas, 1) if any(cell is not None for cell in row)]
    traffic = TrafficReading(seconds, [f"Gi0/{n}" for n in told], [tuple(deltas[n - 1]) for n in told])
    return PollResult("sw-1", when, interfaces_at=when, traffic=traffic if told else None)


def write_polls(
    connection: Connection,
    series: Sequence[Series],
    instants: Iterable[int],
    count: Count = count_up,
    seconds: float = 60.0,
) -> None:
    """Write a poll at each instant."""
    for number, at in enumerate(instants):
        deltas = [count(number, port) for port in range(1, len(series) + 1)]
        write_history(connection, series[0].device_id, poll_at(at, deltas, seconds))


def steps_of(packed: PackedDay) -> list[Step]:
    """Give the transactions of one packed day, in their order."""
    return [packed.put, *clear_days([packed])]


def pack_all(connection: Connection, device_id: int, before: int) -> int:
    """Pack every day that is over before an instant; give their number."""
    packed = 0
    for kind in HistoryKind:
        for day in list_due_days(connection, device_id, kind, before):
            for step in steps_of(pack_day(connection, device_id, kind, day)):
                step(connection)
            packed += 1
    return packed


def roll_up_all(connection: Connection, device_id: int, now: int) -> None:
    """Roll up the hours that are over."""
    for kind in HistoryKind:
        step = roll_up_due(connection, device_id, kind, now)
        if step is not None:
            step(connection)
