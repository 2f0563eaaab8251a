"""Samples: what several series of one device showed at several polls, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MILLISECONDS = 1000
HOUR = 3_600_000
"""In milliseconds, as all instants of the history."""
DAY = 24 * HOUR
MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Samples:
    """Polls in the order of time."""

    series: Ints
    """Ids, ascending."""
    at: Ints
    """Milliseconds since 1970, ascending."""
    span: Ints
    """Microseconds since the poll before; 0 for gauges."""
    values: Floats
    """[poll, series, column]; NaN where there is none. Deltas are whole numbers, exact below 2**53."""

    @property
    def count(self) -> int:
        """How many polls."""
        return len(self.at)

    def rates(self) -> Floats:
        """Give deltas per second, in the shape of the values; values as they are where the span is 0."""
        seconds = self.span / MICROSECONDS
        return self.values / np.where(seconds > 0, seconds, 1.0)[:, None, None]

    def by_series(self) -> Floats:
        """Give the values as [series, column, poll], the polls of a column side by side: so most of them lie anyway."""
        return np.ascontiguousarray(self.values.transpose(1, 2, 0))

    def take(self, polls: npt.NDArray[np.bool_]) -> "Samples":
        """Give some of the polls."""
        return Samples(self.series, self.at[polls], self.span[polls], self.values[polls])

    def cut(self, polls: slice) -> "Samples":
        """Give polls that follow one another."""
        return Samples(self.series, self.at[polls], self.span[polls], self.values[polls])

    def within(self, lowest: int, highest: int) -> "Samples":
        """Give the series whose ids lie between two, both included."""
        inside = (self.series >= lowest) & (self.series <= highest)
        return Samples(self.series[inside], self.at, self.span, self.values[:, inside])

    def of(self, series: int) -> "Samples":
        """Give one series; it must be there. Polls that told nothing of it are left out."""
        place = int(np.searchsorted(self.series, series))
        values = self.values[:, place : place + 1]
        told = ~np.isnan(values).all(axis=(1, 2))
        return Samples(self.series[place : place + 1], self.at[told], self.span[told], values[told])


def no_samples(columns: int) -> Samples:
    """Give none."""
    nothing = np.empty(0, np.int64)
    return Samples(nothing, nothing, nothing, np.empty((0, 0, columns)))


def join(pieces: Sequence[Samples], columns: int) -> Samples:
    """Put pieces together in the order of time; of two polls at the same instant the first piece's stays."""
    pieces = [piece for piece in pieces if piece.count]
    if len(pieces) <= 1:
        return pieces[0] if pieces else no_samples(columns)
    at, first = np.unique(np.concatenate([piece.at for piece in pieces]), return_index=True)
    span = np.concatenate([piece.span for piece in pieces])[first]
    series = pieces[0].series
    if len(at) == sum(piece.count for piece in pieces) and all(
        np.array_equal(piece.series, series) for piece in pieces
    ):
        by_series = np.empty((len(series), columns, len(at)))
        for piece in pieces:
            by_series[:, :, np.searchsorted(at, piece.at)] = piece.by_series()
        return Samples(series, at, span, by_series.transpose(2, 0, 1))
    series = np.unique(np.concatenate([piece.series for piece in pieces]))
    values = np.full((len(at), len(series), columns), np.nan)
    for piece in reversed(pieces):
        rows = np.searchsorted(at, piece.at)
        places = np.searchsorted(series, piece.series)
        current = values[np.ix_(rows, places)]
        values[np.ix_(rows, places)] = np.where(np.isnan(piece.values), current, piece.values)
    return Samples(series, at, span, values)
