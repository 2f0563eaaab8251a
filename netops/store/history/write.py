"""Writing: what one poll of one device adds to the history. Runs inside of the poll's own transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite

from sqlalchemy import Connection

from netops.model.history import HistoryKind
from netops.model.interface import InterfaceReading
from netops.model.reading import PollResult, TrafficReading
from netops.store.history.raw import pack_deltas, pack_gauges
from netops.store.history.samples import MICROSECONDS, MILLISECONDS
from netops.store.history.statements import statements_for
from netops.store.tables import HISTORY_SERIES

SeriesName = tuple[str, str]
"""Subject and key."""


def to_milliseconds(at: datetime) -> int:
    """Give an instant as the history has it."""
    return round(at.timestamp() * MILLISECONDS)


def write_history(connection: Connection, device_id: int, result: PollResult) -> None:
    """Add a poll. A poll that is there already (same device, same millisecond) stays as it is."""
    if result.traffic is not None:
        _write_traffic(connection, device_id, result.interfaces_at or result.started_at, result.traffic)
    gauges = name_apart(list_gauges(result))
    if gauges:
        _write_gauges(connection, device_id, result.started_at, gauges)


def write_speeds(
    connection: Connection, device_id: int, readings: Sequence[InterfaceReading], at: datetime
) -> None:
    """Note the speeds of interfaces that are new or changed, where they are not what was noted last."""
    if not readings:
        return
    ids = _interface_ids(connection, device_id)
    since = to_milliseconds(at)
    statement = statements_for(connection).note_speed
    rows = [
        (ids[reading.key], since, reading.speed_bps, ids[reading.key], reading.speed_bps)
        for reading in readings
        if reading.key in ids
    ]
    if rows:
        connection.exec_driver_sql(statement, rows)


def list_gauges(result: PollResult) -> Iterator[tuple[SeriesName, float]]:
    """Give every number of a poll that is followed over time, under its subject and key."""
    for sensor in result.sensors or ():
        if sensor.value is not None and isfinite(sensor.value):
            yield ("sensor", sensor.key), sensor.value
    for processor in result.processors or ():
        yield ("processor_load_percent", processor.name), processor.load_percent
    for subject in ("memory", "storage"):
        for space in getattr(result, subject) or ():
            yield (f"{subject}_used_bytes", space.name), float(space.used_bytes)
            yield (f"{subject}_used_percent", space.name), space.used_percent
    if result.load is not None:
        yield ("load", "1"), result.load.load1
        yield ("load", "5"), result.load.load5
        yield ("load", "15"), result.load.load15


def name_apart(gauges: Iterable[tuple[SeriesName, float]]) -> dict[SeriesName, float]:
    """Give each gauge a name of its own: the second of four processors of one name gets ``#2``."""
    apart: dict[SeriesName, float] = {}
    seen: dict[SeriesName, int] = {}
    for name, value in gauges:
        times = seen[name] = seen.get(name, 0) + 1
        apart[name if times == 1 else (name[0], f"{name[1]}#{times}")] = value
    return apart


def _write_traffic(connection: Connection, device_id: int, at: datetime, traffic: TrafficReading) -> None:
    known = _interface_ids(connection, device_id)
    try:
        ids, deltas = [known[key] for key in traffic.keys], traffic.deltas
    except KeyError:  # a poll whose interfaces could not be kept; the others count
        pairs = [
            (known[key], delta)
            for key, delta in zip(traffic.keys, traffic.deltas, strict=True)
            if key in known
        ]
        ids, deltas = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if ids:
        span = round(traffic.seconds * MICROSECONDS)
        row = (device_id, int(HistoryKind.TRAFFIC), to_milliseconds(at), span, pack_deltas(ids, deltas))
        connection.exec_driver_sql(statements_for(connection).insert_raw, row)


def _interface_ids(connection: Connection, device_id: int) -> dict[str, int]:
    """Give the ids of a device's interfaces by key.

    Read anew at each poll, which costs a fortieth of it: an id remembered beside a transaction that is rolled
    back and tried again would belong to another interface.
    """
    query = statements_for(connection).interface_ids
    rows = connection.exec_driver_sql(query, (device_id,))
    return {key: number for key, number in rows}  # noqa: C416 - rows are no pairs to mypy


def _write_gauges(
    connection: Connection, device_id: int, at: datetime, gauges: Mapping[SeriesName, float]
) -> None:
    ids = _series_ids(connection, device_id)
    strangers = [name for name in gauges if name not in ids]
    if strangers:
        rows = [{"device_id": device_id, "subject": subject, "key": key} for subject, key in strangers]
        connection.execute(HISTORY_SERIES.insert(), rows)
        ids = _series_ids(connection, device_id)
    payload = pack_gauges([ids[name] for name in gauges], gauges.values())
    row = (device_id, int(HistoryKind.GAUGE), to_milliseconds(at), 0, payload)
    connection.exec_driver_sql(statements_for(connection).insert_raw, row)


def _series_ids(connection: Connection, device_id: int) -> dict[SeriesName, int]:
    rows = connection.exec_driver_sql(statements_for(connection).series_ids, (device_id,))
    return {(subject, key): number for subject, key, number in rows}
