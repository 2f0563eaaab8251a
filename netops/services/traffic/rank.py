"""Rankings over all interfaces: who is fastest, fullest, faultiest, and who grows; who does nothing at all."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import Connection

from netops.services.traffic.subject import BITS, COLUMN, OCTETS, Rules, read_ports
from netops.store.history.samples import Floats
from netops.store.history.top import Usage, read_usage

_FAULTS = (
    COLUMN["in_errors"],
    COLUMN["out_errors"],
    COLUMN["in_discards"],
    COLUMN["out_discards"],
)
LEAST_FAULTS = 100
"""Fewer in the span are no report's business."""
GROWN = 2.0
"""Faults have grown when there are so many times as many as in the span before."""
COVERED = 0.5
"""A port is called unused only when at least this share of the time was seen."""


class Order(StrEnum):
    """What a ranking goes by."""

    RATE = "rate"
    UTILISATION = "utilisation"
    ERRORS = "errors"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Numbers alongside the series of a usage."""

    series: list[int]
    score: Floats
    columns: dict[str, Floats]


def rank_traffic(
    connection: Connection, order: Order, span: timedelta, limit: int, rules: Rules
) -> list[dict[str, Any]]:
    """Give the interfaces with the most, the greatest first; fewer than ``limit`` where fewer have any.

    ``rate`` goes by the mean of the busier direction, ``utilisation`` by its share of the speed, ``errors`` by
    errors and discards a second, ``growth`` by the mean against that of as long a time before.
    """
    milliseconds = round(span.total_seconds() * 1000)
    columns = _FAULTS if order is Order.ERRORS else OCTETS
    usage = read_usage(connection, rules.now - milliseconds, rules.now, columns)
    ports = read_ports(connection)
    match order:
        case Order.ERRORS:
            ranked = _by_faults(usage)
        case Order.GROWTH:
            before = read_usage(connection, rules.now - 2 * milliseconds, rules.now - milliseconds, columns)
            ranked = _by_growth(usage, before)
        case _:
            speeds = np.array(
                [(ports[one].speed_bps if one in ports else None) or np.nan for one in usage.series.tolist()],
                np.float64,
            )
            ranked = _by_rate(usage, speeds, by_share=order is Order.UTILISATION)
    score = np.where(np.isnan(ranked.score), -np.inf, ranked.score)
    best = [place for place in np.argsort(-score, kind="stable").tolist() if score[place] > 0]
    answer: list[dict[str, Any]] = []
    for place in best:
        port = ports.get(ranked.series[place])
        if port is None or len(answer) == limit:
            continue
        numbers = {name: _number(column[place]) for name, column in ranked.columns.items()}
        answer.append({**port.describe(), **numbers})
    return answer


def find_growing_faults(connection: Connection, span: timedelta, rules: Rules) -> list[dict[str, Any]]:
    """Give interfaces whose errors and discards are at least GROWN times those of the span before, worst first."""
    milliseconds = round(span.total_seconds() * 1000)
    now = read_usage(connection, rules.now - milliseconds, rules.now, _FAULTS)
    before = read_usage(connection, rules.now - 2 * milliseconds, rules.now - milliseconds, _FAULTS)
    earlier = _align(now, before.series.tolist(), before.mean().sum(axis=1), filling=0.0)
    total, rate = np.nansum(now.total, axis=1), np.nansum(now.mean(), axis=1)
    ports = read_ports(connection)
    answer = []
    for place in np.argsort(-rate, kind="stable").tolist():
        port = ports.get(int(now.series[place]))
        if port is None or total[place] < LEAST_FAULTS or rate[place] < GROWN * earlier[place]:
            continue
        names = ("in_errors", "out_errors", "in_discards", "out_discards")
        counts = {name: round(float(now.total[place, column])) for column, name in enumerate(names)}
        answer.append(
            {
                **port.describe(),
                **counts,
                "faults_per_second": float(rate[place]),
                "faults_per_second_before": float(earlier[place]),
            }
        )
    return answer


def find_unused(connection: Connection, days: int, rules: Rules) -> list[dict[str, Any]]:
    """Give the interfaces that received nothing, and sent nothing but floods, for so many days.

    Those that were not seen for at least half of the time are left out: nothing is known of them.
    """
    span = timedelta(days=days)
    begin = rules.now - round(span.total_seconds() * 1000)
    usage = read_usage(connection, begin, rules.now, (COLUMN["in_octets"], COLUMN["out_unicast_packets"]))
    quiet = (usage.total == 0).all(axis=1) & (usage.seconds[:, 0] >= COVERED * span.total_seconds())
    ports = read_ports(connection)
    found = [ports[one] for one in usage.series[quiet].tolist() if one in ports and ports[one].is_there]
    return [port.describe() for port in sorted(found, key=lambda port: (port.device, port.interface))]


def _by_rate(usage: Usage, speeds: Floats, *, by_share: bool) -> _Ranked:
    rates = usage.mean() * BITS
    busier = np.fmax(rates[:, 0], rates[:, 1])
    share = busier / speeds
    columns = {
        "in_bps": rates[:, 0],
        "out_bps": rates[:, 1],
        "high_bps": np.fmax(usage.high[:, 0], usage.high[:, 1]) * BITS,
        "utilisation": share,
    }
    return _Ranked(usage.series.tolist(), share if by_share else busier, columns)


def _by_faults(usage: Usage) -> _Ranked:
    rates = usage.mean()
    names = (
        "in_errors_per_second",
        "out_errors_per_second",
        "in_discards_per_second",
        "out_discards_per_second",
    )
    columns = {name: rates[:, column] for column, name in enumerate(names)}
    return _Ranked(usage.series.tolist(), np.nansum(rates, axis=1), columns)


def _by_growth(usage: Usage, before: Usage) -> _Ranked:
    rates, earlier = (np.nansum(one.mean() * BITS, axis=1) for one in (usage, before))
    aligned = _align(usage, before.series.tolist(), earlier, filling=np.nan)
    growth = rates - aligned
    columns = {"bps": rates, "bps_before": aligned, "growth_bps": growth}
    return _Ranked(usage.series.tolist(), growth, columns)


def _align(usage: Usage, series: list[int], numbers: Floats, *, filling: float) -> Floats:
    """Give the numbers of other series alongside those of a usage."""
    known = dict(zip(series, numbers.tolist(), strict=True))
    return np.array([known.get(one, filling) for one in usage.series.tolist()], np.float64)


def _number(value: float) -> float | None:
    return None if np.isnan(value) or np.isinf(value) else float(value)
