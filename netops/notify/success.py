"""Tells an answer from a refusal, where the operator has said how: a status, a place in JSON, a pattern."""

import json
from typing import Any

import re2

from netops.i18n import _
from netops.notify.http import HttpSender, Reply
from netops.settings.channels import SuccessCondition


class ConditionalSender(HttpSender):
    """Reads answers by a condition of the operator's; without one a status of success is all it takes."""

    condition: SuccessCondition | None = None

    def read(self, reply: Reply) -> str:
        """Hold the answer against the condition. See ``HttpSender``."""
        self.check_status(reply)
        condition, said = self.condition, self.tidy(f"{reply.status} {reply.text}")
        if condition is None:
            return said
        words = {"answer": said}
        if condition.pointer is not None:
            document = _read_json(reply)
            if document is None:
                why = _("the answer is no JSON: %(answer)s") % words
                raise self.fail(why, reply, is_permanent=False)
            if _as_text(_follow(document, condition.pointer)) != condition.equals:
                raise self._refuse(condition, reply, _("refused: %(answer)s") % words)
        is_known = condition.status is None or reply.status in condition.status
        if not is_known or (condition.pattern and not _finds(condition.pattern, reply.text)):
            raise self._refuse(condition, reply, _("refused: %(answer)s") % words)
        return said

    def _refuse(self, condition: SuccessCondition, reply: Reply, why: str) -> Exception:
        is_later = condition.retry_pattern is not None and _finds(condition.retry_pattern, reply.text)
        return self.fail(why, reply, is_permanent=not is_later)


_NOTHING = object()
"""What a pointer leads to where there is nothing; None is JSON's null."""


def _read_json(reply: Reply) -> list[Any] | None:
    """Give the document as the only member of a list; None where there is none."""
    if not reply.is_whole:
        return None
    try:
        return [json.loads(reply.body)]
    except (ValueError, RecursionError):
        return None


def _follow(document: list[Any], pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901)."""
    value = document[0]
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, _NOTHING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _NOTHING
    return value


def _as_text(value: Any) -> str | None:
    """Give a value as it is written in the settings; None for what is no plain value."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if value is None or isinstance(value, bool | int | float) else None


def _finds(pattern: str, text: str) -> bool:
    # By RE2: the text is a stranger's, and no pattern runs away on it.
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options).search(text) is not None
