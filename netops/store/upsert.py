"""Insert-or-update, which the two databases spell alike and SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or update those whose primary key is there. All rows name the same columns."""
    if rows:
        connection.execute(_statement(table, tuple(rows[0]), connection.dialect.name), rows)


@lru_cache(maxsize=64)
def _statement(table: Table, columns: tuple[str, ...], dialect: str) -> Executable:
    """Build the statement once; SQLAlchemy then finds its compiled text by identity."""
    keys = [column.name for column in table.primary_key]
    others = [name for name in columns if name not in keys]
    plain = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    return plain.on_conflict_do_update(
        index_elements=keys, set_={name: plain.excluded[name] for name in others}
    )
