import math

import pytest

from netops.alerting.errors import NotationWrong
from netops.alerting.labels import Labels
from netops.alerting.notation import parse_labels, parse_number, parse_values
from netops.alerting.series import is_stale
from netops.alerting.spans import format_span, parse_span


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("1 -2 +3.5 1e3", [1, -2, 3.5, 1000]),
        ("0x3", [0, 0, 0, 0]),
        ("1+2x3", [1, 3, 5, 7]),
        ("1-1x2 _ _x2 5", [1, 0, -1, None, None, None, 5]),
        ("-1.5+0.5x1", [-1.5, -1]),
        ("Inf -Inf", [math.inf, -math.inf]),
    ],
)
def test_values_are_expanded(text, values):
    assert parse_values(text) == values


def test_a_stale_mark_is_a_value_of_its_own():
    (mark,) = parse_values("stale")
    assert mark is not None
    assert is_stale(mark)


@pytest.mark.parametrize(
    "text", ["x", "1+x3", "1x", "{{schema:1}}", "1x9999999", "1x99999999999999999999", "1 2 three"]
)
def test_wrong_values_are_refused(text):
    with pytest.raises(NotationWrong):
        parse_values(text)


def test_a_name_may_hold_anything_in_quotes():
    assert parse_labels('{"a.b", "c d"="e}f"}') == Labels({"__name__": "a.b", "c d": "e}f"})
    assert parse_labels("{}") == Labels()
    assert parse_labels("up") == Labels({"__name__": "up"})


@pytest.mark.parametrize("text", ["up{", 'up{a!="b"}', "rate(up[5m])", "up offset 5m", "1"])
def test_what_is_no_series_is_refused(text):
    with pytest.raises(NotationWrong):
        parse_labels(text)


@pytest.mark.parametrize(
    ("text", "number"), [(".inf", math.inf), ("-.INF", -math.inf), ("0x1f", 31), ("-0x10", -16)]
)
def test_numbers_of_yaml_and_go(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "span_ms"),
    [("0", 0), ("5m", 300_000), ("1h30m", 5_400_000), ("1w", 604_800_000), ("500ms", 500)],
)
def test_spans_are_read_and_written(text, span_ms):
    assert parse_span(text) == span_ms
    assert parse_span(format_span(span_ms)) == span_ms


@pytest.mark.parametrize("text", ["", "5", "m", "1m1h", "1.5h", "-5m", "5 m", "101y"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match=r"not a span|longer"):
        parse_span(text)
