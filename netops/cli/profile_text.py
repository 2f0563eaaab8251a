"""Profiles, and what they give on a device, as text for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from netops.cli.output import print_table, say
from netops.i18n import _
from netops.services.match_profile import Candidate, Match

_LONGEST = 100


def word_rule(rules: Sequence[Mapping[str, Any]]) -> str:
    """Word how the devices of a profile are known: the first two rules, and how many more there are."""
    ways = [way for rule in rules for way in _list_ways(rule)]
    shown = "; ".join(ways[:2])
    return shown + (_(" and %(count)d more") % {"count": len(ways) - 2} if len(ways) > 2 else "")


def _list_ways(rule: Mapping[str, Any]) -> Iterable[str]:
    rest = []
    if rule["description"]:
        rest.append(_("sysDescr %(pattern)s") % {"pattern": rule["description"]})
    if rule["probe"]:
        rest.append(_word_probe(rule["probe"], rule["probe_matches"]))
    for prefix in rule["object_id"] or [""]:
        yield " + ".join(filter(None, [prefix, *rest]))


def _word_probe(oid: str, pattern: str | None) -> str:
    if pattern is None:
        return _("probe %(oid)s") % {"oid": oid}
    return _("probe %(oid)s matches %(pattern)s") % {"oid": oid, "pattern": pattern}


def print_profile(told: Mapping[str, Any]) -> None:
    """Print one profile, merged."""
    say(f"{told['name']}  {told['description']}")
    quirks = {key: value for key, value in told["quirks"].items() if value}
    for label, text in (
        (_("file"), told["file"]),
        (_("extends"), ", ".join(told["extends"])),
        (_("quirks"), ", ".join(f"{key} {value}" for key, value in quirks.items())),
    ):
        if text:
            say(f"  {label}: {text}")
    for rule in told["matches"]:
        for way in _list_ways(rule):
            say("  " + _("known by: %(way)s") % {"way": way})
    _print_pairs(_("Identity"), [(key, text) for key, texts in told["identity"].items() for text in texts])
    _print_pairs(_("Scalars"), told["scalars"].items())
    for table in told["tables"]:
        _print_table(table)


def _print_pairs(title: str, pairs: Iterable[tuple[str, str]]) -> None:
    pairs = list(pairs)
    if pairs:
        say(title)
    width = max((len(key) for key, _text in pairs), default=0)
    for key, text in pairs:
        say(f"  {key:<{width}}  {_fold(text)}")


def _print_table(table: Mapping[str, Any]) -> None:
    notes = [_("priority %(number)d") % {"number": table["priority"]}]
    if table["instead_of"]:
        notes.append(_("instead of %(tables)s") % {"tables": ", ".join(table["instead_of"])})
    if table["where"]:
        notes.append(_("where %(expression)s") % {"expression": _fold(table["where"])})
    say(_("Table %(name)s (%(notes)s)") % {"name": table["name"], "notes": "; ".join(notes)})
    _print_indented(table["columns"].items())
    for sensor in table["sensors"]:
        kind = " ".join(filter(None, (sensor["kind"], sensor["unit"])))
        say(f"    {sensor['key']}: {kind}, {_word_fact(sensor)}")
        _print_limits_and_states(sensor)
    for subject, facts in table["others"].items():
        for fact in facts:
            say(f"    {subject}: {_word_fact(fact)}")


def _print_indented(pairs: Iterable[tuple[str, str]]) -> None:
    pairs = list(pairs)
    width = max((len(key) for key, _oid in pairs), default=0)
    for key, oid in pairs:
        say(f"  {key:<{width}}  {oid}")


def _word_fact(fact: Mapping[str, Any]) -> str:
    fields = ", ".join(f"{key} = {_fold(text)}" for key, text in fact["fields"].items())
    name = f'"{_fold(fact["name"])}"' if fact["name"] else ""
    where = _("where %(expression)s") % {"expression": _fold(fact["where"])} if fact["where"] else ""
    return "; ".join(filter(None, (name, fields, where)))


def _print_limits_and_states(sensor: Mapping[str, Any]) -> None:
    for level, texts in sensor["states"].items():
        say(f"      {level}: {', '.join(texts)}")
    for bound, text in sensor["limits"].items():
        say(f"      {bound}: {_fold(text)}")


def _fold(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


# --- a profile on a device


def print_match(told: Match) -> None:
    """Print which profile a device gets and why, and what its tables give."""
    say(_("profile: %(name)s") % {"name": told.profile})
    say("  " + _("object id: %(object_id)s") % {"object_id": told.object_id or "-"})
    say("  " + _("description: %(descr)s") % {"descr": _fold(told.description) or "-"})
    if told.candidates:
        print_table(
            _("Rules that fit, in the order of trying"),
            (_("Profile"), _("Object id"), _("sysDescr"), _("Probe"), _("Found"), _("Holds")),
            [_candidate_row(candidate) for candidate in told.candidates],
        )
    else:
        say("  " + _("no rule fits; every device that no rule fits is generic"))
    rows = [
        (
            table.name,
            table.rows,
            ", ".join(f"{subject} {count}" for subject, count in table.facts.items()),
            len(table.doubles) or None,
        )
        for table in told.tables
        if table.rows
    ]
    heads = (_("Table"), _("Rows"), _("Gives"), _("Left out"))
    if rows:
        print_table(_("Tables that the device has"), heads, rows, right=(1, 3))
    _print_doubles(told)
    absent = [table.name for table in told.tables if not table.rows]
    if absent:
        say(_("not on this device: %(tables)s") % {"tables": ", ".join(absent)})
    for error in told.result.errors:
        say(f"{error.subject}: {error.error}")


def _candidate_row(candidate: Candidate) -> tuple[object, ...]:
    probe = _word_probe(candidate.probe, candidate.wanted) if candidate.probe else ""
    nothing = _("nothing") if candidate.probe else ""
    found = _fold(candidate.found) if candidate.found is not None else nothing
    holds = _("yes") if candidate.holds else _("no")
    return candidate.profile, candidate.object_id, candidate.description, probe, found, holds


def _print_doubles(told: Match) -> None:
    rows = [
        (
            double.fact.subject,
            double.fact.name,
            double.fact.key,
            _("%(table)s has a higher priority") % {"table": double.table}
            if double.why == "priority"
            else _("%(table)s stands in place of this table") % {"table": double.table},
        )
        for table in told.tables
        for double in table.doubles
    ]
    if rows:
        print_table(_("Left out as told twice"), (_("Subject"), _("Name"), _("Key"), _("Why")), rows)
