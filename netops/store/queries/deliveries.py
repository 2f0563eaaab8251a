"""The outbox: deliveries that wait, what they tell of, and the record of every attempt."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from netops.model.delivery import (
    AttemptOutcome,
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
)
from netops.model.message import MessageKind, ToldBecause
from netops.store.portions import in_portions
from netops.store.tables import ALERT, DELIVERY, DELIVERY_ATTEMPT, TOLD

OPEN = (DeliveryStatus.WAITING, DeliveryStatus.SENDING)


@dataclass(frozen=True, slots=True)
class Told:
    """An episode of an alert, and why it is told."""

    fingerprint: str
    active_at: datetime
    because: ToldBecause


class WaitingAddress(NamedTuple):
    """An address that messages wait for, and when the first of them is due."""

    address: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to put into the outbox."""

    channel: str
    address: str
    person: str = ""
    kind: MessageKind = MessageKind.ALERTS
    group_key: str = ""
    policy: str = ""
    step: int = 1
    text: str = ""
    fallbacks: tuple[tuple[str, str], ...] = ()
    not_before: datetime | None = None
    told: tuple[Told, ...] = field(default=())


def insert_delivery(connection: Connection, new: NewDelivery, now: datetime) -> int:
    """Put a message into the outbox, with what it tells of, and give its id."""
    row = {
        "created_at": now,
        "kind": new.kind,
        "group_key": new.group_key,
        "policy": new.policy,
        "step": new.step,
        "person": new.person,
        "channel": new.channel,
        "address": new.address,
        "text": new.text,
        "fallbacks": [list(way) for way in new.fallbacks],
        "fell_back": False,
        "status": DeliveryStatus.WAITING,
        "attempts": 0,
        "next_at": new.not_before or now,
        "answer": "",
    }
    delivery_id = int(connection.execute(insert(DELIVERY).values(row).returning(DELIVERY.c.id)).scalar_one())
    add_told(connection, delivery_id, new.told)
    return delivery_id


def add_told(connection: Connection, delivery_id: int, told: Iterable[Told]) -> None:
    """Note what a delivery tells of."""
    rows = [
        {"delivery_id": delivery_id, "fingerprint": fingerprint, "active_at": active_at, "because": because}
        for fingerprint, active_at, because in dict.fromkeys(
            (one.fingerprint, one.active_at, one.because) for one in told
        )
    ]
    if rows:
        connection.execute(insert(TOLD), rows)


def list_waiting_addresses(connection: Connection, channel: str) -> list[WaitingAddress]:
    """Give the addresses that something waits for, the one that waits longest first."""
    query = select(DELIVERY.c.address, func.min(DELIVERY.c.next_at, type_=DELIVERY.c.next_at.type))
    query = query.where(_waits_for(channel)).group_by(DELIVERY.c.address).order_by(func.min(DELIVERY.c.id))
    return [WaitingAddress(*row) for row in connection.execute(query)]


def list_due(
    connection: Connection, channel: str, address: str, now: datetime, limit: int = 2000
) -> list[Delivery]:
    """Give what is due for an address, the oldest first."""
    is_it = _waits_for(channel) & (DELIVERY.c.address == address) & (DELIVERY.c.next_at <= now)
    query = select(DELIVERY).where(is_it).order_by(DELIVERY.c.id).limit(limit)
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def hasten(connection: Connection, channel: str, now: datetime) -> None:
    """Let all be due that a clock which was set back would hold up; what waits for quiet hours to end goes on."""
    is_at_once = DELIVERY.c.next_at <= DELIVERY.c.created_at
    is_tried = (DELIVERY.c.attempts > 0) | (DELIVERY.c.kind == MessageKind.DIGEST)
    is_it = _waits_for(channel) & (DELIVERY.c.next_at > now) & (is_at_once | is_tried)
    connection.execute(update(DELIVERY).where(is_it).values(next_at=now))


def _waits_for(channel: str) -> ColumnElement[bool]:
    return (DELIVERY.c.status == DeliveryStatus.WAITING) & (DELIVERY.c.channel == channel)


