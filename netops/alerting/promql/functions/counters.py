"""Functions over a range that compare samples with those before: rates, differences, changes, resets.

Each takes times (ms), values, and the edges of the range (ms), and gives None where there is no answer.
The extrapolation is Prometheus': samples seldom stand at the very edges of a range, so the difference between
the first and the last is stretched to the edges, but by no more than half an interval where a series seems to
begin or end inside, and never to before a counter would have been 0.
"""

from collections.abc import Sequence

_GAP = 1.1
"""A distance to the edge of more than this many average intervals says that the series begins or ends there."""


def _extrapolate(
    times: Sequence[int], values: Sequence[float], start_ms: int, end_ms: int, *, is_counter: bool
) -> float | None:
    count = len(times)
    if count < 2:
        return None
    first = values[0]
    result = values[-1] - first
    if is_counter:
        before = first
        for value in values:
            if value < before:
                result += before
            before = value
    sampled = (times[-1] - times[0]) / 1000
    average = sampled / (count - 1)
    to_start = (times[0] - start_ms) / 1000
    to_end = (end_ms - times[-1]) / 1000
    if to_start >= average * _GAP:
        to_start = average / 2
    if is_counter and result > 0 and first >= 0:
        to_start = min(to_start, sampled * (first / result))
    if to_end >= average * _GAP:
        to_end = average / 2
    return result * ((sampled + to_start + to_end) / sampled)


def increase(times: Sequence[int], values: Sequence[float], start_ms: int, end_ms: int) -> float | None:
    """Give how much a counter grew over the range."""
    return _extrapolate(times, values, start_ms, end_ms, is_counter=True)


def rate(times: Sequence[int], values: Sequence[float], start_ms: int, end_ms: int) -> float | None:
    """Give how much a counter grew per second, on average over the range."""
    grown = _extrapolate(times, values, start_ms, end_ms, is_counter=True)
    return None if grown is None else grown / ((end_ms - start_ms) / 1000)


def delta(times: Sequence[int], values: Sequence[float], start_ms: int, end_ms: int) -> float | None:
    """Give by how much a gauge differs between the edges of the range."""
    return _extrapolate(times, values, start_ms, end_ms, is_counter=False)


def irate(times: Sequence[int], values: Sequence[float], _start_ms: int, _end_ms: int) -> float | None:
    """Give how much a counter grew per second between its last two samples."""
    if len(times) < 2:
        return None
    last, before = values[-1], values[-2]
    return (last if last < before else last - before) / ((times[-1] - times[-2]) / 1000)


def idelta(times: Sequence[int], values: Sequence[float], _start_ms: int, _end_ms: int) -> float | None:
    """Give the difference between the last two samples of a gauge."""
    return None if len(times) < 2 else values[-1] - values[-2]


def changes(_times: Sequence[int], values: Sequence[float], _start_ms: int, _end_ms: int) -> float | None:
    """Count how often the value changed; NaN after NaN is no change."""
    before = values[0]
    count = 0
    for value in values:
        if value != before and (value == value or before == before):  # noqa: PLR0124 - only NaN is unequal to itself
            count += 1
        before = value
    return float(count)


def resets(_times: Sequence[int], values: Sequence[float], _start_ms: int, _end_ms: int) -> float | None:
    """Count how often a counter began afresh."""
    before = values[0]
    count = 0
    for value in values:
        count += value < before
        before = value
    return float(count)
