"""People, where they are reached, and their quiet hours, as values."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from netops.model.severity import Severity
from netops.model.wall_time import WeeklySpan


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person."""

    channel: str
    address: str
    at_least: Severity = Severity.WARNING
    """What is less grave is not sent here, unless another way failed for good."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which little is told."""

    hours: WeeklySpan
    below: Severity
    """What is less grave than this waits for their end."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told of alerts."""

    id: str
    name: str
    language: str
    zone: ZoneInfo
    contacts: tuple[Contact, ...] = ()
    """The first first."""
    quiet_hours: QuietHours | None = None
