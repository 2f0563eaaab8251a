"""What a device of one kind shows: its OIDs in order, and a cell for each.

A shape is shared by all devices that show the same OIDs; a cell takes what differs from the device's state.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from netops.errors import MalformedReply
from netops.simulator.encoding import Plain, counter_heads, encode_cell
from netops.simulator.state import DeviceState
from netops.snmp import codec
from netops.snmp.types import Oid, Tag, decode_arcs, encode_arcs

Arcs = tuple[int, ...]
CounterCell = tuple[tuple[bytes, ...], int, int]
"""(heads by size, slot, mask): a counter that is encoded from the state."""
LiveCell = Callable[[DeviceState], bytes]
Cell = bytes | CounterCell | LiveCell
"""A whole varbind, or the way to one."""
Live = Callable[[DeviceState], Plain]

_MASKS = {Tag.COUNTER32: 2**32 - 1, Tag.COUNTER64: 2**64 - 1}
_REMEMBERED = 4096  # requests whose places are remembered; a poller asks the same ones again and again
_LONGEST_OID = 640


@lru_cache(maxsize=4096)
def arcs_of(dotted: str) -> Arcs:
    """Read dotted decimal as arcs."""
    return Oid.parse(dotted).arcs


class Shape:
    """OIDs in lexicographic order of their arcs, and their cells."""

    def __init__(self, cells: Mapping[Arcs, Cell], objects: Iterable[Arcs], wide: Iterable[Arcs]) -> None:
        """Sort the cells.

        Args:
            cells: Whole OIDs to cells.
            objects: The OIDs of the objects that the cells are instances of.
            wide: Which of the cells are Counter64, for SNMPv1 cannot carry them.
        """
        self._arcs = sorted(cells)
        self.oids = [encode_arcs(arcs) for arcs in self._arcs]
        self.cells: list[Cell] = [cells[arcs] for arcs in self._arcs]
        self.place = {oid: at for at, oid in enumerate(self.oids)}
        self.wide = frozenset(self.place[encode_arcs(arcs)] for arcs in wide)
        self._objects = frozenset(encode_arcs(arcs) for arcs in objects)
        self._asked: dict[bytes, tuple[tuple[bytes, ...], tuple[int, ...]]] = {}

    def successors(self, bindings: bytes) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
        """Give the names in a packed varbind list, and the place of the cell that follows each.

        A place of ``len(self.cells)`` is the end of the MIB view.

        Raises:
            MalformedReply: Not a varbind list.
        """
        known = self._asked.get(bindings)
        if known is None:
            names = read_names(bindings)
            known = names, tuple(map(self.after, names))
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            self._asked[bindings] = known
        return known

    def after(self, oid: bytes) -> int:
        """Give the place of the first cell behind an OID, in O(log n)."""
        at = self.place.get(oid)
        if at is not None:
            return at + 1
        return bisect_right(self._arcs, Oid(oid).arcs)

    def object_of(self, oid: bytes) -> bytes | None:
        """Give the object that an OID is, or would be, an instance of; None where there is none."""
        for end in range(len(oid), 0, -1):
            if oid[:end] in self._objects:
                return oid[:end]
        return None


def read_names(bindings: bytes) -> tuple[bytes, ...]:
    """Read the names in a packed varbind list; the values are skipped.

    Raises:
        MalformedReply: Not a varbind list, or a name that is no OBJECT IDENTIFIER.
    """
    names = []
    at = 0
    while at < len(bindings):
        start, at = codec.expect(bindings, at, len(bindings), 0x30)
        name_start, name_end = codec.expect(bindings, start, at, Tag.OBJECT_IDENTIFIER)
        _tag, _start, value_end = codec.read_header(bindings, name_end, at)
        name = bindings[name_start:name_end]
        if value_end != at or not name or len(name) > _LONGEST_OID or name[-1] > 0x7F:
            raise MalformedReply("not a variable and its value")
        if max(decode_arcs(name)) > 0xFFFFFFFF + 80:
            raise MalformedReply("an arc is over 2**32-1")
        names.append(name)
    return tuple(names)


class ShapeBuilder:
    """Collects cells; ``build`` sorts them into a shape."""

    def __init__(self) -> None:
        self._cells: dict[Arcs, Cell] = {}
        self._objects: set[Arcs] = set()
        self._wide: list[Arcs] = []

    def add(self, object_oid: str, index: Arcs, tag: int, value: Plain | Live) -> None:
        """Add one variable.

        Args:
            object_oid: The object, e.g. ``1.3.6.1.2.1.1.5``.
            index: Its instance: ``(0,)`` for a scalar.
            tag: The type of its value.
            value: The value, or a function that takes it from the state each time it is asked for.
        """
        oid = encode_arcs(arcs_of(object_oid) + index)
        if callable(value):
            self._put(object_oid, index, tag, _live(oid, tag, value))
        else:
            self._put(object_oid, index, tag, encode_cell(oid, tag, value))

    def scalar(self, object_oid: str, tag: int, value: Plain | Live) -> None:
        """Add a variable of which there is one."""
        self.add(object_oid, (0,), tag, value)

    def row(self, entry: str, index: Arcs, columns: Mapping[int, tuple[int, Plain | Live]]) -> None:
        """Add a row of a table: column number to (tag, value)."""
        for number, (tag, value) in columns.items():
            self.add(f"{entry}.{number}", index, tag, value)

    def counter(self, object_oid: str, index: Arcs, tag: Tag, slot: int) -> None:
        """Add a Counter32 or Counter64 that counts in a slot of the state."""
        oid = encode_arcs(arcs_of(object_oid) + index)
        self._put(object_oid, index, tag, (counter_heads(oid, tag), slot, _MASKS[tag]))

    def choice(self, object_oid: str, index: Arcs, pick: Callable[[DeviceState], int]) -> None:
        """Add an INTEGER of 0 … 7 that changes often enough to be asked for quickly, such as ifOperStatus."""
        oid = encode_arcs(arcs_of(object_oid) + index)
        ready = [encode_cell(oid, Tag.INTEGER, number) for number in range(8)]
        self._put(object_oid, index, Tag.INTEGER, lambda state: ready[pick(state)])

    def _put(self, object_oid: str, index: Arcs, tag: int, cell: Cell) -> None:
        name = arcs_of(object_oid)
        if name + index in self._cells:
            message = f"{object_oid} has two cells of index {index}"
            raise ValueError(message)
        self._cells[name + index] = cell
        self._objects.add(name)
        if tag == Tag.COUNTER64:
            self._wide.append(name + index)

    def build(self) -> Shape:
        """Give the shape of everything added."""
        return Shape(self._cells, self._objects, self._wide)


def _live(oid: bytes, tag: int, value: Live) -> LiveCell:
    return lambda state: encode_cell(oid, tag, value(state))
