"""What a compiled expression is made of, and what it gives.

A node is made once, when rules are loaded, and evaluated at every instant. There is a class for each kind of
value, so that a mistake in putting nodes together is a type error.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import Labels
from netops.alerting.promql.matchers import Selection
from netops.alerting.series import Series
from netops.i18n import _

LOOKBACK_MS = 300_000
"""How old a sample may be and still be a series' present value; Prometheus' own five minutes."""
DEFAULT_STEP_MS = 60_000
"""The step of a subquery that names none; Prometheus' evaluation interval where none is set."""


class SeriesSource(Protocol):
    """Whoever holds series: the head, or a test."""

    def select(self, selection: Selection) -> Sequence[Series]:
        """Give the series that a selection names."""
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant at which an expression is evaluated, over some series."""

    source: SeriesSource
    at_ms: int
    lookback_ms: int = LOOKBACK_MS
    step_ms: int = DEFAULT_STEP_MS

    def at(self, at_ms: int) -> "Moment":
        """Give another instant over the same series."""
        return Moment(self.source, at_ms, self.lookback_ms, self.step_ms)


@dataclass(slots=True)
class Vector:
    """An instant vector: labels and values side by side, which costs less than an object per sample."""

    labels: list[Labels] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.labels)

    def add(self, labels: Labels, value: float) -> None:
        """Add one sample."""
        self.labels.append(labels)
        self.values.append(value)


class Window(NamedTuple):
    """The samples of one series inside a range; never empty."""

    labels: Labels
    times: "Sequence[int] | array[int]"
    values: "Sequence[float] | array[float]"


class Windows(NamedTuple):
    """A range vector, and the edges of its range in milliseconds; the start itself is outside."""

    start_ms: int
    end_ms: int
    windows: list[Window]


class ScalarNode(ABC):
    """Gives one number."""

    @abstractmethod
    def evaluate(self, moment: Moment) -> float:
        """Give the number at an instant."""


class StringNode(ABC):
    """Gives a text."""

    @abstractmethod
    def evaluate(self, moment: Moment) -> str:
        """Give the text."""


class VectorNode(ABC):
    """Gives an instant vector."""

    @abstractmethod
    def evaluate(self, moment: Moment) -> Vector:
        """Give the vector at an instant.

        Raises:
            EvaluationFailed: The series at hand do not allow an answer.
        """


class RangeNode(ABC):
    """Gives a range vector."""

    @abstractmethod
    def evaluate(self, moment: Moment) -> Windows:
        """Give the samples of the range that ends at an instant."""


Node = ScalarNode | StringNode | VectorNode | RangeNode
Value = float | str | Vector | Windows


class Number(ScalarNode):
    """A number written in the expression."""

    def __init__(self, value: float) -> None:
        self.value = value

    def evaluate(self, moment: Moment) -> float:  # noqa: ARG002 - the same at every instant
        """Give it."""
        return self.value


class Text(StringNode):
    """A text written in the expression."""

    def __init__(self, value: str) -> None:
        self.value = value

    def evaluate(self, moment: Moment) -> str:  # noqa: ARG002 - the same at every instant
        """Give it."""
        return self.value


def refuse_duplicates(vector: Vector) -> Vector:
    """Give the vector back, unless two of its samples have the same labels.

    Raises:
        EvaluationFailed: They have, so that nobody could tell them apart.
    """
    labels = vector.labels
    if len(labels) > 1 and len(set(labels)) != len(labels):
        seen: set[Labels] = set()
        twice = next(one for one in labels if one in seen or seen.add(one))  # type: ignore[func-returns-value]  # add gives None on purpose
        raise EvaluationFailed(
            _("two series become one and the same: %(labels)s") % {"labels": twice},
            _("aggregate them, or select fewer"),
        )
    return vector
