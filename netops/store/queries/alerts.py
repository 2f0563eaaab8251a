"""Alerts: their episodes, and what happened to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from netops.alerting.known_alert import Acknowledgement, KnownAlert, NewAlertEvent
from netops.alerting.lifecycle import AlertChanges
from netops.errors import NotFound
from netops.i18n import _
from netops.model.alert import Alert, AlertEvent, AlertEventKind, AlertStatus
from netops.store.portions import in_portions
from netops.store.queries.notices import append_notices
from netops.store.tables import ALERT, ALERT_EVENT
from netops.store.upsert import upsert

ACTIVE = (AlertStatus.PENDING, AlertStatus.FIRING)


def store_changes(connection: Connection, changes: AlertChanges, now: datetime) -> None:
    """Store what changed, with the record of it. The caller's transaction makes it one."""
    upsert_alerts(connection, changes.stored)
    if changes.dropped:
        is_it = (ALERT.c.fingerprint == bindparam("dropped")) & (ALERT.c.active_at == bindparam("since"))
        rows = [{"dropped": alert.fingerprint, "since": alert.active_at} for alert in changes.dropped]
        connection.execute(delete(ALERT).where(is_it), rows)
    append_notices(connection, changes.notices, now)
    append_alert_events(
        connection,
        [
            AlertEvent(
                at=now,
                kind=event.kind,
                fingerprint=event.fingerprint,
                active_at=event.active_at,
                text=event.text,
                data=dict(event.data),
            )
            for event in changes.events
        ],
    )


def upsert_alerts(connection: Connection, alerts: Iterable[KnownAlert]) -> None:
    """Store alerts as they are now."""
    upsert(connection, ALERT, [_as_row(alert) for alert in alerts])


def append_alert_events(connection: Connection, events: Sequence[AlertEvent]) -> None:
    """Append to the record, in this order."""
    rows = [event.model_dump(exclude={"id"}) for event in events]
    if rows:
        connection.execute(insert(ALERT_EVENT), rows)


def list_active_alerts(connection: Connection) -> dict[str, KnownAlert]:
    """Give every alert that is pending or firing, by fingerprint, the oldest first."""
    query = select(ALERT).where(ALERT.c.status.in_(ACTIVE)).order_by(ALERT.c.active_at, ALERT.c.fingerprint)
    found = (_from_row(Alert(**row)) for row in connection.execute(query).mappings())
    return {alert.fingerprint: alert for alert in found}


def list_alerts(
    connection: Connection, *, statuses: Iterable[AlertStatus], limit: int | None = None
) -> list[KnownAlert]:
    """Give the episodes that are so far, the latest first."""
    table = ALERT
    query = select(table).where(table.c.status.in_(list(statuses)))
    query = query.order_by(table.c.active_at.desc(), table.c.fingerprint).limit(limit)
    return [_from_row(Alert(**row)) for row in connection.execute(query).mappings()]


def list_episodes(
    connection: Connection, episodes: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], KnownAlert]:
    """Give some episodes, by fingerprint and instant; one that is not there is left out."""
    wanted = sorted(set(episodes))
    found: dict[tuple[str, datetime], KnownAlert] = {}
    for some in in_portions(wanted):
        query = select(ALERT).where(ALERT.c.fingerprint.in_([fingerprint for fingerprint, _at in some]))
        query = query.where(ALERT.c.active_at >= min(at for _fingerprint, at in some))
        for row in connection.execute(query).mappings():
            found[row["fingerprint"], row["active_at"]] = _from_row(Alert(**row))
    return {place: found[place] for place in wanted if place in found}


def find_alerts(connection: Connection, prefix: str) -> list[KnownAlert]:
    """Give the latest episode of each alert whose fingerprint begins so."""
    table = ALERT
    query = select(table).where(table.c.fingerprint.startswith(prefix, autoescape=True))
    rows = connection.execute(query.order_by(table.c.active_at)).mappings()
    return list({row["fingerprint"]: _from_row(Alert(**row)) for row in rows}.values())


def get_alert(connection: Connection, prefix: str) -> KnownAlert:
    """Give the latest episode of the alert whose fingerprint begins so.

    Raises:
        NotFound: There is none, or more than one.
    """
    found = find_alerts(connection, prefix) if prefix else []
    if len(found) == 1:
        return found[0]
    words = {"id": prefix, "count": len(found)}
    if found:
        raise NotFound(_("%(count)d alerts have an id that begins with %(id)s; write more of it") % words)
    raise NotFound(_("no alert has the id %(id)s; `netops alert list` shows them") % words)


