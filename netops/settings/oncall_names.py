"""Looks up the names that one section of ``oncall.yaml`` has of another. Works on what is written, right or wrong."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic_core import PydanticCustomError

from netops.i18n import _
from netops.settings.parts import Conflict, did_you_mean
from netops.settings.policies import TARGET_KINDS, parse_target

Place = tuple[str | int, ...]


def find_strange_names(given: Mapping[str, Any]) -> Iterator[Conflict]:
    """Tell every name of a channel, person, team, schedule or policy that is not there."""
    known = _Known(given)
    yield from chain(
        known.look_up_contacts(),
        known.look_up_teams(),
        known.look_up_schedules(),
        known.look_up_targets(),
        known.look_up_routes(),
    )


class _Known:
    """What the sections define, by their names."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._messages = {
            "channels": _('unknown channel "%(name)s"'),
            "people": _('unknown person "%(name)s"'),
            "teams": _('unknown team "%(name)s"'),
            "schedules": _('unknown schedule "%(name)s"'),
            "policies": _('unknown policy "%(name)s"'),
        }

    def look_up_contacts(self) -> Iterator[Conflict]:
        for person, entry in self._entries("people"):
            for number, contact in _items(entry, "contacts"):
                place = ("people", person, "contacts", number, "channel")
                yield from self._check("channels", _value(contact, "channel"), place)

    def look_up_teams(self) -> Iterator[Conflict]:
        for team, members in self._entries("teams"):
            seen: set[str] = set()
            for number, member in enumerate(members if isinstance(members, list) else ()):
                yield from self._check("people", member, ("teams", team, number))
                if str(member) in seen:
                    yield Conflict(("teams", team, number), _("is there twice"))
                seen.add(str(member))

    def look_up_schedules(self) -> Iterator[Conflict]:
        for schedule, entry in self._entries("schedules"):
            for number, rotation in _items(entry, "rotations"):
                for turn, person in _items(rotation, "people"):
                    place: Place = ("schedules", schedule, "rotations", number, "people", turn)
                    yield from self._check("people", person, place)
            for number, override in _items(entry, "overrides"):
                for key in ("person", "instead_of"):
                    place = ("schedules", schedule, "overrides", number, key)
                    yield from self._check("people", _value(override, key), place)

    def look_up_targets(self) -> Iterator[Conflict]:
        sections = {"schedule": "schedules", "person": "people", "team": "teams", "channel": "channels"}
        assert sections.keys() == set(TARGET_KINDS)  # noqa: S101 - the two lists are one
        for policy, entry in self._entries("policies"):
            for number, step in _items(entry, "steps"):
                for position, text in _items(step, "notify"):
                    try:
                        target = parse_target(str(text))
                    except PydanticCustomError:
                        continue  # told by its own type
                    place = ("policies", policy, "steps", number, "notify", position)
                    yield from self._check(sections[target.kind], target.name, place)

    def look_up_routes(self) -> Iterator[Conflict]:
        for number, route in _items(self._given, "routes"):
            yield from self._check("policies", _value(route, "policy"), ("routes", number, "policy"))

    def _entries(self, section: str) -> Iterator[tuple[str, Any]]:
        entries = self._given.get(section)
        yield from entries.items() if isinstance(entries, dict) else ()

    def _check(self, section: str, name: Any, place: Place) -> Iterator[Conflict]:
        known = self._given.get(section)
        known = known if isinstance(known, dict) else {}
        if isinstance(name, str | int) and not isinstance(name, bool) and str(name) not in known:
            message = self._messages[section] % {"name": name}
            yield Conflict(place, message, did_you_mean(str(name), known))


def _items(entry: Any, key: str) -> Iterator[tuple[int, Any]]:
    values = _value(entry, key)
    yield from enumerate(values if isinstance(values, list) else ())


def _value(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None
