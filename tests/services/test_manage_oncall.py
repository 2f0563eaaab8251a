"""What people add to the plan: checked, stored with a record, and asked for by who decides."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from netops.model.event import EventKind
from netops.oncall.shifts import list_shifts, who_is_on_call
from netops.services.manage_oncall import (
    OncallRefused,
    OverrideRequest,
    add_override,
    add_window,
    read_plan,
    read_windows,
    stop_window,
    take_back_override,
)
from netops.services.show_oncall import list_all_windows, list_whole_shifts
from netops.settings.errors import SettingsError
from netops.settings.loader import LoadedSettings, load_settings
from netops.store.engine import read, write
from netops.store.queries.events import list_events
from netops.store.queries.oncall import list_windows
from slow_shifts import utc

NOW = utc("2026-03-04 11:00")
HOUR = timedelta(hours=1)
FILE = """\
time_zone: Europe/Berlin
people: {ana: {name: Ana}, li: {name: Li}}
schedules:
  net:
    rotations: [{people: [ana], starts: 2026-01-05}]
    overrides: [{person: ana, from: 2026-03-04 08:00, to: 2026-03-08 08:00}]
maintenance:
  - {name: swap, devices: [a], from: 2026-03-04 11:00, to: 2026-03-04 13:00}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSettings:
    (tmp_path / "netops.yaml").write_text("site_name: lab\n", "utf-8")
    (tmp_path / "devices.yaml").write_text("devices: [{name: a, local: true}]\n", "utf-8")
    (tmp_path / "oncall.yaml").write_text(FILE, "utf-8")
    return load_settings(tmp_path / "netops.yaml", environ={})


def request(**given: str) -> OverrideRequest:
    plain = {"schedule": "net", "person": "li", "start": "", "end": "2026-03-05 12:00", "author": "zoe"}
    return OverrideRequest(**plain | given)


def add(engine: Engine, loaded: LoadedSettings, **given: str) -> int:
    with write(engine) as connection:
        return add_override(connection, loaded.oncall, request(**given), NOW).id or 0


def test_an_override_takes_the_place_of_those_of_the_file(engine, loaded):
    made = add(engine, loaded)
    with read(engine) as connection:
        plan = read_plan(connection, loaded, NOW)
        (event,) = list_events(connection).events
    shift = who_is_on_call(plan.schedules["net"], NOW)
    assert shift is not None
    assert (shift.person, shift.starts_at, shift.ends_at) == ("li", NOW, utc("2026-03-05 11:00"))
    assert shift.override_id == made
    assert event.kind is EventKind.OVERRIDE_ADDED
    assert (event.data["who"], event.data["person"], event.data["override"]) == ("zoe", "li", made)


def test_without_a_database_the_file_alone_counts(loaded):
    assert who_is_on_call(read_plan(None, loaded, NOW).schedules["net"], NOW).person == "ana"


def test_an_override_that_is_taken_back_held_until_then(engine, loaded):
    made = add(engine, loaded)
    with write(engine) as connection:
        take_back_override(connection, made, who="zoe", now=NOW + 2 * HOUR)
    with read(engine) as connection:
        schedule = read_plan(connection, loaded, NOW + 5 * HOUR).schedules["net"]
    found = list_shifts(schedule, NOW, NOW + 6 * HOUR)
    assert [(one.person, one.ends_at) for one in found] == [("li", NOW + 2 * HOUR), ("ana", NOW + 6 * HOUR)]


def test_an_override_that_is_taken_back_before_it_begins_never_held(engine, loaded):
    made = add(engine, loaded, start="2026-03-05 10:00")
    with write(engine) as connection:
        take_back_override(connection, made, who="zoe", now=NOW)
        with pytest.raises(OncallRefused, match="holds no more"):
            take_back_override(connection, made, who="zoe", now=NOW)
    with read(engine) as connection:
        schedule = read_plan(connection, loaded, NOW).schedules["net"]
    assert {one.person for one in list_shifts(schedule, NOW, NOW + 48 * HOUR)} == {"ana"}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"schedule": "nte"}, SettingsError, 'unknown schedule "nte"; did you mean "net"?'),
        ({"person": "eve"}, SettingsError, 'unknown person "eve"; known: ana, li'),
        ({"instead_of": "anna"}, SettingsError, 'unknown person "anna"; did you mean "ana"?'),
        ({"instead_of": "li"}, OncallRefused, "li cannot stand in for the same person"),
        ({"author": " "}, OncallRefused, "say who asks for it"),
        ({"end": "tomorrow"}, SettingsError, '"tomorrow" is no date with a time'),
        ({"end": "2026-03-04 12:00"}, OncallRefused, "the end must be later than the start, and than now"),
        ({"start": "2026-03-06 12:00"}, OncallRefused, "the end must be later than the start, and than now"),
        ({"end": "2028-03-04 12:00"}, OncallRefused, "no longer than a year"),
    ],
)
def test_an_override_that_is_not_right_is_refused_and_nothing_is_stored(
    engine, loaded, given, error, message
):
    with pytest.raises(error, match=message.replace("?", r"\?")):
        add(engine, loaded, **given)
    with read(engine) as connection:
        assert list_events(connection).events == []


