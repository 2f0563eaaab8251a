"""What people do to alerts: acknowledge, comment, silence. Each change is stored together with its record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from netops.alerting.known_alert import Acknowledgement, KnownAlert
from netops.alerting.silences import ActiveSilence, meets, parse_matchers, word_matcher
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus, Silence
from netops.store.queries.alerts import append_alert_events, get_alert, list_active_alerts, upsert_alerts
from netops.store.queries.silences import end_silence, get_silence, insert_silence, list_silences

LONGEST_SILENCE = timedelta(days=366)


class AlertRefused(NetopsError):
    """What was asked for cannot be done to this alert or silence."""


@dataclass(frozen=True, slots=True)
class SilenceRequest:
    """Quiet that a person asks for."""

    matchers: Sequence[str]
    author: str
    comment: str
    duration: timedelta


def acknowledge(
    connection: Connection, prefix: str, *, who: str, duration: timedelta, comment: str, now: datetime
) -> KnownAlert:
    """Note that somebody has an alert, until a time; a second one takes the place of the first.

    Raises:
        NotFound: No alert, or several, have this id.
        AlertRefused: It does not fire, or nobody is named.
    """
    alert = get_alert(connection, prefix)
    _require_words(author=who)
    if alert.status is not AlertStatus.FIRING:
        words = {"id": alert.fingerprint, "status": alert.status.value}
        raise AlertRefused(_("alert %(id)s does not fire: it is %(status)s") % words)
    _require_span(duration)
    (taken,) = _take(connection, [alert], Acknowledgement(who, now, now + duration, comment))
    return taken


def acknowledge_firing(
    connection: Connection,
    fingerprints: Iterable[str],
    *,
    who: str,
    duration: timedelta,
    comment: str,
    now: datetime,
) -> list[str]:
    """Note that somebody has several alerts, those of them that fire; give the fingerprints of these.

    Raises:
        AlertRefused: Nobody is named, or the time is not right.
    """
    _require_words(author=who)
    _require_span(duration)
    wanted = set(fingerprints)
    alerts = [alert for alert in _list_firing(connection) if alert.fingerprint in wanted]
    _take(connection, alerts, Acknowledgement(who, now, now + duration, comment))
    return [alert.fingerprint for alert in alerts]


def _take(
    connection: Connection, alerts: Iterable[KnownAlert], acknowledgement: Acknowledgement
) -> list[KnownAlert]:
    taken = [replace(alert, acknowledgement=acknowledgement) for alert in alerts]
    upsert_alerts(connection, taken)
    until = acknowledgement.until.isoformat(timespec="seconds")
    events = [
        AlertEvent(
            at=acknowledgement.at,
            kind=AlertEventKind.ACKNOWLEDGED,
            fingerprint=alert.fingerprint,
            active_at=alert.active_at,
            who=acknowledgement.by,
            text=acknowledgement.comment,
            data={"until": until},
        )
        for alert in taken
    ]
    append_alert_events(connection, events)
    return taken


def comment_on(connection: Connection, prefix: str, *, who: str, text: str, now: datetime) -> KnownAlert:
    """Add a comment to the record of an alert, whatever its state.

    Raises:
        NotFound: No alert, or several, have this id.
        AlertRefused: The comment is empty, or nobody is named.
    """
    alert = get_alert(connection, prefix)
    _require_words(author=who, comment=text)
    _record(connection, AlertEventKind.COMMENTED, alert, now, who=who, text=text)
    return alert


def add_silence(connection: Connection, request: SilenceRequest, now: datetime) -> int:
    """Begin a silence now and give its id.

    Raises:
        SilenceRefused: Its conditions cannot be read, or hold for everything.
        AlertRefused: Author, comment or a sound time is missing.
    """
    matchers = [word_matcher(one) for one in parse_matchers(request.matchers)]
    _require_words(author=request.author, comment=request.comment)
    _require_span(request.duration)
    silence = Silence(
        matchers=matchers,
        author=request.author,
        comment=request.comment,
        starts_at=now,
        ends_at=now + request.duration,
    )
    silence_id = insert_silence(connection, silence)
    data = {"silence": silence_id, "matchers": matchers, "until": silence.ends_at.isoformat()}
    event = AlertEvent(
        at=now, kind=AlertEventKind.SILENCE_ADDED, who=request.author, text=request.comment, data=data
    )
    append_alert_events(connection, [event])
    return silence_id


def stop_silence(connection: Connection, silence_id: int, *, who: str, now: datetime) -> list[KnownAlert]:
    """End a silence before its time, and give the alerts that it kept quiet and that still fire.

    Raises:
        NotFound: There is no such silence.
        AlertRefused: It has ended already, or nobody is named.
    """
    silence = get_silence(connection, silence_id)
    _require_words(author=who)
    if not end_silence(connection, silence_id, now, who):
        words = {"id": silence_id, "at": silence.ends_at.isoformat(timespec="seconds")}
        raise AlertRefused(_("silence %(id)d ended at %(at)s") % words)
    event = AlertEvent(at=now, kind=AlertEventKind.SILENCE_ENDED, who=who, data={"silence": silence_id})
    append_alert_events(connection, [event])
    matchers = parse_matchers(silence.matchers)
    return [alert for alert in _list_firing(connection) if meets(matchers, alert.labels)]


def preview_silence(connection: Connection, matchers: Sequence[str]) -> list[KnownAlert]:
    """Give the alerts that a silence of these conditions would keep quiet now.

    Raises:
        SilenceRefused: They cannot be read, or hold for everything.
    """
    parsed = parse_matchers(matchers)
    return [alert for alert in list_active_alerts(connection).values() if meets(parsed, alert.labels)]


def read_silences(connection: Connection, ending_after: datetime) -> list[ActiveSilence]:
    """Give the silences that end after an instant, ready to be asked."""
    return [
        ActiveSilence(silence.id or 0, parse_matchers(silence.matchers), silence.starts_at, silence.ends_at)
        for silence in list_silences(connection, ending_after=ending_after)
    ]


def _list_firing(connection: Connection) -> list[KnownAlert]:
    return [alert for alert in list_active_alerts(connection).values() if alert.status is AlertStatus.FIRING]


def _record(
    connection: Connection,
    kind: AlertEventKind,
    alert: KnownAlert,
    now: datetime,
    *,
    who: str,
    text: str,
    **data: str,
) -> None:
    event = AlertEvent(
        at=now,
        kind=kind,
        fingerprint=alert.fingerprint,
        active_at=alert.active_at,
        who=who,
        text=text,
        data=data,
    )
    append_alert_events(connection, [event])


def _require_words(*, author: str, comment: str | None = None) -> None:
    if not author.strip():
        raise AlertRefused(_("say who asks for it"))
    if comment is not None and not comment.strip():
        raise AlertRefused(_("say why, in a comment"))


def _require_span(duration: timedelta) -> None:
    if not timedelta(0) < duration <= LONGEST_SILENCE:
        raise AlertRefused(_("the time must be longer than nothing and no longer than a year"))
