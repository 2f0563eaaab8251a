"""An alert: a rule's condition, true of one subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from netops.alerting.labels import Labels

FOREIGN_FILE = "alertmanager"
"""What stands in the place of a rule file where another program sent the alert."""
EVENTS_FILE = "events"
"""What stands there where traps or syslog messages raised it."""


class AlertState(StrEnum):
    """How far an alert is."""

    PENDING = "pending"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class AlertInstance:
    """One alert as of one evaluation. Its labels, with ``alertname``, are its identity."""

    file: str
    group: str
    rule: str
    labels: Labels
    annotations: Mapping[str, str]
    value: float
    """What the expression gave, at the last time that it gave something."""
    state: AlertState
    active_at: datetime
    """Since when the expression gives it."""
    fired_at: datetime | None = None
    is_held: bool = False
    """Whether it only fires on because there is no reading that could tell that it is over."""
    keep_firing_since: datetime | None = None
    """Since when it only fires on for the time of ``keep_firing_for``."""


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that had no answer in an evaluation; its alerts stay as they were."""

    file: str
    group: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found: every alert that is pending or firing, and every rule without an answer."""

    alerts: tuple[AlertInstance, ...] = ()
    failures: tuple[RuleFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class RememberedAlert:
    """What must outlive a restart so that no timer begins anew: plain values, ready to be stored."""

    file: str
    group: str
    rule: str
    labels: dict[str, str]
    annotations: dict[str, str] = field(default_factory=dict)
    value: float = 0.0
    active_at_ms: int = 0
    fired_at_ms: int | None = None
    keep_firing_since_ms: int | None = None
    is_held: bool = False
