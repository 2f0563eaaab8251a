"""Roll-ups say what numpy says of the polls."""

import numpy as np
import pytest

from netops.model.history import HistoryKind
from netops.store.history.blocks import BlockDamaged
from netops.store.history.rollups import decode_rollup, encode_rollup, roll_up, unpack_rollup
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
                assert rollup.low[place, column] == pytest.approx(cells.min(), rel=1e-6)
                assert rollup.high[place, column] == pytest.approx(cells.max(), rel=1e-6)
                assert rollup.p95[place, column] == pytest.approx(np.percentile(cells, 95), rel=1e-6)
    mean = rollup.mean(HistoryKind.TRAFFIC)
    assert mean[1, 0] == pytest.approx(rollup.total[1, 0] / (rollup.span[1, 0] / 1e6))


def test_of_gauges_the_values_count_and_not_the_time():
    samples = make_samples(12, columns=1)
    samples.span[:] = 0
    samples.values = samples.values / 7 - 3
    rollup = unpack_rollup(encode_rollup(roll_up(samples, HistoryKind.GAUGE)))
    known = samples.values[:, 2, 0][~np.isnan(samples.values[:, 2, 0])]
    assert rollup.low[2, 0] == pytest.approx(known.min(), rel=1e-6)
    assert rollup.mean(HistoryKind.GAUGE)[2, 0] == pytest.approx(known.mean())
    assert rollup.p95[2, 0] == pytest.approx(np.percentile(known, 95), rel=1e-6)


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
