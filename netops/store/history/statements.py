"""The statements that run at every poll, as each driver wants them written; SQLAlchemy's own work is saved."""

from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Statements:
    """Text with a mark for each parameter: ``?`` for SQLite, ``%s`` for PostgreSQL."""

    insert_raw: str = (
        "INSERT INTO history_raw (device_id, kind, at, span, payload) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING"
    )
    interface_ids: str = "SELECT key, id FROM interface WHERE device_id = ?"
    series_ids: str = "SELECT subject, key, id FROM history_series WHERE device_id = ?"
    note_speed: str = (
        "INSERT INTO history_speed (interface_id, since, speed_bps) "
        "SELECT CAST(? AS INTEGER), CAST(? AS BIGINT), CAST(? AS BIGINT) WHERE NOT EXISTS ("
        "SELECT 1 FROM (SELECT speed_bps FROM history_speed WHERE interface_id = ? "
        "ORDER BY since DESC LIMIT 1) AS latest "
        "WHERE latest.speed_bps IS NOT DISTINCT FROM CAST(? AS BIGINT)) ON CONFLICT DO NOTHING"
    )
    """Compared with what was noted last, so that a description that changes adds no row."""
    select_raw: str = (
        "SELECT at, span, payload FROM history_raw "
        "WHERE device_id = ? AND kind = ? AND at >= ? AND at < ? ORDER BY at"
    )
    select_raw_of_all: str = (
        "SELECT device_id, at, span, payload FROM history_raw WHERE rowid IN ("
        "SELECT raw.rowid FROM device CROSS JOIN history_raw AS raw "
        "WHERE raw.device_id = device.id AND raw.kind = ? AND raw.at >= ? AND raw.at < ?)"
    )
    """CROSS JOIN keeps SQLite at one search of the index for each device; by rowid it then reads each page once."""
    delete_raw: str = "DELETE FROM history_raw WHERE device_id = ? AND kind = ? AND at = ?"
    select_first_polls: str = (
        "SELECT id, (SELECT min(at) FROM history_raw WHERE device_id = device.id AND kind = 0) FROM device"
    )
    count_raw: str = (
        "SELECT count(*) FROM history_raw WHERE device_id = ? AND kind = ? AND at >= ? AND at < ?"
    )
    delete_hours: str = (
        "DELETE FROM history_block WHERE device_id = ? AND kind = ? AND tier = 1 AND start >= ? AND start < ?"
    )
    insert_block: str = (
        "INSERT INTO history_block "
        "(device_id, kind, tier, start, part, first_series, last_series, payload) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device_id, kind, tier, start, part) DO UPDATE SET "
        "first_series = excluded.first_series, last_series = excluded.last_series, "
        "payload = excluded.payload"
    )


_SQLITE = Statements()
_POSTGRESQL = replace(
    Statements(**{one.name: getattr(_SQLITE, one.name).replace("?", "%s") for one in fields(Statements)}),
    select_raw_of_all="SELECT device_id, at, span, payload FROM history_raw WHERE kind = %s AND at >= %s AND at < %s",
)


def statements_for(connection: Connection) -> Statements:
    """Give the statements for the database at hand."""
    return _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
