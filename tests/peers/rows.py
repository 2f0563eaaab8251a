"""Rows and readings for tests of the store."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine

from netops.model.device import DeviceSource
from netops.model.event import Event, EventKind
from netops.model.interface import InterfaceReading, InterfaceStatus
from netops.store.engine import read
from netops.store.queries.devices import insert_device
from netops.store.queries.events import append_event, list_events

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def make_device(connection: Connection, name: str = "sw-1") -> int:
    device = insert_device(connection, name, DeviceSource.FILE, {"address": "10.0.0.1"}, NOW)
    assert device.id is not None
    return device.id


def make_interface(number: int, **columns: object) -> InterfaceReading:
    reading = InterfaceReading(
        key=f"Gi0/{number}",
        if_index=number,
        name=f"Gi0/{number}",
        type="ethernetCsmacd",
        speed_bps=10**11,
        mtu=1500,
        admin_status=InterfaceStatus.UP,
        oper_status=InterfaceStatus.DOWN,
        counters=(2**64 - 1, None, 0),
        wide=1,
    )
    for column, value in columns.items():
        setattr(reading, column, value)
    return reading


class AppendEvent:
    """A write that leaves its number behind, and may misbehave first."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, connection: Connection) -> None:
        append_event(connection, Event(at=NOW, kind=EventKind.DAEMON_STARTED, text=str(self.number)))


def stored_numbers(engine: Engine) -> list[int]:
    """Give the numbers that AppendEvent left, sorted."""
    with read(engine) as connection:
        return sorted(int(event.text) for event in list_events(connection, limit=1_000_000).events)
