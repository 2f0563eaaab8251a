"""An alert as stored, and what is stored beside it: the record of it, and what people are to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from netops.model.alert import AlertEventKind, AlertStatus
from netops.model.message import ToldBecause

DEVICE_LABEL = "device"
SEVERITY_LABEL = "severity"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody has it, for a while."""

    by: str
    at: datetime
    until: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert as stored."""

    fingerprint: str
    file: str
    group: str
    rule: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    status: AlertStatus
    value: float | None
    active_at: datetime
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    keep_firing_since: datetime | None = None
    is_held: bool = False
    behind: str = ""
    hides: tuple[str, ...] = ()
    silence_id: int | None = None
    window: str = ""
    is_flapping: bool = False
    acknowledgement: Acknowledgement | None = None
    refreshed_at: datetime | None = field(default=None, compare=False)
    """When its value was last stored; not stored itself."""

    @property
    def severity(self) -> str:
        """The label of that name."""
        return self.labels.get(SEVERITY_LABEL, "")

    @property
    def is_muted(self) -> bool:
        """Whether something keeps it quiet, flapping aside."""
        return bool(self.behind or self.window) or self.silence_id is not None


@dataclass(frozen=True, slots=True)
class NewAlertEvent:
    """Something to append to the record of an alert."""

    kind: AlertEventKind
    fingerprint: str
    active_at: datetime
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Something that people are to be told of an alert."""

    because: ToldBecause
    fingerprint: str
    active_at: datetime
    """The episode."""
    told_since: datetime
    """The first episode that this one counts with: an earlier one where it flaps."""
