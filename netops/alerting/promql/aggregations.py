"""Aggregations: many samples to one for each group."""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite, isnan

from netops.alerting.errors import EvaluationFailed
from netops.alerting.go_numbers import format_plain
from netops.alerting.labels import METRIC_NAME, NO_LABELS, Labels
from netops.alerting.promql.nodes import Moment, ScalarNode, Vector, VectorNode, refuse_duplicates
from netops.alerting.promql.sums import add_up, average, deviation, largest, quantile, smallest, variance
from netops.i18n import _

AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": average,
    "count": lambda values: float(len(values)),
    "group": lambda _values: 1.0,
    "max": largest,
    "min": smallest,
    "stddev": deviation,
    "stdvar": variance,
    "sum": add_up,
}
"""Those without a parameter, by name; each takes at least one value."""


class Grouping:
    """``by (…)``, ``without (…)``, or neither: all samples in one group."""

    def __init__(self, labels: Sequence[str] = (), *, is_without: bool = False) -> None:
        self._is_without = is_without
        self._names = frozenset(labels) | ({METRIC_NAME} if is_without else frozenset())

    def group_of(self, labels: Labels) -> Labels:
        """Give the labels of a sample's group."""
        if self._is_without:
            return labels.drop(self._names)
        return labels.keep(self._names) if self._names else NO_LABELS

    def split(self, vector: Vector) -> dict[Labels, list[float]]:
        """Give the values of each group."""
        groups: dict[Labels, list[float]] = {}
        for labels, value in zip(vector.labels, vector.values, strict=True):
            group = self.group_of(labels)
            values = groups.get(group)
            if values is None:
                groups[group] = [value]
            else:
                values.append(value)
        return groups


class Aggregation(VectorNode):
    """sum, avg, min, max, count, group, stddev, stdvar."""

    def __init__(
        self, function: Callable[[Sequence[float]], float], vector: VectorNode, by: Grouping
    ) -> None:
        self.function = function
        self.vector = vector
        self.by = by

    def evaluate(self, moment: Moment) -> Vector:
        """Give one sample for each group."""
        groups = self.by.split(self.vector.evaluate(moment))
        return Vector(list(groups), [self.function(values) for values in groups.values()])


class QuantileOf(VectorNode):
    """quantile(share, vector)."""

    def __init__(self, share: ScalarNode, vector: VectorNode, by: Grouping) -> None:
        self.share = share
        self.vector = vector
        self.by = by

    def evaluate(self, moment: Moment) -> Vector:
        """Give the quantile of each group."""
        share = self.share.evaluate(moment)
        groups = self.by.split(self.vector.evaluate(moment))
        return Vector(list(groups), [quantile(share, values) for values in groups.values()])


class CountValues(VectorNode):
    """count_values("label", vector): how often each value is there, the value in a label."""

    def __init__(self, label: str, vector: VectorNode, by: Grouping) -> None:
        self.label = label
        self.vector = vector
        self.by = by

    def evaluate(self, moment: Moment) -> Vector:
        """Give a count for each value of each group."""
        vector = self.vector.evaluate(moment)
        counts: dict[Labels, float] = {}
        for labels, value in zip(vector.labels, vector.values, strict=True):
            group = self.by.group_of(labels).merged({self.label: format_plain(value)})
            counts[group] = counts.get(group, 0.0) + 1
        return refuse_duplicates(Vector(list(counts), list(counts.values())))


class Choice(VectorNode):
    """topk and bottomk: some samples of each group, as they are."""

    def __init__(self, count: ScalarNode, vector: VectorNode, by: Grouping, *, is_top: bool) -> None:
        self.count = count
        self.vector = vector
        self.by = by
        self.is_top = is_top

    def evaluate(self, moment: Moment) -> Vector:
        """Give the samples chosen, best first inside each group; NaN is worst in both directions."""
        asked = self.count.evaluate(moment)
        if isnan(asked):
            raise EvaluationFailed(_("the number of samples to choose is NaN"))
        vector = self.vector.evaluate(moment)
        count = int(asked) if isfinite(asked) else (len(vector) if asked > 0 else 0)
        groups: dict[Labels, list[tuple[Labels, float]]] = {}
        for labels, value in zip(vector.labels, vector.values, strict=True):
            groups.setdefault(self.by.group_of(labels), []).append((labels, value))
        chosen = Vector()
        for members in groups.values():
            for labels, value in self._choose(members, count):
                chosen.add(labels, value)
        return chosen

    def _choose(self, members: list[tuple[Labels, float]], count: int) -> Iterator[tuple[Labels, float]]:
        sign = -1 if self.is_top else 1
        ordered = sorted(members, key=lambda member: (isnan(member[1]), sign * member[1]))
        yield from ordered[: max(count, 0)]
