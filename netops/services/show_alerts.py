"""Alerts, their record and silences as plain values for the command line and the web."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from netops.alerting.known_alert import DEVICE_LABEL, KnownAlert
from netops.model.alert import AlertEvent, AlertStatus, Silence
from netops.store.queries.alerts import ACTIVE, get_alert, list_alert_events, list_alerts
from netops.store.queries.silences import list_silences

MOST_RESOLVED = 1000
SEVERITIES = ("critical", "major", "minor", "warning")
"""The gravest first; a rule may use another word, which comes after these."""


def list_stored_alerts(connection: Connection, *, with_resolved: bool = False) -> list[dict[str, Any]]:
    """Give alerts: the firing ones first, the gravest first, the latest first; of those that are over the latest 1,000."""
    alerts = list_alerts(connection, statuses=ACTIVE)
    if with_resolved:
        alerts += list_alerts(connection, statuses=[AlertStatus.RESOLVED], limit=MOST_RESOLVED)
    return [describe_alert(alert) for alert in sorted(alerts, key=_rank)]


def describe_stored_alert(connection: Connection, prefix: str) -> dict[str, Any]:
    """Give the latest episode of one alert with its whole record.

    Raises:
        NotFound: No alert, or several, have an id that begins so.
    """
    alert = get_alert(connection, prefix)
    events = list_alert_events(connection, alert.fingerprint)
    return {**describe_alert(alert), "events": [describe_event(event) for event in events]}


def describe_alert(alert: KnownAlert) -> dict[str, Any]:
    """Give the object of ``netops alert list --json``."""
    taken = alert.acknowledgement
    return {
        "id": alert.fingerprint,
        "rule": alert.rule,
        "state": alert.status.value,
        "severity": alert.severity,
        "device": alert.labels.get(DEVICE_LABEL, ""),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "value": alert.value,
        "active_at": _text(alert.active_at),
        "fired_at": _text(alert.fired_at),
        "resolved_at": _text(alert.resolved_at),
        "held": alert.is_held,
        "behind": alert.behind,
        "hides": list(alert.hides),
        "silence": alert.silence_id,
        "maintenance": alert.window,
        "flapping": alert.is_flapping,
        "acknowledged": taken
        and {"by": taken.by, "at": _text(taken.at), "until": _text(taken.until), "comment": taken.comment},
        "file": alert.file,
        "group": alert.group,
    }


def describe_event(event: AlertEvent) -> dict[str, Any]:
    """Give one entry of an alert's record."""
    return {
        "at": _text(event.at),
        "kind": event.kind.value,
        "who": event.who,
        "text": event.text,
        "data": event.data,
    }


def list_stored_silences(
    connection: Connection, now: datetime, *, with_ended: bool = False
) -> list[dict[str, Any]]:
    """Give silences, those that have not ended, or all."""
    silences = list_silences(connection, ending_after=None if with_ended else now)
    return [describe_silence(silence, now) for silence in silences]


def describe_silence(silence: Silence, now: datetime) -> dict[str, Any]:
    """Give the object of ``netops alert silences --json``."""
    return {
        "id": silence.id,
        "matchers": list(silence.matchers),
        "author": silence.author,
        "comment": silence.comment,
        "starts_at": _text(silence.starts_at),
        "ends_at": _text(silence.ends_at),
        "ended_by": silence.ended_by,
        "active": silence.starts_at <= now < silence.ends_at,
    }


def _rank(alert: KnownAlert) -> tuple[int, int, float]:
    order = (AlertStatus.FIRING, AlertStatus.PENDING, AlertStatus.RESOLVED)
    severity = SEVERITIES.index(alert.severity) if alert.severity in SEVERITIES else len(SEVERITIES)
    latest = alert.resolved_at or alert.fired_at or alert.active_at
    return order.index(alert.status), severity, -latest.timestamp()


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="milliseconds")
