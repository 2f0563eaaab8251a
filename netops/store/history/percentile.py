"""The 95th percentile (or another) of one series, from every stored poll, as numpy computes it."""

from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from netops.model.history import HistoryKind
from netops.store.history.read import Series, read_samples
from netops.store.history.samples import MILLISECONDS, Floats, Samples


@dataclass(slots=True)
class Percentile:
    """What was asked for, and what it stands on."""

    values: Floats
    """One for each column: octets, packets or faults per second; the value itself for gauges. NaN: none."""
    polls: int
    covered_seconds: float
    """Time that the polls answer for; less than the span asked about where there are gaps."""
    samples: Samples
    damaged: list[str] = field(default_factory=list)


def read_percentile(
    connection: Connection, series: Series, begin: int, end: int, percent: float = 95.0
) -> Percentile:
    """Give a percentile over [begin, end), in milliseconds, each poll counting once.

    Between two polls the percentile is interpolated linearly, as ``numpy.percentile`` does by default.
    """
    samples, damaged = read_samples(connection, series, begin, end)
    if not samples.count:
        return Percentile(np.empty(0), 0, 0.0, samples, damaged)
    rates = (samples.rates() if series.kind is HistoryKind.TRAFFIC else samples.values)[:, 0]
    values = np.array([_percentile(column[~np.isnan(column)], percent) for column in rates.T])
    return Percentile(
        values, samples.count, float(samples.span.sum()) / MILLISECONDS / 1000, samples, damaged
    )


def _percentile(known: Floats, percent: float) -> float:
    return float(np.percentile(known, percent)) if len(known) else float("nan")
