import pytest

from netops.alerting.errors import ExpressionRefused
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.functions.registry import EXPERIMENTAL, FUNCTIONS, NATIVE_HISTOGRAMS
from netops.alerting.promql.parsing import LONGEST

MINUTE = 60_000


def refuse(text: str) -> ExpressionRefused:
    with pytest.raises(ExpressionRefused) as refused:
        compile_expression(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("up @ 10", "the modifier @ is not supported"),
        ("rate(up[5m] @ end())", "the modifier @ is not supported"),
        ("max_over_time(up[5m:1m] @ start())", "the modifier @ is not supported"),
        ("histogram_avg(up)", "histogram_avg() is for native histograms"),
        ("mad_over_time(up[5m])", "mad_over_time() is an experimental function"),
        ("first_over_time(up[5m])", "first_over_time() is an experimental function"),
        ("holt_winters(up[5m], 0.5, 0.5)", "holt_winters() is an experimental function"),
        ("limitk(2, up)", "limitk() is an experimental function"),
        ("up + fill(0) down", "fill() is experimental"),
        ('{a="b" or c="d"}', "or between label matchers"),
        ("sum(", "no valid PromQL"),
        ("rate(up)", "expected type matrix"),
        ('up{a=~"("}', "regex"),
        ('up{a=~"\\\\p{Greek}"}', "regular expression"),
        ('label_replace(up, "", "x", "a", "b")', "cannot be the name of a label"),
        ("", "no valid PromQL"),
        ("max_over_time(up[1000d:1s])", "a subquery of more than 11000 steps"),
    ],
)
def test_what_lies_outside_is_refused_by_name(text, told):
    assert told in str(refuse(text))


def test_a_misspelt_function_is_told_with_the_right_one():
    refused = refuse("avg_ovr_time(up[5m])")
    assert "avg_ovr_time() is not among the functions" in str(refused)
    assert "avg_over_time" in refused.suggestion


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + "up" + ")" * 20_000,
        "-" * 20_000 + "up",
        "+".join(["up"] * 5000),
        "a+" * 700 + "a",
        "sum(" * 300 + "up" + ")" * 300,
        "x" * (LONGEST + 1),
        "rate(up[1e91])",
    ],
    ids=["brackets", "signs", "sums", "sum", "calls", "name", "a span that makes the parser panic"],
)
def test_an_expression_without_end_is_refused_and_does_not_end_the_process(text):
    refuse(text)


def test_no_function_is_in_two_lists():
    assert not FUNCTIONS.keys() & (EXPERIMENTAL | NATIVE_HISTOGRAMS)


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("up", 5 * MINUTE),
        ("up offset 1h", 65 * MINUTE),
        ("up offset -1h", 5 * MINUTE),
        ("rate(up[10m])", 10 * MINUTE),
        ("rate(up[10m] offset 1h)", 70 * MINUTE),
        ("max_over_time(up[1h:5m])", 65 * MINUTE),
        ("max_over_time(rate(up[10m] offset 2m)[1h:5m] offset 30m)", 102 * MINUTE),
    ],
)
def test_how_far_back_an_expression_reads(text, reach):
    (need,) = compile_expression(text).needs
    assert need.selection.metric == "up"
    assert need.reach_ms == reach


def test_every_selector_is_a_need():
    expression = compile_expression('a / on (x) b and {__name__=~"c.*"} unless {d="e"}')
    assert [selection.metric for selection in expression.selections()] == ["a", "b", None, None]
    assert [selection.names_a_metric for selection in expression.selections()] == [True, True, True, False]


def test_a_text_or_a_range_is_no_rule():
    assert not compile_expression('"text"').is_usable_in_rules
    assert not compile_expression("up[5m]").is_usable_in_rules
    assert compile_expression("1").is_usable_in_rules
