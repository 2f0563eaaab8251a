"""The plan that ``oncall.yaml`` describes, with overrides that were added since."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from netops.model.severity import Severity
from netops.model.wall_time import place_instant
from netops.oncall.person import Contact, Person, QuietHours
from netops.oncall.plan import OncallPlan, Policy, Step
from netops.oncall.schedule import Override, Rotation, Schedule
from netops.settings.oncall import OncallSettings
from netops.settings.people import PersonSettings
from netops.settings.policies import PolicySettings, parse_target
from netops.settings.schedules import OverrideSettings, RotationSettings, ScheduleSettings


def make_plan(
    settings: OncallSettings,
    *,
    language: str = "en",
    overrides: Mapping[str, Iterable[Override]] | None = None,
) -> OncallPlan:
    """Turn settings into what decisions are made with.

    Args:
        settings: What the file says.
        language: Of people who name none.
        overrides: Further ones by schedule, which take the place of those of the file.
    """
    added = overrides or {}
    return OncallPlan(
        people={
            name: _make_person(name, person, settings.time_zone, language)
            for name, person in settings.people.items()
        },
        teams=dict(settings.teams),
        schedules={
            name: make_schedule(name, schedule, settings.time_zone, added.get(name, ()))
            for name, schedule in settings.schedules.items()
        },
        policies={name: _make_policy(name, policy) for name, policy in settings.policies.items()},
    )


def make_schedule(
    name: str, settings: ScheduleSettings, zone_name: str, overrides: Iterable[Override] = ()
) -> Schedule:
    """Turn one schedule into what decisions are made with."""
    zone = ZoneInfo(settings.time_zone or zone_name)
    return Schedule(
        name,
        zone,
        tuple(_make_rotation(rotation) for rotation in settings.rotations),
        (*(_make_override(override, zone) for override in settings.overrides), *overrides),
    )


def _make_person(name: str, settings: PersonSettings, zone_name: str, language: str) -> Person:
    quiet = settings.quiet_hours
    return Person(
        id=name,
        name=settings.name,
        language=settings.language or language,
        zone=ZoneInfo(settings.time_zone or zone_name),
        contacts=tuple(
            Contact(contact.channel, contact.address, Severity(contact.at_least))
            for contact in settings.contacts
        ),
        quiet_hours=QuietHours(quiet.to_span(), Severity(quiet.below)) if quiet else None,
    )


def _make_rotation(settings: RotationSettings) -> Rotation:
    only = tuple(hours.to_span() for hours in settings.only)
    return Rotation(settings.people, settings.first_turn, settings.turn, only)


def _make_override(settings: OverrideSettings, zone: ZoneInfo) -> Override:
    return Override(
        settings.person,
        place_instant(settings.start, zone),
        place_instant(settings.end, zone),
        settings.instead_of or "",
    )


def _make_policy(name: str, settings: PolicySettings) -> Policy:
    steps = tuple(Step(tuple(map(parse_target, step.notify)), step.wait) for step in settings.steps)
    return Policy(name, steps, settings.repeat)
