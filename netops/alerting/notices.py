"""What of an alert's changes people are told: what begins, what burns on after it was quiet, and what is over."""

from collections.abc import Iterable, Mapping

from netops.alerting.flapping import Flap
from netops.alerting.known_alert import KnownAlert, NewAlertEvent, NewNotice
from netops.model.alert import AlertEventKind, AlertStatus
from netops.model.message import ToldBecause

_BURNS_ON = frozenset(
    {
        AlertEventKind.UNSILENCED,
        AlertEventKind.ON_ITS_OWN,
        AlertEventKind.MAINTENANCE_OVER,
        AlertEventKind.ACKNOWLEDGEMENT_EXPIRED,
    }
)


def decide_notices(
    events: Iterable[NewAlertEvent],
    book: Mapping[str, KnownAlert],
    flapping: Mapping[str, Flap],
    former: Mapping[str, Flap],
) -> list[NewNotice]:
    """Choose what is told, each alert once for each change.

    An alert that is quiet, or that somebody has, is told when it no longer is so, if it still fires then. What is over is told however quiet
    it was meanwhile: whether anybody had heard that it fired decides who is told.

    Args:
        events: What happened now.
        book: Every pending and firing alert afterwards.
        flapping: How often alerts came lately, after these events.
        former: The same before them.
    """
    found: dict[tuple[str, bool], NewNotice] = {}
    for event in events:
        because = _decide(event, book.get(event.fingerprint), flapping.get(event.fingerprint))
        if because is None:
            continue
        is_over = because is ToldBecause.RESOLVED
        known = found.get((event.fingerprint, is_over))
        if known is None or because is ToldBecause.FLAPS:
            flap = former.get(event.fingerprint)
            since = flap.since if flap and flap.since else event.active_at
            found[event.fingerprint, is_over] = NewNotice(because, event.fingerprint, event.active_at, since)
    return list(found.values())


def _decide(event: NewAlertEvent, alert: KnownAlert | None, flap: Flap | None) -> ToldBecause | None:
    is_flapping = flap is not None and flap.is_flapping
    if event.kind is AlertEventKind.RESOLVED:
        return None if is_flapping else ToldBecause.RESOLVED
    if event.kind is AlertEventKind.FLAPPING_OVER and not event.data["fires"]:
        return ToldBecause.RESOLVED
    if alert is None or alert.status is not AlertStatus.FIRING or alert.is_muted or alert.acknowledgement:
        return None
    if event.kind is AlertEventKind.FLAPPING:
        return ToldBecause.FLAPS
    if is_flapping:
        # It may have begun to flap while it was quiet, and then nobody has heard of it.
        return ToldBecause.FLAPS if event.kind in _BURNS_ON else None
    if event.kind is AlertEventKind.FIRED:
        return ToldBecause.FIRES
    if event.kind is AlertEventKind.ROOT_CAUSE:
        return ToldBecause.HIDES_MORE
    if event.kind in _BURNS_ON or event.kind is AlertEventKind.FLAPPING_OVER:
        return ToldBecause.STILL_FIRES
    return None
