"""Devices and their states."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from netops.errors import NotFound, StoreError
from netops.i18n import _
from netops.model.device import Device, DeviceSource, DeviceState
from netops.store.tables import DEVICE, DEVICE_STATE
from netops.store.upsert import upsert

IDENTITY_COLUMNS = frozenset({
    "profile", "vendor", "model", "os", "os_version", "serial", "sys_name", "location", "contact", "object_id",
    "description",
})  # fmt: skip
"""What a device says of itself; its source says the rest."""


def get_device(connection: Connection, name: str) -> Device:
    """Give the device of a name.

    Raises:
        NotFound: There is none.
    """
    device = find_device(connection, name)
    if device is None:
        raise NotFound(_("%(device)s: no such device") % {"device": name})
    return device


def find_device(connection: Connection, name: str) -> Device | None:
    """Give the device of a name, or None."""
    row = connection.execute(select(DEVICE).where(DEVICE.c.name == name)).mappings().one_or_none()
    return Device(**row) if row is not None else None


def find_device_by_id(connection: Connection, device_id: int) -> Device | None:
    """Give the device of an id, whatever it is called now, or None."""
    row = connection.execute(select(DEVICE).where(DEVICE.c.id == device_id)).mappings().one_or_none()
    return Device(**row) if row is not None else None


def has_device(connection: Connection, device_id: int) -> bool:
    """Say whether there is a device of an id."""
    return connection.execute(select(DEVICE.c.id).where(DEVICE.c.id == device_id)).first() is not None


def list_devices(
    connection: Connection,
    *,
    source: DeviceSource | None = None,
    enabled: bool | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Device]:
    """Give devices in the order of their names, those after the name ``after`` (a page's last one)."""
    query: Select[Any] = select(DEVICE).order_by(DEVICE.c.name)
    if source is not None:
        query = query.where(DEVICE.c.source == source)
    if enabled is not None:
        query = query.where(DEVICE.c.enabled == enabled)
    if after:
        query = query.where(DEVICE.c.name > after)
    return [Device(**row) for row in connection.execute(query.limit(limit)).mappings()]


def insert_device(
    connection: Connection,
    name: str,
    source: DeviceSource,
    spec: Mapping[str, Any],
    now: datetime,
    *,
    enabled: bool = True,
) -> Device:
    """Add a device.

    Raises:
        StoreError: The name is taken.
    """
    taken = find_device(connection, name)
    if taken is not None:
        words = _("%(device)s: exists already, from source %(source)s")
        raise StoreError(words % {"device": name, "source": taken.source.value})
    device = Device(
        name=name, source=source, spec=dict(spec), enabled=enabled, created_at=now, updated_at=now
    )
    values = device.model_dump(exclude={"id"})
    device.id = connection.execute(insert(DEVICE).values(values).returning(DEVICE.c.id)).scalar_one()
    return device


def update_device(
    connection: Connection,
    device_id: int,
    now: datetime,
    *,
    name: str | None = None,
    spec: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
) -> None:
    """Change what a device's source says of it; what is None stays.

    Raises:
        NotFound: There is no such device.
        StoreError: The new name is taken.
    """
    given = {"name": name, "spec": dict(spec) if spec is not None else None, "enabled": enabled}
    values = {column: value for column, value in given.items() if value is not None}
    statement = update(DEVICE).where(DEVICE.c.id == device_id).values(**values, updated_at=now)
    try:
        with connection.begin_nested():  # PostgreSQL would refuse the rest of the transaction after an error
            count = connection.execute(statement).rowcount
    except IntegrityError as error:
        raise StoreError(_("%(device)s: exists already") % {"device": name}) from error
    if count == 0:
        raise NotFound(_("there is no device with id %(id)s") % {"id": device_id})


def delete_device(connection: Connection, device_id: int) -> bool:
    """Remove a device with its state, interfaces and readings; its events stay. False: it was not there."""
    return connection.execute(delete(DEVICE).where(DEVICE.c.id == device_id)).rowcount > 0


def update_identity(
    connection: Connection, device_id: int, identity: Mapping[str, str], now: datetime
) -> None:
    """Store what a device says of itself: columns out of IDENTITY_COLUMNS. A removed device is passed over.

    Raises:
        ValueError: Another column is named.
    """
    if strange := set(identity) - IDENTITY_COLUMNS:
        raise ValueError(f"not columns of a device's identity: {sorted(strange)}")
    if identity:
        statement = update(DEVICE).where(DEVICE.c.id == device_id)
        connection.execute(statement.values(**identity, updated_at=now))


def upsert_state(connection: Connection, state: DeviceState) -> None:
    """Store how a device is, whole, in place of how it was."""
    upsert(connection, DEVICE_STATE, [{column: getattr(state, column) for column in _STATE_COLUMNS}])


def get_state(connection: Connection, device_id: int) -> DeviceState | None:
    """Give how a device is; None before its first poll."""
    row = (
        connection.execute(select(DEVICE_STATE).where(DEVICE_STATE.c.device_id == device_id))
        .mappings()
        .one_or_none()
    )
    return DeviceState(**row) if row is not None else None


def get_states(connection: Connection) -> dict[int, DeviceState]:
    """Give how all devices are, by id; those never polled are absent."""
    rows = connection.execute(select(DEVICE_STATE))
    return {row["device_id"]: DeviceState(**row) for row in rows.mappings()}


_STATE_COLUMNS = tuple(DEVICE_STATE.columns.keys())
