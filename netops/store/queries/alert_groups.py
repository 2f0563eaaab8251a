"""Groups of alerts that are told together, and how far the escalation of each is."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from netops.model.delivery import AlertGroup
from netops.store.tables import ALERT_GROUP
from netops.store.upsert import upsert


def list_groups(connection: Connection) -> list[AlertGroup]:
    """Give every group that may still be told something."""
    return [AlertGroup(**row) for row in connection.execute(select(ALERT_GROUP)).mappings()]


def store_groups(connection: Connection, groups: Mapping[str, AlertGroup | None]) -> None:
    """Store groups as they are now; None is one that is over."""
    rows: list[dict[str, Any]] = [group.model_dump() for group in groups.values() if group is not None]
    upsert(connection, ALERT_GROUP, rows)
    for key, group in groups.items():
        if group is None:
            connection.execute(delete(ALERT_GROUP).where(ALERT_GROUP.c.key == key))
