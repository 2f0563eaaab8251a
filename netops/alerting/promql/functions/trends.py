"""Functions that lay a straight line through the samples of a range (least squares)."""

from collections.abc import Sequence
from math import isinf, nan

from netops.alerting.promql.sums import add_up


def _fit(times: Sequence[int], values: Sequence[float], origin_ms: int) -> tuple[float, float]:
    """Give the slope per second, and the value at the origin."""
    first = values[0]
    if all(value == first for value in values):
        return (nan, nan) if isinf(first) else (0.0, first)
    count = len(times)
    spans = [(at_ms - origin_ms) / 1000 for at_ms in times]
    sum_x, sum_y = add_up(spans), add_up(values)
    covariance = add_up([x * y for x, y in zip(spans, values, strict=True)]) - sum_x * sum_y / count
    spread = add_up([x * x for x in spans]) - sum_x * sum_x / count
    slope = covariance / spread if spread else nan
    return slope, sum_y / count - slope * sum_x / count


def deriv(times: Sequence[int], values: Sequence[float], _start_ms: int, _end_ms: int) -> float | None:
    """Give the slope of a gauge per second."""
    return None if len(times) < 2 else _fit(times, values, times[0])[0]


def predict_linear(times: Sequence[int], values: Sequence[float], at_ms: int, seconds: float) -> float | None:
    """Give the value that a gauge will have some seconds after an instant, if it goes on as in the range."""
    if len(times) < 2:
        return None
    slope, present = _fit(times, values, at_ms)
    return slope * seconds + present
