"""Escalation: whom a step tells, which step comes next, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from netops.model.severity import Severity
from netops.oncall.person import Contact, Person
from netops.oncall.plan import OncallPlan, Policy, Step
from netops.oncall.quiet import find_quiet_end
from netops.oncall.shifts import who_is_on_call
from netops.settings.policies import Target


class NobodyBecause(StrEnum):
    """Why a target of a step found nobody, by its name in the store and in JSON."""

    GAP = "gap"
    """Nobody is on call in this schedule now."""
    NO_CONTACTS = "no_contacts"
    """The person has no way to be reached."""
    NOT_GRAVE_ENOUGH = "not_grave_enough"
    """Every contact of the person asks for something graver."""
    UNKNOWN = "unknown"
    """No schedule, person or team has this name any more."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """A target that found nobody, or not this one of its people."""

    step: int
    """Counted from 0."""
    target: Target
    because: NobodyBecause
    person: str = ""
    """The id of the one who is not reached; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one message goes."""

    person: Person | None
    """None for a channel without a person."""
    channel: str
    address: str
    target: Target
    """What of the step led here."""
    fallbacks: tuple[Contact, ...] = ()
    """The person's other contacts, to be tried in this order when this one fails for good."""
    postponed_until: datetime | None = None
    """The end of the person's quiet hours: told then, in one message with all that waits; None for at once."""


@dataclass(frozen=True, slots=True)
class StepDecision:
    """Whom one step tells."""

    recipients: tuple[Recipient, ...]
    nobody: tuple[Nobody, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it finds nobody at all, not even for later."""
        return not self.recipients


@dataclass(frozen=True, slots=True)
class Position:
    """How far an escalation is; both count from 0."""

    step: int = 0
    round: int = 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """What is to be done now, and when to ask again."""

    position: Position
    """The step that is told; it lies behind the one asked for where that found nobody."""
    recipients: tuple[Recipient, ...]
    """Empty when the rest of the policy finds nobody."""
    nobody: tuple[Nobody, ...] = field(default=())
    """Of this step and of those skipped before it; to be reported."""
    next: Position | None = None
    """None: the policy is spent, and only reminders follow."""
    next_at: datetime | None = None
    """When the next step is due, unless somebody acknowledges."""

    @property
    def is_spent(self) -> bool:
        """Whether no step follows."""
        return self.next is None


def escalate(
    plan: OncallPlan, policy: Policy, position: Position, *, at: datetime, severity: Severity
) -> Escalation:
    """Decide what a policy does at a position: the first step from there on that finds somebody.

    Steps that find nobody are skipped at once. When a whole round of them finds nobody, the policy is spent, for at
    this instant another round would find nobody either.
    """
    nobody: list[Nobody] = []
    here: Position | None = position
    for _step in policy.steps:
        if here is None or here.step >= len(policy.steps):
            break  # at its end, or shortened since the position was stored
        step = policy.steps[here.step]
        decision = decide_recipients(plan, step, at=at, severity=severity, number=here.step)
        nobody += decision.nobody
        following = next_position(policy, here)
        if not decision.is_empty:
            due = at + step.wait if following else None
            return Escalation(here, decision.recipients, tuple(nobody), following, due)
        here = following
    return Escalation(position, (), tuple(nobody))


def next_position(policy: Policy, position: Position) -> Position | None:
    """Give the position after one; None after the last step of the last round."""
    if position.step + 1 < len(policy.steps):
        return Position(position.step + 1, position.round)
    return Position(0, position.round + 1) if position.round < policy.repeat else None


def decide_recipients(
    plan: OncallPlan, step: Step, *, at: datetime, severity: Severity, number: int = 0
) -> StepDecision:
    """Decide whom a step tells. Who is meant by several targets is told once, for the first of them."""
    recipients: dict[tuple[str, str, str], Recipient] = {}
    nobody: list[Nobody] = []
    for target in step.targets:
        if target.kind == "channel":
            found = [Recipient(None, target.name, target.address, target)]
        else:
            found = []
            for person_id, because in _find_people(plan, target, at):
                if because is None:
                    because = find_obstacle(plan, person_id, severity)  # noqa: PLW2901 - the next thing in the way
                if because is not None:
                    nobody.append(Nobody(number, target, because, person_id))
                else:
                    found += _reach(plan.people[person_id], target, at, severity)
        for one in found:
            recipients.setdefault((one.person.id if one.person else "", one.channel, one.address), one)
    return StepDecision(tuple(recipients.values()), tuple(nobody))


def find_obstacle(plan: OncallPlan, person_id: str, severity: Severity) -> NobodyBecause | None:
    """Say why a person cannot be told of something this grave; None when that is possible."""
    person = plan.people.get(person_id)
    if person is None:
        return NobodyBecause.UNKNOWN
    if not person.contacts:
        return NobodyBecause.NO_CONTACTS
    if not any(severity.is_at_least(contact.at_least) for contact in person.contacts):
        return NobodyBecause.NOT_GRAVE_ENOUGH
    return None


def _find_people(
    plan: OncallPlan, target: Target, at: datetime
) -> Iterator[tuple[str, NobodyBecause | None]]:
    """Give the ids of the people that a target means now, or what is in the way."""
    if target.kind == "person":
        yield target.name, None
    elif target.kind == "team" and target.name in plan.teams:
        for person_id in plan.teams[target.name]:
            yield person_id, None
    elif target.kind == "schedule" and target.name in plan.schedules:
        shift = who_is_on_call(plan.schedules[target.name], at)
        yield (shift.person, None) if shift else ("", NobodyBecause.GAP)
    else:
        yield "", NobodyBecause.UNKNOWN


def _reach(person: Person, target: Target, at: datetime, severity: Severity) -> Iterator[Recipient]:
    """Give a message for each contact whose minimum is met; the other contacts stand in for it."""
    postponed_until = find_quiet_end(person, severity, at)
    others = tuple(one for one in person.contacts if not severity.is_at_least(one.at_least))
    for contact in person.contacts:
        if severity.is_at_least(contact.at_least):
            yield Recipient(
                person, contact.channel, contact.address, target, others, postponed_until=postponed_until
            )