def list_alert_events(
    connection: Connection, fingerprint: str | None = None, *, limit: int = 1000
) -> list[AlertEvent]:
    """Give the record, of one alert or of all, the oldest first."""
    query = select(ALERT_EVENT).order_by(ALERT_EVENT.c.id.desc()).limit(limit)
    if fingerprint is not None:
        query = query.where(ALERT_EVENT.c.fingerprint == fingerprint)
    return [AlertEvent(**row) for row in connection.execute(query).mappings()][::-1]


_FLAP_KINDS = (AlertEventKind.FLAPPING, AlertEventKind.FLAPPING_OVER)
_CHANGE_KINDS = (AlertEventKind.FIRED, AlertEventKind.RESOLVED)


def list_flap_events(connection: Connection, since: datetime) -> list[tuple[datetime, NewAlertEvent]]:
    """Give what tells of flapping, the oldest first: changes since an instant, and whatever began or ceased to flap."""
    table = ALERT_EVENT
    is_change = table.c.kind.in_(_CHANGE_KINDS) & (table.c.at >= since)
    query = select(table).where(is_change | table.c.kind.in_(_FLAP_KINDS)).order_by(table.c.id)
    rows = (AlertEvent(**row) for row in connection.execute(query).mappings())
    return [
        (row.at, NewAlertEvent(row.kind, row.fingerprint, row.active_at or row.at, data=row.data))
        for row in rows
    ]


def list_fired_since(connection: Connection, since: datetime) -> list[KnownAlert]:
    """Give the episodes that began to fire since an instant, the oldest first."""
    query = select(ALERT).where(ALERT.c.fired_at >= since).order_by(ALERT.c.fired_at)
    return [_from_row(Alert(**row)) for row in connection.execute(query).mappings()]


def list_alert_events_since(
    connection: Connection, since: datetime, kinds: Sequence[AlertEventKind]
) -> list[AlertEvent]:
    """Give the record of some kinds since an instant, the oldest first."""
    is_it = (ALERT_EVENT.c.at >= since) & ALERT_EVENT.c.kind.in_(kinds)
    query = select(ALERT_EVENT).where(is_it).order_by(ALERT_EVENT.c.id)
    return [AlertEvent(**row) for row in connection.execute(query).mappings()]


def list_end_reasons(
    connection: Connection, episodes: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], str]:
    """Give why episodes ended, as the record says; one without such a record is left out."""
    wanted = sorted(set(episodes))
    found: dict[tuple[str, datetime], str] = {}
    for portion in in_portions(wanted):
        some = [fingerprint for fingerprint, _at in portion]
        query = select(ALERT_EVENT.c.fingerprint, ALERT_EVENT.c.active_at, ALERT_EVENT.c.data)
        query = query.where(
            ALERT_EVENT.c.fingerprint.in_(some), ALERT_EVENT.c.kind == AlertEventKind.RESOLVED
        )
        query = query.where(ALERT_EVENT.c.at >= min(at for _fingerprint, at in wanted)).order_by(
            ALERT_EVENT.c.id
        )
        for fingerprint, active_at, data in connection.execute(query):
            found[fingerprint, active_at] = str(data.get("reason", ""))
    return {place: found[place] for place in wanted if place in found}


def _as_row(alert: KnownAlert) -> dict[str, Any]:
    acknowledgement = alert.acknowledgement
    return {
        "fingerprint": alert.fingerprint,
        "active_at": alert.active_at,
        "file": alert.file,
        "rule_group": alert.group,
        "rule": alert.rule,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "severity": alert.severity,
        "status": alert.status,
        "value": alert.value,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "keep_firing_since": alert.keep_firing_since,
        "is_held": alert.is_held,
        "behind": alert.behind,
        "hides": list(alert.hides),
        "silence_id": alert.silence_id,
        "window": alert.window,
        "is_flapping": alert.is_flapping,
        "acknowledged_by": acknowledgement.by if acknowledgement else None,
        "acknowledged_at": acknowledgement.at if acknowledgement else None,
        "acknowledged_until": acknowledgement.until if acknowledgement else None,
        "acknowledge_comment": acknowledgement.comment if acknowledgement else "",
    }


def _from_row(row: Alert) -> KnownAlert:
    acknowledgement = None
    if row.acknowledged_by is not None and row.acknowledged_at and row.acknowledged_until:
        acknowledgement = Acknowledgement(
            row.acknowledged_by, row.acknowledged_at, row.acknowledged_until, row.acknowledge_comment
        )
    return KnownAlert(
        row.fingerprint,
        row.file,
        row.rule_group,
        row.rule,
        row.labels,
        row.annotations,
        row.status,
        row.value,
        row.active_at,
        row.fired_at,
        row.resolved_at,
        row.keep_firing_since,
        row.is_held,
        row.behind,
        tuple(row.hides),
        row.silence_id,
        row.window,
        is_flapping=row.is_flapping,
        acknowledgement=acknowledgement,
    )
