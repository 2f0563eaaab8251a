"""Services that answer 200 to everything and put an error code into JSON: DingTalk, WeCom, Feishu."""

import json
from typing import Any

from netops.i18n import _
from netops.notify.http import HttpSender, Reply


class CodedSender(HttpSender):
    """Reads a code from the answer; 0 means taken."""

    code_keys: tuple[str, ...] = ("errcode",)
    """Where the code stands, the first that is there."""
    text_keys: tuple[str, ...] = ("errmsg",)
    temporary: frozenset[int] = frozenset()
    """Codes that may pass by themselves. All others are refusals for good: the next channel is taken at once."""

    def read(self, reply: Reply) -> str:
        """Give the code of success. See ``HttpSender``."""
        answer = read_object(reply)
        code = next((answer[key] for key in self.code_keys if key in answer), None)
        if not isinstance(code, int) or isinstance(code, bool):
            self.check_status(reply)
            why = _("the answer is not one of this service: %(answer)s") % {"answer": self.tidy(reply.text)}
            raise self.fail(why, reply, is_permanent=False)
        if code == 0:
            self.check_status(reply)
            return f"{self.code_keys[0]} 0"
        if code not in self.temporary:
            self.check_status(reply)
        text = next((answer[key] for key in self.text_keys if key in answer), "")
        why = _("error %(code)d: %(text)s") % {"code": code, "text": self.tidy(str(text))}
        raise self.fail(why, reply, is_permanent=code not in self.temporary)


def read_object(reply: Reply) -> dict[str, Any]:
    """Give the JSON object of an answer; an empty one when it is none, or is longer than anybody reads."""
    if not reply.is_whole:
        return {}
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def write_json(value: Any) -> bytes:
    """Write JSON in UTF-8; halves of characters, which no receiver could read, become question marks."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
