"""Events: what happened, when, to what. Append-only."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of


class EventKind(StrEnum):
    """What happened, by its name in the store, in JSON and in metrics."""

    DEVICE_ADDED = "device_added"
    DEVICE_CHANGED = "device_changed"
    DEVICE_REMOVED = "device_removed"
    DEVICE_UNREACHABLE = "device_unreachable"
    DEVICE_REACHABLE = "device_reachable"
    DEVICE_REBOOTED = "device_rebooted"
    DEVICE_IDENTITY_CHANGED = "device_identity_changed"
    INTERFACE_ADDED = "interface_added"
    INTERFACE_CHANGED = "interface_changed"
    INTERFACE_MISSING = "interface_missing"
    INTERFACE_RETURNED = "interface_returned"
    INTERFACE_INDEX_MOVED = "interface_index_moved"
    COMPONENT_ADDED = "component_added"
    COMPONENT_CHANGED = "component_changed"
    COMPONENT_MISSING = "component_missing"
    COMPONENT_RETURNED = "component_returned"
    SENSOR_ADDED = "sensor_added"
    SENSOR_CHANGED = "sensor_changed"
    SENSOR_MISSING = "sensor_missing"
    SENSOR_RETURNED = "sensor_returned"
    NEIGHBOUR_ADDED = "neighbour_added"
    NEIGHBOUR_CHANGED = "neighbour_changed"
    NEIGHBOUR_MISSING = "neighbour_missing"
    NEIGHBOUR_RETURNED = "neighbour_returned"
    NOTIFICATION_RECEIVED = "notification_received"
    SYSLOG_RECEIVED = "syslog_received"
    CONFIGURATION_CHANGED = "configuration_changed"
    BACKUP_FAILED = "backup_failed"
    BACKUP_HELD = "backup_held"
    DAEMON_STARTED = "daemon_started"
    DAEMON_STOPPED = "daemon_stopped"
    SETTINGS_APPLIED = "settings_applied"
    SETTINGS_REFUSED = "settings_refused"
    OVERRIDE_ADDED = "override_added"
    OVERRIDE_REMOVED = "override_removed"
    MAINTENANCE_ADDED = "maintenance_added"
    MAINTENANCE_ENDED = "maintenance_ended"


class Event(SQLModel, table=True):
    """One thing that happened."""

    __tablename__ = "event"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: EventKind = Field(sa_type=words_of(EventKind))
    device_id: int | None = Field(default=None, foreign_key="device.id", ondelete="SET NULL", index=True)
    device_name: str = ""
    """Kept apart from the id, so that the record outlives the device."""
    subject: str = ""
    """What of the device it concerns, e.g. an interface key."""
    text: str = ""
    """One line in English; people's pages word it anew from kind and data."""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
