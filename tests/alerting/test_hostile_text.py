"""Texts that nobody would write: only the errors that are promised leave, whatever stands in a file."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netops.alerting.errors import ExpressionRefused, NotationWrong, TemplateFailed, TemplateRefused
from netops.alerting.notation import parse_labels, parse_values
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.spans import parse_span
from netops.alerting.templates.functions import NAMES
from netops.alerting.templates.template import Template, TemplateData

PIECES = st.sampled_from(
    [
        *(
            "sum",
            "rate",
            "up",
            "by",
            "on",
            "group_left",
            "bool",
            "offset",
            "or",
            "topk",
            "label_replace",
            "time()",
        ),
        *(
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
            "[5m]",
            "[5m:1m]",
            "=",
            "=~",
            "!=",
            '"a"',
            "'",
            "`",
            ",",
            "@",
            "+",
            "-",
            "^",
        ),
        *("1", "1e91", "0x", "NaN", "5m", "9" * 30, " ", "\n", "\0", "\\x", "é", "\U0001f600", "\udc80"),
    ]
)
ACTIONS = st.sampled_from(
    [
        *(
            "{{",
            "}}",
            "{{-",
            "-}}",
            "/*",
            "*/",
            "|",
            "(",
            ")",
            ":=",
            "=",
            ",",
            '"x"',
            "`",
            "'a'",
            '"\\q"',
            " ",
            ".",
        ),
        *(
            "$value",
            "$labels",
            ".Labels",
            "$x",
            "if",
            "else",
            "end",
            "range",
            "with",
            "break",
            "define",
            "1",
            "1.5",
        ),
        *sorted(NAMES),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_expression_is_read_or_refused(text):
    with suppress(ExpressionRefused):
        compile_expression(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(ACTIONS, max_size=12).map(" ".join), st.floats())
def test_any_template_is_filled_in_or_refused(text, value):
    with suppress(TemplateRefused, TemplateFailed):
        Template(text).expand(TemplateData({"a": "b"}, value, lambda _text: []))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=20), st.text("0123456789+-x_ eInfNa.", max_size=20)))
def test_any_notation_is_read_or_refused(text):
    for read in (parse_values, parse_labels):
        with suppress(NotationWrong):
            read(text)
    with suppress(ValueError):
        assert parse_span(text) >= 0


@pytest.mark.parametrize("size", [1_000_000])
def test_a_text_of_a_million_characters_is_refused_at_once(size):
    with pytest.raises(ExpressionRefused):
        compile_expression("a" * size)
    with pytest.raises(TemplateRefused):
        Template("{{" * size)
