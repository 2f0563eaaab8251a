from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.settings.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("90", 90, "1m30s"),
        ("90s", 90, "1m30s"),
        ("15m", 900, "15m"),
        ("1h30m", 5400, "1h30m"),
        ("2w", 1_209_600, "14d"),
        ("500ms", 0.5, "0.5s"),
        ("1s500ms", 1.5, "1.5s"),
        ("0.1", 0.1, "0.1s"),
        ("10", 10, "10s"),
        ("0", 0, "0s"),
        (" 5m ", 300, "5m"),
    ],
)
def test_durations_are_read_and_written(text: str, seconds: float, written: str) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert format_duration(parse_duration(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "s",
        "-1",
        "-5m",
        "1:30",
        "30m1h",
        "1h1h",
        "1 h",
        "5min",
        "1e3",
        "1.5.5s",
        "٣s",
        "999999999w",
        "∞",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99_999)))
def test_every_duration_survives_being_written_and_read(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration
