"""The values that SNMP carries, and what a session can be asked. Stands below every engine.

Values are plain Python: INTEGER, Counter32, Gauge32, TimeTicks and Counter64 are ``int``, OCTET STRING is
``bytes``, OBJECT IDENTIFIER is ``Oid``, IpAddress is ``IPv4Address``, Opaque float and double are ``float``
(other Opaque ``bytes``), NULL is None. "There is no such thing" is an ``Absent``, never None.
"""

from collections.abc import AsyncIterator, Sequence
from enum import Enum, IntEnum
from functools import lru_cache
from ipaddress import IPv4Address
from typing import NamedTuple, Protocol, Self

Index = tuple[int, ...]
"""The arcs behind a column: ``(3,)`` for ifTable, ``(1, 4, 10, 0, 0, 1)`` for ipAddressTable."""


class Tag(IntEnum):
    """BER tags of SNMP values (RFC 2578 section 7.1, RFC 3416 section 3)."""

    INTEGER = 0x02
    OCTET_STRING = 0x04
    NULL = 0x05
    OBJECT_IDENTIFIER = 0x06
    IP_ADDRESS = 0x40
    COUNTER32 = 0x41
    GAUGE32 = 0x42
    TIME_TICKS = 0x43
    OPAQUE = 0x44
    COUNTER64 = 0x46
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


class Absent(Enum):
    """Why there is no value (RFC 3416 section 3)."""

    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


@lru_cache(maxsize=65_536)
def encode_arcs(arcs: tuple[int, ...]) -> bytes:
    """Encode whole-OID arcs as the content of a BER OBJECT IDENTIFIER (X.690 section 8.19).

    Raises:
        ValueError: Fewer than two arcs, a first arc over 2, or an arc outside 0 … 2**32-1.
    """
    if len(arcs) < 2 or not 0 <= arcs[0] <= 2 or arcs[1] < 0 or (arcs[0] < 2 and arcs[1] > 39):
        message = f"not an object identifier: {'.'.join(map(str, arcs))}"
        raise ValueError(message)
    content = bytearray()
    for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]):
        if not 0 <= arc < 1 << 32:
            message = f"arc {arc} is outside 0 … 2**32-1"
            raise ValueError(message)
        septets = [arc & 0x7F]
        rest = arc >> 7
        while rest:
            septets.append(rest & 0x7F | 0x80)
            rest >>= 7
        content += bytes(reversed(septets))
    return bytes(content)


def decode_arcs(content: bytes) -> tuple[int, ...]:
    """Decode the arcs behind a column, each in base 128; () for b"".

    Raises:
        ValueError: The last arc is cut short.
    """
    arcs = []
    arc = 0
    for byte in content:
        arc = arc << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(arc)
            arc = 0
    if content and content[-1] & 0x80:
        message = "the last arc is cut short"
        raise ValueError(message)
    return tuple(arcs)


class Oid(bytes):
    """An object identifier, held as its BER content, which is what travels and what is compared.

    A column's ``Oid`` is a prefix of its cells' (``cell.startswith(column)``), because each arc ends itself.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, dotted: str) -> Self:
        """Read ``1.3.6.1.2.1.1`` or ``.1.3.6.1.2.1.1``.

        Raises:
            ValueError: Not dotted decimal, or not an object identifier.
        """
        words = dotted.strip().removeprefix(".").split(".")
        if not all(
            word.isascii() and word.isdigit() for word in words
        ):  # int() takes 1_0 and foreign digits too
            message = f"not an object identifier: {dotted}"
            raise ValueError(message)
        return cls(encode_arcs(tuple(map(int, words))))

    @classmethod
    def of(cls, *arcs: int) -> Self:
        """Build one from arcs."""
        return cls(encode_arcs(arcs))

    @property
    def arcs(self) -> tuple[int, ...]:
        """All arcs, the first two told apart."""
        if not self:
            return ()
        first, *rest = decode_arcs(self)
        top = min(first // 40, 2)
        return (top, first - top * 40, *rest)

    def index_below(self, column: "Oid") -> Index:
        """Give the arcs behind a column that this is a cell of."""
        return decode_arcs(self[len(column) :])

    def __truediv__(self, index: Index | int) -> "Oid":
        """Append index arcs: ``IF_DESCR / 3``."""
        tail = (index,) if isinstance(index, int) else index
        return Oid(encode_arcs(self.arcs + tail))

    def __str__(self) -> str:
        """Give dotted decimal without a leading dot."""
        return ".".join(map(str, self.arcs))

    def __repr__(self) -> str:
        """Give a form that can be pasted into code."""
        return f"Oid.parse({str(self)!r})"


Value = int | bytes | Oid | IPv4Address | float | None
Column = dict[Index, Value]
"""One column of a table: row index to value, in the agent's order, without absent cells."""


class Varbind(NamedTuple):
    """One variable and its value; ``value`` is an Absent where ``tag`` is an exception."""

    oid: Oid
    tag: int
    value: Value | Absent


class SnmpSession(Protocol):
    """An open conversation with one device. Whoever opened it closes it.

    Every method raises netops.errors.DeviceUnreachable, CredentialRejected or SnmpError; none waits longer
    than the time-outs and retries of its SnmpAccess allow for each request.
    """

    requests: int
    """Requests sent so far, retries included."""

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Read single variables, in the order asked. A missing one comes back with an Absent."""
        ...

    async def get_next(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Give the variable that follows each OID, in the order asked; an Absent behind the last of all.

        Where the agent stumbles over one of them (genErr), that one comes back as an Absent too.
        """
        ...

    def walk(self, root: Oid) -> AsyncIterator[Varbind]:
        """Give every variable below a root, in order; nothing when there is none."""
        ...

    async def read_columns(self, columns: Sequence[Oid], *, rarely: bool = False) -> list[Column]:
        """Read whole columns, several in each request; a column the device lacks is an empty dict.

        Args:
            columns: Columns of tables.
            rarely: They are not read again soon, or are others every time: nothing is kept of them.
        """
        ...

    def limit_repetitions(self, most: int) -> None:
        """Ask for no more rows at once than this from now on."""
        ...

    async def close(self) -> None:
        """Let go of what the session holds. Requests still waiting end with NoAnswer."""
        ...
