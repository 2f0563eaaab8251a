"""Calls promql-parser, and keeps away from it what would end the process."""

import re

import promql_parser as syntax

from netops.alerting.errors import ExpressionRefused
from netops.i18n import _

LONGEST = 8192
MOST_TOKENS = 1500
"""Bounds of an expression: the parser recurses without a limit of its own, and would end the process."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


def parse(text: str) -> syntax.Expr:
    """Read an expression.

    Raises:
        ExpressionRefused: It is no PromQL; the parser's own words are the error's text.
    """
    if len(text) > LONGEST or len(_TOKEN.findall(text)) > MOST_TOKENS:
        words = {"characters": LONGEST, "words": MOST_TOKENS}
        raise ExpressionRefused(
            _("longer than %(characters)d characters or %(words)d words and signs") % words
        )
    try:
        return syntax.parse(text)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ExpressionRefused(" ".join(str(error).split())) from error
    except BaseException as error:
        # A panic of the Rust code inside, as a duration of 1e91 causes, is no Exception and has no importable name.
        if type(error).__name__ != "PanicException":
            raise
        raise ExpressionRefused(" ".join(str(error).split())) from error