def test_an_override_of_a_schedule_that_is_gone_changes_nothing(engine, loaded, tmp_path):
    add(engine, loaded)
    (tmp_path / "oncall.yaml").write_text(FILE.replace("  net:", "  lan:"), "utf-8")
    again = load_settings(tmp_path / "netops.yaml", environ={})
    with read(engine) as connection:
        plan = read_plan(connection, again, NOW)
    assert who_is_on_call(plan.schedules["lan"], NOW).person == "ana"


def test_shifts_for_calendars_are_whole(engine, loaded):
    with read(engine) as connection:
        plan = read_plan(connection, loaded, NOW)
    found = list_whole_shifts(plan, plan.schedules.values(), NOW, NOW + HOUR)
    assert [(one.starts_at, one.ends_at) for one in found] == [
        (utc("2026-03-04 07:00"), utc("2026-03-08 07:00"))
    ]


# --- maintenance windows

SPEC = {"name": "w", "devices": ["a"], "from": "2026-03-04 14:00", "rrule": "FREQ=DAILY", "duration": "1h"}


def test_windows_of_the_file_and_added_ones_are_asked_together(engine, loaded):
    with write(engine) as connection:
        add_window(connection, loaded.oncall, SPEC, who="zoe", now=NOW)
    with read(engine) as connection:
        windows = read_windows(connection, loaded.oncall, loaded.devices, NOW)
        (event,) = list_events(connection).events
    assert [(one.id, one.is_active(NOW), one.is_active(utc("2026-03-05 13:30"))) for one in windows] == [
        ("file:swap", True, False),
        ("1", False, True),
    ]
    assert (event.kind, event.data["who"], event.data["name"]) == (EventKind.MAINTENANCE_ADDED, "zoe", "w")


def test_an_added_window_keeps_its_zone_when_that_of_the_file_changes(engine, loaded, tmp_path):
    with write(engine) as connection:
        add_window(connection, loaded.oncall, SPEC, who="zoe", now=NOW)
    (tmp_path / "oncall.yaml").write_text("time_zone: Asia/Shanghai\n", "utf-8")
    again = load_settings(tmp_path / "netops.yaml", environ={})
    with read(engine) as connection:
        (window,) = read_windows(connection, again.oncall, loaded.devices, NOW)
    assert window.is_active(utc("2026-03-05 13:30"))


def test_a_window_that_is_ended_never_comes_again(engine, loaded):
    with write(engine) as connection:
        made = add_window(connection, loaded.oncall, SPEC, who="zoe", now=NOW)
        stop_window(connection, made.id or 0, who="li", now=NOW + HOUR)
        with pytest.raises(OncallRefused, match="was ended before"):
            stop_window(connection, made.id or 0, who="li", now=NOW + HOUR)
    with read(engine) as connection:
        assert [one.id for one in read_windows(connection, loaded.oncall, {}, NOW + 2 * HOUR)] == [
            "file:swap"
        ]
        rows = list_all_windows(loaded.oncall, list_windows(connection), NOW + 2 * HOUR)
        assert list_events(connection, kind=EventKind.MAINTENANCE_ENDED).events
    assert (rows[-1]["now"], rows[-1]["next"], rows[-1]["ended_by"]) == (None, None, "li")


def test_a_window_that_is_not_right_is_refused_with_every_mistake(engine, loaded):
    spec = {"name": "w", "from": "today", "rrule": "FREQ=HOURLY", "time_zone": "Mars/Base", "devicez": ["a"]}
    with write(engine) as connection, pytest.raises(SettingsError) as caught:
        add_window(connection, loaded.oncall, spec, who="zoe", now=NOW)
    assert [line.partition(":")[0] for line in str(caught.value).split("\n")[:3]] == [
        "from",
        "rrule",
        "time_zone",
    ]
    assert 'devicez: unknown key; did you mean "devices"?' in str(caught.value)


def test_a_window_that_is_over_is_refused(engine, loaded):
    spec = {"name": "w", "devices": ["a"], "from": "2026-03-01 11:00", "to": "2026-03-02 11:00"}
    with write(engine) as connection, pytest.raises(OncallRefused, match="over already"):
        add_window(connection, loaded.oncall, spec, who="zoe", now=NOW)
    with write(engine) as connection, pytest.raises(OncallRefused, match="say who"):
        add_window(connection, loaded.oncall, SPEC, who="", now=NOW)
