"""Opening the database: SQLite by default, PostgreSQL by URL; and the two kinds of transaction."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from netops.errors import StoreError
from netops.i18n import _
from netops.store.faults import DRIVER_ERRORS, as_store_error, explain_opening, show_url

BUSY_SECONDS = 10.0
"""How long SQLite waits for another program's transaction before it says "database is locked"."""
_WRITING = "netops_writing"


def open_engine(url: str) -> Engine:
    """Open a database and make sure that it answers. The caller disposes of the engine.

    SQLite: ``sqlite:///relative/path`` or ``sqlite:////absolute/path``; folders and file are made (mode 0600),
    the journal is a WAL, every commit reaches the disk (synchronous=FULL), foreign keys hold.
    PostgreSQL: ``postgresql+psycopg://user:password@host:port/name``; ``postgresql://`` and ``postgres://``
    mean the same.

    Raises:
        StoreError: A wrong URL, an unwritable folder, a file that is no database, a server that refuses us.
    """
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DRIVER_ERRORS as error:
        engine.dispose()
        raise explain_opening(error, engine.url) from error
    return engine


def make_engine(url: str) -> Engine:
    """Do all that open_engine does, but for looking whether the database answers.

    Raises:
        StoreError: A wrong URL, or an unwritable folder.
    """
    parsed = _parse(url)
    return _make_sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _make_postgresql(parsed)


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database, from its first query to its last.

    Raises:
        StoreError: The database failed; worded for the operator.
    """
    try:
        with engine.connect() as connection:
            if not is_sqlite(engine):
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from error


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes, and commit it at the end. For commands; the daemon uses its Writer.

    On SQLite it is the only one that writes from its first moment, so what it reads stays true.

    Raises:
        StoreError: The database failed, nothing was written; worded for the operator.
    """
    try:
        with engine.connect() as connection, begin_writing(connection):
            yield connection
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from error


@contextmanager
def begin_writing(connection: Connection) -> Iterator[Connection]:
    """Begin a transaction that writes on a fresh connection: BEGIN IMMEDIATE on SQLite. Raises driver errors."""
    connection.execution_options(**{_WRITING: True})
    with connection.begin():
        yield connection


def sqlite_path(engine: Engine) -> Path | None:
    """Give the file of a SQLite database; None for PostgreSQL."""
    return Path(str(engine.url.database)) if is_sqlite(engine) else None


def is_sqlite(engine: Engine) -> bool:
    """Say which of the two it is."""
    return engine.dialect.name == "sqlite"


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgres", "postgresql"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        known = parsed.drivername in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}
    except (ArgumentError, NoSuchModuleError, ValueError):
        known = False
    if not known:
        # The text itself is not shown: a URL with a slip in it may still hold a password.
        words = _("the database URL is not understood; write sqlite:///path or %(form)s")
        raise StoreError(words % {"form": "postgresql+psycopg://user:password@host/name"})
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError(_("the database URL names no file; write sqlite:///path"))
    return parsed


# --- SQLite


def _make_sqlite(url: URL) -> Engine:
    path = Path(str(url.database)).expanduser().absolute()
    url = url.set(database=str(path))
    _make_file(path, url)
    # isolation_level None: the driver begins and commits nothing by itself, so DDL is part of a transaction.
    arguments = {"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_file(path: Path, url: URL) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        words = _("%(database)s: cannot be opened: %(reason)s; check the folder and its permissions")
        raise StoreError(words % {"database": show_url(url), "reason": error.strerror}) from error


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's hook
    _set_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _set_wal(connection: sqlite3.Connection) -> None:
    """Set the journal mode once for the file; several first starts at once wait for one another.

    SQLite does not run its busy handler for this pragma, so the waiting is done here.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


# --- PostgreSQL


def _make_postgresql(url: URL) -> Engine:
    arguments = {"connect_timeout": 10, "application_name": "netops"}
    given = {name: value for name, value in arguments.items() if name not in url.query}
    return create_engine(url, connect_args=given, pool_pre_ping=True, hide_parameters=True)
