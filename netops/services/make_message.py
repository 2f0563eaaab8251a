"""Make a message of a delivery: its alerts as they are now, with links, for one reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import Engine, RowMapping

from netops.clock import Clock
from netops.model.alert import AlertStatus
from netops.model.delivery import Delivery
from netops.model.message import Message, MessageKind, ToldAlert, ToldBecause
from netops.model.severity import Severity
from netops.security.links import LinkSigner
from netops.store.engine import read
from netops.store.queries.alerts import list_end_reasons
from netops.store.queries.deliveries import Told, list_told

ACKNOWLEDGE = "acknowledge"
"""The purpose of links that acknowledge what a delivery tells of."""
_READ = "read"
"""The reason of what is over because a reading says so."""
_LINK_AGE = timedelta(days=3)
_ORDER = (
    ToldBecause.HIDES_MORE,
    ToldBecause.STILL_FIRES,
    ToldBecause.FIRES,
    ToldBecause.FLAPS,
    ToldBecause.RESOLVED,
)
"""Of several reasons in one message the last of these is told."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message."""

    name: str = ""
    """Empty for a group chat."""
    language: str = "en"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class LinkPlaces:
    """Where links of messages lead to."""

    base: str = ""
    """The address of the web without a slash at its end; without it a message has no link to acknowledge."""
    device: str = ""
    """A page about a device, with ``{device}`` in it; without it there is no link to one."""


class MakeMessage:
    """The use case; called in a thread for each attempt, so that a late message tells what is so now."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        signer: LinkSigner,
        *,
        places: LinkPlaces,
        reader_of: Callable[[str], Reader],
    ) -> None:
        self.places = places
        self.reader_of = reader_of
        self._engine = engine
        self._clock = clock
        self._signer = signer

    def __call__(self, delivery: Delivery) -> Message | None:
        """Make the message; None when somebody has all that it would tell of by now, or it is muted."""
        with read(self._engine) as connection:
            told = list_told(connection, delivery.id or 0)
            over = [(row["fingerprint"], row["active_at"]) for _one, row in told if row["resolved_at"]]
            reasons = list_end_reasons(connection, over)
        reader = self.reader_of(delivery.person)
        alerts = _order([(one, row) for one, row in told if not _is_quiet(row)], reasons)
        if told and not alerts:
            return None
        is_open = any(alert.because is not ToldBecause.RESOLVED for alert in alerts)
        link = self._link(delivery) if is_open else ""
        return Message(
            id=f"netops-{delivery.id}-{int(delivery.created_at.timestamp())}",
            kind=delivery.kind,
            language=reader.language,
            time_zone=reader.time_zone,
            created_at=delivery.created_at,
            alerts=tuple(self._word(alert) for alert in alerts),
            person=reader.name,
            escalation=delivery.policy if delivery.step > 1 else "",
            step=delivery.step,
            acknowledge_url=link,
            text=delivery.text if delivery.kind is not MessageKind.ALERTS else "",
        )

    def _link(self, delivery: Delivery) -> str:
        if not self.places.base:
            return ""
        token = self._signer.sign(ACKNOWLEDGE, delivery.id or 0, self._clock.now() + _LINK_AGE)
        return f"{self.places.base}/acknowledge/{token}"

    def _word(self, alert: ToldAlert) -> ToldAlert:
        if not alert.device or not self.places.device:
            return alert
        return replace(alert, device_url=self.places.device.replace("{device}", quote(alert.device, safe="")))


def _is_quiet(row: RowMapping) -> bool:
    """Say whether an alert fires that nobody need hear of now; when that ends, a message of its own tells it."""
    is_muted = bool(row["behind"] or row["window"]) or row["silence_id"] is not None
    return row["status"] is AlertStatus.FIRING and (is_muted or row["acknowledged_by"] is not None)


def _order(told: list[tuple[Told, RowMapping]], ended: Mapping[tuple[str, datetime], str]) -> list[ToldAlert]:
    """Give each episode once, what fires before what is over, the gravest first; ``ended`` says why it is over."""
    reasons: dict[tuple[str, datetime], list[ToldBecause]] = {}
    rows: dict[tuple[str, datetime], RowMapping] = {}
    for one, row in told:
        place = one.fingerprint, one.active_at
        reasons.setdefault(place, []).append(one.because)
        rows[place] = row
    found = [_as_told(rows[place], because, ended.get(place, _READ)) for place, because in reasons.items()]
    return sorted(
        found,
        key=lambda alert: (
            alert.because is ToldBecause.RESOLVED,
            Severity.read(alert.severity).rank,
            not alert.hides,
            alert.fired_at,
        ),
    )


def _as_told(row: RowMapping, reasons: list[ToldBecause], ended_because: str) -> ToldAlert:
    return ToldAlert(
        row["fingerprint"],
        row["rule"],
        row["severity"],
        # What ended while its message waited is told as over: an old "fires" would send somebody out in vain.
        ToldBecause.RESOLVED if row["resolved_at"] is not None else max(reasons, key=_ORDER.index),
        row["labels"],
        row["annotations"],
        fired_at=row["fired_at"] or row["active_at"],
        resolved_at=row["resolved_at"],
        ended_because="" if ended_because == _READ else ended_because,
        hides=tuple(row["hides"]),
    )
