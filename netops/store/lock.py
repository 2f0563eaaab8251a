"""Holding a database: one daemon on it, and no restore under a daemon."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from netops.errors import StoreError
from netops.i18n import _
from netops.store.engine import sqlite_path
from netops.store.faults import DRIVER_ERRORS, as_store_error, show_url

ADVISORY_CLASS = 0x6E65746F  # "neto": the first half of PostgreSQL's advisory lock keys
HOLD_KEY = 1
UPGRADE_KEY = 2


class Hold:
    """A file held by this process until it is released, or the process ends in whatever way."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go. The file stays: deleting it would let two processes hold two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(path: Path) -> Hold:
    """Hold a lock file; it is made if need be, and carries the holder's process id.

    Raises:
        StoreError: Another process holds it, or the file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        words = _("%(path)s: cannot be made: %(reason)s") % {"path": path, "reason": error.strerror}
        raise StoreError(words) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "?"
        os.close(descriptor)
        words = _("another netops (process %(process)s) holds %(path)s; stop it first")
        raise StoreError(words % {"process": holder, "path": path}) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return Hold(path, descriptor)


def lock_path(database: Path) -> Path:
    """Give the lock file of a SQLite database: beside it, ``netops.db.daemon.lock``."""
    return database.with_name(f"{database.name}.daemon.lock")


@contextmanager
def hold_database(engine: Engine) -> Iterator[None]:
    """Hold a database as its daemon does: a lock file beside SQLite's, an advisory lock on PostgreSQL.

    PostgreSQL's lock lives as long as its connection; a server restart frees it.

    Raises:
        StoreError: Another process holds it.
    """
    path = sqlite_path(engine)
    if path is not None:
        with hold(lock_path(path)):
            yield
        return
    try:
        connection = engine.connect()
        query = f"SELECT pg_try_advisory_lock({ADVISORY_CLASS}, {HOLD_KEY})"
        held = connection.exec_driver_sql(query).scalar_one()
        connection.commit()
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from error
    try:
        if not held:
            words = _("another netops holds %(database)s; stop it first")
            raise StoreError(words % {"database": show_url(engine.url)})
        yield
    finally:
        connection.invalidate()  # ends the session, and with it the lock, even on a broken connection
        connection.close()
