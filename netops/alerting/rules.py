"""What rule files say, once read: groups of rules that record a series or raise an alert."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netops.alerting.promql.expression import Expression, Need
from netops.alerting.templates.template import Template

Texts = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """Keeps the value of an expression as a series of its own."""

    name: str
    """The metric's name."""
    expression: Expression
    labels: Mapping[str, str] = field(default_factory=dict)

    def needs(self) -> Iterator[Need]:
        """Give what it reads."""
        yield from self.expression.needs


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """Raises an alert for every sample that an expression gives."""

    name: str
    expression: Expression
    hold_ms: int = 0
    """How long the expression must give the sample before the alert fires (``for``)."""
    keep_firing_ms: int = 0
    """How long an alert fires on after the expression gives it no more."""
    labels: Texts = field(default_factory=dict)
    annotations: Texts = field(default_factory=dict)

    def needs(self) -> Iterator[Need]:
        """Give what its expression and its texts read."""
        yield from self.expression.needs
        for text in (*self.labels.values(), *self.annotations.values()):
            yield from text.needs


Rule = RecordingRule | AlertingRule


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated one after the other, at the same instants."""

    file: str
    name: str
    rules: tuple[Rule, ...]
    interval_ms: int | None = None
    """How often; None for the default of the settings."""
    offset_ms: int = 0
    """How far in the past it looks (``query_offset``), for series that arrive late."""
    limit: int = 0
    """How many alerts or series one of its rules may give; 0 for no limit of its own."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file of groups."""

    name: str
    groups: tuple[RuleGroup, ...]

    def rules(self) -> Iterator[tuple[RuleGroup, Rule]]:
        """Give every rule with its group, in the order of the file."""
        for group in self.groups:
            for rule in group.rules:
                yield group, rule