def list_open(connection: Connection) -> list[Delivery]:
    """Give every delivery that is neither sent nor given up, the oldest first."""
    query = select(DELIVERY).where(DELIVERY.c.status.in_(OPEN)).order_by(DELIVERY.c.id)
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def get_delivery(connection: Connection, delivery_id: int) -> Delivery | None:
    """Give one delivery; None when there is none of this id."""
    row = connection.execute(select(DELIVERY).where(DELIVERY.c.id == delivery_id)).mappings().first()
    return Delivery(**row) if row else None


def lease(connection: Connection, delivery_id: int) -> bool:
    """Begin an attempt; False when it does not wait any longer."""
    is_it = (DELIVERY.c.id == delivery_id) & (DELIVERY.c.status == DeliveryStatus.WAITING)
    values = {"status": DeliveryStatus.SENDING, "attempts": DELIVERY.c.attempts + 1}
    return connection.execute(update(DELIVERY).where(is_it).values(values)).rowcount == 1


def change_delivery(connection: Connection, delivery_id: int, **values: Any) -> None:
    """Store what became of a delivery."""
    connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id).values(values))


def append_attempt(
    connection: Connection, delivery_id: int, at: datetime, outcome: AttemptOutcome, answer: str
) -> None:
    """Append to the record of attempts."""
    row = {"delivery_id": delivery_id, "at": at, "outcome": outcome, "answer": answer}
    connection.execute(insert(DELIVERY_ATTEMPT), [row])


def list_attempts(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, list[DeliveryAttempt]]:
    """Give the attempts at some deliveries, the oldest first."""
    table = DELIVERY_ATTEMPT
    found: dict[int, list[DeliveryAttempt]] = {}
    for some in in_portions(delivery_ids):
        query = select(table).where(table.c.delivery_id.in_(some)).order_by(table.c.id)
        for row in connection.execute(query).mappings():
            found.setdefault(row["delivery_id"], []).append(DeliveryAttempt(**row))
    return found


def list_tried_since(connection: Connection, deliveries: Iterable[Delivery]) -> dict[int, datetime]:
    """Give since when each delivery does not get through; one that was not tried yet is left out.

    What waited for the end of quiet hours, or for a limit, was not tried meanwhile. A digest has been tried as long as
    its oldest part.
    """
    tried = [one for one in deliveries if one.id is not None and one.attempts]
    digests = {one.id: one.created_at for one in tried if one.kind is MessageKind.DIGEST}
    attempts = list_attempts(connection, [one.id for one in tried if one.id is not None])
    found = {delivery_id: done[0].at for delivery_id, done in attempts.items()}
    return found | {name: min(at, found.get(name, at)) for name, at in digests.items() if name is not None}


def merge(connection: Connection, parts: Sequence[Delivery], now: datetime) -> int:
    """Let a digest take the place of several deliveries to one address, and give its id."""
    first = parts[0]
    ids = [part.id for part in parts if part.id is not None]
    told = list_told_of(connection, ids)
    new = NewDelivery(
        first.channel,
        first.address,
        first.person,
        MessageKind.DIGEST,
        first.group_key,
        first.policy,
        max(part.step for part in parts),
        "\n".join(filter(None, (part.text for part in parts))),
        tuple((way[0], way[1]) for way in first.fallbacks),
        told=tuple(told),
    )
    digest_id = insert_delivery(connection, new, now)
    values = {"status": DeliveryStatus.MERGED, "ended_at": now, "digest_id": digest_id}
    for some in in_portions(ids):
        connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(some)).values(values))
    # What has been tried for long stays so; what only waited for its time is as new as the digest.
    oldest = min(list_tried_since(connection, parts).values(), default=now)
    change_delivery(connection, digest_id, created_at=oldest, fell_back=all(part.fell_back for part in parts))
    return digest_id


def list_told_of(connection: Connection, delivery_ids: Sequence[int]) -> list[Told]:
    """Give what some deliveries tell of."""
    found: list[Told] = []
    for some in in_portions(sorted(delivery_ids)):
        query = select(TOLD).where(TOLD.c.delivery_id.in_(some)).order_by(TOLD.c.delivery_id)
        found += [_as_told(row) for row in connection.execute(query).mappings()]
    return found


def _as_told(row: RowMapping) -> Told:
    return Told(row["fingerprint"], row["active_at"], row["because"])


