"""One batch of writes: committed whole, or without the ones that are themselves at fault. Runs in a thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InvalidRequestError

from netops.i18n import _
from netops.store.engine import begin_writing
from netops.store.faults import DRIVER_ERRORS, Fault, classify, describe

Write = Callable[[Connection], Any]
"""Statements of one transaction. It may be called again after a roll-back, so it changes nothing outside the
database; it neither commits nor keeps the connection."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    failed: dict[int, Exception] = field(default_factory=dict)
    """Position of a write to its own error; every other write of the batch is committed."""
    fault: Fault | None = None
    """Set when the database failed: nothing was committed, and the batch waits for another try."""
    words: str = ""


class _Guilty(Exception):
    """A write of the batch is at fault; the batch is rolled back."""

    def __str__(self) -> str:
        return "a write of the batch ended the transaction itself"


class _Undecided(Exception):
    """The database cannot take, or account for, the batch now; the reason is for the operator."""


class BatchCommitter:
    """Commits batches, one at a time.

    When the connection to PostgreSQL breaks during COMMIT, nobody can tell whether it happened; the next try
    of the same batch asks the server first, so that no write happens twice.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._doubt: tuple[str, dict[int, Exception]] | None = None

    def commit(self, writes: Sequence[Write]) -> Outcome:
        """Commit a batch, or try again the one that met a fault last time; a fault never raises."""
        try:
            if self._doubt is not None:
                transaction, failed = self._doubt
                happened = self._happened(transaction)
                self._doubt = None
                if happened:
                    return Outcome(failed)
            try:
                return Outcome(self._transact(writes, one_by_one=False))
            except _Guilty:
                return Outcome(self._transact(writes, one_by_one=True))
        except (_Guilty, InvalidRequestError) as error:
            # A write ended the transaction, which none may. Whose it was cannot be told; the writer lives on.
            return Outcome(dict.fromkeys(range(len(writes)), error))
        except _Undecided as error:
            return Outcome(fault=Fault.DISK_ERROR, words=str(error))
        except DRIVER_ERRORS as error:
            fault = classify(error)
            # At begin and commit no write's own statement runs: what looks like one is the database's trouble.
            return Outcome(fault=fault if fault.is_of_database else Fault.LOCKED, words=describe(error))

    def _transact(self, writes: Sequence[Write], *, one_by_one: bool) -> dict[int, Exception]:
        failed: dict[int, Exception] = {}
        transaction = None
        with self._engine.connect() as connection:
            try:
                with begin_writing(connection):
                    for position, write in enumerate(writes):
                        error = _run(connection, write, nested=one_by_one)
                        if error is not None and not one_by_one:
                            raise _Guilty
                        if error is not None:
                            failed[position] = error
                    transaction = _finish(connection)
            except DRIVER_ERRORS:
                if transaction is not None:
                    self._doubt = (transaction, failed)
                raise
        return failed

    def _happened(self, transaction: str) -> bool:
        with self._engine.connect() as connection:
            query = "SELECT txid_status(%(transaction)s::bigint)"
            status = connection.exec_driver_sql(query, {"transaction": transaction}).scalar()
        if status == "in progress":
            raise _Undecided(_("the server has not yet ended a transaction whose connection broke"))
        return status == "committed"


def _run(connection: Connection, write: Write, *, nested: bool) -> Exception | None:
    """Run one write and give its own error; trouble of the database is raised."""
    own_error = None
    try:
        if nested:
            with connection.begin_nested():
                write(connection)
                # After an error that the write hid, PostgreSQL refuses this too, and the savepoint is rolled back.
                connection.exec_driver_sql("SELECT 1")
        else:
            write(connection)
    except Exception as error:  # the edge of a job: other parts' code must not end the writer
        if classify(error).is_of_database:
            raise
        own_error = error
    _require_open(connection)
    return own_error


def _require_open(connection: Connection) -> None:
    """Notice that the transaction is over, although the write did not complain.

    Raises:
        _Guilty: The write committed, or rolled back.
        _Undecided: SQLite ended it by itself, as a full disk makes it do, and the write hid the error.
    """
    if not connection.in_transaction():
        raise _Guilty
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        if driver is None or not driver.in_transaction:
            raise _Undecided(_("the database ended a transaction by itself"))


def _finish(connection: Connection) -> str | None:
    """Give PostgreSQL's name of the transaction, to ask for later; None on SQLite.

    Raises:
        _Guilty: A write hid an error, and PostgreSQL would turn COMMIT into a silent roll-back.
    """
    if connection.dialect.name == "sqlite":
        return None
    try:
        return str(connection.exec_driver_sql("SELECT txid_current()").scalar_one())
    except DRIVER_ERRORS as error:
        if classify(error).is_of_database:
            raise
        raise _Guilty from error
