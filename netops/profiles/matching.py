"""Which profile a device has: pure, from what its system group says and what probes found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netops.profiles.functions import matches
from netops.snmp.types import Oid

ANY_ARC = -1
"""In a prefix: whatever arc stands there."""
ENTERPRISES = (1, 3, 6, 1, 4, 1)
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
    """Of sysObjectID, ANY_ARC for an arc that may be any; () for every sysObjectID."""
    description: str | None = None
    probe: Probe | None = None

    def fits(self, object_id: tuple[int, ...], description: str) -> bool:
        """Say whether the system group allows this rule; the probe is another question."""
        if len(object_id) < len(self.prefix):
            return False
        if any(wanted not in (ANY_ARC, arc) for wanted, arc in zip(self.prefix, object_id, strict=False)):
            return False
        return self.description is None or matches(self.description, description)

    @property
    def rank(self) -> tuple[int, int, bool, bool]:
        """Higher ranks are tried first."""
        named = len(self.prefix) - self.prefix.count(ANY_ARC)
        return len(self.prefix), named, self.description is not None, self.probe is not None


def rules_of(profile: str, matches_given: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Read the ``match`` of a profile's file."""
    rules = []
    for given in matches_given:
        prefixes = given.get("object_id") or [""]
        probe = given.get("probe")
        rules += [
            Rule(
                profile,
                read_prefix(str(prefix)),
                given.get("description"),
                Probe.of(probe["oid"], probe.get("matches")) if probe else None,
            )
            for prefix in ([prefixes] if isinstance(prefixes, str) else prefixes)
        ]
    return rules


def read_prefix(text: str) -> tuple[int, ...]:
    """Read ``1.3.6.1.4.1.9`` or ``1.3.6.1.4.1.8691.7.*``."""
    return tuple(ANY_ARC if arc == "*" else int(arc) for arc in text.strip(".").split(".")) if text else ()


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


def find_base(matches_given: Iterable[Mapping[str, Any]], object_id: str) -> str:
    """Give the part of a sysObjectID that a prefix with ``*`` fits, "" where no prefix has one, or none fits."""
    arcs = tuple(map(int, object_id.split("."))) if object_id else ()
    for rule in rules_of("", matches_given):
        if ANY_ARC in rule.prefix and rule.fits(arcs, ""):
            return ".".join(map(str, arcs[: len(rule.prefix)]))
    return ""


def enterprise_number(object_id: str) -> int:
    """Give the number of a maker (IANA private enterprise number) in a sysObjectID; 0 for none."""
    words = object_id.split(".")
    is_one = words[:6] == [str(arc) for arc in ENTERPRISES] and len(words) > len(ENTERPRISES)
    return int(words[6]) if is_one else 0
