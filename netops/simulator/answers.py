"""What an agent answers to a PDU: GET, GETNEXT, GETBULK; SET is refused.

Source: RFC 3416 section 4.2, and RFC 1157 section 4.1 for v1. Replies are built from varbinds that are already
encoded; only counters and other moving values are encoded anew. ``_bulk`` is where a benchmark's time goes.
"""

from dataclasses import dataclass

from netops.simulator.encoding import encode_exception
from netops.simulator.faults import Faults
from netops.simulator.shape import Cell, Shape, read_names
from netops.simulator.state import DeviceState
from netops.snmp import codec
from netops.snmp.types import Tag

SET = 0xA3
TOO_BIG = 1
NO_SUCH_NAME = 2
READ_ONLY = 4
GEN_ERR = 5
AUTHORIZATION_ERROR = 16
NOT_WRITABLE = 17


@dataclass(frozen=True, slots=True)
class Question:
    """A request with what its answer depends on."""

    pdu: codec.Pdu
    version: int
    room: int
    """Bytes that the varbinds of the reply may take."""
    faults: Faults

    @property
    def bindings(self) -> bytes:
        """The varbinds asked for, packed."""
        return self.pdu.data[self.pdu.start : self.pdu.end]


@dataclass(frozen=True, slots=True)
class Answer:
    """error-status, error-index, and the varbinds, packed."""

    bindings: bytes
    status: int = 0
    index: int = 0


def answer_pdu(question: Question, shape: Shape, state: DeviceState) -> Answer | None:
    """Answer a request; None for what no agent answers (responses, traps, GETBULK in v1).

    Raises:
        netops.errors.MalformedReply: The varbinds cannot be read.
    """
    tag = question.pdu.tag
    if not is_request(tag, question.version):
        return None
    if question.faults.gen_err:
        read_names(question.bindings)
        return Answer(question.bindings, GEN_ERR, 1)
    if question.faults.too_big_over is not None and _variables(question) > question.faults.too_big_over:
        return _too_big(question)
    if tag == codec.GET_BULK:
        return _bulk(question, shape, state)
    if tag == codec.GET:
        return _get(question, shape, state)
    if tag == codec.GET_NEXT:
        return _get_next(question, shape, state)
    return _refuse_set(question)


def is_request(tag: int, version: int) -> bool:
    """Say whether an agent answers such a PDU at all; v1 has no GETBULK."""
    if tag == codec.GET_BULK:
        return version != codec.VERSION_1
    return tag in {codec.GET, codec.GET_NEXT, SET}


def _variables(question: Question) -> int:
    count = len(read_names(question.bindings))
    if question.pdu.tag != codec.GET_BULK:
        return count
    heads = max(0, min(question.pdu.error_status, count))
    return heads + (count - heads) * max(0, question.pdu.error_index)


def _too_big(question: Question) -> Answer:
    """v1 sends the variables back (RFC 1157 section 4.1.2), v2 nothing (RFC 3416 section 4.2.1)."""
    return Answer(question.bindings if question.version == codec.VERSION_1 else b"", TOO_BIG, 0)


def _refuse_set(question: Question) -> Answer:
    read_names(question.bindings)
    status = READ_ONLY if question.version == codec.VERSION_1 else NOT_WRITABLE
    return Answer(question.bindings, status, 1)


def _encode(cell: Cell, state: DeviceState, work: float) -> bytes:
    if isinstance(cell, bytes):
        return cell
    if isinstance(cell, tuple):
        heads, slot, mask = cell
        value = state.counter(slot, work) & mask
        size = value.bit_length() >> 3
        return heads[size] + value.to_bytes(size + 1, "big")
    return cell(state)


def _get(question: Question, shape: Shape, state: DeviceState) -> Answer:
    work = state.work()
    found = []
    for position, name in enumerate(read_names(question.bindings), 1):
        place = shape.place.get(name)
        if question.version == codec.VERSION_1 and (place is None or place in shape.wide):
            return Answer(question.bindings, NO_SUCH_NAME, position)
        if place is not None:
            found.append(_encode(shape.cells[place], state, work))
        else:
            absent = Tag.NO_SUCH_INSTANCE if shape.object_of(name) else Tag.NO_SUCH_OBJECT
            found.append(encode_exception(name, absent))
    return _fit(question, b"".join(found))


def _get_next(question: Question, shape: Shape, state: DeviceState) -> Answer:
    work = state.work()
    names, places = shape.successors(question.bindings)
    if question.faults.loop:
        places = _turn_back(shape, names)
    found = []
    for position, (name, place) in enumerate(zip(names, places, strict=True), 1):
        at = place
        if question.version == codec.VERSION_1:
            while at in shape.wide:  # v1 has no Counter64, so it goes on to the next that it has
                at += 1
        if at < len(shape.cells):
            found.append(_encode(shape.cells[at], state, work))
        elif question.version == codec.VERSION_1:
            return Answer(question.bindings, NO_SUCH_NAME, position)
        else:
            found.append(encode_exception(name, Tag.END_OF_MIB_VIEW))
    return _fit(question, b"".join(found))


def _fit(question: Question, bindings: bytes) -> Answer:
    return Answer(bindings) if len(bindings) <= question.room else _too_big(question)


def _turn_back(shape: Shape, names: tuple[bytes, ...]) -> tuple[int, ...]:
    """Lead each name back to the beginning of its object."""
    return tuple(shape.after(shape.object_of(name) or name) for name in names)


def _bulk(question: Question, shape: Shape, state: DeviceState) -> Answer:
    names, places = shape.successors(question.bindings)
    loop = question.faults.loop
    if loop:
        places = _turn_back(shape, names)
    heads = max(0, min(question.pdu.error_status, len(names)))
    repetitions = max(0, question.pdu.error_index)
    found: list[bytes] = []
    left = _bulk_row(found, question.room, shape, state, names[:heads], places[:heads], 0)
    tail_names, tail_places = names[heads:], places[heads:]
    rows = _rows_that_matter(repetitions, tail_places, len(shape.cells)) if left >= 0 else 0
    for row in range(rows):
        left = _bulk_row(found, left, shape, state, tail_names, tail_places, 0 if loop else row)
        if left < 0:
            break
    if not found and left < 0:
        return _too_big(question)
    return Answer(b"".join(found))


def _rows_that_matter(repetitions: int, places: tuple[int, ...], end: int) -> int:
    """A row that is all endOfMibView may be the last (RFC 3416 section 4.2.3)."""
    if not places:
        return 0
    return min(repetitions, end - min(places) + 1)


def _bulk_row(
    found: list[bytes],
    room: int,
    shape: Shape,
    state: DeviceState,
    names: tuple[bytes, ...],
    places: tuple[int, ...],
    row: int,
) -> int:
    """Append one repetition; give the room left, negative once a varbind did not fit."""
    cells = shape.cells
    base, rates, work = state.base, state.rates, state.work()
    end = len(cells)
    for position, place in enumerate(places):
        at = place + row
        if at >= end:
            varbind = encode_exception(
                names[position] if place >= end else shape.oids[-1], Tag.END_OF_MIB_VIEW
            )
        else:
            cell = cells[at]
            if cell.__class__ is tuple:  # _encode written out: most of what a poll asks for
                heads, slot, mask = cell
                value = (base[slot] + int(rates[slot] * work)) & mask
                size = value.bit_length() >> 3
                varbind = heads[size] + value.to_bytes(size + 1, "big")
            elif cell.__class__ is bytes:
                varbind = cell
            else:
                varbind = cell(state)  # type: ignore[operator] # as above
        room -= len(varbind)
        if room < 0:
            return room
        found.append(varbind)
    return room
