"""Roll-ups say what numpy says of the polls."""

import numpy as np
import pytest

from netops.model.history import HistoryKind
from netops.store.history.blocks import BlockDamaged
from netops.store.history.rollups import (
    decode_rollup,
    encode_rollup,
    join_packed,
    roll_up,
    split_packed,
    unpack_rollup,
)
from netops.store.history.samples import HOUR
from netops.store.history.top import _Sums
from store.history.test_blocks import make_samples


@pytest.mark.parametrize("polls", [1, 2, 12, 60])
def test_hours_are_what_numpy_says(polls):
    samples = make_samples(polls)
    rollup = unpack_rollup(encode_rollup(roll_up(samples, HistoryKind.TRAFFIC)))
    rates = samples.rates()
    with np.errstate(all="ignore"):
        for place in range(len(samples.series)):
            for column in range(12):
                known = ~np.isnan(samples.values[:, place, column])
                cells = rates[known, place, column]
                assert rollup.polls[place, column] == len(cells)
                assert rollup.span[place, column] == samples.span[known].sum()
                assert rollup.total[place, column] == samples.values[known, place, column].sum()
                if not len(cells):
                    assert np.isnan(rollup.high[place, column])
                    continue
                assert rollup.low[place, column] == pytest.approx(cells.min(), rel=2e-4)
                assert rollup.high[place, column] == pytest.approx(cells.max(), rel=2e-4)
                assert rollup.p95[place, column] == pytest.approx(np.percentile(cells, 95), rel=2e-4)
    mean = rollup.mean(HistoryKind.TRAFFIC)
    assert mean[1, 0] == pytest.approx(rollup.total[1, 0] / (rollup.span[1, 0] / 1e6))


def test_of_gauges_the_values_count_and_not_the_time():
    samples = make_samples(12, columns=1)
    samples.span[:] = 0
    samples.values = samples.values / 7 - 3
    rollup = unpack_rollup(encode_rollup(roll_up(samples, HistoryKind.GAUGE)))
    known = samples.values[:, 2, 0][~np.isnan(samples.values[:, 2, 0])]
    assert rollup.low[2, 0] == pytest.approx(known.min(), rel=2e-4)
    assert rollup.mean(HistoryKind.GAUGE)[2, 0] == pytest.approx(known.mean())
    assert rollup.p95[2, 0] == pytest.approx(np.percentile(known, 95), rel=2e-4)


@pytest.mark.parametrize("columns", [12, 1])
def test_one_series_is_unpacked_alone(columns):
    samples = make_samples(columns=columns)
    packed = decode_rollup(encode_rollup(roll_up(samples, HistoryKind.TRAFFIC)))
    whole = unpack_rollup(encode_rollup(roll_up(samples, HistoryKind.TRAFFIC)))
    for place in range(5):
        for part in ("polls", "span", "total", "low", "high", "p95"):
            np.testing.assert_array_equal(getattr(packed.one(place), part)[0], getattr(whole, part)[place])


def test_one_column_is_unpacked_alone():
    rollup = roll_up(make_samples(), HistoryKind.TRAFFIC)
    packed = decode_rollup(encode_rollup(rollup))
    np.testing.assert_array_equal(packed.part("total", 7), rollup.total[:, 7])


def test_a_damaged_roll_up_is_an_error_whichever_byte_is_hit():
    whole = encode_rollup(roll_up(make_samples(), HistoryKind.TRAFFIC))
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        with pytest.raises(BlockDamaged):
            decode_rollup(bytes(damaged))
    for size in range(0, len(whole), 11):
        with pytest.raises(BlockDamaged):
            decode_rollup(whole[:size])


def test_the_hours_of_a_day_are_taken_apart_without_unpacking_them():
    packed = [(3 * HOUR, b"three"), (7 * HOUR, b""), (26 * HOUR, b"the next day's")]
    row = join_packed(packed, 2 * HOUR)
    assert split_packed(row, 2 * HOUR) == packed
    for damaged in (b"", row[:-1], row + b"x", row[:9]):
        with pytest.raises(BlockDamaged):
            split_packed(damaged, 0)


def test_usage_adds_up_for_ids_in_the_thousands():
    sums = _Sums(1)
    for series in ([5, 2000], [2000, 90_000]):
        ids = np.array(series)
        sums.add(ids, np.full((2, 1), 1.5), np.full((2, 1), 1e6), np.full((2, 1), 7.0))
    usage = sums.finish()
    assert usage.series.tolist() == [5, 2000, 90_000]
    assert usage.total[:, 0].tolist() == [1.5, 3.0, 1.5]
    assert usage.seconds[:, 0].tolist() == [1, 2, 1]
