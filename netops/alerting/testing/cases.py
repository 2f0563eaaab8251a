"""What a test file says, once read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from netops.alerting.labels import Labels
from netops.alerting.promql.expression import Expression


@dataclass(frozen=True, slots=True)
class InputSeries:
    """A series and its values, one for each interval from instant 0 on; None for a gap."""

    labels: Labels
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """An alert that must fire: its labels, ``alertname`` among them, and its annotations."""

    labels: Labels
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertCase:
    """All alerts of one name that must fire at an instant, and no other."""

    line: int
    at_ms: int
    name: str
    expected: tuple[ExpectedAlert, ...]


@dataclass(frozen=True, slots=True)
class ExpressionCase:
    """What an expression must give at an instant."""

    line: int
    at_ms: int
    expression: Expression
    expected: tuple[tuple[Labels, float], ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One entry under ``tests``."""

    line: int
    name: str
    interval_ms: int
    series: tuple[InputSeries, ...] = ()
    alerts: tuple[AlertCase, ...] = ()
    expressions: tuple[ExpressionCase, ...] = ()
    external_labels: Mapping[str, str] = field(default_factory=dict)
    external_url: str = ""

    @property
    def last_ms(self) -> int:
        """The last instant that is asked about."""
        asked = [case.at_ms for case in self.alerts] + [case.at_ms for case in self.expressions]
        return max(asked, default=0)


@dataclass(frozen=True, slots=True)
class RuleTestFile:
    """One test file."""

    name: str
    rule_files: tuple[str, ...]
    """Patterns of paths, from the test file's own folder."""
    interval_ms: int
    group_order: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    is_fuzzy: bool = False
    """Whether values may differ in their last digits."""
