"""From facts to shares, and the bars they must reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.corpus.allowed import Entry, find_entry
from bench.corpus.compare import Fact
from bench.corpus.run import Outcome

BARS: dict[str, float] = {
    "interfaces": 1.0,
    "sensors": 0.98,
    "levels": 0.95,
    "identity": 0.98,
    "processors": 0.95,
    "memory": 0.95,
    "storage": 0.95,
    "supplies": 1.0,
    "serials": 0.98,
    "vlans": 0.98,
    "neighbours": 0.98,
    "addresses": 0.98,
}
"""Issue 3, "Measured on recordings of real devices"."""
NO_BAR = ("limits",)
"""Measured without a bar: the device's own limits."""
NEVER = ("duplicates", "invented", "errors")
"""What there must be none of: a sensor told twice, a limit that nobody set, a subject that could not be read."""
SUBJECTS = (*BARS, *NO_BAR)


@dataclass
class Score:
    """Facts read, of all."""

    matched: int = 0
    expected: int = 0

    @property
    def share(self) -> float:
        return self.matched / self.expected if self.expected else 1.0

    def __str__(self) -> str:
        return f"{self.matched}/{self.expected}" if self.expected else "-"


@dataclass
class Scored:
    """One recording's scores, and where we and the other program differ."""

    outcome: Outcome
    scores: dict[str, Score] = field(default_factory=dict)
    misses: list[Fact] = field(default_factory=list)
    allowed: list[tuple[Fact, Entry]] = field(default_factory=list)

    def count(self, subject: str) -> int:
        """Count what there must be none of."""
        return sum(fact.subject == subject for fact in self.misses)


def score(outcome: Outcome, entries: Sequence[Entry]) -> Scored:
    """Sort the facts of one recording; those in which we are right count neither way."""
    scored = Scored(outcome)
    for fact in outcome.facts:
        if not fact.held:
            entry = find_entry(entries, outcome.name, fact)
            if entry is not None:
                scored.allowed.append((fact, entry))
                continue
            scored.misses.append(fact)
        if fact.subject in SUBJECTS:
            sum_of = scored.scores.setdefault(fact.subject, Score())
            sum_of.expected += 1
            sum_of.matched += fact.held
    return scored


def total(all_scored: Iterable[Scored]) -> dict[str, Score]:
    """Add up the recordings, subject by subject."""
    sums = {subject: Score() for subject in SUBJECTS}
    for scored in all_scored:
        for subject, part in scored.scores.items():
            sums[subject].matched += part.matched
            sums[subject].expected += part.expected
    return sums


def find_failures(all_scored: Sequence[Scored], bars: dict[str, float] = BARS) -> list[str]:
    """Say which bars are not reached; [] when all are."""
    sums = total(all_scored)
    failures = [
        f"{subject}: {sums[subject].share:.3f}, the bar is {bar:.2f}"
        for subject, bar in bars.items()
        if sums[subject].share < bar
    ]
    for subject in NEVER:
        count = sum(scored.count(subject) for scored in all_scored)
        if count:
            failures.append(f"{subject}: {count}, there must be none")
    return failures
