"""Conditions on labels in settings files."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netops.i18n import _
from netops.model.condition import ConditionWrong, parse_condition
from netops.settings.parts import as_text, refuse


def _check(value: Any) -> Any:
    text = as_text(value)
    if not isinstance(text, str):
        raise refuse(_("must be text"), _("write label=value, or with !=, =~ or !~ in the middle"))
    try:
        parse_condition(text)
    except ConditionWrong as error:
        raise refuse(str(error), error.suggestion) from error
    return text


ConditionText = Annotated[
    str, BeforeValidator(_check), WithJsonSchema({"type": "string", "x-values": "condition"})
]
Conditions = Annotated[tuple[ConditionText, ...], Field(max_length=50)]
"""All must be met."""


def _check_label(text: str) -> str:
    if not (text.isascii() and text.isidentifier()):
        raise refuse(_("is no name of a label"))
    return text


LabelName = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_label),
    WithJsonSchema({"type": "string", "x-values": "label"}),
]
