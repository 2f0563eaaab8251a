import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.collectors.uptime import TICKS_TURN, Elapsed, decide_elapsed

DAY = 8_640_000


@pytest.mark.parametrize(
    ("before", "after", "ours", "expected"),
    [
        (DAY, DAY + 6000, 60.0, Elapsed(60.0)),
        (DAY, DAY + 6100, 60.0, Elapsed(61.0)),
        (TICKS_TURN - 1000, 5000, 60.0, Elapsed(60.0, wrapped=True)),
        (DAY, 3000, 60.0, Elapsed(60.0, rebooted=True)),
        (TICKS_TURN - DAY, 3000, 60.0, Elapsed(60.0, rebooted=True)),
        # Down for an hour, up again for 50 minutes: its clock is ahead of where it was, and still it restarted.
        (6000, 300_000, 3600.0, Elapsed(3600.0, rebooted=True)),
        # Its clock stands still: ours is better, and nothing restarted.
        (DAY, DAY, 60.0, Elapsed(60.0)),
        (DAY, DAY - 100, 0.5, Elapsed(0.5, rebooted=True)),
        (None, DAY, 60.0, Elapsed(60.0)),
        (DAY, None, 60.0, Elapsed(60.0)),
    ],
)
def test_wrap_reboot_and_plain_time_are_told_apart(before, after, ours, expected):
    assert decide_elapsed(before, after, ours) == expected


@given(st.integers(0, TICKS_TURN - 1), st.floats(1, 86_400), st.floats(-0.04, 0.04))
def test_a_clock_that_drifts_a_little_never_looks_like_a_reboot(before, ours, drift):
    after = (before + round(ours * (1 + drift) * 100)) % TICKS_TURN
    assert not decide_elapsed(before, after, ours).rebooted


@given(st.integers(0, TICKS_TURN - 1), st.floats(30, 86_400), st.floats(0, 0.5))
def test_a_restart_is_always_seen(before, ours, share):
    """The agent came up at most half of the time ago, so its clock cannot show what has passed."""
    after = round(ours * share * 100)
    elapsed = decide_elapsed(before, after, ours)
    by_chance_the_same = abs((after - before) % TICKS_TURN / 100 - ours) <= max(5.0, 0.05 * ours)
    assert elapsed.rebooted or by_chance_the_same