def list_told(connection: Connection, delivery_id: int) -> list[tuple[Told, RowMapping]]:
    """Give what a delivery tells of, each with the episode's row as it is now."""
    is_same = (ALERT.c.fingerprint == TOLD.c.fingerprint) & (ALERT.c.active_at == TOLD.c.active_at)
    query = (
        select(TOLD.c.because, ALERT)
        .join(ALERT, is_same)
        .where(TOLD.c.delivery_id == delivery_id)
        .order_by(ALERT.c.active_at, ALERT.c.fingerprint)
    )
    return [(_as_told(row), row) for row in connection.execute(query).mappings()]


def list_who_was_told(
    connection: Connection, fingerprints: Sequence[str], since: datetime | None = None
) -> dict[str, list[tuple[Delivery, Told]]]:
    """Give every delivery that told of some alerts, the oldest first; digests stand for what they merged.

    Args:
        connection: An open transaction.
        fingerprints: The alerts.
        since: Only of episodes that did not begin before this.
    """
    found: dict[str, list[tuple[Delivery, Told]]] = {}
    for some in in_portions(fingerprints):
        query = (
            select(TOLD.c.fingerprint, TOLD.c.active_at, TOLD.c.because, DELIVERY)
            .join(DELIVERY, DELIVERY.c.id == TOLD.c.delivery_id)
            .where(TOLD.c.fingerprint.in_(some))
            .where(DELIVERY.c.status != DeliveryStatus.MERGED)
            .order_by(TOLD.c.delivery_id)
        )
        if since is not None:
            query = query.where(TOLD.c.active_at >= since)
        for row in connection.execute(query).mappings():
            told = _as_told(row)
            found.setdefault(told.fingerprint, []).append(
                (Delivery(**{column.name: row[column.name] for column in DELIVERY.c}), told)
            )
    return found


def list_told_to_groups(
    connection: Connection, fingerprints: Sequence[str], since: datetime
) -> Iterator[tuple[str, datetime, Told]]:
    """Give what groups were told of some alerts since an instant, and when, the oldest first."""
    for some in in_portions(fingerprints):
        query = (
            select(TOLD, DELIVERY.c.group_key, DELIVERY.c.created_at)
            .join(DELIVERY, DELIVERY.c.id == TOLD.c.delivery_id)
            .where(TOLD.c.fingerprint.in_(some))
            .where(DELIVERY.c.created_at >= since)
            .where(DELIVERY.c.kind != MessageKind.DIGEST)  # it stands for several groups; its parts are kept
            .order_by(TOLD.c.delivery_id)
        )
        for row in connection.execute(query).mappings():
            yield row["group_key"], row["created_at"], _as_told(row)


def list_deliveries(
    connection: Connection,
    *,
    fingerprint: str | None = None,
    person: str | None = None,
    limit: int = 200,
) -> list[Delivery]:
    """Give the latest deliveries, of one alert or person or of all, the latest first."""
    query = select(DELIVERY).order_by(DELIVERY.c.id.desc()).limit(limit)
    if fingerprint is not None:
        of_alert = select(TOLD.c.delivery_id).where(TOLD.c.fingerprint == fingerprint)
        query = query.where(DELIVERY.c.id.in_(of_alert))
    if person is not None:
        query = query.where(DELIVERY.c.person == person)
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def list_sent_since(connection: Connection, since: datetime) -> list[Delivery]:
    """Give the messages about alerts that were taken and were put in since an instant, the oldest first."""
    is_it = (DELIVERY.c.created_at >= since) & (DELIVERY.c.status == DeliveryStatus.SENT)
    is_it &= DELIVERY.c.kind.in_((MessageKind.ALERTS, MessageKind.DIGEST))
    query = select(DELIVERY).where(is_it).order_by(DELIVERY.c.id)
    return [Delivery(**row) for row in connection.execute(query).mappings()]


def count_told(connection: Connection, delivery_ids: Sequence[int]) -> dict[int, int]:
    """Give how many alerts each delivery tells of."""
    found: dict[int, int] = {}
    for some in in_portions(delivery_ids):
        query = (
            select(TOLD.c.delivery_id, func.count(func.distinct(TOLD.c.fingerprint)))
            .where(TOLD.c.delivery_id.in_(some))
            .group_by(TOLD.c.delivery_id)
        )
        found |= {int(delivery_id): int(count) for delivery_id, count in connection.execute(query)}
    return found
