from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.model.wall_time import WeeklySpan, join_spans, place_instant, to_instant, to_wall

BERLIN, NEW_YORK, SHANGHAI = (
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Shanghai")
)
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZONES = [BERLIN, NEW_YORK, SHANGHAI, LORD_HOWE, APIA, ZoneInfo("UTC")]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "shown", "instant"),
    [
        (BERLIN, "2026-01-05 09:00", "2026-01-05 08:00"),
        (BERLIN, "2026-07-06 09:00", "2026-07-06 07:00"),
        (BERLIN, "2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        (BERLIN, "2026-03-29 02:00", "2026-03-29 01:00"),
        (BERLIN, "2026-03-29 02:30", "2026-03-29 01:00"),  # skipped: the instant of the change
        (BERLIN, "2026-03-29 02:59:59", "2026-03-29 01:00"),
        (BERLIN, "2026-03-29 03:00", "2026-03-29 01:00"),
        (BERLIN, "2026-10-25 02:30", "2026-10-25 00:30"),  # twice: the first
        (BERLIN, "2026-10-25 03:00", "2026-10-25 02:00"),
        (NEW_YORK, "2026-03-08 02:15", "2026-03-08 07:00"),
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30"),
        (SHANGHAI, "2026-03-29 02:30", "2026-03-28 18:30"),
        (LORD_HOWE, "2026-10-04 02:10", "2026-10-03 15:30"),  # forward by half an hour
        (APIA, "2011-12-30 12:00", "2011-12-30 10:00"),  # a day that never was
    ],
)
def test_a_wall_time_is_the_first_instant_that_shows_it_or_later(zone, shown, instant):
    assert to_instant(wall(shown), zone) == utc(instant)


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(min_value=wall("2010-01-01 00:00"), max_value=wall("2030-01-01 00:00")),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)),
)
def test_an_earlier_wall_time_is_never_a_later_instant(zone, shown, later):
    assert to_instant(shown, zone) <= to_instant(shown + later, zone)


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(min_value=wall("2010-01-01 00:00"), max_value=wall("2030-01-01 00:00")),
)
def test_what_is_shown_leads_back_but_in_the_hour_that_comes_twice(zone, moment):
    at = moment.replace(tzinfo=UTC, microsecond=0)
    back = to_instant(to_wall(at, zone), zone)
    assert back == at or timedelta(0) < at - back <= timedelta(hours=1)


def test_an_offset_of_its_own_wins_over_the_zone():
    assert place_instant(datetime.fromisoformat("2026-01-05 09:00+08:00"), BERLIN) == utc("2026-01-05 01:00")
    assert place_instant(wall("2026-01-05 09:00"), BERLIN) == utc("2026-01-05 08:00")


def span(begin: int, end: int, *days: int) -> WeeklySpan:
    return WeeklySpan(timedelta(hours=begin), timedelta(hours=end), frozenset(days or range(7)))


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    assert list(span(22, 6, 4).find_between(wall("2026-01-05"), wall("2026-01-12"))) == [
        (wall("2026-01-09 22:00"), wall("2026-01-10 06:00"))
    ]


def test_hours_that_began_before_the_span_asked_for_are_given_whole():
    found = list(span(22, 6).find_between(wall("2026-01-05 03:00"), wall("2026-01-05 04:00")))
    assert found == [(wall("2026-01-04 22:00"), wall("2026-01-05 06:00"))]


@pytest.mark.parametrize(("begin", "end", "hours"), [(8, 8, 24), (0, 24, 24), (8, 7, 23), (8, 9, 1)])
def test_an_end_that_is_not_later_is_on_the_next_day(begin, end, hours):
    assert span(begin, end).length == timedelta(hours=hours)


def test_spans_that_touch_become_one():
    days = [datetime.combine(date(2026, 1, day), datetime.min.time()) for day in range(1, 6)]
    assert join_spans([(days[2], days[3]), (days[0], days[1]), (days[1], days[2])]) == [(days[0], days[3])]
    assert join_spans([(days[0], days[1]), (days[2], days[4]), (days[3], days[3])]) == [
        (days[0], days[1]),
        (days[2], days[4]),
    ]
