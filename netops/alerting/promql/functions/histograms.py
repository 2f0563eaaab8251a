"""histogram_quantile() over classic histograms: counters with a label ``le``."""

from itertools import pairwise
from math import inf, isinf, isnan, nan

from netops.alerting.labels import Labels
from netops.alerting.promql.nodes import Moment, ScalarNode, Vector, VectorNode, refuse_duplicates

_BOUND_LABEL = frozenset(("le",))
_TOLERANCE = 1e-12
"""A bucket that is lower than the one before by so small a share is so by rounding."""

Buckets = list[tuple[float, float]]
"""Upper bound and count of what is not above it, ascending by bound."""


class HistogramQuantile(VectorNode):
    """The value below which a share of all observations lies."""

    def __init__(self, share: ScalarNode, vector: VectorNode) -> None:
        self.share = share
        self.vector = vector

    def evaluate(self, moment: Moment) -> Vector:
        """Give the quantile of each histogram."""
        share, vector = self.share.evaluate(moment), self.vector.evaluate(moment)
        found: dict[Labels, Buckets] = {}
        for labels, value in zip(vector.labels, vector.values, strict=True):
            bound = _read_bound(labels.get("le"))
            if bound is not None:
                found.setdefault(labels.drop(_BOUND_LABEL), []).append((bound, value))
        result = Vector()
        for labels, buckets in found.items():
            result.add(labels.without_name(), bucket_quantile(share, buckets))
        return refuse_duplicates(result)


def _read_bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def bucket_quantile(share: float, buckets: Buckets) -> float:
    """Interpolate inside the bucket in which the quantile lies; NaN without a bucket of +Inf or observations."""
    if isnan(share):
        return nan
    if share < 0:
        return -inf
    if share > 1:
        return inf
    ordered = _make_monotonic(_merge(sorted(buckets)))
    if not ordered or ordered[-1][0] != inf or len(ordered) < 2:
        return nan
    total = ordered[-1][1]
    if total == 0 or isnan(total):
        return nan
    rank = share * total
    place = next((number for number, (_bound, count) in enumerate(ordered[:-1]) if count >= rank), None)
    if place is None:
        return ordered[-2][0]
    end, count = ordered[place]
    if place == 0 and end <= 0:
        return end
    start, below = ordered[place - 1] if place else (0.0, 0.0)
    inside = count - below
    return start + (end - start) * ((rank - below) / inside) if inside and not isinf(start) else end


def _merge(buckets: Buckets) -> Buckets:
    """Add up buckets of the same bound, which differ in how it is written only."""
    merged: Buckets = []
    for bound, count in buckets:
        if merged and merged[-1][0] == bound:
            merged[-1] = (bound, merged[-1][1] + count)
        else:
            merged.append((bound, count))
    return merged


def _make_monotonic(buckets: Buckets) -> Buckets:
    """Raise what is lower than the bucket before; counters of one histogram may be read at different instants."""
    if not buckets:
        return buckets
    result = [buckets[0]]
    for (_before, _count), (bound, count) in pairwise(buckets):
        highest = result[-1][1]
        is_rounding = abs(count - highest) <= _TOLERANCE * max(abs(count), abs(highest))
        result.append((bound, highest if count < highest or is_rounding else count))
    return result
