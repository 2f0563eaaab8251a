"""Sums, means and spreads of many numbers, without the errors that adding them one by one makes."""

import math
from collections.abc import Sequence
from math import fsum, inf, isfinite, isinf, isnan, nan


def add_up(values: Sequence[float]) -> float:
    """Add numbers; the sum is exact to its last digit where every number is finite."""
    try:
        return fsum(values)
    except (OverflowError, ValueError):
        # Too large in between, or infinities of both signs: plain addition says what IEEE 754 says.
        return sum(values)


def average(values: Sequence[float]) -> float:
    """Give the mean of at least one number, also where their sum is too large to hold."""
    total = add_up(values)
    if isinf(total) and all(map(isfinite, values)):
        return add_up([value / len(values) for value in values])
    return total / len(values)


def variance(values: Sequence[float]) -> float:
    """Give the population variance of at least one number; NaN where one is not finite."""
    if not all(map(isfinite, values)):
        return nan
    if min(values) == max(values):
        return 0.0
    mean = average(values)
    return add_up([(value - mean) ** 2 for value in values]) / len(values)


def deviation(values: Sequence[float]) -> float:
    """Give the population standard deviation of at least one number."""
    return math.sqrt(variance(values))


def smallest(values: Sequence[float]) -> float:
    """Give the smallest number; NaN only where all are."""
    low = min(values)
    # min() lets a NaN through when it stands first, and may hide a smaller one behind it.
    return low if low == low and not any(map(isnan, values)) else min(_told(values), default=nan)  # noqa: PLR0124


def largest(values: Sequence[float]) -> float:
    """Give the largest number; NaN only where all are."""
    high = max(values)
    return high if high == high and not any(map(isnan, values)) else max(_told(values), default=nan)  # noqa: PLR0124


def _told(values: Sequence[float]) -> list[float]:
    return [value for value in values if not isnan(value)]


def quantile(share: float, values: Sequence[float]) -> float:
    """Give a quantile by linear interpolation; NaN counts as smallest. Below 0 it is -Inf, above 1 +Inf."""
    if not len(values) or isnan(share):
        return nan
    if share < 0:
        return -inf
    if share > 1:
        return inf
    ordered = sorted(values, key=lambda value: (not isnan(value), value))
    rank = share * (len(ordered) - 1)
    lower = max(0, math.floor(rank))
    upper = min(len(ordered) - 1, lower + 1)
    weight = rank - math.floor(rank)
    return ordered[lower] * (1 - weight) + ordered[upper] * weight
