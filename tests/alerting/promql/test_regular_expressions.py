import pytest

from netops.alerting.errors import ExpressionRefused
from netops.alerting.promql.regular_expressions import compile_regular_expression


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("a|b", "b", "ab"),
        ("gi.*", "gi\n1", "xgi"),
        ("(?i)UP", "up", "upp"),
        ("((?i)PRO).*", "production", "Xproduction"),
        ("x((?i)a|b)c", "xBc", "xBC"),
        ("(?i:a)b", "Ab", "AB"),
        ("[[:alpha:]]+", "abc", "ab1"),
        ("[^[:digit:]]", "x", "1"),
        ("[]a]+", "]a", "["),
        ("[a[]+", "a[", "b"),
        (r"a\z", "a", "a\n"),
        (r"\d+", "12", "\u0661"),
        ("(?P<n>a)b", "ab", "a"),
        ("a$", "a", "a\n"),
        ("", "", "x"),
    ],
)
def test_it_means_what_it_means_in_re2(text, matching, other):
    pattern = compile_regular_expression(text, whole=True)
    assert pattern.match(matching)
    assert not pattern.match(other)


@pytest.mark.parametrize("text", ["(", "a**", "[a", "(?<x", r"\p{L}", "x" * 5000, "a{99999999999}"])
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(ExpressionRefused):
        compile_regular_expression(text, whole=True)
