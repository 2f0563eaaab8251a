"""Finds the profile of a device: by sysObjectID and sysDescr, and by what a probe finds."""

from netops.collectors.text import decode_text
from netops.collectors.visit import Visit
from netops.profiles.loader import Profiles
from netops.profiles.matching import Probe, Rule, choose
from netops.snmp.types import Absent, Oid, SnmpSession, Varbind

FACTS_SETTING = "sensors"
"""The period setting of the collector that reads the facts of a profile."""


class ProfileCollector:
    """Matches a device when it is new, or says other things of itself than before; else it asks nothing."""

    subject = "profile"
    period_setting = "profile"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Choose the profile and put its quirks into force.

        Raises:
            DeviceError: A probe could not be asked.
        """
        system, memory, profiles = visit.memory.system.texts, visit.memory.knowledge, visit.profiles
        if profiles is None or system is None:
            return
        said = system.object_id, system.description, visit.wanted_profile
        if memory.profile is not None and memory.known_by == said and memory.profiles is profiles:
            return
        name = visit.wanted_profile or await match(session, profiles, system.object_id, system.description)
        memory.profile, memory.profiles = profiles.get(name, system.object_id), profiles
        memory.known_by, memory.surveyed_at = said, None
        visit.memory.last_run.pop(FACTS_SETTING, None)  # what another profile knows is read at once
        if memory.profile.max_repetitions:
            session.limit_repetitions(memory.profile.max_repetitions)


async def match(session: SnmpSession, profiles: Profiles, object_id: str, description: str) -> str:
    """Give the name of the profile of a device, asking what its candidates want to know.

    Raises:
        DeviceError: A probe could not be asked.
    """
    return choose(*await ask_candidates(session, profiles, object_id, description))


async def ask_candidates(
    session: SnmpSession, profiles: Profiles, object_id: str, description: str
) -> tuple[list[Rule], dict[Oid, str | None]]:
    """Give the rules that fit a device, in the order of trying, and what was found where they probe.

    Raises:
        DeviceError: A probe could not be asked.
    """
    candidates = profiles.matcher.candidates(object_id, description)
    probes = [rule.probe for rule in candidates if rule.probe is not None]
    return candidates, await read_probes(session, probes) if probes else {}


async def read_probes(session: SnmpSession, probes: list[Probe]) -> dict[Oid, str | None]:
    """Give the first variable below each probe's root as text; None where there is none."""
    roots = list(dict.fromkeys(probe.root for probe in probes))
    found = await session.get_next(roots)
    return {root: _as_text(root, varbind) for root, varbind in zip(roots, found, strict=True)}


def _as_text(root: Oid, varbind: Varbind) -> str | None:
    value = varbind.value
    if isinstance(value, Absent) or not varbind.oid.startswith(root):
        return None
    return decode_text(value) if isinstance(value, bytes) else str(value)
