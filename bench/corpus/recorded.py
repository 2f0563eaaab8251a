"""What a recording holds, and what another program read from it: to know which facts a poller could have had."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netops.simulator.replay import collect
from netops.snmp.recording import load_recording
from netops.snmp.types import Tag

EXPECTED = ".expected.json"


def plain(text: object) -> str:
    """Fold case and spaces, so that two spellings of one text are equal."""
    return re.sub(r"\s+", " ", str(text if text is not None else "")).strip().casefold()


@dataclass(frozen=True)
class Recorded:
    """The OIDs of a recording, and all of its text in one string."""

    oids: frozenset[str]
    text: str

    @classmethod
    def load(cls, path: Path) -> "Recorded":
        variables = load_recording(path).variables
        oids = frozenset(".".join(map(str, arcs)) for arcs in variables)
        octets = b"\n".join(value.content for value in variables.values() if value.tag == Tag.OCTET_STRING)
        return cls(oids, plain(octets.replace(b"\0", b"").decode("latin-1")))

    def has(self, *oids: str) -> bool:
        return any(oid.lstrip(".") in self.oids for oid in oids)


@dataclass(frozen=True)
class Case:
    """One recording to be polled; ``expected`` is None where nobody read it before."""

    name: str
    file: Path
    expected: dict[str, Any] | None


def find_cases(folders: list[Path], only: frozenset[str] = frozenset()) -> list[Case]:
    """List the recordings of some folders by name, contexts left out.

    Raises:
        netops.simulator.errors.SimulatorError: There is none.
    """
    cases = []
    for name, file in sorted(collect(folders).items()):
        if "@" in name or (only and name not in only):
            continue
        reading = file.parent / f"{name}{EXPECTED}"
        expected = json.loads(reading.read_text(encoding="utf-8")) if reading.exists() else None
        cases.append(Case(name, file, expected))
    return cases
