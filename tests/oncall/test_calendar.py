"""The iCalendar of shifts, read back by rules of RFC 5545 that are written out here."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from netops.oncall.calendar import make_calendar
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Override, Rotation, Schedule
from netops.oncall.shifts import list_shifts
from slow_shifts import utc

BERLIN = ZoneInfo("Europe/Berlin")
LONG = "网络与机房值班负责人，" * 8 + "Ana; Núñez"
SCHEDULE = Schedule(
    "net",
    BERLIN,
    (Rotation(("ana", "li"), datetime.fromisoformat("2026-03-23 09:00"), timedelta(days=7)),),
    (Override("li", utc("2026-03-25 08:00"), utc("2026-03-26 08:00")),),
)
PLAN = OncallPlan(
    people={"ana": Person("ana", LONG, "en", BERLIN), "li": Person("li", "Li", "zh_CN", BERLIN)},
    schedules={"net": SCHEDULE},
)
NOW = utc("2026-03-24 12:00:00.5")


def make(start: str = "2026-03-23 08:00", end: str = "2026-04-06 07:00") -> str:
    return make_calendar("on call", list_shifts(SCHEDULE, utc(start), utc(end)), PLAN, NOW)


def unfold(text: str) -> list[str]:
    """RFC 5545 section 3.1: a line break with one blank behind it is no line break."""
    return text.replace("\r\n ", "").rstrip("\r\n").split("\r\n")


def values(text: str, key: str) -> list[str]:
    return [line.partition(":")[2] for line in unfold(text) if re.match(rf"{key}[;:]", line)]


def test_every_shift_is_an_event_in_utc():
    text = make()
    assert values(text, "DTSTART") == [
        "20260323T080000Z",
        "20260325T080000Z",
        "20260326T080000Z",
        "20260330T070000Z",
    ]
    assert values(text, "DTEND") == [
        "20260325T080000Z",
        "20260326T080000Z",
        "20260330T070000Z",
        "20260406T070000Z",
    ]
    assert set(values(text, "DTSTAMP")) == {"20260324T120000Z"}
    assert values(text, "DESCRIPTION") == ["by an override"]


def test_lines_are_folded_at_75_octets_and_end_as_asked():
    text = make()
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_names_with_commas_and_semicolons_are_escaped():
    summary = values(make(), "SUMMARY")[0]
    assert re.sub(r"\\([,;])", r"\1", summary) == f"on call: {LONG} (net)"
    assert "Ana\\; Núñez" in summary


def test_an_entry_keeps_its_id_as_long_as_it_is_the_same_shift():
    first, second = values(make(), "UID"), values(make(end="2026-06-01 07:00"), "UID")
    assert second[: len(first)] == first
    assert len(set(second)) == len(second)


def test_no_shifts_are_an_empty_calendar():
    assert values(make_calendar("x", [], PLAN, NOW), "UID") == []
