"""Regular expressions that people write into files: compiled by RE2, which has no catastrophic back-tracking."""

from functools import lru_cache
from typing import Annotated, Any

import re2
from pydantic import AfterValidator

from netops.i18n import _
from netops.settings.parts import Text, refuse


class PatternError(ValueError):
    """A regular expression that RE2 does not take."""


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Any:
    """Compile a regular expression by RE2, which has no catastrophic back-tracking; case counts, ``(?i)`` ends that.

    Raises:
        PatternError: RE2 does not take it (look-around and back references are not in it).
    """
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise PatternError(_("is no regular expression of RE2: %(reason)s") % {"reason": reason}) from error


def _check_pattern(text: str) -> str:
    try:
        compile_pattern(text)
    except PatternError as error:
        raise refuse(str(error), _("put it in single quotes")) from None
    return text


def _check_one_group(text: str) -> str:
    if compile_pattern(text).groups != 1:
        raise refuse(_("needs one group"), _("put (…) around the name"))
    return text


PatternText = Annotated[Text, AfterValidator(_check_pattern)]
GroupPattern = Annotated[PatternText, AfterValidator(_check_one_group)]
