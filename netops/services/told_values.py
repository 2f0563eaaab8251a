"""What a decision about messages is made of: who is on call, what is to be told, what was told, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from netops.alerting.known_alert import KnownAlert
from netops.model.message import ToldBecause
from netops.store.queries.deliveries import NewDelivery


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert leads to."""

    key: str
    """Of its group: the same for alerts that are told together."""
    policy: str
    group_wait: timedelta
    group_interval: timedelta
    remind_every: timedelta


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address to tell."""

    channel: str
    address: str
    person: str = ""
    fallbacks: tuple[tuple[str, str], ...] = ()
    not_before: datetime | None = None
    """The end of the person's quiet hours."""


@dataclass(frozen=True, slots=True)
class StepFound:
    """Whom a step tells now."""

    recipients: tuple[Recipient, ...] = ()
    nobody: tuple[str, ...] = ()
    """Why some of it found nobody, a line each."""
    wait: timedelta = timedelta(minutes=15)
    """How long to wait for an acknowledgement after it."""


class OnCall(Protocol):
    """What is asked of the settings about people."""

    def list_routes(self, labels: Mapping[str, str]) -> Sequence[Route]:
        """Give where an alert of these labels leads to; empty where nobody is to be told."""
        ...

    def find_step(self, policy: str, step: int, severity: str, at: datetime) -> StepFound:
        """Give whom a step of a policy tells at an instant; steps count from 1."""
        ...

    def find_quiet_end(self, person: str, severity: str, at: datetime) -> datetime | None:
        """Give the end of the quiet hours that keep something this grave from a person now; None for no such."""
        ...

    def step_after(self, policy: str, step: int, round_: int) -> tuple[int, int] | None:
        """Give the step and round after these; None when the policy is spent, or gone."""
        ...


@dataclass(frozen=True, slots=True)
class GroupState:
    """How far a group's escalation is."""

    key: str
    policy: str
    told_at: datetime
    step: int = 0
    round: int = 1
    told_severity: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to be told, with the alert as it is now."""

    id: int
    at: datetime
    because: ToldBecause
    told_since: datetime
    alert: KnownAlert


class Earlier(NamedTuple):
    """That somebody was told of an alert before."""

    recipient: Recipient
    active_at: datetime


class Heard(NamedTuple):
    """That a group's people were told something of an episode."""

    key: str
    fingerprint: str
    active_at: datetime
    because: ToldBecause


@dataclass(frozen=True, slots=True)
class Before:
    """What was so before."""

    groups: Mapping[str, GroupState]
    told: Mapping[str, Sequence[Earlier]]
    """Who was told that an alert fires, by its fingerprint."""
    heard: Mapping[Heard, datetime] = field(default_factory=dict)
    """When groups were told what is to be told, lately: of what goes several ways, one way may be done already."""


@dataclass(slots=True)
class Telling:
    """What to store: all of it in one transaction."""

    deliveries: list[NewDelivery] = field(default_factory=list)
    groups: dict[str, GroupState | None] = field(default_factory=dict)
    """Groups that changed; None for one that is over."""
    handled: list[int] = field(default_factory=list)
    """Ids of the notices that need no more thought."""
    nobody: list[tuple[str, int, str]] = field(default_factory=list)
    """Policy, step and reason of each part of a step that found nobody."""
    untold: list[str] = field(default_factory=list)
    """Policies of which no step found anybody."""
    unrouted: int = 0
    """How many alerts no route takes."""
    next_at: datetime | None = None
    """When there is something to decide again, unless something happens before."""
