"""Events: appended, and read back newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select, tuple_

from netops.errors import StoreError
from netops.i18n import _
from netops.model.event import Event, EventKind
from netops.store.tables import DEVICE, EVENT

_COLUMNS = tuple(column for column in EVENT.columns.keys() if column != "id")  # noqa: SIM118 - not a dict


class EventPage(NamedTuple):
    """Some events, newest first."""

    events: list[Event]
    next_cursor: str | None
    """What list_events takes to go on with older ones; None at the end."""


def append_event(connection: Connection, event: Event) -> None:
    """Store one event. Its id is the database's to give."""
    append_events(connection, [event])


def append_events(connection: Connection, events: Sequence[Event]) -> None:
    """Store events in their order."""
    rows = [{column: getattr(event, column) for column in _COLUMNS} for event in events]
    if rows:
        connection.execute(insert(EVENT), rows)


def list_events(
    connection: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    device: str | None = None,
    kind: EventKind | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> EventPage:
    """Give a page of events, newest first: ``since`` is included, ``until`` is not.

    ``device`` finds the events of that name, and those of the device now so called under its earlier names.

    Raises:
        StoreError: The cursor is not one that a page gave.
    """
    query = select(EVENT).order_by(EVENT.c.at.desc(), EVENT.c.id.desc()).limit(limit + 1)
    if since is not None:
        query = query.where(EVENT.c.at >= since)
    if until is not None:
        query = query.where(EVENT.c.at < until)
    if kind is not None:
        query = query.where(EVENT.c.kind == kind)
    if device is not None:
        holder = select(DEVICE.c.id).where(DEVICE.c.name == device).scalar_subquery()
        query = query.where(or_(EVENT.c.device_name == device, EVENT.c.device_id == holder))
    if cursor is not None:
        query = query.where(tuple_(EVENT.c.at, EVENT.c.id) < _read_cursor(cursor))
    rows = connection.execute(query).mappings().all()
    events = [Event(**row) for row in rows[:limit]]
    if len(rows) <= limit or not events:
        return EventPage(events, None)
    return EventPage(events, f"{events[-1].at.isoformat()}~{events[-1].id}")


def delete_events(connection: Connection, before: datetime, most: int) -> int:
    """Delete the oldest events before an instant, so many at most; give how many they were."""
    oldest = select(EVENT.c.id).where(EVENT.c.at < before).order_by(EVENT.c.at).limit(most)
    return connection.execute(delete(EVENT).where(EVENT.c.id.in_(oldest))).rowcount


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    at, _tilde, number = cursor.partition("~")
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is not None:
            return instant, int(number)
    except ValueError:
        pass
    raise StoreError(_("%(cursor)s: not a cursor that a page of events gave") % {"cursor": cursor})
