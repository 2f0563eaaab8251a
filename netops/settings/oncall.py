"""The on-call file: ``configs/oncall.yaml``. Who is told of alerts, when, where, and when not."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from netops.i18n import _
from netops.settings.channels import ChannelSettings
from netops.settings.history import TimeZone
from netops.settings.maintenance import MaintenanceSettings
from netops.settings.oncall_names import find_strange_names
from netops.settings.parts import NOT_EMPTY, Conflict, Part, Text
from netops.settings.people import EntryName, PersonSettings
from netops.settings.policies import PolicySettings, RouteSettings, find_hidden_routes
from netops.settings.schedules import ScheduleSettings

TeamMembers = Annotated[tuple[Text, ...], NOT_EMPTY, Field(max_length=1000)]


class OncallSettings(Part):
    """Everything in ``oncall.yaml``; empty, nobody is told."""

    time_zone: TimeZone = Field(
        default="UTC",
        description="Zone of people, schedules and windows that name none, such as `Asia/Shanghai`.",
    )
    channels: dict[EntryName, ChannelSettings] = Field(
        default_factory=dict, description="Over what messages leave, by a name that contacts refer to."
    )
    people: dict[EntryName, PersonSettings] = Field(
        default_factory=dict, description="Who can be told, by an id that everything else refers to."
    )
    teams: dict[EntryName, TeamMembers] = Field(
        default_factory=dict, description="Lists of ids of people who are told together."
    )
    schedules: dict[EntryName, ScheduleSettings] = Field(
        default_factory=dict, description="Who is on call when, by an id that policies refer to."
    )
    policies: dict[EntryName, PolicySettings] = Field(
        default_factory=dict, description="Who is told in which order, by an id that routes refer to."
    )
    routes: tuple[RouteSettings, ...] = Field(
        default_factory=tuple,
        max_length=1000,
        description="Which alerts go to which policy: the first route that matches, unless it goes on.",
    )
    maintenance: tuple[MaintenanceSettings, ...] = Field(
        default_factory=tuple, max_length=10_000, description="Windows in which alerts are kept quiet."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Look up every name that one section has of another."""
        yield from find_strange_names(given)
        yield from find_hidden_routes(given.get("routes"))
        seen: set[str] = set()
        windows = given.get("maintenance")
        for number, window in enumerate(windows if isinstance(windows, list) else ()):
            name = window.get("name") if isinstance(window, dict) else None
            if isinstance(name, str) and name in seen:
                yield Conflict(("maintenance", number, "name"), _("is there twice"))
            seen.add(str(name))


def find_doubts(oncall: OncallSettings) -> list[str]:
    """Word what is allowed and yet hardly meant: alerts that reach nobody."""
    doubts: list[str] = []
    if not oncall.people and not oncall.routes:
        return doubts
    takes_all = any(not route.match and not route.go_on for route in oncall.routes)
    if not takes_all:
        doubts.append(
            _("routes: alerts that meet no route are told to nobody; end the list with a route without match")
        )
    doubts += [
        _("people.%(person)s: has no contacts, so messages do not reach this person") % {"person": name}
        for name, person in oncall.people.items()
        if not person.contacts
    ]
    return doubts
