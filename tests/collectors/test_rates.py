from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.collectors.rates import (
    COUNT,
    NO_RATES,
    SLACK,
    UNKNOWN_LINE,
    Line,
    decide_deltas,
    exceeds_line,
    per_second,
)

ALL_WIDE = (1 << COUNT) - 1
TURN_32, TURN_64 = 1 << 32, 1 << 64
GIGABIT = Line.of(1_000_000_000, 1500)
MINUTE = 60.0


def counters(*octets, packets=0, faults=0):
    return (*octets, *(packets,) * 6, *(faults,) * 4)


def decide_rates(before, after, *, seconds, **others):
    return per_second(decide_deltas(before, after, seconds=seconds, **others), seconds)


def decide(before, after, *, wide=ALL_WIDE, line=GIGABIT, seconds=MINUTE):
    return decide_rates(before, after, seconds=seconds, wide=wide, previous_wide=wide, line=line)


def test_a_delta_is_exact_where_a_rate_is_rounded():
    before, after = counters(0, 0), counters(7_000_000_001, 3)
    deltas = decide_deltas(before, after, seconds=61.3, wide=ALL_WIDE, previous_wide=ALL_WIDE, line=GIGABIT)
    assert deltas[:2] == (7_000_000_001, 3)
    assert per_second(deltas, 61.3)[0] == 7_000_000_001 / 61.3


def test_a_rate_is_the_difference_over_the_time():
    assert decide(counters(0, 600), counters(6000, 1200))[:2] == (100.0, 10.0)


def test_a_wide_counter_that_wraps_keeps_its_rate():
    assert decide(counters(TURN_64 - 600, 0), counters(5400, 0))[0] == 100.0


def test_a_narrow_counter_that_wraps_keeps_its_rate():
    line = Line.of(100_000_000, 1500)
    assert decide(counters(TURN_32 - 600, 0), counters(5400, 0), wide=0, line=line)[0] == 100.0


def test_a_wide_counter_that_steps_back_a_little_costs_only_its_own_rate():
    rates = decide(counters(1_000_000, 0), counters(999_990, 600))
    assert rates[0] is None
    assert rates[1] == 10.0


def test_a_cleared_interface_has_no_rates_at_all():
    """The octets alone could pass for a wrap; the packets tell that they were cleared."""
    before = counters(3_900_000_000, 3_900_000_000, packets=5_000_000)
    after = counters(1_000_000, 1_000_000, packets=1000)
    assert decide(before, after, wide=0, line=Line.of(100_000_000, 1500)) == NO_RATES


def test_cleared_errors_are_not_a_wrap_even_on_the_fastest_line():
    line = Line.of(400_000_000_000, 9000)
    rates = decide(counters(0, 0, faults=17), counters(0, 0, faults=16), wide=0xFF, line=line)
    assert rates[8:] == (None,) * 4


@pytest.mark.parametrize(("octets", "given_"), [(15_000_000_000, True), (15_000_000_001, False)])
def test_more_than_twice_the_line_speed_is_no_rate(octets, given_):
    """1 Gbit/s for a minute is 7.5 GB."""
    assert (decide(counters(0, 0), counters(octets, 0))[0] is not None) is given_


def test_more_packets_than_the_line_can_carry_are_no_rate():
    rates = decide(counters(0, 0), (0, 0, 10**12, *(0,) * 9))
    assert rates[2] is None
    assert rates[0] == 0.0


def test_packets_that_come_out_of_nothing_without_octets_are_no_rate():
    """snmpd 5.9.3 just started: ifHCInUcastPkts 0 at the first poll, the sum of its life at the second."""
    before = (320_888_233, 1_014_865, 0, 9226, *(0,) * 8)
    after = (320_888_233, 1_014_865, 14_718, 9226, *(0,) * 8)
    assert decide(before, after, seconds=2.0)[:4] == (0.0, 0.0, None, 0.0)


def test_the_first_packet_of_an_interface_counts():
    rates = decide(counters(0, 0), (64, 0, 1, *(0,) * 9), seconds=2.0)
    assert rates[2] == 0.5


def test_discards_without_traffic_count():
    rates = decide(counters(5, 5), (5, 5, *(0,) * 8, 600, 0))
    assert rates[10] == 10.0


def test_an_unknown_line_speed_allows_any_forward_step_and_no_wrap():
    assert decide(counters(0, 0), counters(6 * 10**15, 0), line=UNKNOWN_LINE)[0] == 10**14
    assert decide(counters(TURN_32 - 1, 0), counters(5, 0), wide=0, line=UNKNOWN_LINE) == NO_RATES


def test_a_missing_counter_has_no_rate_and_its_neighbours_do():
    rates = decide((0, None, *(0,) * 10), (600, None, *(0,) * 10))
    assert rates[:3] == (10.0, None, 0.0)


