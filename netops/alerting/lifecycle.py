"""From what rules say now to what changed since it was last stored.

Pure, so that it can be decided again after a failed write, or after a restart, and comes out the same.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite, nan
from typing import Any

from netops.alerting.alerts import AlertInstance, AlertState, RememberedAlert
from netops.alerting.flapping import Flap, FlapLimits, decide_flapping
from netops.alerting.known_alert import DEVICE_LABEL, KnownAlert, NewAlertEvent, NewNotice
from netops.alerting.notices import decide_notices
from netops.alerting.silences import ActiveSilence, find_silence
from netops.model.alert import AlertEventKind, AlertStatus

REFRESH = timedelta(minutes=1)
"""How old the stored value and texts of an alert may get while nothing else changes."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides about alerts at one instant."""

    alerts: Sequence[AlertInstance]
    silences: Sequence[ActiveSilence] = ()
    behind: Mapping[str, str] = field(default_factory=dict)
    """Device to the root cause it is unreachable behind."""
    hidden: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Root cause to the devices behind it."""
    window_of: Callable[[Mapping[str, str]], str] = lambda _labels: ""
    """Gives the maintenance window that mutes labels; empty where none does."""
    flapping: Mapping[str, Flap] = field(default_factory=dict)
    """How often alerts came lately, by fingerprint."""
    flap_limits: FlapLimits = field(default_factory=FlapLimits)
    why_gone: Callable[[KnownAlert], str] = lambda _alert: "read"
    """Says why an alert that is no longer given has ended: it was ``read`` to be over, or something was removed."""
    kept: frozenset[str] = frozenset()
    """Fingerprints of alerts that nobody can say anything about, and that stay as they are."""


@dataclass(frozen=True, slots=True)
class AlertChanges:
    """What to store: all of it in one transaction."""

    stored: tuple[KnownAlert, ...] = ()
    dropped: tuple[KnownAlert, ...] = ()
    """Those that were only ever pending, and ended."""
    events: tuple[NewAlertEvent, ...] = ()
    notices: tuple[NewNotice, ...] = ()
    """What people are to be told."""
    book: Mapping[str, KnownAlert] = field(default_factory=dict)
    """Every pending and firing alert afterwards, by fingerprint."""
    flapping: Mapping[str, Flap] = field(default_factory=dict)
    """How often alerts came lately afterwards; not stored, for the record of events tells it."""

    def __bool__(self) -> bool:
        return bool(self.stored or self.dropped or self.events)


def make_fingerprint(labels: Mapping[str, str]) -> str:
    """Give the identity of an alert: 16 hexadecimal digits of its labels, whatever their order."""
    text = json.dumps(sorted(labels.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def decide_changes(known: Mapping[str, KnownAlert], situation: Situation, now: datetime) -> AlertChanges:
    """Compare what is stored with what rules, silences and dependencies say now.

    Args:
        known: The stored alerts that are pending or firing, by fingerprint.
        situation: What is so now.
        now: The present instant.
    """
    stored: list[KnownAlert] = []
    events: list[NewAlertEvent] = []
    book: dict[str, KnownAlert] = {}
    for fingerprint, instance in _by_fingerprint(situation.alerts).items():
        before = known.get(fingerprint)
        if before is not None and before.active_at != instance.active_at:
            before = None  # it ended and began anew since it was stored
        after = _settle(_take_over(fingerprint, instance, before), situation, now)
        new_events = list(_tell(before, after))
        if before is None or (after != before and (new_events or _is_due(before, after, now))):
            after = replace(after, refreshed_at=now)
            stored.append(after)
        else:
            after = before
        events += new_events
        book[fingerprint] = after
    book.update({name: known[name] for name in situation.kept & known.keys() - book.keys()})
    gone = [alert for alert in known.values() if not _goes_on(alert, book)]
    for alert in gone:
        if alert.fired_at is not None:
            stored.append(replace(alert, status=AlertStatus.RESOLVED, resolved_at=now, acknowledgement=None))
            data = {"reason": situation.why_gone(alert)}
            events.append(
                NewAlertEvent(AlertEventKind.RESOLVED, alert.fingerprint, alert.active_at, "", data)
            )
    dropped = tuple(alert for alert in gone if alert.fired_at is None)
    flapping, flap_events = decide_flapping(situation.flapping, events, situation.flap_limits, now)
    for event in flap_events:
        _mark_flapping(event, stored, book, now)
    events += flap_events
    notices = decide_notices(events, book, flapping, situation.flapping)
    return AlertChanges(tuple(stored), dropped, tuple(events), tuple(notices), book, flapping)


def _mark_flapping(
    event: NewAlertEvent, stored: list[KnownAlert], book: dict[str, KnownAlert], now: datetime
) -> None:
    """Let an alert that goes on say that it flaps from now on, or no longer."""
    alert = book.get(event.fingerprint)
    if alert is None:
        return
    stored[:] = [one for one in stored if one is not alert]
    marked = replace(alert, is_flapping=event.kind is AlertEventKind.FLAPPING, refreshed_at=now)
    stored.append(marked)
    book[event.fingerprint] = marked


def _by_fingerprint(alerts: Iterable[AlertInstance]) -> dict[str, AlertInstance]:
    """Find each alert once; of two rules that give the same labels the one that is further counts."""
    found: dict[str, AlertInstance] = {}
    for alert in alerts:
        fingerprint = make_fingerprint(alert.labels.as_dict())
        other = found.get(fingerprint)
        if other is None or (other.state is AlertState.PENDING and alert.state is AlertState.FIRING):
            found[fingerprint] = alert
    return found


def _goes_on(alert: KnownAlert, book: Mapping[str, KnownAlert]) -> bool:
    found = book.get(alert.fingerprint)
    return found is not None and found.active_at == alert.active_at


def _take_over(fingerprint: str, alert: AlertInstance, before: KnownAlert | None) -> KnownAlert:
    """Word what a rule gives as it is stored, with what people did to it before."""
    return KnownAlert(
        fingerprint,
        alert.file,
        alert.group,
        alert.rule,
        alert.labels.as_dict(),
        dict(alert.annotations),
        AlertStatus(alert.state.value),
        alert.value if isfinite(alert.value) else None,
        alert.active_at,
        alert.fired_at,
        keep_firing_since=alert.keep_firing_since,
        is_held=alert.is_held,
        acknowledgement=before.acknowledgement if before else None,
        refreshed_at=before.refreshed_at if before else None,
    )


def _settle(alert: KnownAlert, situation: Situation, now: datetime) -> KnownAlert:
    """Add what silences and dependencies say, and take back what has expired."""
    device = alert.labels.get(DEVICE_LABEL, "")
    silence = find_silence(situation.silences, alert.labels, now)
    acknowledgement = alert.acknowledgement
    flap = situation.flapping.get(alert.fingerprint)
    return replace(
        alert,
        behind=situation.behind.get(device, ""),
        hides=tuple(situation.hidden.get(device, ())),
        silence_id=silence.id if silence else None,
        window=situation.window_of(alert.labels),
        is_flapping=flap is not None and flap.is_flapping,
        acknowledgement=acknowledgement if acknowledgement and now < acknowledgement.until else None,
    )


def _tell(before: KnownAlert | None, after: KnownAlert) -> Iterator[NewAlertEvent]:
    """Give what happened to an alert; nothing of one that is only pending."""
    if after.status is not AlertStatus.FIRING:
        return

    def event(kind: AlertEventKind, text: str = "", **data: Any) -> NewAlertEvent:
        return NewAlertEvent(kind, after.fingerprint, after.active_at, text, data)

    was_firing = before is not None and before.status is AlertStatus.FIRING
    if not was_firing:
        yield event(AlertEventKind.FIRED, labels=dict(after.labels), value=after.value)
    former = before if before is not None and was_firing else _unmarked(after)
    if after.is_held != former.is_held:
        yield event(AlertEventKind.HELD if after.is_held else AlertEventKind.READ_AGAIN)
    if after.behind != former.behind:
        if after.behind:
            yield event(AlertEventKind.BEHIND, device=after.behind)
        else:
            yield event(AlertEventKind.ON_ITS_OWN, device=former.behind)
    if not after.behind and set(after.hides) - set(former.hides):
        yield event(AlertEventKind.ROOT_CAUSE, devices=list(after.hides))
    if after.silence_id != former.silence_id:
        kind = AlertEventKind.UNSILENCED if after.silence_id is None else AlertEventKind.SILENCED
        yield event(kind, silence=after.silence_id or former.silence_id)
    if after.window != former.window:
        kind = AlertEventKind.MAINTENANCE if after.window else AlertEventKind.MAINTENANCE_OVER
        yield event(kind, window=after.window or former.window)
    expired = former.acknowledgement
    if expired is not None and after.acknowledgement is None:
        yield event(AlertEventKind.ACKNOWLEDGEMENT_EXPIRED, by=expired.by)


def _unmarked(alert: KnownAlert) -> KnownAlert:
    return replace(alert, is_held=False, behind="", hides=(), silence_id=None, window="")


def _is_due(before: KnownAlert, after: KnownAlert, now: datetime) -> bool:
    """Say whether a change that is told to nobody must be stored: a timer at once, a value now and then."""
    if (before.status, before.keep_firing_since, before.hides) != (
        after.status,
        after.keep_firing_since,
        after.hides,
    ):
        return True
    return before.refreshed_at is None or not timedelta(0) <= now - before.refreshed_at < REFRESH


def as_remembered(alert: KnownAlert) -> RememberedAlert:
    """Give what rules need to go on with a stored alert."""
    return RememberedAlert(
        alert.file,
        alert.group,
        alert.rule,
        dict(alert.labels),
        dict(alert.annotations),
        nan if alert.value is None else alert.value,
        _milliseconds(alert.active_at),
        None if alert.fired_at is None else _milliseconds(alert.fired_at),
        None if alert.keep_firing_since is None else _milliseconds(alert.keep_firing_since),
        alert.is_held,
    )


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
