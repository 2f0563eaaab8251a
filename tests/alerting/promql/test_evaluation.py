"""What expressions give, in cases small enough to be reckoned by hand; upstream's own stand in test_upstream.py."""

import math

import pytest

from alerting.plain_source import PlainSource
from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import Labels
from netops.alerting.notation import parse_labels, parse_values
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.nodes import Moment

SERIES = {
    'c_total{d="a"}': "0 60 120 30 90 150",
    'g{d="a", i="1"}': "5 6 7 8 9 10",
    'g{d="a", i="2"}': "1 1 1 1 1 1",
    'g{d="b", i="1"}': "4 _ _ 4 stale 4",
    'info{d="a", site="hq"}': "1x5",
    'bad{d="a"}': "NaN 1 Inf -Inf NaN 0",
    'h_bucket{le="1"}': "0+1x5",
    'h_bucket{le="2"}': "0+3x5",
    'h_bucket{le="+Inf"}': "0+4x5",
}


@pytest.fixture
def source() -> PlainSource:
    held = PlainSource()
    for name, values in SERIES.items():
        for minute, value in enumerate(parse_values(values)):
            if value is not None:
                held.add(parse_labels(name), minute * 60_000, value)
    return held


def give(source: PlainSource, text: str, seconds: float = 300) -> dict[str, float]:
    vector = compile_expression(text).evaluate_vector(Moment(source, round(seconds * 1000)))
    return {str(labels): value for labels, value in zip(vector.labels, vector.values, strict=True)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("c_total", {'c_total{d="a"}': 150}),
        ("increase(c_total[5m1s])", {'{d="a"}': 270}),
        ("rate(c_total[2m])", {'{d="a"}': 1}),
        ("irate(c_total[5m])", {'{d="a"}': 1}),
        ("resets(c_total[6m])", {'{d="a"}': 1}),
        ('changes(g{i="1"}[6m])', {'{d="a", i="1"}': 5, '{d="b", i="1"}': 0}),
        ('delta(g{d="a"}[5m1s]) > 0', {'{d="a", i="1"}': pytest.approx(5 * 301 / 300)}),
        ('deriv(g{d="a", i="1"}[6m])', {'{d="a", i="1"}': pytest.approx(1 / 60)}),
        ('predict_linear(g{d="a", i="1"}[6m], 600)', {'{d="a", i="1"}': pytest.approx(20)}),
        ('sum by (d) (g{i="1"})', {'{d="a"}': 10, '{d="b"}': 4}),
        ("topk(1, g)", {'g{d="a", i="1"}': 10}),
        ('count_values("v", g)', {'{v="10"}': 1, '{v="1"}': 1, '{v="4"}': 1}),
        ("quantile(0.5, g)", {"{}": 4}),
        ("g > 3", {'g{d="a", i="1"}': 10, 'g{d="b", i="1"}': 4}),
        ("3 < g", {'g{d="a", i="1"}': 10, 'g{d="b", i="1"}': 4}),
        ('g{i="2"} > bool 3', {'{d="a", i="2"}': 0}),
        (
            "g * on (d) group_left (site) info",
            {'{d="a", i="1", site="hq"}': 10, '{d="a", i="2", site="hq"}': 1},
        ),
        ("g unless on (d) info", {'g{d="b", i="1"}': 4}),
        ("histogram_quantile(0.5, h_bucket)", {"{}": 1.5}),
        ('absent(nothing{d="a", i=~"x"})', {'{d="a"}': 1}),
        ("absent(g)", {}),
        ("vector(time())", {"{}": 300}),
        ("scalar(info) + 1", {"{}": 2}),
        ("max_over_time(bad[6m])", {'{d="a"}': math.inf}),
        ("bad == bad", {'bad{d="a"}': 0}),
        ('label_replace(info, "s", "$1!", "site", "(h).*")', {'info{d="a", s="h!", site="hq"}': 1}),
        ("avg_over_time(g{d='a', i='1'}[3m:1m])", {'{d="a", i="1"}': 9}),
        ("clamp(g, 5, 1)", {}),
        ("1 / 0", {"{}": math.inf}),
        ("-1 ^ 2", {"{}": -1}),
        ("2 ^ 3 ^ 2", {"{}": 512}),
        ("-5 % 3", {"{}": -2}),
    ],
)
def test_an_expression_gives(source, text, wanted):
    assert give(source, text) == wanted


def test_a_sample_at_the_start_of_a_range_is_outside_of_it(source):
    assert give(source, 'count_over_time(g{i="2"}[5m])') == {'{d="a", i="2"}': 5}


@pytest.mark.parametrize(("seconds", "count"), [(599.999, 1), (600, 0)])
def test_a_series_is_there_for_five_minutes_after_its_last_sample(source, seconds, count):
    assert len(give(source, "c_total", seconds)) == count


@pytest.mark.parametrize(("seconds", "count"), [(239, 1), (240, 0), (299, 0), (300, 1)])
def test_a_stale_mark_ends_a_series_at_once(source, seconds, count):
    assert len(give(source, 'g{d="b"}', seconds)) == count


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("g * on (d) info", "two series on the left side match one of the right"),
        ("info * on (d) g", "two series on the right side match alike"),
        ("info * on (d) group_left () g", "two series on the right side match alike"),
        ('label_replace(g, "i", "", "i", ".*")', "two series become one and the same"),
        ("abs({__name__=~'info|bad', d='a'}) or rate({__name__=~'g|c_total', d='a'}[5m])", ""),
        ("topk(NaN, g)", "NaN"),
    ],
)
def test_what_the_series_do_not_allow_is_named(source, text, told):
    if not told:
        give(source, text)
        return
    with pytest.raises(EvaluationFailed) as failed:
        give(source, text)
    assert told in str(failed.value)


def test_two_metrics_that_lose_their_names_are_told_apart_no_more(source):
    source.add({"__name__": "g2", "d": "a", "i": "1"}, 300_000, 1.0)
    with pytest.raises(EvaluationFailed, match="two series become one"):
        give(source, '-{__name__=~"g2?", d="a", i="1"}')


def test_labels_of_a_comparison_keep_the_name_and_those_of_arithmetic_do_not(source):
    assert list(give(source, "info == info")) == ['info{d="a", site="hq"}']
    assert list(give(source, "info * info")) == ['{d="a", site="hq"}']
    assert list(give(source, "info == on (d) info")) == ['{d="a"}']


def test_an_empty_label_is_no_label():
    assert Labels({"a": "", "b": "c"}) == Labels({"b": "c"})
