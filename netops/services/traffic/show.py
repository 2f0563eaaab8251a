"""One interface's day, week, month or year; and the same of a sensor, processor, memory or volume."""

import math
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from netops.errors import NotFound
from netops.i18n import _
from netops.model.history import HistoryKind
from netops.model.interface import COUNTER_NAMES
from netops.services.traffic.spans import Span, step_edges, word_instant
from netops.services.traffic.subject import BITS, OCTETS, Rules, find_port
from netops.store.history.read import Buckets, Series, read_samples
from netops.store.history.samples import HOUR, Floats
from netops.store.queries.devices import get_device
from netops.store.tables import HISTORY_SERIES


def show_traffic(
    connection: Connection, device: str, interface: str, span: Span, rules: Rules
) -> dict[str, Any]:
    """Give the traffic of an interface in steps; None where a step is a gap.

    Raises:
        NotFound: No such device or interface.
    """
    port = find_port(connection, device, interface)
    interval = _usual_interval(connection, port.series, rules) if span is Span.DAY else 0
    edges = step_edges(span, rules.now, rules.zone, interval)
    found = rules.read_buckets(connection, port.series, edges)
    answer: dict[str, Any] = {**port.describe(), "span": span.value, **_frame(found, edges, rules)}
    for name, column in zip(("in", "out"), OCTETS, strict=True):
        answer[name] = {
            "mean_bps": plain(found.mean[:, column] * BITS),
            "high_bps": plain(found.high[:, column] * BITS),
            "p95_bps": plain(found.p95[:, column] * BITS),
            "octets": _sum(found.total[:, column]),
        }
    answer["totals"] = {name: _sum(found.total[:, column]) for column, name in enumerate(COUNTER_NAMES)}
    answer["rates"] = {
        name: plain(found.mean[:, column])
        for column, name in enumerate(COUNTER_NAMES)
        if column not in OCTETS
    }
    return answer


def show_gauge(
    connection: Connection, device: str, subject: str, key: str, span: Span, rules: Rules
) -> dict[str, Any]:
    """Give the values of a sensor, processor, memory pool or volume in steps; None where a step is a gap.

    Args:
        connection: A transaction that reads.
        device: Its name.
        subject: A word of netops.model.history.GAUGE_SUBJECTS.
        key: The sensor's key, or the name.
        span: How far back.
        rules: How the history is cut and kept.

    Raises:
        NotFound: Nothing of the kind was ever read.
    """
    device_id = get_device(connection, device).id or 0
    row = HISTORY_SERIES.c
    this = (row.device_id == device_id) & (row.subject == subject) & (row.key == key)
    identity = connection.execute(select(row.id).where(this)).scalar()
    if identity is None:
        words = {"device": device, "subject": subject, "key": key}
        raise NotFound(_('%(device)s has no history of %(subject)s "%(key)s"') % words)
    edges = step_edges(span, rules.now, rules.zone)
    series = Series(device_id, HistoryKind.GAUGE, identity)
    found = rules.read_buckets(connection, series, edges)
    return {
        "device": device,
        "subject": subject,
        "key": key,
        "span": span.value,
        **_frame(found, edges, rules),
        "low": plain(found.low[:, 0]),
        "mean": plain(found.mean[:, 0]),
        "high": plain(found.high[:, 0]),
    }


def _usual_interval(connection: Connection, series: Series, rules: Rules) -> int:
    """Give how far polls of the last hours are apart, milliseconds; 0 where there were none."""
    samples, _damaged = read_samples(connection, series, rules.now - 3 * HOUR, rules.now)
    return int(np.median(samples.span)) // 1000 if samples.count else 0


def plain(numbers: Floats) -> list[float | None]:
    """Give numbers as JSON has them; None for a gap."""
    return [None if math.isnan(number) else number for number in numbers.tolist()]


def _frame(found: Buckets, edges: list[int], rules: Rules) -> dict[str, Any]:
    return {
        "time_zone": rules.zone.key,
        "starts": [word_instant(at, rules.zone) for at in edges[:-1]],
        "end": word_instant(edges[-1], rules.zone),
        "damaged": found.damaged,
    }


def _sum(totals: Floats) -> int | None:
    known = totals[~np.isnan(totals)]
    return round(float(known.sum())) if len(known) else None
