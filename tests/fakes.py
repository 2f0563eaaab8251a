"""Fakes at our own edges: a device to be asked, and a clock to be wound."""

import bisect
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from netops.errors import DeviceError, NoAnswer
from netops.snmp.types import Absent, Column, Index, Oid, Tag, Value, Varbind

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return 1000.0 + self.seconds

    def wind(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class FakeSnmpSession:
    """A device made of values; implements netops.snmp.types.SnmpSession.

    ``values`` may be changed between polls. ``faults`` maps a column, table or variable to the error that
    every request touching it or anything below it meets. ``silent`` answers nothing at all.
    """

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self.values: dict[tuple[int, ...], Value] = {}
        self.faults: dict[str, DeviceError] = {}
        self.silent = False
        self.requests = 0
        self.asked: list[str] = []
        self.closed = False
        self.set(values or {})

    @classmethod
    def from_recording(cls, path: Path) -> "FakeSnmpSession":
        """Load lines of ``OID|tag|value``; tag as in netops.snmp.types.Tag, ``4x`` for a value in hex."""
        session = cls()
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                oid, tag, text = line.split("|", 2)
                session.set({oid: parse_recorded(tag, text)})
        return session

    def set(self, values: Mapping[str, Value]) -> None:
        """Put values, by dotted OID."""
        for dotted, value in values.items():
            self.values[arcs_of(dotted)] = value

    def drop(self, dotted: str) -> None:
        """Take away a variable, a column or a table."""
        prefix = arcs_of(dotted)
        for arcs in [arcs for arcs in self.values if arcs[: len(prefix)] == prefix]:
            del self.values[arcs]

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        self._meet(oids)
        varbinds = []
        for oid in oids:
            if oid.arcs in self.values:
                value = self.values[oid.arcs]
                varbinds.append(Varbind(oid, tag_of(value), value))
            else:
                varbinds.append(Varbind(oid, Tag.NO_SUCH_OBJECT, Absent.NO_SUCH_OBJECT))
        return varbinds

    async def get_next(self, oids: Sequence[Oid]) -> list[Varbind]:
        self._meet(oids)
        ordered = sorted(self.values)
        varbinds = []
        for oid in oids:
            at = bisect.bisect_right(ordered, oid.arcs)
            if at == len(ordered):
                varbinds.append(Varbind(oid, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW))
            else:
                value = self.values[ordered[at]]
                varbinds.append(Varbind(Oid.of(*ordered[at]), tag_of(value), value))
        return varbinds

    def limit_repetitions(self, most: int) -> None:
        self.most_repetitions = most

    async def walk(self, root: Oid) -> AsyncIterator[Varbind]:
        self._meet([root])
        for arcs in self._below(root.arcs):
            yield Varbind(Oid.of(*arcs), tag_of(self.values[arcs]), self.values[arcs])

    async def read_columns(self, columns: Sequence[Oid], *, rarely: bool = False) -> list[Column]:
        self._meet(columns)
        found: list[Column] = []
        for column in columns:
            prefix = column.arcs
            found.append({arcs[len(prefix) :]: self.values[arcs] for arcs in self._below(prefix)})
        return found

    async def close(self) -> None:
        self.closed = True

    def _below(self, prefix: tuple[int, ...]) -> list[Index]:
        ordered = sorted(self.values)
        low = bisect.bisect_left(ordered, prefix)
        return [arcs for arcs in ordered[low:] if arcs[: len(prefix)] == prefix and arcs != prefix]

    def _meet(self, oids: Sequence[Oid]) -> None:
        self.requests += 1
        self.asked += map(str, oids)
        if self.silent:
            raise NoAnswer("no answer")
        for dotted, error in self.faults.items():
            fault = arcs_of(dotted)
            if any(oid.arcs[: len(fault)] == fault for oid in oids):
                raise error


def arcs_of(dotted: str) -> tuple[int, ...]:
    return tuple(map(int, dotted.strip(".").split(".")))


def tag_of(value: Value) -> int:
    """Give the tag a real agent would most likely send."""
    if isinstance(value, Oid):
        return Tag.OBJECT_IDENTIFIER
    if isinstance(value, bytes):
        return Tag.OCTET_STRING
    if isinstance(value, IPv4Address):
        return Tag.IP_ADDRESS
    if isinstance(value, float):
        return Tag.OPAQUE
    return Tag.NULL if value is None else Tag.INTEGER


def parse_recorded(tag: str, text: str) -> Value:
    """Read one value of a recording.

    Raises:
        ValueError: The tag is unknown, or the value is not of its kind.
    """
    if tag.endswith("x"):
        return bytes.fromhex(text)
    kind = Tag(int(tag))
    if kind is Tag.OCTET_STRING:
        return text.encode()
    if kind is Tag.OBJECT_IDENTIFIER:
        return Oid.parse(text)
    if kind is Tag.IP_ADDRESS:
        return IPv4Address(text)
    if kind is Tag.NULL:
        return None
    return int(text)
