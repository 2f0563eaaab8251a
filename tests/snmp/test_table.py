"""Reading by memory is reading: whatever changed since, the result is that of a fresh full read."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile_agent import Cell, Mib, Question
from netops.errors import MalformedReply, OidNotIncreasing, SnmpError
from netops.snmp import codec
from netops.snmp import table as table_module
from netops.snmp.table import TableMemory, TableRead
from netops.snmp.types import Absent, Column, Index, Oid, Tag, Varbind

TABLE = Oid.parse("1.3.6.1.2.1.2.2.1")
COLUMNS = [TABLE / number for number in (2, 5, 10, 22)]
BEHIND = Oid.parse("1.3.6.1.2.1.99.1")
REPETITIONS = 4

Rows = dict[tuple[int, Index], Cell]
"""(column, index) to cell."""


def ask(mib: Mib, bindings: bytes, repetitions: int = REPETITIONS) -> codec.Pdu:
    """Answer a GETBULK as an honest agent would."""
    start, end = codec.expect(bindings, 0, len(bindings), 0x30)
    oids = [Oid(oid) for oid in codec.decode_varbinds(bindings, start, end).oids]
    varbinds = mib.answer(Question(1, codec.GET_BULK, 1, 0, repetitions, oids))
    return as_pdu(varbinds)


def as_pdu(varbinds: Sequence[Varbind]) -> codec.Pdu:
    data = codec.encode_response(codec.RESPONSE, 0x40000001, 0, 0, varbinds)
    return codec.read_pdu(data, 0, len(data))


def read(mib: Mib, memory: TableMemory, repetitions: int = REPETITIONS) -> list[Column]:
    reading = TableRead(COLUMNS, memory)
    while reading.bindings is not None:
        reading.feed(ask(mib, reading.bindings, repetitions))
    return reading.columns()


def mib_of(rows: Rows) -> Mib:
    cells = {TABLE / column / index: cell for (column, index), cell in rows.items()}
    return Mib({**cells, BEHIND: (Tag.INTEGER, 1)})


def expected(rows: Rows) -> list[Column]:
    return [
        {
            index: value  # type: ignore[misc]
            for (number, index), (_, value) in sorted(rows.items())
            if TABLE / number == column and not isinstance(value, Absent)
        }
        for column in COLUMNS
    ]


cell = st.one_of(
    st.tuples(st.just(Tag.COUNTER32), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(Tag.COUNTER64), st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1])),
    st.tuples(st.just(Tag.INTEGER), st.integers(-300, 300)),
    st.tuples(st.just(Tag.OCTET_STRING), st.binary(max_size=140)),
    st.tuples(st.just(Tag.OBJECT_IDENTIFIER), st.integers(0, 2**32 - 1).map(lambda arc: Oid.of(1, 3, arc))),
    st.just((Tag.NO_SUCH_INSTANCE, Absent.NO_SUCH_INSTANCE)),
    st.just((Tag.NULL, None)),
    st.tuples(st.just(Tag.OPAQUE), st.sampled_from([1.5, -2.25])),
)
index = st.one_of(
    st.integers(1, 300).map(lambda arc: (arc,)), st.tuples(st.integers(1, 3), st.integers(0, 2**32 - 1))
)
tables = st.dictionaries(st.tuples(st.sampled_from([2, 5, 10, 22]), index), cell, max_size=24)
changes = st.lists(
    st.tuples(st.sampled_from(["value", "drop", "add", "column"]), st.integers(0, 99), index, cell),
    max_size=5,
)


def change(rows: Rows, steps: list[tuple[str, int, Index, Cell]]) -> Rows:
    changed = dict(rows)
    for what, place, new_index, new_cell in steps:
        keys = sorted(changed)
        if what == "add" or not keys:
            changed[(2, 5, 10, 22)[place % 4], new_index] = new_cell
        elif what == "value":
            changed[keys[place % len(keys)]] = new_cell
        elif what == "drop":
            del changed[keys[place % len(keys)]]
        else:
            gone = keys[place % len(keys)][0]
            changed = {key: value for key, value in changed.items() if key[0] != gone}
    return changed


@settings(deadline=None, max_examples=200)
@given(tables, st.lists(st.tuples(changes, st.integers(1, 9)), min_size=4, max_size=6))
def test_a_reading_by_memory_is_what_a_fresh_full_reading_gives(
    rows: Rows, polls: list[tuple[list[tuple[str, int, Index, Cell]], int]]
) -> None:
    memory = TableMemory()
    for _ in range(3):
        assert read(mib_of(rows), memory) == expected(rows)
    for steps, repetitions in polls:
        rows = change(rows, steps)
        mib = mib_of(rows)
        assert read(mib, memory, repetitions) == read(mib, TableMemory()) == expected(rows)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from([*COLUMNS, BEHIND, Oid.parse("1.3")]), st.integers(0, 4), cell),
        min_size=1,
        max_size=10,
    ),
    st.integers(1, 3),
    st.integers(0, 300),
    st.integers(0, 255),
)
def test_a_lying_agent_gets_the_same_verdict_with_and_without_memory(
    items: list[tuple[Oid, int, Cell]], cut: int, place: int, value: int
) -> None:
    """Replies of any order, then the same with one byte changed: same cells, or the same error."""
    varbinds = [Varbind(column / number, tag, content) for column, number, (tag, content) in items]
    honest = [as_pdu(part) for part in (varbinds[:cut], varbinds[cut:]) if part]
    memory = TableMemory()
    for _ in range(3):
        assert play(honest, memory) == play(honest, TableMemory())
    changed = []
    for pdu in honest:
        data = bytearray(pdu.data)
        data[pdu.start + place % (pdu.end - pdu.start)] ^= value
        changed.append(pdu._replace(data=bytes(data)))
    assert play(changed, memory) == play(changed, TableMemory())
    assert play(honest, memory) == play(honest, TableMemory())


def play(replies: list[codec.Pdu], memory: TableMemory) -> object:
    """Read with these replies, over and over if need be; the kind of the error if it comes to one."""
    reading = TableRead(COLUMNS[:2], memory)
    turns = itertools.cycle(replies)
    try:
        for _ in range(100):
            if reading.bindings is None:
                return repr(reading.columns())
            reading.feed(next(turns))
    except SnmpError as error:
        memory.forget()
        return error.kind
    raise AssertionError("the reading does not end")


ROWS: Rows = {
    **{(2, (row,)): (Tag.OCTET_STRING, b"port %d" % row) for row in range(1, 13)},
    **{(10, (row,)): (Tag.COUNTER64, 2**63 + row) for row in range(1, 13)},
}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each reply that went through the full decoder."""
    calls: list[int] = []
    original = TableRead._parse

    def counted(reading: TableRead, pdu: codec.Pdu) -> tuple[int, bool]:
        calls.append(1)
        return original(reading, pdu)

    monkeypatch.setattr(TableRead, "_parse", counted)
    return calls


