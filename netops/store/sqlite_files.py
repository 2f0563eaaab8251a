"""SQLite databases as files: copied while in use, verified, put in place."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from netops.errors import StoreError
from netops.i18n import _
from netops.store.revisions import VERSION_TABLE

MAGIC = b"SQLite format 3\0"
COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database while it is open, or after a crash."""
_PAGES_PER_STEP = 2048


def copy_database(source: Path, target: Path, progress: Callable[[int, int], None] | None) -> None:
    """Copy a database that may be in use, as it is at one instant, into a new file of mode 0600.

    The copy needs no companion files. Writers are not held up: the copy reads from its own snapshot, which
    also keeps it from starting over at each of their commits. ``progress`` gets pages done and pages in all.

    Raises:
        sqlite3.Error: The source cannot be read, or the target's disk is full.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(_connect(source)) as reader, closing(_connect(target)) as writer:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        writer.execute("PRAGMA synchronous=OFF")  # the whole file is flushed once, below

        def tell(_status: int, remaining: int, total: int) -> None:
            if progress is not None:
                progress(total - remaining, total)

        reader.backup(writer, pages=_PAGES_PER_STEP, progress=tell, sleep=0)
        reader.execute("COMMIT")
        writer.execute("PRAGMA journal_mode=DELETE")
    flush(target)


def verify_database(path: Path) -> str | None:
    """Read every page of a database file nobody has open, and give its schema revision.

    Returns:
        The revision; None when it holds no table at all.

    Raises:
        StoreError: It is no SQLite database, is damaged, or is another program's.
    """
    words = {"path": path}
    try:
        with path.open("rb") as file:
            header = file.read(100)
        if not header.startswith(MAGIC):
            raise StoreError(_("%(path)s: not a SQLite database") % words)
        # SQLite itself overlooks a last page that is cut short.
        if path.stat().st_size < _told_size(header):
            raise StoreError(_("%(path)s: damaged: it is cut short") % words)
        with closing(_connect(path)) as connection:
            complaint = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if complaint != "ok":
                raise StoreError(_("%(path)s: damaged: %(reason)s") % (words | {"reason": complaint}))
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise StoreError(_("%(path)s: damaged: rows refer to rows that are not there") % words)
            return _read_revision(connection, path)
    except OSError as error:
        raise StoreError(
            _("%(path)s: cannot be read: %(reason)s") % (words | {"reason": error.strerror})
        ) from error
    except sqlite3.Error as error:
        raise StoreError(_("%(path)s: damaged: %(reason)s") % (words | {"reason": error})) from error


def _told_size(header: bytes) -> int:
    """Give the size in bytes that a database's header tells (https://www.sqlite.org/fileformat.html, 1.3)."""
    page = int.from_bytes(header[16:18], "big")
    return (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")


def _read_revision(connection: sqlite3.Connection, path: Path) -> str | None:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not names - {"sqlite_sequence"}:
        return None
    row = None
    if VERSION_TABLE in names:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise StoreError(_("%(path)s: not a database of netops") % {"path": path})
    return str(row[0])


def settle(path: Path) -> None:
    """Fold the journal of a database into its file, as only its sole user can.

    Raises:
        sqlite3.Error: Another program has it open ("database is locked"), or it is damaged.
    """
    with closing(_connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def link_aside(path: Path, aside: Path) -> None:
    """Give a database a second name, under which it stays when its first name goes to another file.

    Journals of a database too damaged to be settled move with it: beside another file they would ruin that one.
    """
    for ending in COMPANIONS:
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    os.link(path, aside)
    flush(path.parent)


def put_in_place(made: Path, target: Path, *, force: bool) -> None:
    """Give a finished file its name. Without ``force`` a file of that name is never replaced, whoever made it.

    Raises:
        FileExistsError: There is one.
    """
    if force:
        made.replace(target)
    else:
        os.link(made, target)
        made.unlink()
    flush(target.parent)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give the name of a file in the same folder to work on; whatever is left of it goes in the end."""
    made = target.with_name(f".{target.name}.part-{os.getpid()}")
    made.unlink(missing_ok=True)
    try:
        yield made
    finally:
        for ending in ("", *COMPANIONS):
            made.with_name(made.name + ending).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Make a file, or the names in a folder, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=5.0)
