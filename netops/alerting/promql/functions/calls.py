"""How functions become nodes: over a range, over each value of a vector, over labels."""

from collections.abc import Callable, Sequence

from netops.alerting.labels import NO_LABELS, Labels
from netops.alerting.promql.functions.numbers import clamp
from netops.alerting.promql.functions.over_time import OverTime
from netops.alerting.promql.functions.trends import predict_linear
from netops.alerting.promql.nodes import (
    Moment,
    RangeNode,
    ScalarNode,
    Vector,
    VectorNode,
    refuse_duplicates,
)
from netops.alerting.promql.selectors import InstantSelector
from netops.alerting.promql.sums import quantile

RangeFunction = Callable[[Sequence[int], Sequence[float], int, int], float | None]
"""Times in ms, values, and the edges of the range in ms, to a value; None for no answer."""


class OverRange(VectorNode):
    """A function of times and values of each series, such as rate(); the metric's name goes."""

    def __init__(self, function: RangeFunction, samples: RangeNode) -> None:
        self.function = function
        self.samples = samples

    def evaluate(self, moment: Moment) -> Vector:
        """Give its value for each series that has one."""
        start_ms, end_ms, windows = self.samples.evaluate(moment)
        function, vector = self.function, Vector()
        for labels, times, values in windows:
            value = function(times, values, start_ms, end_ms)
            if value is not None:
                vector.add(labels.without_name(), value)
        return refuse_duplicates(vector)


class OverValues(VectorNode):
    """A function of the values of each series alone, such as max_over_time()."""

    def __init__(self, function: OverTime, samples: RangeNode, *, keeps_name: bool) -> None:
        self.function = function
        self.samples = samples
        self.keeps_name = keeps_name

    def evaluate(self, moment: Moment) -> Vector:
        """Give its value for each series."""
        vector = Vector()
        for labels, _times, values in self.samples.evaluate(moment).windows:
            vector.add(labels if self.keeps_name else labels.without_name(), self.function(values))
        return refuse_duplicates(vector)


class QuantileOverTime(VectorNode):
    """quantile_over_time()."""

    def __init__(self, share: ScalarNode, samples: RangeNode) -> None:
        self.share = share
        self.samples = samples

    def evaluate(self, moment: Moment) -> Vector:
        """Give the quantile for each series."""
        share, vector = self.share.evaluate(moment), Vector()
        for labels, _times, values in self.samples.evaluate(moment).windows:
            vector.add(labels.without_name(), quantile(share, values))
        return refuse_duplicates(vector)


class PredictLinear(VectorNode):
    """predict_linear(); it looks ahead from the instant of the evaluation, whatever the offset of its range."""

    def __init__(self, samples: RangeNode, seconds: ScalarNode) -> None:
        self.samples = samples
        self.seconds = seconds

    def evaluate(self, moment: Moment) -> Vector:
        """Give the expected value for each series of at least two samples."""
        seconds, vector = self.seconds.evaluate(moment), Vector()
        for labels, times, values in self.samples.evaluate(moment).windows:
            value = predict_linear(times, values, moment.at_ms, seconds)
            if value is not None:
                vector.add(labels.without_name(), value)
        return refuse_duplicates(vector)


class OverEach(VectorNode):
    """A function of each value of a vector, with numbers beside it; the metric's name goes."""

    def __init__(
        self, function: Callable[..., float], vector: VectorNode, numbers: Sequence[ScalarNode] = ()
    ) -> None:
        self.function = function
        self.vector = vector
        self.numbers = tuple(numbers)

    def evaluate(self, moment: Moment) -> Vector:
        """Give its value for each sample."""
        vector, function = self.vector.evaluate(moment), self.function
        numbers = [number.evaluate(moment) for number in self.numbers]
        values = [function(value, *numbers) for value in vector.values]
        return refuse_duplicates(Vector([one.without_name() for one in vector.labels], values))


class Clamp(OverEach):
    """clamp(); nothing when the lower bound is above the upper one."""

    def __init__(self, vector: VectorNode, low: ScalarNode, high: ScalarNode) -> None:
        super().__init__(clamp, vector, (low, high))

    def evaluate(self, moment: Moment) -> Vector:
        """Give the values inside the bounds."""
        low, high = (number.evaluate(moment) for number in self.numbers)
        return Vector() if low > high else super().evaluate(moment)


class Sorted(VectorNode):
    """sort() and sort_desc(); NaN stands at the end."""

    def __init__(self, vector: VectorNode, *, is_descending: bool) -> None:
        self.vector = vector
        self.sign = -1 if is_descending else 1

    def evaluate(self, moment: Moment) -> Vector:
        """Give the samples in order of their values."""
        vector = self.vector.evaluate(moment)
        pairs = zip(vector.labels, vector.values, strict=True)
        ordered = sorted(pairs, key=lambda pair: (pair[1] != pair[1], self.sign * pair[1]))
        return Vector([labels for labels, _value in ordered], [value for _labels, value in ordered])


class Timestamp(VectorNode):
    """timestamp(): when a selector's samples were taken; the present instant for any other vector."""

    def __init__(self, vector: VectorNode) -> None:
        self.vector = vector

    def evaluate(self, moment: Moment) -> Vector:
        """Give seconds since 1970 for each sample."""
        if isinstance(self.vector, InstantSelector):
            vector, taken = self.vector.read(moment)
        else:
            vector = self.vector.evaluate(moment)
            taken = [moment.at_ms] * len(vector)
        seconds = [at_ms / 1000 for at_ms in taken]
        return refuse_duplicates(Vector([one.without_name() for one in vector.labels], seconds))


class Absent(VectorNode):
    """absent() and absent_over_time(): 1 where there is nothing, with the labels that equality settled."""

    def __init__(self, inner: VectorNode | RangeNode, labels: Labels) -> None:
        self.inner = inner
        self.labels = labels

    def evaluate(self, moment: Moment) -> Vector:
        """Give one sample where there is nothing, and nothing where there is something."""
        if isinstance(self.inner, VectorNode):
            is_there = bool(len(self.inner.evaluate(moment)))
        else:
            is_there = bool(self.inner.evaluate(moment).windows)
        return Vector() if is_there else Vector([self.labels], [1.0])


class Time(ScalarNode):
    """time()."""

    def evaluate(self, moment: Moment) -> float:
        """Give the instant of the evaluation, in seconds since 1970."""
        return moment.at_ms / 1000


class ToVector(VectorNode):
    """vector()."""

    def __init__(self, number: ScalarNode) -> None:
        self.number = number

    def evaluate(self, moment: Moment) -> Vector:
        """Give one sample without labels."""
        return Vector([NO_LABELS], [self.number.evaluate(moment)])


class ToScalar(ScalarNode):
    """scalar()."""

    def __init__(self, vector: VectorNode) -> None:
        self.vector = vector

    def evaluate(self, moment: Moment) -> float:
        """Give the value of the one sample; NaN when there is none, or more than one."""
        values = self.vector.evaluate(moment).values
        return values[0] if len(values) == 1 else float("nan")
