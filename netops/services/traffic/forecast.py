"""When an interface will be full: a line through the 95th percentiles of its weeks, if there is one."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from sqlalchemy import Connection

from netops.services.traffic.spans import day_edges, word_instant
from netops.services.traffic.subject import BITS, OCTETS, Rules, find_port
from netops.store.history.samples import DAY, HOUR, Floats

FULL = 0.8
"""Of its speed: above it queues grow."""
WEEKS = 26
LEAST_WEEKS = 6
LEAST_HOURS = 84
"""Of the 168 of a week; a week with fewer is left out."""
_FAR = 5 * 366 * DAY
_STUDENT = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160)
"""Student's t, two-sided 95 %, for 1, 2, … degrees of freedom."""
_STUDENT_REST = ((14, 2.145), (16, 2.120), (18, 2.101), (20, 2.086), (25, 2.060), (30, 2.042), (60, 2.000))


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line whose slope is not chance (95 %)."""

    slope: float
    """Per unit of x."""
    at_zero: float
    reaches: float
    """Where it reaches the goal."""
    earliest: float
    latest: float
    """Between them lies the true crossing with 95 %."""


def forecast_traffic(connection: Connection, device: str, interface: str, rules: Rules) -> dict[str, Any]:
    """Say when the busier direction of an interface reaches FULL of its speed.

    ``outcome`` is ``reached``, ``expected`` (with date and bounds), ``no_trend``, ``beyond_horizon`` (more than five
    years ahead), ``too_short`` (fewer than LEAST_WEEKS weeks) or ``no_speed``.

    Raises:
        NotFound: No such device or interface.
    """
    port = find_port(connection, device, interface)
    edges = day_edges(rules.now, rules.zone, 7 * WEEKS)
    hours = [at - at % HOUR for at in range(edges[0], edges[-1] + HOUR, HOUR)]
    found = rules.read_buckets(connection, port.series, hours)
    weeks = []
    for week in range(WEEKS):
        begin, end = edges[7 * week], edges[7 * week + 7]
        inside = (found.start >= begin) & (found.start < end)
        p95 = [_p95_of_hours(found.mean[inside, column], found.p95[inside, column]) for column in OCTETS]
        weeks.append(
            {"week": word_instant(begin, rules.zone), "in": p95[0], "out": p95[1], "at": (begin + end) / 2}
        )
    answer: dict[str, Any] = {**port.describe(), "goal": FULL, "time_zone": rules.zone.key}
    answer["weeks"] = [
        {"begin": one["week"], "in_p95_bps": one["in"], "out_p95_bps": one["out"]} for one in weeks
    ]
    answer["damaged"] = found.damaged
    speed = port.interface.speed_bps
    if not speed:
        return answer | {"outcome": "no_speed"}
    outcomes = [_decide(weeks, name, FULL * speed, rules) for name in ("in", "out")]
    order = ("reached", "expected", "beyond_horizon", "no_trend", "too_short")
    best = min(outcomes, key=lambda one: (order.index(one["outcome"]), one.get("at", 0)))
    best.pop("at", None)
    return answer | best


def decide_trend(x: Floats, y: Floats, goal: float) -> Trend | None:
    """Fit a line and say where it reaches the goal; None where its slope may be chance, or does not rise.

    The bounds are those of inverse prediction: the uncertainty of the line itself at the crossing.
    """
    count = len(x)
    middle = x.mean()
    spread = float(((x - middle) ** 2).sum())
    if count < 3 or spread == 0:
        return None
    slope = float(((x - middle) * (y - y.mean())).sum() / spread)
    at_zero = float(y.mean() - slope * middle)
    error = sqrt(float(((y - at_zero - slope * x) ** 2).sum()) / (count - 2))
    student = _student(count - 2)
    if slope <= 0 or slope <= student * error / sqrt(spread):
        return None
    reaches = (goal - at_zero) / slope
    margin = student * error / slope * sqrt(1 / count + (reaches - middle) ** 2 / spread)
    return Trend(slope, at_zero, reaches, reaches - margin, reaches + margin)


def _decide(weeks: list[dict[str, Any]], name: str, goal: float, rules: Rules) -> dict[str, Any]:
    known = [one for one in weeks if one[name] is not None]
    if len(known) < LEAST_WEEKS:
        return {"outcome": "too_short", "direction": name}
    if known[-1][name] >= goal:
        return {"outcome": "reached", "direction": name}
    x = np.array([(one["at"] - rules.now) / DAY for one in known])
    trend = decide_trend(x, np.array([one[name] for one in known]), goal)
    if trend is None:
        return {"outcome": "no_trend", "direction": name}
    if trend.reaches * DAY > _FAR:
        return {"outcome": "beyond_horizon", "direction": name, "growth_bps_per_week": trend.slope * 7}
    dates = {
        key: word_instant(round(rules.now + min(max(days, 0.0), _FAR / DAY * 4) * DAY), rules.zone)[:10]
        for key, days in (("date", trend.reaches), ("earliest", trend.earliest), ("latest", trend.latest))
    }
    return {
        "outcome": "expected",
        "direction": name,
        **dates,
        "growth_bps_per_week": trend.slope * 7,
        "at": trend.reaches,
    }


def _p95_of_hours(mean: Floats, p95: Floats) -> float | None:
    """Give the 95th percentile of a week in bit/s from its hours; None where too few are known.

    All weeks are judged alike, those of which every poll is kept too: an hour counts with its mean for 95 %
    of its time and with its own 95th percentile for the rest.
    """
    known = ~np.isnan(mean)
    if known.sum() < LEAST_HOURS:
        return None
    peaks = np.where(np.isnan(p95), mean, p95)
    values = np.concatenate([mean[known], peaks[known]])
    weights = np.concatenate([np.full(known.sum(), 0.95), np.full(known.sum(), 0.05)])
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, 0.95)]) * BITS


def _student(freedom: int) -> float:
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    return next((value for most, value in reversed(_STUDENT_REST) if freedom >= most), _STUDENT_REST[0][1])
