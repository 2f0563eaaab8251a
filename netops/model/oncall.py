"""What people added to the plan of on-call: overrides, and maintenance windows. Never deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime


class OncallOverride(SQLModel, table=True):
    """Somebody who has it for once, in place of whoever would have it."""

    __tablename__ = "oncall_override"

    id: int | None = Field(default=None, primary_key=True)
    schedule: str
    """The id of a schedule of oncall.yaml; one that is there no more leaves the override without effect."""
    person: str
    instead_of: str = ""
    """Only the hours that this person would have; empty for all."""
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    author: str
    comment: str = ""
    added_at: datetime = Field(sa_type=UtcDateTime)
    removed_by: str | None = None
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From when on it no longer holds; what was before stays true."""


class MaintenanceWindow(SQLModel, table=True):
    """A maintenance window that was not written into the file."""

    __tablename__ = "maintenance_window"

    id: int | None = Field(default=None, primary_key=True)
    spec: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """As an entry of ``maintenance`` in oncall.yaml, with its time zone."""
    author: str
    added_at: datetime = Field(sa_type=UtcDateTime)
    ended_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """From when on it no longer holds, now or ever; None while it may come."""
