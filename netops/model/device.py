"""Devices: what we watch, where it came from, and how it is."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of
from netops.model.reading import Reach


class DeviceSource(StrEnum):
    """Who put the device into the table; only its source changes or removes it."""

    FILE = "file"
    CLI = "cli"
    WEB = "web"
    DISCOVERY = "discovery"


class Device(SQLModel, table=True):
    """One managed thing. The id is stable; the name may change."""

    __tablename__ = "device"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    source: DeviceSource = Field(sa_type=words_of(DeviceSource))
    spec: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What its source said, as netops.settings.DeviceSettings dumps it, defaults and groups applied; never
    a secret, only credential names."""
    enabled: bool = True
    profile: str = ""
    vendor: str = ""
    model: str = ""
    os: str = ""
    os_version: str = ""
    serial: str = ""
    sys_name: str = ""
    location: str = ""
    contact: str = ""
    object_id: str = ""
    description: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class DeviceState(SQLModel, table=True):
    """How a device is, as of its latest poll."""

    __tablename__ = "device_state"

    device_id: int = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    snmp: Reach = Field(default=Reach.UNKNOWN, sa_type=words_of(Reach))
    icmp: Reach = Field(default=Reach.UNKNOWN, sa_type=words_of(Reach))
    reachable: bool | None = None
    """False only after a whole poll went unanswered; None before the first poll."""
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When ``reachable`` took its present value."""
    polled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    poll_seconds: float | None = None
    failures: int = 0
    """Polls in a row without an answer."""
    error_kind: str = ""
    error: str = ""
    uptime_seconds: float | None = None
    booted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LatestReading(SQLModel, table=True):
    """The latest readings of one subject of one device, as one packed row.

    One row per subject keeps a poll of a 48-port switch to a few kilobytes of write-ahead log
    (docs/performance.md); what must be searched has a table of its own.
    """

    __tablename__ = "latest_reading"

    device_id: int = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    subject: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    payload: bytes
    """zlib of JSON; netops.store.readings packs and unpacks it."""
