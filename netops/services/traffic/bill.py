"""The 95th percentile of a billing month against a commitment, the volume, and the samples behind both."""

import csv
from collections.abc import Iterable
from typing import Any, TextIO

import numpy as np
from sqlalchemy import Connection

from netops.services.traffic.spans import Month, billing_month, billing_month_of, word_instant
from netops.services.traffic.subject import BITS, OCTETS, Port, Rules, find_port
from netops.store.history.percentile import Percentile, read_percentile
from netops.store.history.read import Buckets
from netops.store.history.samples import HOUR, MICROSECONDS, Floats, Samples
from netops.store.history.speeds import read_speeds

CSV_HEAD = ("end", "seconds", "in_octets", "out_octets", "in_bps", "out_bps", "speed_bps")


def bill_traffic(
    connection: Connection,
    device: str,
    interface: str,
    *,
    month: str | None,
    commitment_bps: float | None,
    rules: Rules,
) -> tuple[dict[str, Any], Samples]:
    """Give what a month comes to, and the polls it stands on.

    The percentile counts each poll once, as numpy.percentile does. Where polls of the month are no longer
    kept, it is taken from the means of hours, and ``exact`` is False.

    Args:
        connection: A transaction that reads.
        device: Its name.
        interface: Its key, description or alias.
        month: ``2026-03``; the month that holds now without it.
        commitment_bps: What was agreed on, bit/s.
        rules: How the history is cut and kept.

    Raises:
        NotFound: No such device or interface.
        NetopsError: The month is not one.
    """
    port = find_port(connection, device, interface)
    when = (
        billing_month(month, rules.zone, rules.billing_day)
        if month
        else billing_month_of(rules.now, rules.zone, rules.billing_day)
    )
    found = read_percentile(connection, port.series, when.begin, when.end)
    is_exact = when.begin >= rules.full_since
    if is_exact:
        in_bps, out_bps = _percentiles(found)
        total = found.samples.values[:, 0, list(OCTETS)] if found.samples.count else np.zeros((0, 2))
    else:
        hours = _hours(connection, port, when, rules)
        in_bps, out_bps = _from_hours(hours.mean)
        total = hours.total[:, list(OCTETS)]
    billed = max((value for value in (in_bps, out_bps) if value is not None), default=None)
    until = min(when.end, rules.now)
    answer = {
        **port.describe(),
        "month": when.name,
        "begin": word_instant(when.begin, rules.zone),
        "end": word_instant(when.end, rules.zone),
        "time_zone": rules.zone.key,
        "in_p95_bps": in_bps,
        "out_p95_bps": out_bps,
        "billed_bps": billed,
        "commitment_bps": commitment_bps,
        "over_bps": max(0.0, billed - commitment_bps) if billed is not None and commitment_bps else None,
        "exact": is_exact,
        "polls": found.polls,
        "covered": min(1.0, found.covered_seconds * 1000 / max(1, until - when.begin)),
        "in_octets": round(float(np.nansum(total[:, 0]))),
        "out_octets": round(float(np.nansum(total[:, 1]))),
        "speeds_bps": _list_speeds(connection, port, found.samples),
        "damaged": found.damaged,
    }
    return answer, found.samples


def write_csv(connection: Connection, port: Port, samples: Samples, rules: Rules, file: TextIO) -> int:
    """Write the polls behind a bill, oldest first, a line each; give their number."""
    writer = csv.writer(file)
    writer.writerow(CSV_HEAD)
    writer.writerows(_rows(connection, port, samples, rules))
    return samples.count


def _rows(connection: Connection, port: Port, samples: Samples, rules: Rules) -> Iterable[tuple[Any, ...]]:
    speeds = read_speeds(connection, port.interface.id or 0, samples.at)
    rates = samples.rates() * BITS
    for number in range(samples.count):
        octets = [samples.values[number, 0, column] for column in OCTETS]
        yield (
            word_instant(int(samples.at[number]), rules.zone),
            samples.span[number] / MICROSECONDS,
            *("" if np.isnan(value) else int(value) for value in octets),
            *("" if np.isnan(rate) else float(rate) for rate in rates[number, 0, list(OCTETS)]),
            "" if np.isnan(speeds[number]) else int(speeds[number]),
        )


def _percentiles(found: Percentile) -> tuple[float | None, float | None]:
    if not found.polls:
        return None, None
    first, second = (
        None if np.isnan(found.values[column]) else float(found.values[column] * BITS) for column in OCTETS
    )
    return first, second


def _hours(connection: Connection, port: Port, when: Month, rules: Rules) -> Buckets:
    edges = list(range(when.begin, when.end, HOUR))
    return rules.read_buckets(connection, port.series, [*edges, when.end])


def _from_hours(mean: Floats) -> tuple[float | None, float | None]:
    values = []
    for column in OCTETS:
        known = mean[:, column][~np.isnan(mean[:, column])]
        values.append(float(np.percentile(known, 95)) * BITS if len(known) else None)
    return values[0], values[1]


def _list_speeds(connection: Connection, port: Port, samples: Samples) -> list[int]:
    """Give every speed that the interface had in the month, in the order of time."""
    speeds = read_speeds(connection, port.interface.id or 0, samples.at)
    known = speeds[~np.isnan(speeds)].astype(np.int64).tolist()
    return list(dict.fromkeys(known))
