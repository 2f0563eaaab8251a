"""Alerts of other programs: as they last told of them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from netops.model.alert import ForeignAlert
from netops.store.portions import in_portions
from netops.store.tables import FOREIGN_ALERT
from netops.store.upsert import upsert


def list_foreign_alerts(connection: Connection) -> list[ForeignAlert]:
    """Give all that are kept."""
    rows = connection.execute(select(FOREIGN_ALERT).order_by(FOREIGN_ALERT.c.fingerprint)).mappings()
    return [ForeignAlert(**row) for row in rows]


def store_foreign_alerts(connection: Connection, alerts: Iterable[ForeignAlert]) -> None:
    """Store alerts as their sender told of them."""
    upsert(connection, FOREIGN_ALERT, [alert.model_dump() for alert in alerts])


def delete_foreign_alerts(connection: Connection, fingerprints: Sequence[str]) -> None:
    """Forget alerts that are over."""
    for some in in_portions(fingerprints):
        connection.execute(delete(FOREIGN_ALERT).where(FOREIGN_ALERT.c.fingerprint.in_(some)))
