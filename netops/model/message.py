"""What is told to a person: alerts as a message shows them, before any language or channel has shaped them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ToldBecause(StrEnum):
    """Why an alert is in a message, by its name in the store and in JSON."""

    FIRES = "fires"
    STILL_FIRES = "still_fires"
    """Told anew: an acknowledgement expired, a silence or window ended, or nobody took it."""
    HIDES_MORE = "hides_more"
    """The list of devices that are unreachable behind it has grown."""
    FLAPS = "flaps"
    """It fires and ends again and again; from now on only its final state is told."""
    RESOLVED = "resolved"


class MessageKind(StrEnum):
    """What a message is about, by its name in the store and in JSON."""

    ALERTS = "alerts"
    DIGEST = "digest"
    """Several messages in one, because the channel's rate limit was reached."""
    VERIFICATION = "verification"
    """Holds a code that proves that an address reaches its person."""
    NOTE = "note"
    """Something on-call people must know: a gap in the schedule ahead, a step that found nobody."""


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """One alert as a message tells it."""

    fingerprint: str
    rule: str
    severity: str
    """Empty where the rule gives none."""
    because: ToldBecause
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    """``summary`` and ``description`` are shown, ``runbook_url`` is linked."""
    fired_at: datetime
    resolved_at: datetime | None = None
    ended_because: str = ""
    """Of what is over, why, where no reading says so: ``rule_removed``, ``sender_silent`` and so on."""
    hides: Sequence[str] = ()
    """Of a root cause: the devices that are unreachable behind it."""
    device_url: str = ""
    acknowledge_url: str = ""
    """Signed for this person and alert; empty when it cannot be acknowledged."""

    @property
    def device(self) -> str:
        """The device it is about; empty where it is about none."""
        return self.labels.get("device", "")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person, or to one group chat."""

    id: str
    """The same at every attempt, so that a receiver can drop a second copy."""
    kind: MessageKind
    language: str
    """A locale of netops: ``en`` or ``zh_CN``."""
    time_zone: str
    """The IANA name of the zone that times are shown in."""
    created_at: datetime
    alerts: Sequence[ToldAlert] = ()
    """The gravest first; those that fire before those that are over."""
    left_out: int = 0
    """How many more alerts there are than are listed."""
    person: str = ""
    """The full name of its reader; empty for a group chat."""
    escalation: str = ""
    """The policy, where this is not its first step."""
    step: int = 1
    acknowledge_url: str = ""
    """Acknowledges every alert of it; empty when there is nothing to acknowledge."""
    text: str = ""
    """Of a verification its code, of a note its words; already in the reader's language."""
    data: Mapping[str, str] = field(default_factory=dict)
