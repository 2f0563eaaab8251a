"""What a device has, kept over time: components, sensors, neighbours; one that vanishes is marked, not forgotten."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of


class ItemKind(StrEnum):
    """What kind of thing an item is."""

    COMPONENT = "component"
    SENSOR = "sensor"
    NEIGHBOUR = "neighbour"


class InventoryItem(SQLModel, table=True):
    """One thing of one device; identity is device + kind + key. A poll never deletes it, only marks it missing."""

    __tablename__ = "inventory_item"

    device_id: int = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    kind: ItemKind = Field(primary_key=True, sa_type=words_of(ItemKind))
    key: str = Field(primary_key=True)
    """Of a sensor its profile key; of a component the names from the chassis down; of a neighbour protocol,
    interface and what it calls itself."""
    name: str = ""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Plain values: of a component class, model, serial, firmware …"""
    first_seen: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    """When name or facts last changed, or it went or came back."""
    missing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
