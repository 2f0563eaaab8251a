"""Interfaces, as kept between polls."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from netops.model.interface import Interface, InterfaceReading
from netops.store.tables import INTERFACE

READING_COLUMNS = (
    "if_index",
    "name",
    "description",
    "alias",
    "type",
    "speed_bps",
    "mtu",
    "mac",
    "admin_status",
    "oper_status",
    "duplex",
    "last_change",
)
"""What a reading and a row have in common, beside the key."""

_THE_ROW = (INTERFACE.c.device_id == bindparam("of_device")) & (INTERFACE.c.key == bindparam("of_key"))
_UPDATE = update(INTERFACE).where(_THE_ROW)
_INSERT = insert(INTERFACE)


def list_interfaces(
    connection: Connection, device_id: int, *, missing: bool | None = None
) -> list[Interface]:
    """Give a device's interfaces in the order of ifIndex, then key; all, or only those missing or not."""
    query = select(INTERFACE).where(INTERFACE.c.device_id == device_id)
    if missing is not None:
        since = INTERFACE.c.missing_since
        query = query.where(since.is_not(None) if missing else since.is_(None))
    rows = connection.execute(query.order_by(INTERFACE.c.if_index, INTERFACE.c.key))
    return [Interface(**row) for row in rows.mappings()]


def insert_interfaces(
    connection: Connection, device_id: int, readings: Sequence[InterfaceReading], now: datetime
) -> None:
    """Add interfaces seen for the first time."""
    fixed = {"device_id": device_id, "first_seen": now, "changed_at": now, "missing_since": None}
    rows = [_columns(reading) | fixed | {"key": reading.key} for reading in readings]
    if rows:
        connection.execute(_INSERT, rows)


def update_interfaces(
    connection: Connection, device_id: int, readings: Sequence[InterfaceReading], now: datetime
) -> None:
    """Store interfaces that changed or came back: none of them is missing any more."""
    rows = [
        _columns(reading)
        | {"changed_at": now, "missing_since": None, "of_device": device_id, "of_key": reading.key}
        for reading in readings
    ]
    if rows:
        connection.execute(_UPDATE, rows)


def mark_missing(connection: Connection, device_id: int, keys: Iterable[str], now: datetime) -> None:
    """Mark interfaces that the device no longer lists; one that is missing already keeps its time."""
    rows = [{"of_device": device_id, "of_key": key} for key in keys]
    if rows:
        statement = _UPDATE.where(INTERFACE.c.missing_since.is_(None)).values(
            missing_since=now, changed_at=now
        )
        connection.execute(statement, rows)


def delete_missing_interfaces(connection: Connection, device_id: int) -> int:
    """Forget the interfaces of a device that are missing; give how many they were."""
    is_gone = (INTERFACE.c.device_id == device_id) & INTERFACE.c.missing_since.is_not(None)
    return connection.execute(delete(INTERFACE).where(is_gone)).rowcount


def _columns(reading: InterfaceReading) -> dict[str, Any]:
    return {column: getattr(reading, column) for column in READING_COLUMNS}
