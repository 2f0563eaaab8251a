"""Reading tables fast: the layout of each reply is remembered, and the next poll's reply checked against it.

A poll asks a device the same question every minute, and the same bytes come back but for the numbers. So
after a table has been read twice, each reply is not parsed anew: the bytes between its values (tags, lengths,
OIDs) are compared with those of the last poll, in C, and where all of them agree the values are cut out at
the known places. One byte off, and the reply goes through the full decoder; the result is the same by
construction, for both read the same bytes. It halves the CPU of a switch's poll (docs/adr/0003).
"""

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple, TypeVar, cast

from netops.snmp import codec
from netops.snmp.columns import Cursor, absorb, decode_index
from netops.snmp.types import Absent, Column, Index, Oid, Tag, Value

_READS_BEFORE_LEARNING = 1
_NUMBERS = tuple(range(8192))  # one object per position, shared by all plans

_slices: dict[tuple[int, int], slice] = {}
_common: dict[Hashable, Hashable] = {}
_SHARED = 400_000

_Shared = TypeVar("_Shared", bound=Hashable)
_Pick = Callable[[bytes], tuple[bytes, ...]]
_unsigned = int.from_bytes
_signed = partial(int.from_bytes, signed=True)
_UNSIGNED_TAGS = frozenset((Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64))


class _Shape(NamedTuple):
    """The layout of one reply, and the request that followed it."""

    start: int
    end: int
    pick_headers: _Pick
    headers: tuple[bytes, ...]
    pick_values: _Pick
    bindings: bytes | None
    """The next request's; None after the last reply."""
    width: int
    """Columns of the next request."""
    at_end: bool
    places: tuple[tuple[int, Index, int], ...]
    """Per varbind: column number, index and tag; column -1 where it lies outside its column."""


class _ColumnPlan(NamedTuple):
    """How one column is put together from the values of all replies, in order."""

    keys: tuple[Index, ...]
    pick: Callable[[list[bytes]], tuple[bytes, ...]]
    tags: tuple[int, ...]


class TableMemory:
    """What is remembered of one table of one device between polls."""

    __slots__ = ("plan", "reads", "shapes", "too_long")

    def __init__(self, *, learns: bool = True) -> None:
        self.reads = 0
        self.too_long = not learns
        self.shapes: list[_Shape] = []
        self.plan: list[_ColumnPlan] | None = None

    def forget(self) -> None:
        """Begin anew: the table did not come back the way it used to."""
        self.shapes.clear()
        self.plan = None


class TableRead:
    """One reading of several columns: tell ``bindings``, feed the reply, until there are none left."""

    def __init__(self, columns: Sequence[Oid], memory: TableMemory) -> None:
        self._columns = columns
        self._memory = memory
        self._cursors: list[Cursor] = []
        self._live: list[Cursor] = []
        self._step = 0
        self._predicted: list[codec.Pdu] | None = [] if memory.plan else None
        self._values: list[bytes] = []
        self._learn = memory.reads >= _READS_BEFORE_LEARNING and not memory.too_long
        self.bindings: bytes | None = codec.encode_bindings(columns)
        self.width = len(columns)
        if not memory.plan:
            memory.forget()  # a reading that broke off may have left the layouts of its first replies
            self._begin()

    def _begin(self) -> None:
        self._cursors = [Cursor(column) for column in self._columns]
        self._live = list(self._cursors)

    def feed(self, pdu: codec.Pdu) -> tuple[int, bool]:
        """Take the reply to ``bindings``.

        Returns:
            How many varbinds it held, and whether a column ended in it.

        Raises:
            MalformedReply, OidNotIncreasing, UnexpectedReply: The reply cannot be used.
        """
        if self._predicted is not None:
            shape = self._match(pdu)
            if shape:
                self._predicted.append(pdu)
                self._step += 1
                self._values += shape.pick_values(pdu.data)
                self.bindings, self.width = shape.bindings, shape.width
                return len(shape.places), shape.at_end
            self._fall_back()
        return self._parse(pdu)

    def _match(self, pdu: codec.Pdu) -> _Shape | None:
        shapes = self._memory.shapes
        if self._step >= len(shapes):
            return None
        shape = shapes[self._step]
        if pdu.start != shape.start or pdu.end != shape.end:
            return None
        return shape if shape.pick_headers(pdu.data) == shape.headers else None

    def _fall_back(self) -> None:
        """The layout changed: read what was taken on trust so far in full, and go on so."""
        predicted, self._predicted = self._predicted or [], None
        self._begin()
        self._values.clear()
        self._step = 0
        for pdu in predicted:
            self._live = absorb(self._live, codec.decode_varbinds(pdu.data, pdu.start, pdu.end))
            self._step += 1
        del self._memory.shapes[self._step :]
        self._memory.plan = None

    def _parse(self, pdu: codec.Pdu) -> tuple[int, bool]:
        packed = codec.decode_varbinds(pdu.data, pdu.start, pdu.end)
        asked = self._live
        self._live = absorb(asked, packed)
        at_end = len(self._live) < len(asked)
        self.width = len(self._live)
        self.bindings = (
            codec.encode_bindings([cursor.next_oid for cursor in self._live]) if self._live else None
        )
        if self._learn:
            self._memory.shapes.append(self._shape(pdu, packed, asked, at_end=at_end))
        self._step += 1
        return len(packed.oids), at_end

    def _shape(
        self, pdu: codec.Pdu, packed: codec.PackedVarbinds, asked: list[Cursor], *, at_end: bool
    ) -> _Shape:
        headers, values = _locate(pdu.data, pdu.start, pdu.end)
        number = {id(cursor): at for at, cursor in enumerate(self._cursors)}
        places = []
        left = set()  # cursors that absorb left at their column's end, whatever the reply held after that
        for at, (oid, tag, value) in enumerate(zip(*packed, strict=True)):
            place = at % len(asked)
            cursor = asked[place]
            if not oid.startswith(cursor.column) or value is Absent.END_OF_MIB_VIEW:
                left.add(place)
            inside = place not in left and value.__class__ is not Absent
            index = decode_index(oid[len(cursor.column) :]) if inside else ()
            places.append(_share((number[id(cursor)] if inside else -1, index, tag)))
        pick_headers = _picker(headers)
        return _Shape(
            start=pdu.start,
            end=pdu.end,
            pick_headers=pick_headers,
            headers=tuple(_share(header) for header in pick_headers(pdu.data)),
            pick_values=_picker(values),
            bindings=self.bindings,
            width=self.width,
            at_end=at_end,
            places=_share(tuple(places)),
        )

    def columns(self) -> list[Column]:
        """Give the columns, in the order asked, once ``bindings`` is None."""
        memory = self._memory
        memory.reads += 1
        if self._predicted is not None and memory.plan:
            values = self._values
            return [_assemble(plan, values) for plan in memory.plan]
        if self._learn:
            memory.plan = _plan(memory.shapes, len(self._columns))
            memory.too_long = memory.plan is None
        return [cursor.cells for cursor in self._cursors]

    def partial(self) -> list[Column]:
        """Give what was read before an error, by the full decoder."""
        if self._predicted is not None:
            self._fall_back()
        self._memory.forget()
        return [cursor.cells for cursor in self._cursors]