def parsings(parsed: list[int], rows: Rows, memory: TableMemory) -> int:
    parsed.clear()
    assert read(mib_of(rows), memory) == expected(rows)
    return len(parsed)


def test_from_the_third_reading_on_nothing_is_decoded_anew(parsed: list[int]) -> None:
    memory = TableMemory()
    counts = [parsings(parsed, ROWS, memory) for _ in range(4)]
    assert counts[0] == counts[1] > 0
    assert counts[2:] == [0, 0]


def test_a_changed_number_of_the_same_length_is_no_change_of_layout(parsed: list[int]) -> None:
    memory = TableMemory()
    for _ in range(3):
        read(mib_of(ROWS), memory)
    grown = {**ROWS, (10, (3,)): (Tag.COUNTER64, 2**63 + 999)}
    assert parsings(parsed, grown, memory) == 0


def test_after_a_change_of_layout_the_new_one_is_remembered(parsed: list[int]) -> None:
    memory = TableMemory()
    for _ in range(3):
        read(mib_of(ROWS), memory)
    renamed = {**ROWS, (2, (3,)): (Tag.OCTET_STRING, b"uplink to the core")}
    assert parsings(parsed, renamed, memory) > 0
    assert parsings(parsed, renamed, memory) == 0


def test_a_number_that_loses_its_leading_zero_is_refused_by_memory_too() -> None:
    """Nine bytes are a 64-bit number only with a zero before them; the remembered layout must say so."""
    rows: Rows = {(10, (1,)): (Tag.COUNTER64, 2**63)}
    memory = TableMemory()
    for _ in range(3):
        read(mib_of(rows), memory)
    reading = TableRead(COLUMNS, memory)
    assert reading.bindings is not None
    pdu = ask(mib_of(rows), reading.bindings)
    at = pdu.data.index(b"\x46\x09\x00") + 2
    with pytest.raises(MalformedReply):
        reading.feed(pdu._replace(data=pdu.data[:at] + b"\x01" + pdu.data[at + 1 :]))


