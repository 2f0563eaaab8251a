"""All that is agreed about who is told, as one value; and the steps of its escalation policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from netops.oncall.person import Person
from netops.oncall.schedule import Schedule
from netops.settings.policies import Target


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told, and how long an acknowledgement is waited for."""

    targets: tuple[Target, ...]
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is told in which order, until somebody acknowledges."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    """How often it begins again after the last step."""


@dataclass(frozen=True, slots=True)
class OncallPlan:
    """Everything that escalation looks up, by name."""

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
