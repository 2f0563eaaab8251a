"""What is to be told, to whom it goes, and what came of each attempt: the outbox of notifications, and its record."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of
from netops.model.message import MessageKind, ToldBecause


class DeliveryStatus(StrEnum):
    """How far a message to one address is."""

    WAITING = "waiting"
    SENDING = "sending"
    """An attempt is under way; after a restart, one whose answer nobody knows."""
    SENT = "sent"
    """The receiver took it. Whether anybody read it, only an acknowledgement tells."""
    MERGED = "merged"
    """It went out as part of a digest."""
    FAILED = "failed"
    """It was given up; the next way to this person has been taken, where there is one."""
    OBSOLETE = "obsolete"
    """When its time came, somebody had all that it would have told of, or it was muted; it was not sent."""


class AttemptOutcome(StrEnum):
    """What came of one attempt."""

    TAKEN = "taken"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"
    """The daemon was stopped before it knew; the message is sent again."""


class Notice(SQLModel, table=True):
    """Something about an alert that people must hear of. Stored in the transaction that changed the alert.

    It is deleted in the transaction that stores the deliveries it leads to.
    """

    __tablename__ = "notice"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    because: ToldBecause = Field(sa_type=words_of(ToldBecause))
    fingerprint: str
    active_at: datetime = Field(sa_type=UtcDateTime)
    """The episode."""
    told_since: datetime = Field(sa_type=UtcDateTime)
    """The first episode that this one counts with: an earlier one where it flaps."""


class AlertGroup(SQLModel, table=True):
    """Alerts that are told together, and how far their escalation is. Lives as long as one of them may be told anew."""

    __tablename__ = "alert_group"

    key: str = Field(primary_key=True)
    """The route's place, its policy, and the labels it groups by."""
    policy: str
    step: int = 0
    """The step that was told last; 0 when none was."""
    round: int = 1
    """How often the policy was begun."""
    told_at: datetime = Field(sa_type=UtcDateTime)
    """When a message about it was last handed over."""
    told_severity: str = ""
    """The gravest severity that message told of."""
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the next step is due if nobody has acknowledged; None when there is none."""


class Delivery(SQLModel, table=True):
    """One message to one address over one channel."""

    __tablename__ = "delivery"

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    kind: MessageKind = Field(sa_type=words_of(MessageKind))
    group_key: str = ""
    policy: str = ""
    step: int = 1
    person: str = Field(default="", index=True)
    """The id of a person; empty for a group chat."""
    channel: str
    address: str = ""
    text: str = ""
    """Of a verification its code, of a note its words."""
    fallbacks: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    """Channel and address of each further way to the same person, in order."""
    fell_back: bool = False
    """Whether the next way has been taken already."""
    status: DeliveryStatus = Field(sa_type=words_of(DeliveryStatus), index=True)
    attempts: int = 0
    next_at: datetime = Field(sa_type=UtcDateTime)
    """Not before this."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was sent, merged or given up."""
    answer: str = ""
    """What the receiver said last, or why it was not reached."""
    digest_id: int | None = None
    """The delivery that it went out with."""


class ToldRow(SQLModel, table=True):
    """That a delivery tells of an episode of an alert, and why."""

    __tablename__ = "told"

    delivery_id: int = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True, index=True)
    active_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    because: ToldBecause = Field(primary_key=True, sa_type=words_of(ToldBecause))


class DeliveryAttempt(SQLModel, table=True):
    """One attempt at a delivery. Append-only."""

    __tablename__ = "delivery_attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    outcome: AttemptOutcome = Field(sa_type=words_of(AttemptOutcome))
    answer: str = ""


class Verification(SQLModel, table=True):
    """That an address was shown to reach its person, or the code that is on its way there."""

    __tablename__ = "verification"

    person: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    code_hash: str
    sent_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    """How many wrong codes were given since it was sent."""
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
