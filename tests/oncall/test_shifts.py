"""Who has it, over years with both changes of the clocks, and against an implementation that counts minutes."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.model.wall_time import WeeklySpan, to_wall
from netops.oncall.schedule import Gap, Override, Rotation, Schedule, ShiftReason
from netops.oncall.shifts import find_gaps, list_shifts, who_is_on_call
from slow_shifts import utc, walk_minutes

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


YEAR = (utc("2026-01-01"), utc("2027-01-01"))
MONDAY = wall("2025-12-29 09:00")
NIGHTS = WeeklySpan(18 * HOUR, 8 * HOUR, frozenset(range(5)))


def make(*rotations: Rotation, zone: str = "Europe/Berlin", overrides: Sequence[Override] = ()) -> Schedule:
    return Schedule("net", ZoneInfo(zone), rotations, tuple(overrides))


def weekly(*people: str, turn: timedelta = 7 * DAY, first: datetime = MONDAY, only=()) -> Rotation:
    return Rotation(people, first, turn, tuple(only))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("turn", [DAY, 7 * DAY, 36 * HOUR, 5 * HOUR, 14 * DAY])
def test_every_instant_of_a_year_has_one_holder_and_shifts_meet(zone, turn):
    schedule = make(weekly("ana", "bo", "li", turn=turn), zone=zone)
    shifts = list_shifts(schedule, *YEAR)
    assert shifts[0].starts_at == YEAR[0]
    assert shifts[-1].ends_at == YEAR[1]
    assert all(one.ends_at == other.starts_at for one, other in itertools.pairwise(shifts))
    assert find_gaps(schedule, *YEAR) == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("turn", [DAY, 7 * DAY])
def test_handover_is_at_the_same_wall_time_all_year(zone, turn):
    schedule = make(weekly("ana", "bo", "li", turn=turn), zone=zone)
    shifts = list_shifts(schedule, *YEAR)[1:]
    assert {to_wall(one.starts_at, schedule.zone).time() for one in shifts} == {MONDAY.time()}
    if turn == 7 * DAY:
        assert {to_wall(one.starts_at, schedule.zone).weekday() for one in shifts} == {0}


def test_the_days_of_the_changes_are_23_and_25_hours_long():
    shifts = list_shifts(make(weekly("ana", "bo", turn=DAY)), utc("2026-03-20"), utc("2026-11-01"))
    lengths = [one.ends_at - one.starts_at for one in shifts[1:-1]]
    assert sorted(set(lengths)) == [23 * HOUR, DAY, 25 * HOUR]
    assert (lengths.count(23 * HOUR), lengths.count(25 * HOUR)) == (1, 1)


@pytest.mark.parametrize("zone", ZONES)
def test_who_has_it_agrees_with_the_list_of_shifts_at_every_edge_of_a_year(zone):
    schedule = make(
        weekly("ana", "bo", "li"),
        weekly("li", "bo", turn=DAY, only=[NIGHTS]),
        zone=zone,
        overrides=[Override("ana", utc("2026-03-28 12:00"), utc("2026-03-30 12:00"))],
    )
    for shift in list_shifts(schedule, *YEAR)[1:-1]:
        for at in (shift.starts_at, shift.ends_at - timedelta(microseconds=1)):
            assert who_is_on_call(schedule, at) == shift


def test_a_handover_in_the_hour_that_is_skipped_is_at_the_change():
    schedule = make(weekly("ana", "bo", turn=DAY, first=wall("2026-03-01 02:30")))
    shift = who_is_on_call(schedule, utc("2026-03-29 01:00"))
    assert shift is not None
    assert shift.starts_at == utc("2026-03-29 01:00")
    assert shift.ends_at == utc("2026-03-30 00:30")


def test_a_handover_in_the_hour_that_comes_twice_happens_once():
    schedule = make(weekly("ana", "bo", turn=DAY, first=wall("2026-10-01 02:30")))
    found = list_shifts(schedule, utc("2026-10-24 12:00"), utc("2026-10-25 12:00"))
    assert [one.starts_at for one in found[1:]] == [utc("2026-10-25 00:30")]


def test_hours_that_lie_whole_in_the_skipped_hour_are_nobodys():
    hours = WeeklySpan(timedelta(hours=2, minutes=10), timedelta(hours=2, minutes=40))
    schedule = make(weekly("ana", only=[hours]))
    found = list_shifts(schedule, utc("2026-03-28"), utc("2026-03-31"))
    assert [one.starts_at for one in found] == [utc("2026-03-28 01:10"), utc("2026-03-30 00:10")]


def test_before_the_first_turn_nobody_has_it():
    schedule = make(weekly("ana", first=wall("2026-02-02 09:00")))
    assert who_is_on_call(schedule, utc("2026-02-02 07:59:59")) is None
    assert find_gaps(schedule, utc("2026-02-01"), utc("2026-03-01")) == [
        Gap("net", utc("2026-02-01"), utc("2026-02-02 08:00"))
    ]


def test_a_later_rotation_takes_the_place_of_an_earlier_one_while_it_holds():
    schedule = make(weekly("ana"), weekly("bo", only=[NIGHTS]))
    found = list_shifts(schedule, utc("2026-01-12 12:00"), utc("2026-01-13 12:00"))
    assert [(one.person, one.starts_at) for one in found] == [
        ("ana", utc("2026-01-12 12:00")),
        ("bo", utc("2026-01-12 17:00")),
        ("ana", utc("2026-01-13 07:00")),
    ]


def test_hours_over_midnight_leave_the_weekend_open():
    gaps = find_gaps(make(weekly("ana", only=[NIGHTS])), utc("2026-01-16 12:00"), utc("2026-01-19 12:00"))
    assert [(one.starts_at, one.ends_at) for one in gaps] == [
        (utc("2026-01-16 12:00"), utc("2026-01-16 17:00")),
        (utc("2026-01-17 07:00"), utc("2026-01-19 12:00")),
    ]


def test_an_override_takes_its_time_from_all_and_the_turns_go_on_behind_it():
    override = Override("li", utc("2026-01-12 00:00"), utc("2026-01-14 00:00"), id=7)
    schedule = make(weekly("ana", "bo", turn=DAY), overrides=[override])
    before, during, after = list_shifts(schedule, utc("2026-01-11 12:00"), utc("2026-01-14 06:00"))
    assert (during.person, during.reason, during.override_id) == ("li", ShiftReason.OVERRIDE, 7)
    assert (during.starts_at, during.ends_at) == (override.starts_at, override.ends_at)
    plain = make(weekly("ana", "bo", turn=DAY))
    for shift in (before, after):
        expected = who_is_on_call(plain, shift.starts_at)
        assert expected is not None
        assert shift.person == expected.person


def test_an_override_instead_of_somebody_leaves_the_others_their_turns():
    override = Override("li", utc("2026-01-10"), utc("2026-01-20"), instead_of="ana")
    schedule = make(weekly("ana", "bo", turn=DAY), overrides=[override])
    people = [one.person for one in list_shifts(schedule, utc("2026-01-11"), utc("2026-01-19"))]
    assert set(people) == {"li", "bo"}
    assert all(one != other for one, other in itertools.pairwise(people))


def test_an_override_fills_a_gap_and_the_later_of_two_wins():
    overrides = [
        Override("ana", utc("2026-01-10"), utc("2026-01-12")),
        Override("bo", utc("2026-01-11"), utc("2026-01-13")),
    ]
    schedule = make(weekly("li", first=wall("2027-01-04 00:00")), overrides=overrides)
    found = list_shifts(schedule, utc("2026-01-01"), utc("2026-02-01"))
    assert [(one.person, one.starts_at, one.ends_at) for one in found] == [
        ("ana", utc("2026-01-10"), utc("2026-01-11")),
        ("bo", utc("2026-01-11"), utc("2026-01-13")),
    ]


def test_an_override_of_months_is_one_shift():
    override = Override("li", utc("2026-02-01"), utc("2026-09-01"))
    schedule = make(weekly("ana", "bo"), overrides=[override])
    shift = who_is_on_call(schedule, utc("2026-05-01"))
    assert shift is not None
    assert (shift.starts_at, shift.ends_at) == (override.starts_at, override.ends_at)


def test_a_span_of_no_length_has_neither_shifts_nor_gaps():
    at = utc("2026-05-01")
    assert list_shifts(make(weekly("ana")), at, at) == []
    assert find_gaps(make(weekly("ana")), at, at) == []


# --- against the slow way

PEOPLE = st.lists(st.sampled_from(["ana", "bo", "li", "eve"]), min_size=1, max_size=4).map(tuple)
QUARTERS = st.integers(0, 95).map(lambda number: timedelta(minutes=15 * number))
SPANS = st.builds(WeeklySpan, QUARTERS, QUARTERS, st.frozensets(st.integers(0, 6), min_size=1, max_size=7))
# Days around the changes of Berlin and New York, in spring and autumn.
STARTS = st.sampled_from(["2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31", "2026-06-01"])
ROTATIONS = st.builds(
    Rotation,
    PEOPLE,
    st.builds(lambda day, clock: datetime.fromisoformat(day) - 3 * DAY + clock, STARTS, QUARTERS),
    st.sampled_from([HOUR, 90 * timedelta(minutes=1), 5 * HOUR, DAY, 36 * HOUR, 7 * DAY]),
    st.lists(SPANS, max_size=2).map(tuple),
)


@st.composite
def overrides_near(draw, start: datetime) -> Override:
    begin = start + timedelta(minutes=draw(st.integers(-2000, 4000)))
    length = timedelta(minutes=draw(st.integers(1, 3000)))
    return Override(
        draw(st.sampled_from(["ana", "zoe"])), begin, begin + length, draw(st.sampled_from(["", "ana", "bo"]))
    )


@settings(deadline=None, max_examples=40)
@given(st.data(), st.sampled_from(ZONES), STARTS, st.lists(ROTATIONS, min_size=1, max_size=3))
def test_every_minute_agrees_with_an_implementation_that_counts_minutes(data, zone, day, rotations):
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    end = start + 2 * DAY
    overrides = data.draw(st.lists(overrides_near(start), max_size=3))
    schedule = make(*rotations, zone=zone, overrides=overrides)
    expected = list(walk_minutes(schedule, start, end))
    told = dict.fromkeys((at for at, _person in expected), "")
    for shift in list_shifts(schedule, start, end):
        at = shift.starts_at
        while at < shift.ends_at:
            assert told[at] == "", "two have it at once"
            told[at] = shift.person
            at += timedelta(minutes=1)
    assert told == dict(expected)
    for at, person in expected[::173]:
        shift = who_is_on_call(schedule, at)
        assert (shift.person if shift else "") == person


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_year_agrees_minute_by_minute_around_each_change_of_clocks(zone):
    schedule = make(
        weekly("ana", "bo", "li"),
        weekly("bo", "li", turn=36 * HOUR, only=[NIGHTS, WeeklySpan(0 * HOUR, 24 * HOUR, frozenset({6}))]),
        zone=zone,
    )
    shifts = list_shifts(schedule, *YEAR)
    for day in ("2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01"):
        middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
        for at, person in walk_minutes(schedule, middle - DAY, middle + DAY):
            holders = [one.person for one in shifts if one.starts_at <= at < one.ends_at]
            assert holders == [person]
