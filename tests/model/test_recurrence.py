"""Rules of RFC 5545, by the examples of its section 3.8.5.3, and what is refused."""

from datetime import datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.model.recurrence import RecurrenceWrong, parse_recurrence

NEW_YORK = ZoneInfo("America/New_York")
FIRST = datetime.fromisoformat("1997-09-02 09:00")


def starts(rule: str, first: str = "1997-09-02 09:00", most: int = 30) -> list[str]:
    found = parse_recurrence(rule).find_starts(datetime.fromisoformat(first), NEW_YORK)
    return [one.strftime("%m-%d") for one in islice(found, most)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=10", [f"09-{day:02}" for day in range(2, 12)]),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", ["09-02", "09-12", "09-22", "10-02", "10-12"]),
        ("FREQ=WEEKLY;COUNT=3", ["09-02", "09-09", "09-16"]),
        (
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            ["09-02", "09-04", "09-09", "09-11", "09-16", "09-18", "09-23", "09-25", "09-30", "10-02"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            ["09-02", "09-04", "09-16", "09-18", "09-30", "10-02", "10-14", "10-16"],
        ),
        ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", ["09-02", "09-15", "10-02", "10-15"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=4", ["09-28", "10-29", "11-28", "12-29"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", ["09-04", "10-07", "11-06"]),
        ("FREQ=YEARLY;INTERVAL=2;COUNT=3;BYMONTH=1,2,3;BYDAY=MO;BYSETPOS=1", ["01-04", "01-01", "01-06"]),
        ("RRULE:freq=weekly;count=2;", ["09-02", "09-09"]),
    ],
)
def test_rules_mean_what_the_rfc_says(rule, days):
    assert starts(rule) == days


def test_friday_the_thirteenth_is_found():
    rule = "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5"
    assert starts(rule) == ["02-13", "03-13", "11-13", "08-13", "10-13"]


def test_until_counts_whole_days_and_instants_in_the_windows_own_zone():
    assert starts("FREQ=DAILY;UNTIL=19970904") == ["09-02", "09-03", "09-04"]
    assert starts("FREQ=DAILY;UNTIL=19970904T090000") == ["09-02", "09-03", "09-04"]
    assert starts("FREQ=DAILY;UNTIL=19970904T130000Z") == ["09-02", "09-03", "09-04"]  # 09:00 EDT
    assert starts("FREQ=DAILY;UNTIL=19970904T125959Z") == ["09-02", "09-03"]


def test_nothing_is_reckoned_beyond_the_century():
    found = list(parse_recurrence("FREQ=YEARLY").find_starts(FIRST, NEW_YORK))
    assert found[-1].year == 2099


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("weekly", "is no rule of recurrence"),
        ("", "is no rule of recurrence"),
        ("BYDAY=MO", "has no FREQ"),
        ("FREQ=SECONDLY", "FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=HOURLY", "FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands twice in the rule"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER is not known in a rule"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND is not known in a rule"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL must be 1 to 1000"),
        ("FREQ=DAILY;COUNT=10001", "COUNT must be 1 to 10000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "UNTIL goes not together with COUNT"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL must be like 20261231 or 20261231T235959Z"),
        ("FREQ=DAILY;BYMONTHDAY=0", "BYMONTHDAY must be 1 to 31"),
        ("FREQ=DAILY;BYMONTHDAY=32", "BYMONTHDAY must be 1 to 31"),
        ("FREQ=DAILY;BYMONTH=-1", "BYMONTH must be 1 to 12"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY must hold days such as MO, 1SA or -1SU"),
        ("FREQ=WEEKLY;BYDAY=1MO", "a number before a day needs FREQ=MONTHLY or FREQ=YEARLY"),
        ("FREQ=WEEKLY;BYDAY=0MO", "BYDAY must hold days such as MO, 1SA or -1SU"),
        ("FREQ=WEEKLY;WKST=XX", "WKST must be one of MO, TU, WE, TH, FR, SA, SU"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY goes not together with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO needs FREQ=YEARLY"),
        ("FREQ=WEEKLY;BYSETPOS=1;BYDAY=MO", "BYSETPOS needs FREQ=MONTHLY or FREQ=YEARLY"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no month of BYMONTH has a day of BYMONTHDAY"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40", "begins more than 24 times a day"),
    ],
)
def test_what_is_no_rule_or_absurd_is_refused_in_words(rule, message):
    with pytest.raises(RecurrenceWrong) as caught:
        parse_recurrence(rule)
    assert str(caught.value) == message


PIECES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "INTERVAL=3",
        "COUNT=4",
        "UNTIL=20301231",
        "BYDAY=MO,FR",
        "BYDAY=-1SU",
        "BYMONTH=1,6",
        "BYMONTHDAY=31",
        "BYSETPOS=-1",
        "BYHOUR=1,13",
        "BYWEEKNO=20",
        "BYYEARDAY=200",
        "WKST=SU",
        "x",
    ]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, max_size=5, unique=True).map(";".join))
def test_whatever_is_written_is_refused_or_gives_starts_in_order(text):
    try:
        rule = parse_recurrence(text)
    except RecurrenceWrong:
        return
    found = list(islice(rule.find_starts(datetime.fromisoformat("2026-01-05 03:00"), NEW_YORK), 50))
    assert all(one < other for one, other in pairwise(found))
