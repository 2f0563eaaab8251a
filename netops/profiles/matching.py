"""Which profile a device has: pure, from what its system group says and what probes found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netops.profiles.functions import matches
from netops.snmp.types import Oid

GENERIC = "generic"
"""The profile of every device that no other knows."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A variable to ask for; ``root`` holds it, as a table or column holds its first variable."""

    root: Oid
    pattern: str | None = None

    @classmethod
    def of(cls, oid: str, pattern: str | None = None) -> "Probe":
        """Build one; the .0 of a scalar is dropped, so that one GETNEXT finds scalars and tables alike."""
        return cls(Oid.parse(oid.removesuffix(".0")), pattern)

    def holds(self, found: Mapping[Oid, str | None]) -> bool:
        """Say whether what was found at its root is what it wants; None was nothing."""
        value = found.get(self.root)
        return value is not None and (self.pattern is None or matches(self.pattern, value))


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to know the devices of a profile."""

    profile: str
    prefix: tuple[int, ...] = ()
    """Of sysObjectID; () for any."""
    description: str | None = None
    probe: Probe | None = None

    def fits(self, object_id: tuple[int, ...], description: str) -> bool:
        """Say whether the system group allows this rule; the probe is another question."""
        if object_id[: len(self.prefix)] != self.prefix:
            return False
        return self.description is None or matches(self.description, description)

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """Higher ranks are tried first."""
        return len(self.prefix), self.description is not None, self.probe is not None


def rules_of(profile: str, matches_given: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Read the ``match`` of a profile's file."""
    rules = []
    for given in matches_given:
        prefixes = given.get("object_id") or [""]
        probe = given.get("probe")
        for prefix in [prefixes] if isinstance(prefixes, str) else prefixes:
            arcs = tuple(map(int, str(prefix).strip(".").split("."))) if prefix else ()
            rules.append(
                Rule(
                    profile,
                    arcs,
                    given.get("description"),
                    Probe.of(probe["oid"], probe.get("matches")) if probe else None,
                )
            )
    return rules


class Matcher:
    """All rules, in the order in which they are tried."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: (*(-part for part in rule.rank), rule.profile))

    def candidates(self, object_id: str, description: str) -> list[Rule]:
        """Give the rules that the system group allows, best first, up to the first without a probe.

        Rules without a sysObjectID are tried only when none with one is left.
        """
        arcs = tuple(map(int, object_id.split("."))) if object_id else ()
        found: list[Rule] = []
        for rule in self._rules:
            if rule.fits(arcs, description):
                found.append(rule)
                if rule.probe is None:
                    break
        return found


def choose(candidates: Iterable[Rule], found: Mapping[Oid, str | None]) -> str:
    """Give the profile of the first candidate whose probe holds."""
    for rule in candidates:
        if rule.probe is None or rule.probe.holds(found):
            return rule.profile
    return GENERIC
