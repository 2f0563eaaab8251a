"""Days and months are those of the time zone, with daylight saving right."""

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from netops.errors import NetopsError
from netops.services.traffic.spans import (
    Span,
    billing_month,
    billing_month_of,
    day_edges,
    step_edges,
    word_instant,
)

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


def at(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


def test_a_month_with_the_change_to_summer_time_is_an_hour_short():
    march = billing_month("2026-03", BERLIN, 1)
    assert (march.end - march.begin) // HOUR == 31 * 24 - 1
    october = billing_month("2026-10", BERLIN, 1)
    assert (october.end - october.begin) // HOUR == 31 * 24 + 1
    assert word_instant(march.begin, BERLIN) == "2026-03-01T00:00:00+01:00"
    assert word_instant(march.end, BERLIN) == "2026-04-01T00:00:00+02:00"


def test_a_month_begins_at_midnight_of_its_zone_and_not_of_utc():
    assert billing_month("2026-03", SHANGHAI, 1).begin == at(2026, 2, 28, 16)


def test_days_of_the_change_have_23_and_25_hours():
    spring = day_edges(at(2026, 3, 30, 12), BERLIN, 3)
    assert [(b - a) // HOUR for a, b in itertools.pairwise(spring)] == [24, 23, 24]
    autumn = day_edges(at(2026, 10, 25, 12), BERLIN, 1)
    assert (autumn[1] - autumn[0]) // HOUR == 25


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (at(2026, 3, 14, 22, 59), "2026-02"),
        (at(2026, 3, 14, 23, 0), "2026-03"),
        (at(2026, 1, 2), "2025-12"),
        (at(2026, 12, 31), "2026-12"),
    ],
)
def test_the_billing_day_decides_which_month_an_instant_belongs_to(now, name):
    month = billing_month_of(now, BERLIN, 15)
    assert month.name == name
    assert month.begin <= now < month.end


def test_billing_months_follow_one_another_without_a_gap():
    months = [billing_month(f"2026-{number:02}", BERLIN, 28) for number in range(1, 13)]
    assert all(one.end == after.begin for one, after in itertools.pairwise(months))


@pytest.mark.parametrize("name", ["2026-13", "march", "2026-3-1", "", "0000-01"])
def test_what_is_no_month_is_refused(name):
    with pytest.raises(NetopsError, match="is not a month"):
        billing_month(name, BERLIN, 1)


@pytest.mark.parametrize(
    ("span", "steps"), [(Span.DAY, 288), (Span.WEEK, 168), (Span.MONTH, 186), (Span.YEAR, 366)]
)
def test_the_last_step_of_every_span_holds_now(span, steps):
    now = at(2026, 3, 30, 12, 34)
    edges = step_edges(span, now, BERLIN)
    assert len(edges) == steps + 1
    assert edges[-2] <= now < edges[-1]
    assert edges == sorted(edges)
