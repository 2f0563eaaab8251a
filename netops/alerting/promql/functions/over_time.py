"""Functions that sum up the samples of a range, whatever their times."""

from collections.abc import Callable, Sequence

from netops.alerting.promql.sums import add_up, average, deviation, largest, quantile, smallest, variance

OverTime = Callable[[Sequence[float]], float]

OVER_TIME: dict[str, OverTime] = {
    "avg_over_time": average,
    "count_over_time": lambda values: float(len(values)),
    "last_over_time": lambda values: values[-1],
    "max_over_time": largest,
    "min_over_time": smallest,
    "present_over_time": lambda _values: 1.0,
    "stddev_over_time": deviation,
    "stdvar_over_time": variance,
    "sum_over_time": add_up,
}
"""By name; each takes at least one value."""

KEEPS_NAME = frozenset({"last_over_time"})
"""Those whose result is a sample of the series itself, so that its name stays."""


def quantile_over_time(share: float, values: Sequence[float]) -> float:
    """Give a quantile of the samples."""
    return quantile(share, values)
