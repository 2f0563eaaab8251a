import math

import pytest

from netops.alerting.labels import Labels
from netops.alerting.series import STALE, Series, is_stale


@pytest.fixture
def series() -> Series:
    one = Series(Labels({"__name__": "up"}))
    for at_ms, value in ((1000, 1.0), (2000, math.nan), (3000, STALE), (4000, 4.0)):
        assert one.append(at_ms, value)
    return one


def test_a_stale_mark_is_told_from_other_nans():
    assert is_stale(STALE)
    assert not is_stale(math.nan)
    assert not is_stale(0.0)


def test_the_latest_sample_is_inside_an_open_and_a_closed_edge(series):
    assert series.latest(3999, 4000) == (4000, 4.0)
    assert series.latest(4000, 5000) is None
    assert series.latest(0, 3500) is None  # it had ended
    assert series.latest(0, 999) is None


def test_a_window_has_no_marks(series):
    times, values = series.window(1000, 4000)
    assert list(times) == [2000, 4000]
    assert math.isnan(values[0])
    assert series.window(2000, 3000) is None
    assert series.window(4000, 9000) is None


def test_an_older_sample_is_not_taken_and_one_of_the_same_instant_replaces(series):
    assert not series.append(3999, 9.0)
    assert series.append(4000, 5.0)
    assert series.latest(0, 4000) == (4000, 5.0)
    assert len(series) == 4


def test_forgetting_also_forgets_marks(series):
    assert series.forget_before(4000) == 3
    times, values = series.window(0, 9000)
    assert (list(times), list(values)) == ([4000], [4.0])


def test_a_series_ends_once(series):
    series.end(4000)
    assert series.latest(0, 4000) == (4000, 4.0)
    series.end(5000)
    series.end(6000)
    assert len(series) == 5
    assert series.latest(0, 6000) is None