def _locate(data: bytes, at: int, end: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Find where headers and values of a varbind list stand that decode_varbinds has accepted.

    What decode_varbinds accepts or refuses by its content is compared like a header: the leading zero of a
    64-bit number, and an OID, which must end its last arc.
    """
    headers, values = [], []
    while at < end:
        _, inner, stop = codec.read_header(data, at, end)
        _, value_at = codec.expect(data, inner, stop, Tag.OBJECT_IDENTIFIER)
        tag, start, value_end = codec.read_header(data, value_at, stop)
        values.append((start, value_end))
        fixed_end = start
        if tag == Tag.OBJECT_IDENTIFIER:
            fixed_end = value_end
        elif tag in _UNSIGNED_TAGS and value_end - start == 9:
            fixed_end = start + 1
        headers.append((at, fixed_end))
        at = stop
    return headers, values


def _picker(places: list[tuple[int, int]]) -> _Pick:
    """Build a C function that cuts these places out of a datagram, always as a tuple."""
    if len(_slices) > _SHARED:
        _slices.clear()
    cuts = [_slices.setdefault(place, slice(*place)) for place in places]
    if len(cuts) == 1:
        only = cuts[0]
        return lambda data: (data[only],)
    return itemgetter(*cuts)


def _share(value: _Shared) -> _Shared:
    """Keep one copy of what most devices of a fleet have in common: headers, places, indexes."""
    if len(_common) > _SHARED:
        _common.clear()
    return cast("_Shared", _common.setdefault(value, value))


def _plan(shapes: list[_Shape], width: int) -> list[_ColumnPlan] | None:
    places = [place for shape in shapes for place in shape.places]
    if len(places) > len(_NUMBERS):
        return None  # a table too long to be worth the memory
    rows: list[list[tuple[int, Index, int]]] = [[] for _ in range(width)]
    for at, (column, index, tag) in enumerate(places):
        if column >= 0:
            rows[column].append((_NUMBERS[at], index, tag))
    plans = []
    for cells in rows:
        keys = tuple(index for _, index, _ in cells)
        tags = {tag for _, _, tag in cells}
        plans.append(
            _ColumnPlan(
                _share(keys),
                _gather(tuple(at for at, _, _ in cells)),
                tuple(tags) if len(tags) == 1 else tuple(tag for _, _, tag in cells),
            )
        )
    return plans


@lru_cache(maxsize=16_384)
def _gather(places: tuple[int, ...]) -> Callable[[list[bytes]], tuple[bytes, ...]]:
    """Build a C function that gathers one column; devices of one layout share it."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        only = places[0]
        return lambda values: (values[only],)
    return itemgetter(*places)


def _assemble(plan: _ColumnPlan, values: list[bytes]) -> Column:
    raw = plan.pick(values)
    if len(plan.tags) == 1:
        tag = plan.tags[0]
        if tag in _UNSIGNED_TAGS:
            return dict(zip(plan.keys, map(_unsigned, raw), strict=True))
        if tag == Tag.INTEGER:
            return dict(zip(plan.keys, map(_signed, raw), strict=True))
        if tag == Tag.OCTET_STRING:
            return dict(zip(plan.keys, raw, strict=True))
    tags = plan.tags if len(plan.tags) == len(raw) else plan.tags * len(raw)
    cells: dict[Index, Value] = {}
    for key, tag, content in zip(plan.keys, tags, raw, strict=True):
        value = codec.decode_value(tag, content)
        if not isinstance(value, Absent):
            cells[key] = value
    return cells
