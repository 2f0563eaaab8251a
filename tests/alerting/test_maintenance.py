"""Which alerts a window keeps quiet, and when: over changes of clocks too."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from netops.alerting.maintenance import ActiveWindow, find_next_change, find_window, make_window, make_windows
from netops.settings.devices import DeviceSettings
from netops.settings.maintenance import MaintenanceSettings

HOUR = timedelta(hours=1)
DEVICES = {
    name: DeviceSettings.model_validate({"name": name, "address": "10.0.0.1", "groups": groups, "site": site})
    for name, groups, site in (
        ("core-1", ("core",), "hz"),
        ("srv-1", ("servers",), "hz"),
        ("srv-2", ("servers",), "bj"),
    )
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(*, ended_at: datetime | None = None, **spec: Any) -> ActiveWindow:
    once = {} if "rrule" in spec else {"to": "2026-01-10 04:00"}
    given = {"name": "w", "from": "2026-01-10 02:00", **once, **spec}
    return make_window(
        "1", MaintenanceSettings.model_validate(given), "Europe/Berlin", DEVICES, ended_at=ended_at
    )


def labels(device: str = "", **more: str) -> dict[str, str]:
    return {"alertname": "X", **({"device": device} if device else {}), **more}


@pytest.mark.parametrize(
    ("spec", "quiet", "told"),
    [
        ({"devices": ["core-1"]}, [labels("core-1")], [labels("srv-1"), labels()]),
        ({"groups": ["servers"]}, [labels("srv-1"), labels("srv-2")], [labels("core-1"), labels()]),
        (
            {"sites": ["hz"]},
            [labels("core-1"), labels("srv-1"), labels(site="hz")],
            [labels("srv-2"), labels()],
        ),
        (
            {"devices": ["core-1"], "sites": ["bj"]},
            [labels("core-1"), labels("srv-2"), labels("new", site="bj")],
            [labels("srv-1")],
        ),
        ({"match": ["alertname=X"]}, [labels(), labels("core-1")], [labels(alertname="Y")]),
        (
            {"groups": ["servers"], "match": ["severity=~minor|warning"]},
            [labels("srv-1", severity="minor")],
            [labels("srv-1", severity="major"), labels("core-1", severity="minor")],
        ),
        ({"devices": ["not-watched"]}, [labels("not-watched")], [labels()]),
        ({"groups": ["nobody"]}, [], [labels(), labels("core-1")]),
    ],
)
def test_alerts_of_its_devices_groups_and_sites_that_meet_its_conditions_are_quiet(spec, quiet, told):
    made = window(**spec)
    assert all(made.mutes(one) for one in quiet)
    assert not any(made.mutes(one) for one in told)


def test_a_window_holds_from_its_start_and_no_longer_at_its_end():
    made = window(devices=["core-1"])
    assert not made.is_active(utc("2026-01-10 00:59:59"))
    assert made.is_active(utc("2026-01-10 01:00"))
    assert made.is_active(utc("2026-01-10 02:59:59"))
    assert not made.is_active(utc("2026-01-10 03:00"))


SUNDAYS = {
    "devices": ["core-1"],
    "from": "2026-01-04 01:00",
    "rrule": "FREQ=WEEKLY;BYDAY=SU",
    "duration": "4h",
}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-22 00:00", "2026-03-22 04:00"),
        ("2026-03-29 00:00", "2026-03-29 04:00"),  # the night that skips an hour: still four hours
        ("2026-04-05 23:00", "2026-04-06 03:00"),
        ("2026-10-17 23:00", "2026-10-18 03:00"),
        ("2026-10-24 23:00", "2026-10-25 03:00"),
        ("2026-11-01 00:00", "2026-11-01 04:00"),
    ],
)
def test_a_recurring_window_begins_at_the_same_wall_time_and_lasts_equally_long(start, end):
    made = window(**SUNDAYS)
    start_at, end_at = utc(start), utc(end)
    if start == "2026-04-05 23:00":  # Sunday 01:00 CEST is Saturday 23:00 UTC
        start_at, end_at = start_at - timedelta(days=1), end_at - timedelta(days=1)
    assert made.times.find_span(start_at) == (start_at, end_at)
    assert made.times.find_span(start_at - timedelta(seconds=1)) is None
    assert made.times.find_span(end_at) is None


def test_a_start_in_the_hour_that_is_skipped_is_at_the_change():
    made = window(devices=["core-1"], rrule="FREQ=DAILY", duration="1h", **{"from": "2026-03-01 02:30"})
    assert made.times.find_span(utc("2026-03-29 01:00")) == (utc("2026-03-29 01:00"), utc("2026-03-29 02:00"))


def test_a_rule_with_a_count_comes_to_its_end():
    made = window(devices=["core-1"], rrule="FREQ=DAILY;COUNT=2", duration="1h")
    assert made.times.find_next(utc("2026-01-10 12:00")) == (utc("2026-01-11 01:00"), utc("2026-01-11 02:00"))
    assert made.times.find_next(utc("2026-01-11 01:00")) is None
    assert made.times.find_span(utc("2026-01-12 01:30")) is None
    assert made.times.find_span(utc("2026-01-10 01:30")) is not None, "looking back works after looking ahead"


def test_a_window_that_was_ended_never_comes_again():
    made = window(ended_at=utc("2026-03-22 02:00"), **SUNDAYS)
    assert made.times.find_span(utc("2026-03-22 01:00")) == (utc("2026-03-22 00:00"), utc("2026-03-22 02:00"))
    assert made.times.find_span(utc("2026-03-22 02:00")) is None
    assert made.times.find_next(utc("2026-03-22 01:00")) is None
    assert made.times.find_next(utc("2026-03-20 00:00")) == (utc("2026-03-22 00:00"), utc("2026-03-22 02:00"))


def test_of_several_windows_the_one_that_lasts_longest_is_given():
    short, long = window(devices=["core-1"]), window(sites=["hz"], to="2026-01-10 06:00")
    now = utc("2026-01-10 02:00")
    assert find_window([long, short], labels("core-1"), now) is long
    assert find_window([long, short], labels("srv-2"), now) is None
    assert find_window([long, short], labels("core-1"), utc("2026-01-11")) is None
    assert find_window([], labels("core-1"), now) is None


def test_the_next_change_is_the_first_start_or_end_of_any():
    windows = [window(devices=["core-1"]), window(**SUNDAYS)]
    changes, now = [], utc("2026-01-09 12:00")
    for _ in range(4):
        change = find_next_change(windows, now)
        assert change is not None
        changes.append(change)
        now = change
    assert changes == [utc(f"2026-01-{text}") for text in ("10 01:00", "10 03:00", "11 00:00", "11 04:00")]
    assert find_next_change(windows[:1], utc("2026-02-01")) is None


def test_windows_of_the_file_are_known_by_their_names_and_zones():
    settings = MaintenanceSettings.model_validate(
        {
            "name": "swap",
            "devices": ["a"],
            "from": "2026-01-10 02:00",
            "to": "2026-01-10 04:00",
            "time_zone": "Asia/Shanghai",
        }
    )
    (made,) = make_windows([settings], "Europe/Berlin", {})
    assert made.id == "file:swap"
    assert made.times.find_span(utc("2026-01-09 18:00")) == (utc("2026-01-09 18:00"), utc("2026-01-09 20:00"))