def test_an_agent_that_leaves_a_column_and_comes_back_is_read_as_at_first() -> None:
    """What absorb leaves out, the memory must leave out: a row behind the end of its column."""
    column = COLUMNS[0]
    pdu = as_pdu(
        [
            Varbind(column / 1, Tag.INTEGER, 1),
            Varbind(BEHIND, Tag.INTEGER, 2),
            Varbind(column / 2, Tag.INTEGER, 3),
        ]
    )
    memory = TableMemory()
    results = []
    for _ in range(4):
        reading = TableRead([column], memory)
        reading.feed(pdu)
        results.append(reading.columns())
    assert results == [[{(1,): 1}]] * 4


def test_a_row_behind_the_end_of_the_mib_is_left_out_by_memory_too() -> None:
    column = COLUMNS[0]
    pdu = as_pdu(
        [
            Varbind(column / 1, Tag.INTEGER, 1),
            Varbind(column / 1, Tag.END_OF_MIB_VIEW, Absent.END_OF_MIB_VIEW),
            Varbind(column / 2, Tag.INTEGER, 3),
        ]
    )
    memory = TableMemory()
    for _ in range(4):
        reading = TableRead([column], memory)
        reading.feed(pdu)
        assert reading.columns() == [{(1,): 1}]


def test_readings_that_break_off_leave_nothing_behind() -> None:
    """A device that times out in mid-walk at every poll once made its memory grow at every poll."""
    memory = TableMemory()
    read(mib_of(ROWS), memory)
    for _ in range(5):
        reading = TableRead(COLUMNS, memory)
        assert reading.bindings is not None
        reading.feed(ask(mib_of(ROWS), reading.bindings))
        assert reading.bindings is not None
        assert len(memory.shapes) <= 1
    assert read(mib_of(ROWS), memory) == expected(ROWS)
    assert read(mib_of(ROWS), memory) == expected(ROWS)


def test_a_table_too_long_to_remember_is_read_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "_NUMBERS", tuple(range(10)))
    memory = TableMemory()
    for _ in range(4):
        assert read(mib_of(ROWS), memory) == expected(ROWS)
    assert memory.plan is None
    assert len(memory.shapes) == 0


def test_an_error_in_a_reading_by_memory_gives_what_was_read_before() -> None:
    memory = TableMemory()
    for _ in range(3):
        read(mib_of(ROWS), memory)
    reading = TableRead(COLUMNS, memory)
    assert reading.bindings is not None
    reading.feed(ask(mib_of(ROWS), reading.bindings))
    with pytest.raises(OidNotIncreasing):
        reading.feed(as_pdu([Varbind(COLUMNS[0] / 1, Tag.INTEGER, 1)]))
    partial = reading.partial()
    assert partial[0] == {(row,): b"port %d" % row for row in range(1, 5)}
    assert read(mib_of(ROWS), memory) == expected(ROWS)


def test_columns_the_device_lacks_are_empty() -> None:
    memory = TableMemory()
    for _ in range(4):
        assert read(mib_of({}), memory) == [{}, {}, {}, {}]
        assert read(Mib({}), TableMemory()) == [{}, {}, {}, {}]
