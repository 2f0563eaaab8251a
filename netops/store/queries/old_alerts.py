"""Old alerts, their record and the messages about them: deleted when settings say so, and never what is open.

Open is what is pending or firing, what flaps, what is still to be told, and a message that is neither sent nor given
up: who was told of those must be known when they are over.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Subquery, delete, exists, select, tuple_

from netops.model.alert import AlertEventKind, AlertStatus
from netops.store.portions import in_portions
from netops.store.queries.alerts import ACTIVE
from netops.store.queries.deliveries import OPEN
from netops.store.tables import ALERT, ALERT_EVENT, DELIVERY, DELIVERY_ATTEMPT, NOTICE, TOLD


def delete_alerts(connection: Connection, before: datetime, most: int) -> int:
    """Delete the episodes that were over before an instant, so many at most; give how many they were."""
    is_old = (ALERT.c.status == AlertStatus.RESOLVED) & (ALERT.c.resolved_at < before)
    is_told = exists().where(
        (TOLD.c.fingerprint == ALERT.c.fingerprint)
        & (TOLD.c.active_at == ALERT.c.active_at)
        & (DELIVERY.c.id == TOLD.c.delivery_id)
        & DELIVERY.c.status.in_(OPEN)
    )
    is_to_be_told = exists().where(NOTICE.c.fingerprint == ALERT.c.fingerprint)
    place = ALERT.c.fingerprint, ALERT.c.active_at
    oldest = select(*place).where(is_old, ~is_told, ~is_to_be_told).order_by(ALERT.c.resolved_at).limit(most)
    return connection.execute(delete(ALERT).where(tuple_(*place).in_(oldest))).rowcount


def delete_alert_events(connection: Connection, before: datetime, most: int) -> int:
    """Delete the record before an instant of what is kept no longer, the oldest first; give how much it was."""
    event = ALERT_EVENT
    is_kept = exists().where(
        (ALERT.c.fingerprint == event.c.fingerprint) & (ALERT.c.active_at == event.c.active_at)
    )
    is_flapping = (event.c.kind == AlertEventKind.FLAPPING) & event.c.id.in_(select(_flapping().c.id))
    oldest = (
        select(event.c.id).where(event.c.at < before, ~is_kept, ~is_flapping).order_by(event.c.id).limit(most)
    )
    return connection.execute(delete(event).where(event.c.id.in_(oldest))).rowcount


def delete_deliveries(connection: Connection, before: datetime, most: int) -> int:
    """Delete messages that were done with before an instant, with their attempts; give how many they were."""
    is_old = ~DELIVERY.c.status.in_(OPEN) & (DELIVERY.c.created_at < before) & (DELIVERY.c.ended_at < before)
    oldest = select(DELIVERY.c.id).where(is_old, ~_tells_of_open()).order_by(DELIVERY.c.id).limit(most)
    ids = list(connection.execute(oldest).scalars())
    for some in in_portions(ids):
        connection.execute(delete(TOLD).where(TOLD.c.delivery_id.in_(some)))
        connection.execute(delete(DELIVERY_ATTEMPT).where(DELIVERY_ATTEMPT.c.delivery_id.in_(some)))
        connection.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(some)))
    return len(ids)


def _tells_of_open() -> ColumnElement[bool]:
    """Say whether a delivery tells of an alert, in whatever episode, that is open."""
    is_its = TOLD.c.delivery_id == DELIVERY.c.id
    fires = exists().where(is_its, ALERT.c.fingerprint == TOLD.c.fingerprint, ALERT.c.status.in_(ACTIVE))
    is_to_be_told = exists().where(is_its, NOTICE.c.fingerprint == TOLD.c.fingerprint)
    flaps = exists().where(is_its, TOLD.c.fingerprint.in_(select(_flapping().c.fingerprint)))
    return fires | is_to_be_told | flaps


def _flapping() -> Subquery:
    """Give the events with which alerts began to flap that flap on."""
    begun, later = ALERT_EVENT.alias("begun"), ALERT_EVENT.alias("later")
    ceased = exists().where(
        later.c.fingerprint == begun.c.fingerprint,
        later.c.id > begun.c.id,
        later.c.kind == AlertEventKind.FLAPPING_OVER,
    )
    query = select(begun.c.id, begun.c.fingerprint)
    return query.where(begun.c.kind == AlertEventKind.FLAPPING, ~ceased).subquery()
