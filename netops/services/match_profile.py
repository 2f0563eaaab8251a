"""Which profile a device gets and why, and what each of its tables gives: ``netops profile match``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from netops.clock import Clock
from netops.collectors import MATCH_COLLECTORS
from netops.collectors.profile import ask_candidates
from netops.collectors.survey_report import SurveyReport, TableReport
from netops.model.reading import PollResult
from netops.profiles.loader import Profiles
from netops.profiles.matching import ANY_ARC, GENERIC, Rule
from netops.services.asked_device import AskedDevice, poll_asked
from netops.snmp.types import Oid


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that the system group allows, in the order of trying."""

    profile: str
    object_id: str
    """The prefix it asks for; "" for any."""
    description: str | None
    probe: str | None
    wanted: str | None
    """What the probe's value must match; None where presence is enough, or there is no probe."""
    found: str | None
    """What the probe found; None for nothing."""
    holds: bool


@dataclass(slots=True)
class Match:
    """The answer."""

    result: PollResult
    """What was read, its errors included."""
    profile: str = GENERIC
    object_id: str = ""
    description: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    tables: list[TableReport] = field(default_factory=list)


async def match_profile(device: AskedDevice, clock: Clock, profiles: Profiles) -> Match:
    """Match a device as a poll does, and survey it.

    Raises:
        DeviceError: The device fell silent when the probes were asked once more.
    """
    witness = SurveyReport()
    result, memory = await poll_asked(
        device, clock, profiles=profiles, collectors=MATCH_COLLECTORS, witness=witness
    )
    match = Match(result, tables=witness.tables)
    system = result.system
    if system is None:
        return match
    match.object_id, match.description = system.object_id, system.description
    rules, found = await ask_candidates(device.session, profiles, system.object_id, system.description)
    match.candidates = [_describe_rule(rule, found) for rule in rules]
    if memory.knowledge.profile is not None:
        match.profile = memory.knowledge.profile.name
    return match


def _describe_rule(rule: Rule, found: Mapping[Oid, str | None]) -> Candidate:
    probe = rule.probe
    return Candidate(
        rule.profile,
        ".".join("*" if arc == ANY_ARC else str(arc) for arc in rule.prefix),
        rule.description,
        str(probe.root) if probe else None,
        probe.pattern if probe else None,
        found.get(probe.root) if probe else None,
        probe is None or probe.holds(found),
    )


def describe_match(match: Match) -> dict[str, Any]:
    """Give it for programs."""
    return {
        "profile": match.profile,
        "object_id": match.object_id or None,
        "description": match.description or None,
        "candidates": [asdict(candidate) for candidate in match.candidates],
        "tables": [_describe_table(table) for table in match.tables],
        "errors": [asdict(error) for error in match.result.errors],
    }


def _describe_table(table: TableReport) -> dict[str, Any]:
    return {
        "name": table.name,
        "rows": table.rows,
        "facts": table.facts,
        "left_out": [
            {
                "subject": double.fact.subject,
                "key": double.fact.key,
                "name": double.fact.name,
                "why": double.why,
                "table": double.table,
            }
            for double in table.doubles
        ],
    }
