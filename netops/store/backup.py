"""Backups of the database, and the way back."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect

from netops.errors import StoreError
from netops.i18n import _
from netops.store import postgres_tools, sqlite_files
from netops.store.engine import make_engine, read, sqlite_path, write
from netops.store.faults import Fault, classify, show_url
from netops.store.lock import hold_database
from netops.store.revisions import require_known

Progress = Callable[[int, int], None]
"""Called with the amount done and the amount in all (0: unknown); pages for SQLite, bytes for PostgreSQL."""


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup that was written, flushed to the disk and read back."""

    path: Path
    bytes: int
    revision: str


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """A database that was put in place."""

    revision: str
    """May be older than head_revision(): the next start upgrades it."""
    kept_aside: str | None
    """Where the database before is: a file's path, or a PostgreSQL schema's name. None: there was none."""


def backup(
    engine: Engine, target: Path, progress: Progress | None = None, *, force: bool = False
) -> BackupResult:
    """Write the database, as it is at one instant, into one file; the daemon goes on meanwhile.

    SQLite gives a SQLite file, PostgreSQL a custom-format dump by pg_dump. The file is made under another name,
    verified and flushed, and takes its name last: a file of that name is always whole.

    Raises:
        StoreError: The target exists and ``force`` was not said, the disk is full, pg_dump is missing or failed.
    """
    if target.exists() and not force:
        raise _taken(target)
    try:
        with sqlite_files.beside(target) as made:
            revision = _write(engine, made, progress)
            size = made.stat().st_size
            sqlite_files.put_in_place(made, target, force=force)
    except FileExistsError as error:
        raise _taken(target) from error
    except OSError as error:
        words = {"path": target, "reason": error.strerror}
        raise StoreError(_("%(path)s: cannot be written: %(reason)s") % words) from error
    return BackupResult(target, size, revision)


def restore(
    source: Path, url: str, *, force: bool = False, progress: Progress | None = None
) -> RestoreResult:
    """Make a backup the database at ``url``. The source is only read.

    A database that holds tables is replaced only with ``force``, and kept: SQLite's file is renamed to
    ``<name>.before-restore-<time>``, PostgreSQL's schema to ``before_restore_<time>``.

    Raises:
        SchemaTooNew: A newer netops wrote the backup.
        StoreError: The backup is damaged, cut short or another program's; a daemon or another program holds the
            database; there is a database and ``force`` was not said; pg_restore is missing or failed.
    """
    kind = _kind_of(source)
    if kind == "sqlite":
        revision = sqlite_files.verify_database(source)
    else:
        postgres_tools.verify_dump(source)
        revision = postgres_tools.read_dump_revision(source)
    if revision is None:
        raise StoreError(_("%(path)s: not a database of netops") % {"path": source})
    require_known(revision)
    engine = make_engine(url)
    try:
        path = sqlite_path(engine)
        if (path is not None) != (kind == "sqlite"):
            words = _("%(path)s: a backup of %(kind)s cannot be restored into %(database)s")
            raise StoreError(words % {"path": source, "kind": kind, "database": show_url(engine.url)})
        with hold_database(engine):
            if path is None:
                kept = _restore_dump(source, engine, force=force, progress=progress)
            else:
                kept = _restore_file(source, engine, path, force=force, progress=progress)
    finally:
        engine.dispose()
    return RestoreResult(revision, kept)


def _taken(target: Path) -> StoreError:
    return StoreError(_("%(path)s: exists already; it is overwritten only with --force") % {"path": target})


def _write(engine: Engine, made: Path, progress: Progress | None) -> str:
    """Write the backup and give its revision, read from the backup itself."""
    path = sqlite_path(engine)
    if path is not None:
        try:
            sqlite_files.copy_database(path, made, progress)
        except sqlite3.Error as error:
            raise StoreError(_("the backup failed: %(reason)s") % {"reason": error}) from error
        revision = sqlite_files.verify_database(made)
    else:
        postgres_tools.dump(engine.url, made, progress)
        made.chmod(0o600)
        sqlite_files.flush(made)
        postgres_tools.verify_dump(made)
        revision = postgres_tools.read_dump_revision(made)
    if revision is None:
        raise StoreError(_("there is nothing to back up: the database is empty"))
    return revision


def _kind_of(source: Path) -> str:
    try:
        with source.open("rb") as file:
            begin = file.read(16)
    except OSError as error:
        words = {"path": source, "reason": error.strerror}
        raise StoreError(_("%(path)s: cannot be read: %(reason)s") % words) from error
    if begin == sqlite_files.MAGIC:
        return "sqlite"
    if begin.startswith(postgres_tools.DUMP_MAGIC):
        return "postgresql"
    raise StoreError(_("%(path)s: neither a SQLite database nor a PostgreSQL dump") % {"path": source})


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _refuse_overwriting(engine: Engine) -> StoreError:
    words = _("%(database)s: holds data already; it is replaced, and kept aside, only with --force")
    return StoreError(words % {"database": show_url(engine.url)})


# --- SQLite


def _restore_file(
    source: Path, engine: Engine, path: Path, *, force: bool, progress: Progress | None
) -> str | None:
    """Put a copy of the backup in the database's place; at every instant one of the two is there, whole."""
    occupied = path.stat().st_size > 0 and _holds_data(path)
    if occupied and not force:
        raise _refuse_overwriting(engine)
    kept = path.with_name(f"{path.name}.before-restore-{_stamp()}")
    try:
        with sqlite_files.beside(path) as made:
            sqlite_files.copy_database(source, made, progress)
            sqlite_files.verify_database(made)
            if occupied:
                sqlite_files.link_aside(path, kept)
            sqlite_files.put_in_place(made, path, force=True)
    except sqlite3.Error as error:
        raise StoreError(_("the restore failed: %(reason)s") % {"reason": error}) from error
    except OSError as error:
        words = {"path": path, "reason": error.strerror}
        raise StoreError(_("%(path)s: cannot be written: %(reason)s") % words) from error
    return str(kept) if occupied else None


def _holds_data(path: Path) -> bool:
    """Say whether there is something to lose; a damaged or strange file counts as data.

    Raises:
        StoreError: Another program has the database open.
    """
    try:
        sqlite_files.settle(path)
    except sqlite3.Error as error:
        if classify(error) is Fault.LOCKED:
            raise StoreError(
                _("%(path)s: another program has it open; stop it first") % {"path": path}
            ) from error
        return True
    try:
        return sqlite_files.verify_database(path) is not None
    except StoreError:
        return True


# --- PostgreSQL


def _restore_dump(source: Path, engine: Engine, *, force: bool, progress: Progress | None) -> str | None:
    with read(engine) as connection:
        schema = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
        occupied = bool(inspect(connection).get_table_names())
    if occupied and not force:
        raise _refuse_overwriting(engine)
    kept = f"{postgres_tools.KEPT_ASIDE}{_stamp().lower().replace('.', '_')}"
    if occupied:
        with write(engine) as connection:
            connection.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO "{kept}"')
            connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    try:
        total = source.stat().st_size
        postgres_tools.load(source, engine.url, lambda: progress(0, total) if progress else None)
    except StoreError:
        if occupied:
            with write(engine) as connection:
                connection.exec_driver_sql(f'DROP SCHEMA "{schema}" CASCADE')
                connection.exec_driver_sql(f'ALTER SCHEMA "{kept}" RENAME TO "{schema}"')
        raise
    if progress is not None:
        progress(total, total)
    return kept if occupied else None
