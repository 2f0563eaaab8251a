"""Alerts that traps and syslog messages raised: as they last told of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from netops.model.alert import EventAlert
from netops.store.portions import in_portions
from netops.store.tables import EVENT_ALERT
from netops.store.upsert import upsert


def list_event_alerts(connection: Connection) -> list[EventAlert]:
    """Give all that are kept."""
    rows = connection.execute(select(EVENT_ALERT).order_by(EVENT_ALERT.c.fingerprint)).mappings()
    return [EventAlert(**row) for row in rows]


def store_event_alerts(connection: Connection, alerts: Iterable[EventAlert]) -> None:
    """Store alerts as messages told of them."""
    upsert(connection, EVENT_ALERT, [alert.model_dump() for alert in alerts])


def delete_event_alerts(connection: Connection, fingerprints: Sequence[str]) -> None:
    """Forget alerts that are over."""
    for some in in_portions(fingerprints):
        connection.execute(delete(EVENT_ALERT).where(EVENT_ALERT.c.fingerprint.in_(some)))
