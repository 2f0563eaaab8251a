"""Show what was told: who, when, over which channel, and what came of it, as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from netops.model.delivery import Delivery, DeliveryAttempt
from netops.store.queries.alerts import get_alert
from netops.store.queries.deliveries import count_told, list_attempts, list_deliveries


def show_deliveries(
    connection: Connection, *, alert: str | None = None, person: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Give the latest deliveries, of one alert or person or of all, the latest first.

    Raises:
        NotFound: No alert, or several, have this id.
    """
    fingerprint = get_alert(connection, alert).fingerprint if alert is not None else None
    found = list_deliveries(connection, fingerprint=fingerprint, person=person, limit=limit)
    ids = [one.id for one in found if one.id is not None]
    return _describe(found, list_attempts(connection, ids), count_told(connection, ids))


def _describe(
    found: Sequence[Delivery],
    attempts: Mapping[int, Sequence[DeliveryAttempt]],
    counts: Mapping[int, int],
) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "created_at": one.created_at.isoformat(),
            "kind": one.kind.value,
            "policy": one.policy,
            "step": one.step,
            "person": one.person,
            "channel": one.channel,
            "address": one.address,
            "status": one.status.value,
            "alerts": counts.get(one.id or 0, 0),
            "next_at": one.next_at.isoformat() if one.ended_at is None else None,
            "ended_at": one.ended_at.isoformat() if one.ended_at else None,
            "answer": one.answer,
            "digest": one.digest_id,
            "attempts": [
                {"at": attempt.at.isoformat(), "outcome": attempt.outcome.value, "answer": attempt.answer}
                for attempt in attempts.get(one.id or 0, ())
            ],
        }
        for one in found
    ]
