"""Numbers go in and come out the same, in as few bytes as their width asks for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.store.history.columns import (
    DOUBLE,
    EMPTY,
    ZEROS,
    decode,
    encode,
    encode_rows,
    encode_singles,
    width_of,
)

NAN = float("nan")
WHOLE = st.integers(0, 2**53 - 1).map(float)


@given(st.lists(st.one_of(WHOLE, st.just(NAN)), min_size=1, max_size=50))
def test_whole_numbers_and_gaps_come_back_exactly(numbers):
    column = np.array(numbers)
    code, data = encode(column)
    assert code < DOUBLE
    np.testing.assert_array_equal(decode(code, data, len(column)), column)


@given(st.lists(st.floats(allow_infinity=True, allow_nan=True), min_size=1, max_size=50))
def test_any_numbers_come_back_exactly(numbers):
    column = np.array(numbers)
    code, data = encode(column)
    np.testing.assert_array_equal(decode(code, data, len(column)), column)


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        ([0.0, 0.0], 0),
        ([NAN, NAN], 0),
        ([255.0, 1.0], 2),
        ([256.0, 1.0], 4),
        ([255.0, NAN], 4),
        ([254.0, NAN], 2),
    ],
)
def test_a_column_takes_the_bytes_of_its_largest_number(numbers, size):
    assert len(encode(np.array(numbers))[1]) == size


def test_summaries_are_rounded_to_one_in_eight_thousand():
    rows = np.array([[1.1, NAN], [0.0, 0.0], [NAN, NAN]])
    (code, data), zeros, nothing = encode_singles(rows)
    assert len(data) == 8
    assert decode(code, data, 2)[0] == pytest.approx(1.1, rel=1.3e-4)
    assert np.isnan(decode(code, data, 2)[1])
    assert (zeros, nothing) == ((ZEROS, b""), (EMPTY, b""))


def test_many_columns_at_once_are_encoded_as_each_alone():
    rows = np.array(
        [[0, 0, 0], [1, 2, 300], [1, NAN, 3], [-1, 2, 3], [0.5, 1, 2], [NAN, NAN, NAN], [2**53, 1, 1.0]]
    )
    assert encode_rows(rows) == [encode(row) for row in rows]
    assert encode_rows(np.empty((0, 3))) == []


def test_an_unknown_code_is_refused():
    with pytest.raises(ValueError, match="no column has the code 99"):
        width_of(99)
