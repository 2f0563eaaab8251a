"""Regular expressions as rules meet them; netops/model/regular_expression.py reads them."""

import re

from netops.alerting.errors import ExpressionRefused
from netops.model import regular_expression


def compile_regular_expression(text: str, *, whole: bool) -> re.Pattern[str]:
    """Compile an expression of RE2; ``whole`` asks that it match a text from end to end, as label matchers do.

    Raises:
        ExpressionRefused: It is no regular expression, or uses what Python has not.
    """
    try:
        return regular_expression.compile_regular_expression(text, whole=whole)
    except regular_expression.PatternWrong as error:
        raise ExpressionRefused(str(error)) from error
