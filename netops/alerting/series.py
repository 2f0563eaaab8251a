"""A series: samples of one set of labels in order of time, as plain arrays of numbers."""

import struct
from array import array
from bisect import bisect_left, bisect_right

from netops.alerting.labels import Labels

_STALE_BITS = struct.pack("<Q", 0x7FF0000000000002)
STALE: float = struct.unpack("<d", _STALE_BITS)[0]
"""Prometheus' mark for "this series has ended": a NaN of its own bits, told from all others."""


def is_stale(value: float) -> bool:
    """Say whether a value is the mark that a series has ended."""
    return value != value and struct.pack("<d", value) == _STALE_BITS  # noqa: PLR0124 - only NaN is unequal to itself


class Series:
    """One series. Times are milliseconds since 1970, ascending; each has its value at the same place."""

    __slots__ = ("_stale_marks", "labels", "times", "values")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.times = array("q")
        self.values = array("d")
        self._stale_marks = 0

    def __len__(self) -> int:
        return len(self.times)

    def append(self, at_ms: int, value: float) -> bool:
        """Add a sample; a second one of the same instant replaces the first.

        Returns:
            False when it is older than the last one, and was not taken.
        """
        times = self.times
        if value != value and is_stale(value):  # noqa: PLR0124 - only NaN is unequal to itself
            self._stale_marks += 1
        if not times or at_ms > times[-1]:
            self.values.append(value)
            times.append(at_ms)
            return True
        return self._replace(at_ms, value)

    def _replace(self, at_ms: int, value: float) -> bool:
        if at_ms < self.times[-1]:
            self._stale_marks -= is_stale(value)
            return False
        self._stale_marks -= is_stale(self.values[-1])
        self.values[-1] = value
        return True

    def end(self, at_ms: int) -> None:
        """Mark that the series has ended, unless it has already, or has a sample of that instant or later."""
        if self.times and self.times[-1] < at_ms and not is_stale(self.values[-1]):
            self.append(at_ms, STALE)

    def latest(self, after_ms: int, until_ms: int) -> tuple[int, float] | None:
        """Give the last sample after one instant and not after another; None for none, or when it has ended."""
        times = self.times
        place = len(times)
        if not place:
            return None
        if times[-1] > until_ms:
            place = bisect_right(times, until_ms)
            if not place:
                return None
        at_ms = times[place - 1]
        if at_ms <= after_ms:
            return None
        value = self.values[place - 1]
        if value != value and is_stale(value):  # noqa: PLR0124 - only NaN is unequal to itself
            return None
        return at_ms, value

    def window(self, after_ms: int, until_ms: int) -> tuple["array[int]", "array[float]"] | None:
        """Give the samples after one instant and not after another, without marks; None for none."""
        times = self.times
        first = bisect_right(times, after_ms)
        end = len(times)
        if first < end and times[-1] > until_ms:
            end = bisect_right(times, until_ms)
        if first >= end:
            return None
        if not self._stale_marks:
            return times[first:end], self.values[first:end]
        kept = [place for place in range(first, end) if not is_stale(self.values[place])]
        if not kept:
            return None
        return array("q", [times[place] for place in kept]), array(
            "d", [self.values[place] for place in kept]
        )

    def forget_before(self, at_ms: int) -> int:
        """Drop samples older than an instant, and give how many."""
        count = bisect_left(self.times, at_ms)
        if count:
            if self._stale_marks:
                self._stale_marks -= sum(map(is_stale, self.values[:count]))
            del self.times[:count]
            del self.values[:count]
        return count
