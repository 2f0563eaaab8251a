"""The latest readings of each subject of each device, packed into one row a subject."""

import zlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, select

from netops.errors import StoreError
from netops.i18n import _
from netops.model.device import LatestReading
from netops.store.tables import LATEST_READING
from netops.store.upsert import upsert

T = TypeVar("T")


def pack(subject: object) -> bytes:
    """Pack a subject: zlib (level 1) of JSON. Dataclasses, lists of them, enums and aware datetimes are fine.

    A float that is no number (NaN, infinite) becomes null: there is no reading.

    Raises:
        TypeError: JSON has no form for something in it.
    """
    return zlib.compress(orjson.dumps(subject), 1)


def unpack_json(payload: bytes) -> Any:
    """Give a packed subject as plain JSON values.

    Raises:
        StoreError: The payload is damaged.
    """
    try:
        return orjson.loads(zlib.decompress(payload))
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise StoreError(_("a stored reading is damaged: %(reason)s") % {"reason": error}) from error


def unpack(payload: bytes, shape: type[T]) -> T:
    """Give a packed subject in its shape, e.g. ``unpack(payload, list[InterfaceReading])``.

    Raises:
        StoreError: The payload is damaged, or was packed from another shape (an earlier netops).
    """
    try:
        return cast("T", _adapter(cast("Any", shape)).validate_json(zlib.decompress(payload)))
    except (zlib.error, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(_("a stored reading is damaged: %(reason)s") % {"reason": reason}) from error


@lru_cache(maxsize=64)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def upsert_latest(connection: Connection, device_id: int, subject: str, at: datetime, payload: bytes) -> None:
    """Store the latest reading of one subject, in place of the one before."""
    upsert_latest_many(connection, device_id, at, {subject: payload})


def upsert_latest_many(
    connection: Connection, device_id: int, at: datetime, payloads: Mapping[str, bytes]
) -> None:
    """Store the latest readings of one poll, subject to payload, in one statement."""
    rows = [
        {"device_id": device_id, "subject": subject, "at": at, "payload": payload}
        for subject, payload in payloads.items()
    ]
    upsert(connection, LATEST_READING, rows)


def get_latest(connection: Connection, device_id: int, subject: str) -> LatestReading | None:
    """Give the latest reading of one subject; None where there never was one."""
    this = (LATEST_READING.c.device_id == device_id) & (LATEST_READING.c.subject == subject)
    row = connection.execute(select(LATEST_READING).where(this)).mappings().one_or_none()
    return LatestReading(**row) if row is not None else None


def list_latest(connection: Connection, device_id: int) -> dict[str, LatestReading]:
    """Give the latest readings of a device, by subject."""
    rows = connection.execute(select(LATEST_READING).where(LATEST_READING.c.device_id == device_id))
    return {row["subject"]: LatestReading(**row) for row in rows.mappings()}


def delete_latest(connection: Connection, device_id: int, subject: str) -> None:
    """Forget a subject that the device no longer has."""
    this = (LATEST_READING.c.device_id == device_id) & (LATEST_READING.c.subject == subject)
    connection.execute(delete(LATEST_READING).where(this))
