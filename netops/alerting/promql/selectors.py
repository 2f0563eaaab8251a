"""Selectors: from series to vectors, and subqueries, which make series of an expression."""

from array import array

from netops.alerting.labels import Labels
from netops.alerting.promql.matchers import Selection
from netops.alerting.promql.nodes import Moment, RangeNode, Vector, VectorNode, Window, Windows


class InstantSelector(VectorNode):
    """The present value of each series: its last sample of the look-back, unless it has ended."""

    def __init__(self, selection: Selection, offset_ms: int) -> None:
        self.selection = selection
        self.offset_ms = offset_ms

    def evaluate(self, moment: Moment) -> Vector:
        """Give the present values."""
        return self.read(moment)[0]

    def read(self, moment: Moment) -> tuple[Vector, list[int]]:
        """Give the present values, and when each was taken."""
        until_ms = moment.at_ms - self.offset_ms
        after_ms = until_ms - moment.lookback_ms
        vector, taken = Vector(), []
        for series in moment.source.select(self.selection):
            latest = series.latest(after_ms, until_ms)
            if latest is not None:
                vector.labels.append(series.labels)
                vector.values.append(latest[1])
                taken.append(latest[0])
        return vector, taken


class RangeSelector(RangeNode):
    """The samples of each series inside a range; stale marks are no samples."""

    def __init__(self, selection: Selection, range_ms: int, offset_ms: int) -> None:
        self.selection = selection
        self.range_ms = range_ms
        self.offset_ms = offset_ms

    def evaluate(self, moment: Moment) -> Windows:
        """Give the samples of the range that ends at the instant, its start left out."""
        end_ms = moment.at_ms - self.offset_ms
        start_ms = end_ms - self.range_ms
        windows = []
        for series in moment.source.select(self.selection):
            window = series.window(start_ms, end_ms)
            if window is not None:
                windows.append(Window(series.labels, *window))
        return Windows(start_ms, end_ms, windows)


class Subquery(RangeNode):
    """An expression evaluated at every step of a range. Steps stand at multiples of the step since 1970."""

    def __init__(self, inner: VectorNode, range_ms: int, step_ms: int | None, offset_ms: int) -> None:
        self.inner = inner
        self.range_ms = range_ms
        self.step_ms = step_ms
        self.offset_ms = offset_ms

    def evaluate(self, moment: Moment) -> Windows:
        """Give what the expression gave at each step."""
        end_ms = moment.at_ms - self.offset_ms
        start_ms = end_ms - self.range_ms
        step_ms = self.step_ms or moment.step_ms
        # The first multiple after the start, which is outside the range itself.
        first_ms = (start_ms // step_ms + 1) * step_ms
        found: dict[Labels, tuple[array[int], array[float]]] = {}
        for at_ms in range(first_ms, end_ms + 1, step_ms):
            vector = self.inner.evaluate(moment.at(at_ms))
            for labels, value in zip(vector.labels, vector.values, strict=True):
                times, values = found.setdefault(labels, (array("q"), array("d")))
                times.append(at_ms)
                values.append(value)
        windows = [Window(labels, times, values) for labels, (times, values) in found.items()]
        return Windows(start_ms, end_ms, windows)
