"""Days in compressed columns: lossless, and damage costs what it hits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.store.history.blocks import SERIES_PER_PART, BlockDamaged, decode_block, encode_block, split
from netops.store.history.samples import Samples


def make_samples(polls=40, series=5, *, seed=3, columns=12):
    chance = np.random.default_rng(seed)
    values = chance.integers(0, 2 ** chance.integers(1, 40, (1, series, columns)), (polls, series, columns))
    values = values.astype(np.float64)
    values[chance.random(values.shape) < 0.05] = np.nan
    values[:, 0] = 0
    at = 1_000_000 + np.cumsum(chance.integers(1, 70_000, polls))
    return Samples(np.array([3, 4, 9, 100, 2**31][:series]), at, chance.integers(1, 10**9, polls), values)


def assert_same(one, other):
    np.testing.assert_array_equal(one.series, other.series)
    np.testing.assert_array_equal(one.at, other.at)
    np.testing.assert_array_equal(one.span, other.span)
    np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("polls", [1, 2, 40])
def test_a_day_comes_back_exactly(polls):
    samples = make_samples(polls)
    assert_same(decode_block(encode_block(samples, 1_000_000), 1_000_000)[0], samples)


def test_polls_before_the_start_of_their_day_come_back_too():
    samples = make_samples()
    assert_same(decode_block(encode_block(samples, 5_000_000), 5_000_000)[0], samples)


def test_one_series_is_read_alone():
    samples = make_samples()
    block = encode_block(samples, 0)
    found, _damaged = decode_block(block, 0, only=9)
    assert found.series.tolist() == [9]
    np.testing.assert_array_equal(found.values, samples.values[:, 2:3])
    assert decode_block(block, 0, only=10)[0].series.tolist() == []


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_block_gives_the_truth_a_name_or_an_error_but_never_a_lie(data):
    samples = make_samples()
    block = bytearray(encode_block(samples, 0))
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] ^= data.draw(st.integers(1, 255))
    try:
        found, damaged = decode_block(bytes(block), 0)
    except BlockDamaged:
        return
    for place, series in enumerate(samples.series.tolist()):
        if series in damaged:
            assert np.isnan(found.values[:, place]).all()
        else:
            np.testing.assert_array_equal(found.values[:, place], samples.values[:, place])


@settings(max_examples=100)
@given(st.data())
def test_a_block_cut_short_gives_no_lie_either(data):
    samples = make_samples()
    block = encode_block(samples, 0)
    try:
        found, damaged = decode_block(block[: data.draw(st.integers(0, len(block) - 1))], 0)
    except BlockDamaged:
        return
    assert damaged
    assert found.count == samples.count


def test_a_big_device_is_split_into_parts():
    many = Samples(np.arange(100), np.array([1]), np.array([1]), np.ones((1, 100, 12)))
    parts = list(split(many))
    assert [len(part.series) for part in parts] == [SERIES_PER_PART, 100 - SERIES_PER_PART]
    assert parts[1].series[0] == SERIES_PER_PART
