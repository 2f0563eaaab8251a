"""One poll as one row, and many rows as one table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.model.history import HistoryKind
from netops.store.history.raw import pack_deltas, pack_gauges, unpack_rows

CELL = st.one_of(st.none(), st.integers(0, 300), st.integers(0, 2**53 - 1))
POLL = st.lists(st.tuples(*[CELL] * 12), min_size=1, max_size=6)


def as_floats(deltas):
    return np.array([[np.nan if cell is None else float(cell) for cell in row] for row in deltas])


@given(st.lists(POLL, min_size=1, max_size=8), st.sampled_from([1, 2]))
def test_polls_come_back_whatever_their_interfaces_and_gaps(polls, step):
    """A step of 2 makes ids that do not run on, and an order that is not theirs."""
    ids = [list(range(5, 5 + len(deltas) * step, step))[::-1] for deltas in polls]
    rows = [(1000 + number, 60, pack_deltas(ids[number], deltas)) for number, deltas in enumerate(polls)]
    samples, damaged = unpack_rows(rows, HistoryKind.TRAFFIC)
    assert damaged == []
    assert samples.at.tolist() == [row[0] for row in rows]
    for number, deltas in enumerate(polls):
        places = np.searchsorted(samples.series, ids[number])
        np.testing.assert_array_equal(samples.values[number][places], as_floats(deltas))
        others = np.delete(samples.values[number], places, axis=0)
        assert np.isnan(others).all()


def test_only_the_columns_that_are_asked_for_are_unpacked():
    rows = [(1, 60, pack_deltas([3, 4], [tuple(range(12)), tuple(range(12, 24))]))]
    samples, _damaged = unpack_rows(rows, HistoryKind.TRAFFIC, [1, 9])
    assert samples.values.tolist() == [[[1, 9], [13, 21]]]


def test_a_quiet_switch_takes_a_few_bytes_a_poll():
    assert len(pack_deltas(range(100, 150), [(0,) * 12] * 50)) == 20


def test_gauges_come_back_as_they_were():
    rows = [(1, 0, pack_gauges([7, 3], [21.5, -40.0]))]
    samples, _damaged = unpack_rows(rows, HistoryKind.GAUGE)
    assert samples.series.tolist() == [3, 7]
    assert samples.values[0, :, 0].tolist() == [-40.0, 21.5]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x01", b"\x09" * 40, pack_deltas([1], [(5,) * 12])[:-1], pack_deltas([1], [(5,) * 12]) + b"x"],
)
def test_a_damaged_row_is_named_and_the_others_are_read(payload):
    good = (2, 60, pack_deltas([1], [(5,) * 12]))
    samples, damaged = unpack_rows([(1, 60, payload), good], HistoryKind.TRAFFIC)
    assert damaged == [1]
    assert samples.at.tolist() == [2]
