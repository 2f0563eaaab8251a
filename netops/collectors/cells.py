"""Cells of columns as the types they should have; what an agent got wrong is left out and counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from netops.errors import SnmpError, UnexpectedReply
from netops.i18n import _
from netops.snmp.types import Absent, Column, Index, Oid, SnmpSession, Value, Varbind

MAX_CELLS_BY_GET = 40


@dataclass(slots=True)
class Misfits:
    """What an agent got wrong while one subject was read, without costing the rest."""

    count: int = 0
    first: str = ""
    """The object, e.g. ``1.3.6.1.2.1.2.2.1.10.3``."""
    failures: list[SnmpError] = field(default_factory=list)
    """Columns that could not be read at all."""

    def add(self, column: Oid, index: Index) -> None:
        """Count one."""
        self.count += 1
        if not self.first:
            self.first = str(column / index if index else column)

    def as_errors(self) -> list[SnmpError]:
        """Word them: all values of the wrong kind as one error, then the columns that failed."""
        if not self.count:
            return self.failures
        error = UnexpectedReply(
            _(
                "%(count)d values are of the wrong kind or out of range, the first at %(object)s; they were "
                "left out, which is the agent's fault: look for an update of its software"
            )
            % {"count": self.count, "object": self.first}
        )
        return [error, *self.failures]


def integers(cells: Column, column: Oid, misfits: Misfits) -> dict[Index, int]:
    """Give the column with its non-negative integers only; the very same object when all are."""
    # Two passes at C speed over a sound column, which nearly all are.
    if not cells:
        return {}
    if set(map(type, cells.values())) == {int}:
        whole = cast("dict[Index, int]", cells)
        if min(whole.values()) >= 0:
            return whole
    sound: dict[Index, int] = {}
    for index, value in cells.items():
        if isinstance(value, int) and value >= 0:
            sound[index] = value
        elif value is not None:
            misfits.add(column, index)
    return sound


def as_integer(varbind: Varbind, misfits: Misfits) -> int | None:
    """Give a scalar as a non-negative integer, None where it is absent or no such thing."""
    value = varbind.value
    if isinstance(value, int) and value >= 0:
        return value
    if value is not None and not isinstance(value, Absent):
        misfits.add(varbind.oid, ())
    return None


def as_value(varbind: Varbind) -> Value:
    """Give a scalar, None where it is absent."""
    return None if isinstance(varbind.value, Absent) else varbind.value


async def read_all(
    session: SnmpSession, columns: Sequence[Oid], misfits: Misfits, *, rarely: bool = False
) -> dict[Oid, Column]:
    """Read whole columns; one that upsets the agent costs itself only.

    Args:
        session: The open session.
        columns: What to read.
        misfits: The first error of the columns that failed is put here; those columns come back empty.
        rarely: They are not read again soon; see SnmpSession.read_columns.

    Raises:
        DeviceUnreachable: The device fell silent; nothing more is asked.
        CredentialRejected: The agent refuses us.
        SnmpError: Not one column could be read.
    """
    try:
        return dict(zip(columns, await session.read_columns(columns, rarely=rarely), strict=True))
    except SnmpError:
        if len(columns) == 1:
            raise
    found: dict[Oid, Column] = {}
    failures: list[SnmpError] = []
    for column in columns:
        try:
            (found[column],) = await session.read_columns([column], rarely=rarely)
        except SnmpError as error:
            found[column] = {}
            failures.append(error)
    if len(failures) == len(columns):
        raise failures[0]
    misfits.failures += failures[:1]
    return found


async def read_cells(
    session: SnmpSession, columns: Sequence[Oid], indexes: Sequence[Index], misfits: Misfits
) -> dict[Oid, Column]:
    """Read some rows of some columns: singly when they are few, else whole columns as ``read_all`` does."""
    if len(columns) * len(indexes) > MAX_CELLS_BY_GET:
        return await read_all(session, columns, misfits)
    varbinds = iter(await session.get([column / index for column in columns for index in indexes]))
    return {
        column: {index: value for index in indexes if (value := as_value(next(varbinds))) is not None}
        for column in columns
    }
