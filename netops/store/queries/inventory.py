"""The inventory: what devices have and had."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from netops.model.inventory import InventoryItem, ItemKind
from netops.store.tables import INVENTORY_ITEM
from netops.store.upsert import upsert

_THE_ROW = (
    (INVENTORY_ITEM.c.device_id == bindparam("of_device"))
    & (INVENTORY_ITEM.c.kind == bindparam("of_kind"))
    & (INVENTORY_ITEM.c.key == bindparam("of_key"))
)
_MARK_MISSING = update(INVENTORY_ITEM).where(_THE_ROW & INVENTORY_ITEM.c.missing_since.is_(None))


def list_items(
    connection: Connection, device_id: int, *, kind: ItemKind | None = None
) -> list[InventoryItem]:
    """Give a device's items, the missing ones too, by kind and key."""
    table = INVENTORY_ITEM
    query = select(table).where(table.c.device_id == device_id).order_by(table.c.kind, table.c.key)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    return [InventoryItem(**row) for row in connection.execute(query).mappings()]


def upsert_items(connection: Connection, items: Iterable[Mapping[str, Any]]) -> None:
    """Store items that are new, changed or back; all of them are there now."""
    upsert(connection, INVENTORY_ITEM, [{**item, "missing_since": None} for item in items])


def mark_items_missing(
    connection: Connection, device_id: int, keys: Iterable[tuple[ItemKind, str]], now: datetime
) -> None:
    """Mark items that the device no longer tells of; one that is missing already keeps its time."""
    rows = [{"of_device": device_id, "of_kind": kind, "of_key": key} for kind, key in keys]
    if rows:
        connection.execute(_MARK_MISSING.values(missing_since=now, changed_at=now), rows)


def delete_missing_items(connection: Connection, before: datetime) -> int:
    """Forget items that went missing before an instant; give how many they were."""
    table = INVENTORY_ITEM
    return connection.execute(delete(table).where(table.c.missing_since < before)).rowcount


def delete_missing_of(connection: Connection, device_id: int) -> int:
    """Forget the items of a device that are missing; give how many they were."""
    table = INVENTORY_ITEM
    is_gone = (table.c.device_id == device_id) & table.c.missing_since.is_not(None)
    return connection.execute(delete(table).where(is_gone)).rowcount
