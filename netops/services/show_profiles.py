"""What profiles there are, and what one of them holds once merged with those it extends."""

from typing import Any

from netops.errors import NotFound
from netops.i18n import _
from netops.profiles.loader import Profiles, Source
from netops.profiles.profile import Fact, Profile, SensorFact, Table
from netops.settings.parts import did_you_mean


def list_profiles(profiles: Profiles) -> list[dict[str, Any]]:
    """Give every profile by name; those without ``matches`` are building blocks for others."""
    return [_outline(source) for name in profiles.names if (source := profiles.find(name))]


def describe_profile(profiles: Profiles, name: str) -> dict[str, Any]:
    """Give one profile, merged.

    Raises:
        NotFound: There is none of this name.
    """
    source = find_source(profiles, name)
    profile = profiles.get(name)
    return {
        **_outline(source),
        "extends": list_parents(profiles, source),
        "identity": {key: [each.text for each in texts] for key, texts in profile.identity.items()},
        "scalars": {name: str(column.oid) for name, column in profile.scalars.items()},
        "tables": [_describe_table(table) for table in profile.tables.values()],
        "quirks": _describe_quirks(profile),
    }


def find_source(profiles: Profiles, name: str) -> Source:
    """Give the file of a profile.

    Raises:
        NotFound: There is none of this name.
    """
    source = profiles.find(name)
    if source is None:
        hint = did_you_mean(name, profiles.names)
        message = _('there is no profile "%(name)s"') % {"name": name}
        raise NotFound(f"{message}; {hint}" if hint else message)
    return source


def list_parents(profiles: Profiles, source: Source) -> list[str]:
    """Give the names of all profiles that one extends, the nearest first, each once."""
    found: dict[str, None] = {}
    _collect_parents(profiles, source, found)
    return list(found)


def _collect_parents(profiles: Profiles, source: Source, found: dict[str, None]) -> None:
    for parent in source.raw.get("extends", ()):
        other = profiles.shipped.get(parent) if parent == source.name else profiles.find(parent)
        if other is not None and parent not in found:
            found[parent] = None
            _collect_parents(profiles, other, found)


def _outline(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "description": source.raw.get("description"),
        "is_yours": source.is_users,
        "file": str(source.path),
        "matches": [_describe_rule(rule) for rule in source.raw.get("match", ())],
    }


def _describe_rule(rule: dict[str, Any]) -> dict[str, Any]:
    prefixes = rule.get("object_id") or []
    probe = rule.get("probe") or {}
    return {
        "object_id": [str(prefix) for prefix in (prefixes if isinstance(prefixes, list) else [prefixes])],
        "description": rule.get("description"),
        "probe": probe.get("oid"),
        "probe_matches": probe.get("matches"),
    }


def _describe_table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "priority": table.priority,
        "instead_of": list(table.instead_of),
        "where": table.where.text if table.where else None,
        "columns": {name: str(column.oid) for name, column in table.columns.items()},
        "sensors": [
            _describe_sensor(fact) for fact in table.facts.get("sensors", ()) if isinstance(fact, SensorFact)
        ],
        "others": {
            subject: [_describe_fact(fact) for fact in facts]
            for subject, facts in table.facts.items()
            if subject != "sensors"
        },
    }


def _describe_sensor(fact: SensorFact) -> dict[str, Any]:
    states: dict[str, list[str]] = {}
    for state in fact.states.values():
        texts = states.setdefault(state.level, [])
        if state.text not in texts:
            texts.append(state.text)
    return {
        "key": fact.id,
        "kind": fact.kind.value,
        "unit": fact.unit,
        **_describe_fact(fact),
        "states": states,
        "limits": {bound: limit.text for bound, limit in fact.limits.items()},
        "limits_from": fact.limits_from if fact.limits else None,
    }


def _describe_fact(fact: Fact) -> dict[str, Any]:
    return {
        "name": fact.name.text if fact.name else None,
        "where": fact.where.text if fact.where else None,
        "fields": {key: expression.text for key, expression in fact.fields.items()},
    }


def _describe_quirks(profile: Profile) -> dict[str, Any]:
    every = profile.survey_every
    return {
        "max_repetitions": profile.max_repetitions,
        "survey_every_seconds": every.total_seconds() if every else None,
        "ignore_interfaces": list(profile.ignore_interfaces),
    }
