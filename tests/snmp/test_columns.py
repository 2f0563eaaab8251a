"""Sorting replies into columns: order is demanded, absence is no value, and pacing stays within bounds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.errors import MalformedReply, OidNotIncreasing, UnexpectedReply
from netops.snmp.codec import PackedVarbinds
from netops.snmp.columns import Cursor, Pacing, absorb, decode_index
from netops.snmp.types import Absent, Oid, Tag, Value

NAME = Oid.parse("1.3.6.1.2.1.2.2.1.2")
OCTETS = Oid.parse("1.3.6.1.2.1.2.2.1.10")
BEHIND = Oid.parse("1.3.6.1.2.1.2.2.1.11.1")
BEFORE = Oid.parse("1.3.6.1.2.1.2.2.1.1.1")


def pack(*cells: tuple[Oid, Value | Absent]) -> PackedVarbinds:
    oids = [bytes(oid) for oid, _ in cells]
    values = [value for _, value in cells]
    tags = [value.value if isinstance(value, Absent) else int(Tag.INTEGER) for value in values]
    return PackedVarbinds(oids, tags, values)


def test_rows_go_to_the_columns_they_were_asked_for() -> None:
    live = [Cursor(NAME), Cursor(OCTETS)]
    going = absorb(live, pack((NAME / 1, 11), (OCTETS / 1, 12), (NAME / 2, 21), (OCTETS / 2, 22)))
    assert going == live
    assert live[0].cells == {(1,): 11, (2,): 21}
    assert live[1].cells == {(1,): 12, (2,): 22}
    assert [cursor.next_oid for cursor in going] == [NAME / 2, OCTETS / 2]


def test_a_column_ends_where_the_next_begins() -> None:
    name, octets = Cursor(NAME), Cursor(OCTETS)
    going = absorb([name, octets], pack((NAME / 1, 1), (OCTETS / 1, 2), (OCTETS / 1, 2), (OCTETS / 2, 3)))
    assert going == [octets]
    assert name.cells == {(1,): 1}


def test_what_follows_the_end_of_a_column_in_the_same_reply_is_not_taken() -> None:
    name = Cursor(NAME)
    assert absorb([name], pack((NAME / 1, 1), (BEHIND, 2), (NAME / 2, 3))) == []
    assert name.cells == {(1,): 1}


def test_columns_that_got_nothing_are_asked_first_next_time() -> None:
    name, octets = Cursor(NAME), Cursor(OCTETS)
    assert absorb([name, octets], pack((NAME / 1, 1))) == [octets, name]


def test_the_end_of_the_mib_ends_a_column_whatever_oid_it_echoes() -> None:
    for echo in (NAME, NAME / 1, BEFORE, BEHIND):
        name = Cursor(NAME)
        assert absorb([name], pack((NAME / 1, 1), (echo, Absent.END_OF_MIB_VIEW))) == []
        assert name.cells == {(1,): 1}


def test_a_row_that_vanished_is_skipped_and_reading_goes_on_behind_it() -> None:
    name = Cursor(NAME)
    going = absorb([name], pack((NAME / 1, 1), (NAME / 2, Absent.NO_SUCH_INSTANCE)))
    assert going == [name]
    assert name.cells == {(1,): 1}
    assert name.next_oid == NAME / 2


@pytest.mark.parametrize(
    "cells",
    [
        [(NAME / 2, 1), (NAME / 1, 1)],
        [(NAME / 1, 1), (NAME / 1, 1)],
        [(NAME, 1)],
        [(BEFORE, 1)],
        [(NAME / 1, 1), (BEFORE, 1)],
        [(Oid.parse("0.0"), 1)],
        [(NAME / 300, 1), (NAME / 5, 1)],
        [(NAME / (1, 2), 1), (NAME / 1, 1)],
        [(NAME / 2, Absent.NO_SUCH_INSTANCE), (NAME / 1, 1)],
        [(NAME / 2, Absent.NO_SUCH_INSTANCE), (NAME / 1, Absent.NO_SUCH_INSTANCE)],
        [(NAME, Absent.NO_SUCH_OBJECT)],
    ],
)
def test_an_agent_that_goes_back_is_named(cells: list[tuple[Oid, Value | Absent]]) -> None:
    with pytest.raises(OidNotIncreasing, match="walks in a circle"):
        absorb([Cursor(NAME)], pack(*cells))


def test_going_back_from_one_reply_to_the_next_is_named() -> None:
    name = Cursor(NAME)
    absorb([name], pack((NAME / 5, 1), (NAME / 6, 1)))
    with pytest.raises(OidNotIncreasing):
        absorb([name], pack((NAME / 6, 1)))


def test_rows_without_values_that_come_in_turns_are_a_circle_too() -> None:
    """Two vanished rows, one after the other for ever, once kept a poll going for ever."""
    name = Cursor(NAME)
    absorb([name], pack((NAME / 1, Absent.NO_SUCH_INSTANCE)))
    absorb([name], pack((NAME / 2, Absent.NO_SUCH_INSTANCE)))
    with pytest.raises(OidNotIncreasing):
        absorb([name], pack((NAME / 1, Absent.NO_SUCH_INSTANCE)))


def test_oids_are_compared_by_arcs_and_not_by_bytes() -> None:
    """The byte 0x7f sorts behind 0x81 0x00 only in a careless comparison: 127 < 128."""
    column = Oid.parse("1.3.6.1.4.1.200")
    cursor = Cursor(column)
    absorb([cursor], pack((column / 127, 1), (column / 128, 2), (column / 16384, 3)))
    assert list(cursor.cells) == [(127,), (128,), (16384,)]
    beyond = Oid.parse("1.3.6.1.4.1.20000.1")  # its bytes sort behind, as do its arcs
    assert absorb([cursor], pack((beyond, 1))) == []
    narrow = Cursor(Oid.parse("1.3.6.1.4.1.16383"))  # ff 7f
    assert absorb([narrow], pack((Oid.parse("1.3.6.1.4.1.16384.1"), 1))) == []  # 81 80 00: before, by bytes


def test_an_empty_reply_is_named() -> None:
    with pytest.raises(UnexpectedReply, match="nothing at all"):
        absorb([Cursor(NAME)], pack())


def test_an_arc_over_32_bits_is_refused_before_it_can_be_asked_for() -> None:
    oid = Oid(NAME + b"\x90\x80\x80\x80\x00")  # 2**32
    with pytest.raises(MalformedReply, match="over 2"):
        absorb([Cursor(NAME)], pack((oid, 1)))
    assert decode_index(b"\x8f\xff\xff\xff\x7f") == (2**32 - 1,)


def test_long_indexes_are_decoded_though_not_remembered() -> None:
    raw = b"\x8f\xff\xff\xff\x7f" * 100
    assert decode_index(raw) == (2**32 - 1,) * 100
    assert decode_index(raw) == (2**32 - 1,) * 100


oids = st.one_of(
    st.lists(st.integers(0, 3), max_size=3).map(lambda tail: NAME / tuple(tail) if tail else NAME),
    st.lists(st.integers(0, 300), min_size=1, max_size=2).map(lambda tail: OCTETS / tuple(tail)),
    st.sampled_from([BEFORE, BEHIND, Oid.parse("0.0")]),
)
cells = st.tuples(oids, st.one_of(st.integers(0, 9), st.sampled_from(list(Absent))))


@given(st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=6), st.integers(1, 3))
def test_whatever_comes_indexes_only_grow_and_every_reading_ends(
    replies: list[list[tuple[Oid, Value | Absent]]], width: int
) -> None:
    """An agent that gives the same few replies for ever is left after a bounded number of them."""
    cursors = [Cursor(column) for column in (NAME, OCTETS, NAME)[:width]]
    live = list(cursors)
    limit = 2 + width * sum(map(len, replies))
    asked = 0
    try:
        for reply in itertools.cycle(replies):
            live = absorb(live, pack(*reply))
            asked += 1
            assert asked <= limit
            if not live:
                break
    except OidNotIncreasing:
        pass
    for cursor in cursors:
        indexes = list(cursor.cells)
        assert all(before < after for before, after in itertools.pairwise(indexes))
        assert not any(isinstance(value, Absent) for value in cursor.cells.values())


# --- pacing

events = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), st.integers(1, 30), st.integers(0, 3000), st.booleans()),
        st.tuples(st.just("shrink"), st.integers(-5, 600)),
    ),
    max_size=80,
)


@given(st.integers(-3, 500), events)
def test_pacing_is_never_nothing_and_never_over_the_limit(limit: int, happened: list[tuple]) -> None:
    pacing = Pacing(limit)
    for event in happened:
        if event[0] == "reply":
            _, columns, got, at_end = event
            pacing.on_reply(pacing.repetitions(columns), columns, got, at_end=at_end)
        else:
            pacing.shrink(event[1])
        for columns in (1, 7, 24):
            assert 1 <= pacing.repetitions(columns) <= max(1, limit)


def test_too_big_halves_and_good_replies_double_again() -> None:
    pacing = Pacing(24)
    pacing.shrink(12)
    pacing.shrink(6)
    assert pacing.repetitions(1) == 6
    for _ in range(16):
        pacing.on_reply(6, 1, 6, at_end=False)
    assert pacing.repetitions(1) == 12
    for _ in range(16):
        pacing.on_reply(12, 1, 12, at_end=False)
    assert pacing.repetitions(1) == 24


def test_no_more_is_asked_than_fits_plus_one_row() -> None:
    pacing = Pacing(25)
    pacing.on_reply(25, 10, 40, at_end=False)
    assert pacing.repetitions(10) == 5
    pacing.on_reply(5, 10, 50, at_end=False)
    assert pacing.repetitions(10) == 7


def test_the_end_of_a_table_says_nothing_of_what_fits() -> None:
    pacing = Pacing(25)
    pacing.on_reply(25, 10, 12, at_end=True)
    assert pacing.repetitions(10) == 25
