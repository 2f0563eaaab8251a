"""Operators between two numbers, a number and a vector, or two vectors."""

import math
import operator
from collections.abc import Callable, Sequence
from itertools import repeat
from math import inf, isnan, nan

from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import Labels
from netops.alerting.promql.matching import Matching
from netops.alerting.promql.nodes import Moment, ScalarNode, Vector, VectorNode, refuse_duplicates
from netops.i18n import _

Operation = Callable[[float, float], float]
Comparison = Callable[[float, float], bool]


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    if not left or isnan(left):
        return nan
    return math.copysign(inf, left) * math.copysign(1.0, right)


def _remain(left: float, right: float) -> float:
    try:
        return math.fmod(left, right)
    except ValueError:
        return nan


def _raise(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -inf if base < 0 and exponent % 2 == 1 else inf
    except ValueError:
        if base == 0:
            return math.copysign(inf, base) if exponent % 2 == 1 else inf
        return nan


ARITHMETIC: dict[str, Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _remain,
    "^": _raise,
    "atan2": math.atan2,
}
COMPARISONS: dict[str, Comparison] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


class Negation(VectorNode):
    """Minus before a vector; the metric's name goes."""

    def __init__(self, vector: VectorNode) -> None:
        self.vector = vector

    def evaluate(self, moment: Moment) -> Vector:
        """Give the values with the other sign."""
        vector = self.vector.evaluate(moment)
        values = [-value for value in vector.values]
        return refuse_duplicates(Vector([one.without_name() for one in vector.labels], values))


class NumberNegation(ScalarNode):
    """Minus before a number."""

    def __init__(self, number: ScalarNode) -> None:
        self.number = number

    def evaluate(self, moment: Moment) -> float:
        """Give the number with the other sign."""
        return -self.number.evaluate(moment)


class NumberOperation(ScalarNode):
    """An operator between two numbers; a comparison gives 1 or 0."""

    def __init__(self, operation: Operation | Comparison, left: ScalarNode, right: ScalarNode) -> None:
        self.operation = operation
        self.left = left
        self.right = right

    def evaluate(self, moment: Moment) -> float:
        """Give the result."""
        return float(self.operation(self.left.evaluate(moment), self.right.evaluate(moment)))


class VectorArithmetic(VectorNode):
    """An operator between each value of a vector and a number; also a comparison with ``bool``."""

    def __init__(
        self, operation: Operation | Comparison, vector: VectorNode, number: ScalarNode, *, is_left: bool
    ) -> None:
        self.operation = operation
        self.vector = vector
        self.number = number
        self.is_left = is_left
        """Whether the vector stands on the left."""

    def evaluate(self, moment: Moment) -> Vector:
        """Give the results, without the metric's name."""
        vector, number = self.vector.evaluate(moment), repeat(self.number.evaluate(moment))
        sides = (vector.values, number) if self.is_left else (number, vector.values)
        # An endless repeat() on one side ends with the other.
        values = [float(value) for value in map(self.operation, *sides)]
        return refuse_duplicates(Vector([one.without_name() for one in vector.labels], values))


class Filter(VectorNode):
    """A comparison of each value of a vector with a number: what holds stays as it is."""

    def __init__(
        self, comparison: Comparison, vector: VectorNode, number: ScalarNode, *, is_left: bool
    ) -> None:
        self.comparison = comparison
        self.vector = vector
        self.number = number
        self.is_left = is_left

    def evaluate(self, moment: Moment) -> Vector:
        """Give the samples for which the comparison holds."""
        vector, number = self.vector.evaluate(moment), self.number.evaluate(moment)
        holds, kept = self.comparison, Vector()
        for labels, value in zip(vector.labels, vector.values, strict=True):
            if holds(value, number) if self.is_left else holds(number, value):
                kept.labels.append(labels)
                kept.values.append(value)
        return kept


class Pairing(VectorNode):
    """What one-to-one and many-to-one have in common: how two values become one."""

    def __init__(
        self,
        operation: Operation | Comparison,
        left: VectorNode,
        right: VectorNode,
        matching: Matching,
        *,
        is_filter: bool,
    ) -> None:
        self.operation = operation
        self.left = left
        self.right = right
        self.matching = matching
        self.is_filter = is_filter
        """A comparison without ``bool``: it keeps the left value where it holds."""

    def combine(self, left: float, right: float) -> float | None:
        """Give the resulting value; None when the comparison does not hold."""
        result = self.operation(left, right)
        if self.is_filter:
            return left if result else None
        return float(result)


class OneToOne(Pairing):
    """An operator between vectors, each sample with the one of the other side that matches it."""

    def evaluate(self, moment: Moment) -> Vector:
        """Give the results of all pairs."""
        left, right = self.left.evaluate(moment), self.right.evaluate(moment)
        result = Vector()
        if not len(left) or not len(right):
            return result
        places = self.matching.index(right, is_left=False)
        values = right.values
        met: dict[Labels, Labels] = {}
        key_of = self.matching.key
        for labels, value in zip(left.labels, left.values, strict=True):
            key = key_of(labels)
            place = places.get(key)
            if place is None:
                continue
            if met.setdefault(key, labels) is not labels:
                words = {"one": met[key], "other": labels}
                raise EvaluationFailed(
                    _("two series on the left side match one of the right: %(one)s and %(other)s") % words,
                    _("say group_left where many match one"),
                )
            combined = self.combine(value, values[place])
            if combined is not None:
                result.add(self.matching.result(labels, keeps_name=self.is_filter), combined)
        return refuse_duplicates(result)


class ManyToOne(Pairing):
    """``group_left`` and ``group_right``: many samples of one side match one of the other."""

    def __init__(
        self,
        operation: Operation | Comparison,
        left: VectorNode,
        right: VectorNode,
        matching: Matching,
        *,
        is_filter: bool,
        many_is_left: bool,
        included: Sequence[str],
    ) -> None:
        super().__init__(operation, left, right, matching, is_filter=is_filter)
        self.many_is_left = many_is_left
        self.included = tuple(included)
        """Labels taken from the one side."""

    def evaluate(self, moment: Moment) -> Vector:
        """Give the results of all pairs, with the labels of the many side."""
        left, right = self.left.evaluate(moment), self.right.evaluate(moment)
        result = Vector()
        if not len(left) or not len(right):
            return result
        many, one = (left, right) if self.many_is_left else (right, left)
        places = self.matching.index(one, is_left=not self.many_is_left)
        key_of = self.matching.key
        for labels, value in zip(many.labels, many.values, strict=True):
            place = places.get(key_of(labels))
            if place is None:
                continue
            other = one.values[place]
            combined = self.combine(value, other) if self.many_is_left else self.combine(other, value)
            if combined is not None:
                result.add(self._label(labels, one.labels[place]), combined)
        return refuse_duplicates(result)

    def _label(self, many: Labels, one: Labels) -> Labels:
        labels = many if self.is_filter else many.without_name()
        return labels.merged({name: one.get(name) for name in self.included}) if self.included else labels


class SetOperation(VectorNode):
    """``and``, ``or``, ``unless``."""

    def __init__(self, word: str, left: VectorNode, right: VectorNode, matching: Matching) -> None:
        self.word = word
        self.left = left
        self.right = right
        self.matching = matching

    def evaluate(self, moment: Moment) -> Vector:
        """Give the samples that stay; values are never changed."""
        left, right = self.left.evaluate(moment), self.right.evaluate(moment)
        if self.word == "or":
            added = self._choose(right, set(map(self.matching.key, left.labels)), wanted=False)
            return refuse_duplicates(Vector(left.labels + added.labels, left.values + added.values))
        keys = set(map(self.matching.key, right.labels))
        return self._choose(left, keys, wanted=self.word == "and")

    def _choose(self, vector: Vector, keys: set[Labels], *, wanted: bool) -> Vector:
        chosen = Vector()
        for labels, value in zip(vector.labels, vector.values, strict=True):
            if (self.matching.key(labels) in keys) is wanted:
                chosen.add(labels, value)
        return chosen
