"""What a survey left out and why, for whoever writes a profile; polls never run this."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from netops.collectors.live_facts import Cells, LiveFact
from netops.collectors.survey import drop_doubles, label_of
from netops.profiles.profile import Profile, Table


@dataclass(frozen=True, slots=True)
class Double:
    """A fact that another table tells better."""

    fact: LiveFact
    why: Literal["instead_of", "priority"]
    table: str
    """The table whose facts are kept in its place."""


@dataclass(slots=True)
class TableReport:
    """What one table of a profile gave on one device."""

    name: str
    rows: int
    """Indexes that any of its own columns holds."""
    facts: dict[str, int]
    """Subject to facts that are kept; a subject of which all were left out has 0."""
    doubles: list[Double] = field(default_factory=list)


class SurveyReport:
    """Witnesses the survey of one device (KnowledgeMemory.on_survey)."""

    def __init__(self) -> None:
        self.tables: list[TableReport] = []

    def __call__(self, profile: Profile, facts: Sequence[LiveFact], cells: Cells) -> None:
        """Note what each table gave; the latest survey counts."""
        doubles = find_doubles(facts)
        left_out = {id(double.fact) for double in doubles}
        self.tables = []
        for table in profile.tables.values():
            mine = [fact for fact in facts if fact.table is table]
            counted = Counter(fact.subject for fact in mine if id(fact) not in left_out)
            told = {subject: counted[subject] for subject in dict.fromkeys(fact.subject for fact in mine)}
            own = [double for double in doubles if double.fact.table is table]
            self.tables.append(TableReport(table.name, _count_rows(table, cells), told, own))


def find_doubles(facts: Sequence[LiveFact]) -> list[Double]:
    """Give the facts that ``drop_doubles`` leaves out, each with its reason."""
    kept = {id(fact) for fact in drop_doubles(list(facts))}
    replacing = {(fact.subject, name): fact.table.name for fact in facts for name in fact.table.instead_of}
    best: dict[object, LiveFact] = {}
    for fact in facts:
        if id(fact) in kept:
            best.setdefault(label_of(fact), fact)
    doubles = []
    for fact in facts:
        if id(fact) in kept:
            continue
        better = replacing.get((fact.subject, fact.table.name))
        if better is not None:
            doubles.append(Double(fact, "instead_of", better))
        else:
            doubles.append(Double(fact, "priority", best[label_of(fact)].table.name))
    return doubles


def _count_rows(table: Table, cells: Cells) -> int:
    own = (column.oid for column in table.columns.values() if column.index is None)
    return len({index for oid in own for index in cells.get(oid, ())})
