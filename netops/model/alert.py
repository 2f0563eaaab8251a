"""Alerts as they are kept: each episode of each, what happened to it, and the silences that people asked for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of


class AlertStatus(StrEnum):
    """How far an alert is."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class AlertEventKind(StrEnum):
    """What happened to an alert or a silence, by its name in the store and in JSON."""

    FIRED = "fired"
    HELD = "held"
    READ_AGAIN = "read_again"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGEMENT_EXPIRED = "acknowledgement_expired"
    COMMENTED = "commented"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"
    MAINTENANCE = "maintenance"
    MAINTENANCE_OVER = "maintenance_over"
    FLAPPING = "flapping"
    FLAPPING_OVER = "flapping_over"
    BEHIND = "behind"
    ON_ITS_OWN = "on_its_own"
    ROOT_CAUSE = "root_cause"
    SILENCE_ADDED = "silence_added"
    SILENCE_ENDED = "silence_ended"
    STEP_EMPTY = "step_empty"
    UNTOLD = "untold"


class Alert(SQLModel, table=True):
    """One episode of an alert: from when its expression first gave it until it was over.

    Identity is the fingerprint of its labels and the instant at which the episode began, so that storing the
    same thing twice changes nothing. One that was only ever pending is deleted when it ends.
    """

    __tablename__ = "alert"

    fingerprint: str = Field(primary_key=True)
    active_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    """Since when the expression gives it; what ``for`` counts from."""
    file: str
    rule_group: str
    rule: str
    labels: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    annotations: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    severity: str = ""
    """The label of that name; empty where the rule gives none."""
    status: AlertStatus = Field(sa_type=words_of(AlertStatus), index=True)
    value: float | None = None
    """What the expression gave, as last stored; None for what is no finite number."""
    fired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    keep_firing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when it fires on only for the time of ``keep_firing_for``."""
    is_held: bool = False
    """Whether it only fires on because nothing is read that could tell that it is over."""
    behind: str = ""
    """The unreachable device that its own device is reached through."""
    hides: list[str] = Field(default_factory=list, sa_type=JSON)
    """Of a root cause: the devices that are unreachable behind it."""
    silence_id: int | None = None
    """The silence that keeps it quiet."""
    window: str = ""
    """The maintenance window that keeps it quiet."""
    is_flapping: bool = False
    """Whether it comes and goes so often that only its final state is told."""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledge_comment: str = ""


class AlertEvent(SQLModel, table=True):
    """One thing that happened to an alert, or to a silence. Append-only."""

    __tablename__ = "alert_event"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: AlertEventKind = Field(sa_type=words_of(AlertEventKind))
    fingerprint: str = Field(default="", index=True)
    """Empty for what concerns a silence only."""
    active_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The episode."""
    who: str = ""
    """The person; empty for the daemon itself."""
    text: str = ""
    """What the person said, or one line in English."""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Silence(SQLModel, table=True):
    """Quiet that a person asked for: on all alerts that meet every matcher, until it expires. Never deleted."""

    __tablename__ = "silence"

    id: int | None = Field(default=None, primary_key=True)
    matchers: list[str] = Field(default_factory=list, sa_type=JSON)
    """Each ``name=value``, with ``=``, ``!=``, ``=~`` or ``!~``."""
    author: str
    comment: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_by: str | None = None
    """Who ended it before its time."""


class ForeignAlert(SQLModel, table=True):
    """An alert that another Prometheus sent, as it last told of it."""

    __tablename__ = "foreign_alert"

    fingerprint: str = Field(primary_key=True)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    annotations: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    """Since when it fires; kept while it does, whatever a restarted sender says."""
    ends_at: datetime = Field(sa_type=UtcDateTime)
    """Until when it fires unless its sender tells of it again; when it ended, once that was told."""
    told_at: datetime = Field(sa_type=UtcDateTime)
    """When its sender last told of it."""
    is_over: bool = False
    """Whether its sender told that it ended."""


class EventAlert(SQLModel, table=True):
    """An alert that traps or syslog messages raised, as they last told of it."""

    __tablename__ = "event_alert"

    fingerprint: str = Field(primary_key=True)
    rule: str
    """The event rule."""
    labels: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    annotations: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """As the latest message has them."""
    count: int = 1
    """How many messages told of it."""
    starts_at: datetime = Field(sa_type=UtcDateTime)
    told_at: datetime = Field(sa_type=UtcDateTime)
    """When a message last told of it."""
    ends_at: datetime = Field(sa_type=UtcDateTime)
    """When it ends by itself; when it ended, once it is over."""
    ended_because: str = ""
    """Why it is over; empty while it is not."""
