"""An expression, ready to be evaluated, and what it reads."""

from collections.abc import Iterator
from dataclasses import dataclass

from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import NO_LABELS
from netops.alerting.promql.matchers import Selection
from netops.alerting.promql.nodes import (
    LOOKBACK_MS,
    Moment,
    Node,
    ScalarNode,
    StringNode,
    Value,
    Vector,
    VectorNode,
)
from netops.i18n import _


@dataclass(frozen=True, slots=True)
class Need:
    """What one selector of an expression reads: which series, and how far back from the evaluation."""

    selection: Selection
    reach_ms: int
    span_ms: int = 0
    """How long series must have been read for before the expression can say what it would say otherwise: its ranges
    and offsets; 0 for present values."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression."""

    text: str
    root: Node
    needs: tuple[Need, ...]

    def evaluate(self, moment: Moment) -> Value:
        """Give its value at an instant.

        Raises:
            EvaluationFailed: The series at hand do not allow an answer.
        """
        return self.root.evaluate(moment)

    def evaluate_vector(self, moment: Moment) -> Vector:
        """Give its value as rules use it: a number counts as one sample without labels.

        Raises:
            EvaluationFailed: The series at hand do not allow an answer, or it is no vector.
        """
        if isinstance(self.root, VectorNode):
            return self.root.evaluate(moment)
        if isinstance(self.root, ScalarNode):
            return Vector([NO_LABELS], [self.root.evaluate(moment)])
        raise EvaluationFailed(_("gives neither numbers nor a vector"))

    @property
    def is_usable_in_rules(self) -> bool:
        """Whether it gives a vector or a number, as the expression of a rule must."""
        return isinstance(self.root, VectorNode | ScalarNode)

    @property
    def is_text(self) -> bool:
        """Whether it gives a text."""
        return isinstance(self.root, StringNode)

    def selections(self) -> Iterator[Selection]:
        """Give every selector, in the order of the text."""
        return (need.selection for need in self.needs)


def reach_of_instant(offset_ms: int) -> int:
    """Give how far back a selector without a range reads."""
    return LOOKBACK_MS + max(offset_ms, 0)
