"""The schema: bringing a database up to date, and checking that it is sound."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine

from netops.errors import StoreError
from netops.i18n import _
from netops.store import revisions
from netops.store.backup import backup
from netops.store.engine import begin_writing, is_sqlite, read, sqlite_path
from netops.store.faults import DRIVER_ERRORS, Fault, as_store_error, classify
from netops.store.lock import ADVISORY_CLASS, UPGRADE_KEY
from netops.store.postgres_tools import ProgramMissing
from netops.store.soundness import find_damage, find_differences

logger = logging.getLogger(__name__)

_TURN_MILLISECONDS = 600_000  # another process's upgrade may take minutes; ours waits its turn


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """What an upgrade did. Equal revisions: nothing was to do."""

    before: str | None
    """None: the database was empty."""
    after: str
    backup: Path | None = None
    """The backup taken first; None where none was needed, asked for or possible."""
    note: str = ""
    """Why there is no backup although one was asked for; for the operator."""


def head_revision() -> str:
    """Give the revision that this netops works with."""
    return revisions.head_revision()


def current_revision(engine: Engine) -> str | None:
    """Read the revision of a database; None when it is empty.

    Raises:
        StoreError: The database is another program's, or does not answer.
    """
    with read(engine) as connection:
        return revisions.read_revision(connection)


def require_current(engine: Engine) -> None:
    """Refuse a database whose schema is not the one this netops works with.

    Raises:
        SchemaTooNew: It is a newer one.
        StoreError: It is an older one, or the database is empty or another program's.
    """
    revision = current_revision(engine)
    revisions.require_known(revision)
    if revision != head_revision():
        words = _(
            "the database is at revision %(theirs)s, this netops needs %(ours)s; run `netops db upgrade`"
        )
        raise StoreError(words % {"theirs": revision or "-", "ours": head_revision()})


def upgrade(engine: Engine, backups: Path | None) -> UpgradeResult:
    """Bring the schema to the newest revision, in one transaction, after a backup into the folder ``backups``.

    Of several processes that start at once, one upgrades and the others wait. A crash on the way leaves the
    database as it was. Without pg_dump, a PostgreSQL database is upgraded all the same, and ``note`` says that
    there is no backup.

    Raises:
        SchemaTooNew: A newer netops wrote the database.
        StoreError: The database is another program's, the backup failed, or the database failed.
    """
    try:
        with _turn(engine) as connection:
            before = revisions.read_revision(connection)
            revisions.require_known(before)
            head = revisions.head_revision()
            if before == head:
                return UpgradeResult(before, head)
            saved, note = None, ""
            if before is not None and backups is not None:
                saved, note = _save(engine, backups, before)
            command.upgrade(revisions.alembic_config(connection), "head")
            _require_references(connection)
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from error
    logger.info("the schema of the database went from %s to %s", before or "nothing", head)
    return UpgradeResult(before, head, saved, note)


def check(engine: Engine) -> list[str]:
    """Look for damage, broken references and a schema that is not the models'; no line means sound.

    Raises:
        StoreError: The database does not answer, or is another program's.
    """
    try:
        with read(engine) as connection:
            return _look(connection)
    except StoreError as error:
        cause = error.__cause__
        if isinstance(cause, DRIVER_ERRORS) and classify(cause) is Fault.DAMAGED:
            return [str(error)]  # so damaged that looking for the damage fails
        raise


def _look(connection: Connection) -> list[str]:
    found = find_damage(connection)
    revision = revisions.read_revision(connection)
    if revision != head_revision():
        words = _("the schema is at revision %(theirs)s, this netops works with %(ours)s")
        return [*found, words % {"theirs": revision or "-", "ours": head_revision()}]
    return found + find_differences(connection)


@contextmanager
def _turn(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction that may change the schema, once those of other processes are over."""
    with engine.connect() as connection:
        if not is_sqlite(engine):
            with connection.begin():
                lock = f"SELECT pg_advisory_xact_lock({ADVISORY_CLASS}, {UPGRADE_KEY})"
                connection.exec_driver_sql(lock)
                yield connection
            return
        driver = connection.connection.driver_connection
        if driver is None:
            raise StoreError(_("no connection to the database"))
        driver.execute(f"PRAGMA busy_timeout={_TURN_MILLISECONDS}")
        # Making a table anew drops the old one, and with foreign keys on that would delete what refers to it.
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with begin_writing(connection):
                yield connection
        finally:
            connection.invalidate()  # this connection's pragmas are not for others


def _require_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and (
        broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    ):
        words = _(
            "the upgrade would leave %(count)d rows that refer to nothing, first in table %(table)s; nothing was changed"
        )
        raise StoreError(words % {"count": len(broken), "table": broken[0][0]})


def _save(engine: Engine, backups: Path, before: str) -> tuple[Path | None, str]:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = sqlite_path(engine)
    name, ending = (path.stem, "db") if path else (engine.url.database or "netops", "dump")
    target = backups / f"{name}-before-upgrade-from-{before}-{stamp}.{ending}"
    try:
        backups.mkdir(parents=True, exist_ok=True)
        backup(engine, target)
    except ProgramMissing as error:
        logger.warning("no backup before the upgrade: %s", error)
        return None, _("no backup was taken before the upgrade: %(reason)s") % {"reason": error}
    except OSError as error:
        words = _("%(path)s: no backup, so no upgrade: %(reason)s")
        raise StoreError(words % {"path": target, "reason": os.strerror(error.errno or 0)}) from error
    logger.info("backup before the upgrade: %s", target)
    return target, ""
