"""Reading whole columns: what one GETBULK reply brought is sorted into columns here, and pacing is learned.

Pure: values in, values out. Source: RFC 3416 section 4.2.3.
"""

from netops.errors import MalformedReply, OidNotIncreasing, UnexpectedReply
from netops.i18n import _
from netops.snmp.codec import PackedVarbinds
from netops.snmp.types import Absent, Column, Index, Oid, decode_arcs

_KNOWN_INDEXES = 200_000
_LONGEST_KNOWN = 64  # bytes; longer ones are rare, and could fill the memory
_LARGEST_ARC = 2**32 - 1
_GROW_AFTER = 16  # whole replies in a row before larger requests are tried again

_indexes: dict[bytes, Index] = {}


def decode_index(raw: bytes) -> Index:
    """Decode the arcs behind a column; the same few thousand come in every poll, so they are remembered.

    Raises:
        MalformedReply: An arc over 2**32-1 (RFC 2578 section 3.5), which could not be asked for again.
    """
    index = _indexes.get(raw)
    if index is None:
        index = decode_arcs(raw)
        if index and max(index) > _LARGEST_ARC:
            raise MalformedReply("an arc of an OID is over 2**32-1")
        if len(raw) <= _LONGEST_KNOWN:
            if len(_indexes) >= _KNOWN_INDEXES:
                _indexes.clear()
            _indexes[raw] = index
    return index


class Cursor:
    """How far the reading of one column has come."""

    __slots__ = ("cells", "column", "last", "next_oid")

    def __init__(self, column: Oid) -> None:
        self.column = column
        self.cells: Column = {}
        self.last: Index = ()
        self.next_oid: bytes = column


def absorb(live: list[Cursor], packed: PackedVarbinds) -> list[Cursor]:
    """Sort the varbinds of one reply into the columns it was asked for.

    Varbind i belongs to column i modulo the number of columns asked; the last row may be cut.

    Returns:
        The cursors that have not reached the end of their column, those first that got nothing.

    Raises:
        MalformedReply: An index that cannot be.
        UnexpectedReply: The reply is empty.
        OidNotIncreasing: The agent went back, in a column or out of it.
    """
    width = len(live)
    oids, values = packed.oids, packed.values
    if not oids:
        raise UnexpectedReply(_("the agent answered a GETBULK with nothing at all"))
    ordinary = max(packed.tags) < 0x80  # no exceptions among them, so values need no second look
    starved: list[Cursor] = []
    going: list[Cursor] = []
    known = _indexes
    for at, cursor in enumerate(live):
        column = cursor.column
        size = len(column)
        cells = cursor.cells
        last = cursor.last
        oid = b""
        for oid, value in zip(oids[at::width], values[at::width], strict=True):
            if not oid.startswith(column):
                _check_beyond(oid, cursor, ended=not ordinary)
                break
            raw = oid[size:]
            index = known.get(raw) or decode_index(raw)
            if value is Absent.END_OF_MIB_VIEW:
                break
            if index <= last:
                raise OidNotIncreasing(circle(oid))
            last = index
            if value.__class__ is not Absent:  # else a row that vanished between two requests
                cells[index] = value  # type: ignore[assignment]  # Absent was sorted out above
        else:
            if oid:
                if oid == cursor.next_oid:
                    raise OidNotIncreasing(circle(oid))
                cursor.last, cursor.next_oid = last, oid
                going.append(cursor)
            else:
                starved.append(cursor)
    return starved + going


def _check_beyond(oid: bytes, cursor: Cursor, *, ended: bool) -> None:
    """An OID outside the column must lie behind it; one before it is an agent walking in a circle.

    Byte order and OID order agree except for arcs of different lengths, so only a suspect is decoded. With
    endOfMibView the agent echoes the OID it was asked (RFC 3416 section 4.2.2), whatever that was.
    """
    if oid < cursor.column and not ended and Oid(oid).arcs < cursor.column.arcs:
        raise OidNotIncreasing(circle(oid))


def circle(oid: bytes) -> str:
    """Word an agent that goes back."""
    return _("the agent walks in a circle: %(oid)s came again or out of order; its firmware is at fault") % {
        "oid": str(Oid(oid))
    }


class Pacing:
    """How much to ask of one device at once, learned from how it answers.

    ``cap`` rows at most: halved by tooBig and by a time-out that a smaller request cured, doubled again after
    a run of good replies. Once replies come cut short, no more rows are asked than fitted, plus one: an agent
    may build all that was asked before it cuts.
    """

    def __init__(self, max_repetitions: int) -> None:
        self._limit = max(1, max_repetitions)
        self.cap = self._limit
        self._fitting = 0
        self._good = 0

    def repetitions(self, columns: int) -> int:
        """Give max-repetitions for a request of so many columns."""
        if not self._fitting:
            return self.cap
        return min(self.cap, self._fitting // columns + 1)

    def on_reply(self, asked: int, columns: int, got: int, *, at_end: bool) -> None:
        """Learn from a reply: rows asked, columns, varbinds it held, and whether the table ended in it."""
        if got < asked * columns and not at_end:
            self._fitting = max(got, 1)
        elif self._fitting and got >= self._fitting:
            self._fitting = got + columns
        self._good += 1
        if self._good >= _GROW_AFTER and self.cap < self._limit:
            self.cap = min(self._limit, self.cap * 2)
            self._good = 0

    def limit(self, most: int) -> None:
        """Never ask for more rows than this: a profile knows the agent."""
        self._limit = max(1, min(self._limit, most))
        self.cap = min(self.cap, self._limit)

    def shrink(self, to: int) -> None:
        """Ask for no more rows than this from now on."""
        self.cap = max(1, min(self.cap, to))
        self._good = 0
