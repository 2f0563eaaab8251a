"""What people are still to be told: put in with the change of the alert, taken out with the deliveries it led to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from netops.alerting.known_alert import NewNotice
from netops.model.delivery import Notice
from netops.store.portions import in_portions
from netops.store.tables import NOTICE


def append_notices(connection: Connection, notices: Sequence[NewNotice], now: datetime) -> None:
    """Note what is to be told, in this order."""
    rows: list[dict[str, Any]] = [
        {
            "at": now,
            "because": notice.because,
            "fingerprint": notice.fingerprint,
            "active_at": notice.active_at,
            "told_since": notice.told_since,
        }
        for notice in notices
    ]
    if rows:
        connection.execute(insert(NOTICE), rows)


def list_notices(connection: Connection) -> list[Notice]:
    """Give all that is still to be told, the oldest first."""
    return [Notice(**row) for row in connection.execute(select(NOTICE).order_by(NOTICE.c.id)).mappings()]


def delete_notices(connection: Connection, ids: Iterable[int]) -> None:
    """Take out what has led to deliveries, or to none."""
    for some in in_portions(list(ids)):
        connection.execute(delete(NOTICE).where(NOTICE.c.id.in_(some)))