def test_a_counter_that_changed_its_width_has_no_rate():
    rates = decide_rates(
        counters(0, 0),
        counters(600, 600),
        seconds=MINUTE,
        wide=ALL_WIDE,
        previous_wide=ALL_WIDE & ~1,
        line=GIGABIT,
    )
    assert rates[:2] == (None, 10.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_between_is_no_rate(seconds):
    assert decide(counters(0, 0), counters(600, 600), seconds=seconds) == NO_RATES


def test_no_counters_before_is_no_rate():
    assert decide((), counters(1, 1)) == NO_RATES


def test_a_narrow_counter_on_a_fast_line_is_settled_by_its_packets():
    """A minute of 1 Gbit/s can turn 2**32 octets almost twice; 2.5 million frames cannot."""
    packets, start = 2_500_000, 1_000_000_000
    octets = packets * 1500
    after = ((start + octets) % TURN_32, 0, packets, 0, 0, 0, 0, 0, *(0,) * 4)
    assert decide(counters(start, 0), after, wide=0)[0] == octets / MINUTE


def test_a_narrow_counter_on_a_fast_line_whose_packets_leave_a_choice_has_no_rate():
    after = (1000, 0, 20_000_000, *(0,) * 9)
    assert decide(counters(0, 0), after, wide=0)[0] is None


def test_a_narrow_counter_on_a_fast_line_without_packets_has_no_rate():
    after = (1000, 0, *(None,) * 6, *(0,) * 4)
    assert decide((0, 0, *(None,) * 6, *(0,) * 4), after, wide=0)[:2] == (None, None)


def test_a_line_is_exceeded_only_by_a_step_forward():
    assert exceeds_line(counters(0, 0), counters(10**12, 0), seconds=MINUTE, line=GIGABIT)
    assert not exceeds_line(counters(10**12, 0), counters(0, 0), seconds=MINUTE, line=GIGABIT)
    assert not exceeds_line(counters(0, 0), counters(6000, 0), seconds=MINUTE, line=GIGABIT)


@st.composite
def histories(draw):
    """True traffic of an interface: octets and packets that belong together, with restarts in between."""
    speed = draw(st.sampled_from([10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000]))
    seconds = draw(st.floats(5, 300))
    wide = draw(st.booleans())
    most = speed / 8 * seconds
    start = draw(st.integers(0, TURN_64 - 1))
    steps = []
    for _ in range(draw(st.integers(1, 6))):
        size = draw(st.integers(64, 1518))
        used = draw(st.floats(0, 1))
        packets = int(most * used / size)
        steps.append((packets * size, packets, draw(st.integers(0, 9)) == 0))
    return speed, seconds, wide, start, steps


@given(histories())
def test_a_rate_is_the_truth_or_none(history):
    """Wraps are seen through; a restart gives None or less than the truth, never more."""
    speed, seconds, wide, start, steps = history
    turn = TURN_64 if wide else TURN_32
    octets, packets = start, start // 700
    seen = [((octets % turn, octets % turn), packets % turn, None, False)]
    for moved, sent, restarted in steps:
        octets, packets = (moved, sent) if restarted else (octets + moved, packets + sent)
        seen.append(((octets % turn, octets % turn), packets % turn, (moved, sent), restarted))
    line = Line.of(speed, 1500)
    for (before, packets_before, _t, _r), (after, packets_after, truth, restarted) in pairwise(seen):
        rates = decide_rates(
            (*before, packets_before, packets_before, 0, 0, 0, 0, 0, 0, 0, 0),
            (*after, packets_after, packets_after, 0, 0, 0, 0, 0, 0, 0, 0),
            seconds=seconds,
            wide=0xFF if wide else 0,
            previous_wide=0xFF if wide else 0,
            line=line,
        )
        assert all(rate is None or rate >= 0 for rate in rates)
        for rate, true in ((rates[0], truth[0]), (rates[2], truth[1])):
            assert rate is None or rate <= speed / 8 * SLACK
            if rate is None or restarted:
                continue
            assert rate == pytest.approx(true / seconds)


@given(
    st.lists(st.one_of(st.none(), st.integers(0, TURN_64 - 1)), min_size=COUNT, max_size=COUNT),
    st.lists(st.one_of(st.none(), st.integers(0, TURN_64 - 1)), min_size=COUNT, max_size=COUNT),
    st.floats(0.5, 1e5),
    st.integers(0, ALL_WIDE),
    st.sampled_from([None, 9_000, 10_000_000, 1_000_000_000, 400_000_000_000]),
)
def test_whatever_an_agent_says_no_rate_is_negative_or_beyond_the_line(before, after, seconds, wide, speed):
    line = Line.of(speed, 1500)
    rates = decide(tuple(before), tuple(after), wide=wide, line=line, seconds=seconds)
    assert len(rates) == COUNT
    for place, rate in enumerate(rates):
        if rate is not None:
            most = line.octets_per_second * SLACK / (64 if place >= 2 else 1)
            assert 0 <= rate <= most * 1.000001
