"""A condition on one label as people write it: ``device=core-1``, ``alertname=~Interface.*``."""

import re
from typing import NamedTuple

from netops.errors import NetopsError
from netops.i18n import _
from netops.model.regular_expression import PatternWrong, compile_regular_expression

_FORM = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*)", re.ASCII | re.DOTALL)


class ConditionWrong(NetopsError):
    """A text that is no condition."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        """What to do about it; may be empty."""


class Condition(NamedTuple):
    """A condition taken apart."""

    label: str
    operator: str
    """``=``, ``!=``, ``=~`` or ``!~``."""
    value: str

    def accepts(self, value: str) -> bool:
        """Say whether a label of this value meets it; a label that is not there counts as empty."""
        if not self.operator.endswith("~"):
            return (value == self.value) == (self.operator == "=")
        is_met = compile_regular_expression(self.value, whole=True).match(value) is not None
        return is_met == (self.operator == "=~")


def parse_condition(text: str) -> Condition:
    """Take a condition apart; quotes around the value may be there.

    Raises:
        ConditionWrong: It has no such form, or its regular expression is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ConditionWrong(
            _('"%(text)s" is no condition') % {"text": text},
            _("write label=value, or with !=, =~ or !~ in the middle"),
        )
    label, operator, value = found.groups()
    bare = value.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == '"':
        bare = bare[1:-1]
    if operator.endswith("~"):
        try:
            compile_regular_expression(bare, whole=True)
        except PatternWrong as error:
            raise ConditionWrong(str(error)) from error
    return Condition(label, operator, bare)
