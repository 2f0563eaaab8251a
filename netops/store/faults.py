"""What went wrong in the database: the database's own trouble told from a statement's, in plain words."""

import sqlite3
from enum import StrEnum

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from netops.errors import StoreError
from netops.i18n import _

DRIVER_ERRORS = (DBAPIError, sqlite3.Error, psycopg.Error, PoolTimeout)
"""What a statement can raise, through SQLAlchemy or straight from the driver."""


class Fault(StrEnum):
    """The kind of trouble, by its word in metrics and logs."""

    LOCKED = "locked"
    """Another program holds the database, or two transactions met; trying again helps."""
    DISK_FULL = "disk_full"
    DISK_ERROR = "disk_error"
    READ_ONLY = "read_only"
    CONNECTION_LOST = "connection_lost"
    DAMAGED = "damaged"
    STATEMENT = "statement"
    """The statement itself, or the code around it, is at fault; trying again does not help."""

    @property
    def is_of_database(self) -> bool:
        """Say whether the same write may well succeed later."""
        return self is not Fault.STATEMENT


_SQLITE_FAULTS = {
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Fault.LOCKED,
    sqlite3.SQLITE_FULL: Fault.DISK_FULL,
    sqlite3.SQLITE_IOERR: Fault.DISK_ERROR,
    sqlite3.SQLITE_NOMEM: Fault.DISK_ERROR,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Fault.CONNECTION_LOST,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
}
_SQLSTATE_FAULTS = {
    "08": Fault.CONNECTION_LOST,  # connection exceptions
    "57P": Fault.CONNECTION_LOST,  # shut down, crashed, starting up
    "28": Fault.CONNECTION_LOST,  # password refused
    "3D": Fault.CONNECTION_LOST,  # no such database
    "40": Fault.LOCKED,  # serialization failure, deadlock
    "55P03": Fault.LOCKED,  # lock not available
    "57014": Fault.LOCKED,  # cancelled by a statement time-out
    "53100": Fault.DISK_FULL,
    "53": Fault.CONNECTION_LOST,  # out of memory, too many connections
    "58": Fault.DISK_ERROR,
    "25006": Fault.READ_ONLY,  # a standby
    "42501": Fault.READ_ONLY,  # no permission
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}


def classify(error: BaseException) -> Fault:
    """Tell what kind of trouble an error is; what is no database error is the statement's."""
    if isinstance(error, PoolTimeout):
        return Fault.LOCKED
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return Fault.CONNECTION_LOST
        return classify(error.orig) if error.orig is not None else Fault.STATEMENT
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return _SQLITE_FAULTS.get(code & 0xFF, Fault.STATEMENT) if code is not None else Fault.STATEMENT
    if isinstance(error, psycopg.Error):
        return _classify_sqlstate(error)
    return Fault.STATEMENT


def _classify_sqlstate(error: psycopg.Error) -> Fault:
    if error.sqlstate is None:
        # libpq itself speaks: it could not connect, or the connection broke.
        return Fault.CONNECTION_LOST if isinstance(error, psycopg.OperationalError) else Fault.STATEMENT
    for length in (5, 3, 2):
        if fault := _SQLSTATE_FAULTS.get(error.sqlstate[:length]):
            return fault
    return Fault.STATEMENT


def describe(error: BaseException) -> str:
    """Word an error for the operator in one line; no statement, no parameter, no password in it."""
    reason = _reason(error)
    match classify(error):
        case Fault.LOCKED:
            return _("the database is busy: %(reason)s; look for another program that holds it") % {
                "reason": reason
            }
        case Fault.DISK_FULL:
            return _("the disk of the database is full; make room, netops goes on by itself")
        case Fault.DISK_ERROR:
            return _("the database cannot read or write its disk: %(reason)s") % {"reason": reason}
        case Fault.READ_ONLY:
            return _("the database may not be written: %(reason)s; check its permissions") % {
                "reason": reason
            }
        case Fault.CONNECTION_LOST:
            return _("no connection to the database: %(reason)s") % {"reason": reason}
        case Fault.DAMAGED:
            words = _("the database is damaged: %(reason)s; see `netops db check` and `netops db restore`")
            return words % {"reason": reason}
        case Fault.STATEMENT:
            if "no such table" in reason or getattr(_root(error), "sqlstate", None) == "42P01":
                return _("the database has no such table: %(reason)s; run `netops db upgrade`") % {
                    "reason": reason
                }
            return reason


def as_store_error(error: BaseException) -> StoreError:
    """Wrap a driver's error in ours."""
    return StoreError(describe(error))


def explain_opening(error: BaseException, url: URL) -> StoreError:
    """Say why a database could not be opened, and what to check."""
    reason = _reason(error)
    words = {"database": show_url(url), "reason": reason, "user": url.username or ""}
    if classify(error) is Fault.DAMAGED:
        return StoreError(_("%(database)s: not a database, or damaged (%(reason)s)") % words)
    if "password" in reason or getattr(_root(error), "sqlstate", None) in {"28P01", "28000"}:
        text = _("%(database)s: the server refuses user %(user)s; check user and password (%(reason)s)")
    elif "does not exist" in reason:
        text = _("%(database)s: no such database or user; create it first (%(reason)s)")
    elif url.get_backend_name() == "sqlite":
        text = _("%(database)s: cannot be opened: %(reason)s")
    else:
        text = _("%(database)s: no connection; check host, port and that PostgreSQL runs (%(reason)s)")
    return StoreError(text % words)


def show_url(url: URL) -> str:
    """Give the URL as it may be shown: no password, neither before the host nor in the query."""
    secret = [name for name in url.query if "pass" in name.lower()]
    return url.difference_update_query(secret).render_as_string(hide_password=True)


def _root(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _reason(error: BaseException) -> str:
    """Take the driver's own first line; libpq adds hints and context on the next ones."""
    root = _root(error)
    if isinstance(root, psycopg.Error | sqlite3.Error | InvalidRequestError):
        lines = [line.strip() for line in str(root).splitlines() if line.strip()]
        return (
            lines[-1]
            if isinstance(root, psycopg.OperationalError) and lines and root.sqlstate is None
            else (lines[0] if lines else type(root).__name__)
        )
    text = " ".join(str(root).split())
    return f"{type(root).__name__}: {text}" if text else type(root).__name__
