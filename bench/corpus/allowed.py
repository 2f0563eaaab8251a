"""Disagreements in which we are right: a table in docs/corpus.md, read here, so that each has its reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from bench.corpus.compare import Fact

PAGE = Path(__file__).parents[2] / "docs" / "corpus.md"
HEADING = "## Where we are right"
_CELL = re.compile(r"(?<!\\)\|")


@dataclass
class Entry:
    """A row of the table; recording and fact may hold ``*`` and ``?``."""

    recording: str
    subject: str
    fact: str
    reason: str
    used: set[str] = field(default_factory=set)
    """Recordings in which it covered something."""

    def covers(self, recording: str, fact: Fact) -> bool:
        return (
            fact.subject == self.subject
            and fnmatchcase(recording, self.recording)
            and fnmatchcase(fact.words, self.fact)
        )


def read_entries(text: str) -> list[Entry]:
    """Read the table below the heading.

    Raises:
        ValueError: A row without its four cells, or without a reason.
    """
    _before, _heading, rest = text.partition(HEADING)
    section = rest.partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    entries = []
    for line in rows[2:]:
        cells = [cell.strip().strip("`").replace(r"\|", "|") for cell in _CELL.split(line.strip())[1:-1]]
        if len(cells) != 4 or not all(cells):
            message = f"docs/corpus.md: a row needs recording, subject, fact and reason: {line}"
            raise ValueError(message)
        entries.append(Entry(*cells))
    return entries


def find_entry(entries: Iterable[Entry], recording: str, fact: Fact) -> Entry | None:
    """Give the row that covers a disagreement, and note that it did."""
    for entry in entries:
        if entry.covers(recording, fact):
            entry.used.add(recording)
            return entry
    return None


def find_stale(entries: Iterable[Entry], recordings: Iterable[str]) -> list[Entry]:
    """Give the rows whose recordings were polled, and which covered nothing."""
    names = list(recordings)
    return [
        entry
        for entry in entries
        if not entry.used and any(fnmatchcase(name, entry.recording) for name in names)
    ]
