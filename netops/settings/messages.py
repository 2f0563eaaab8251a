"""pydantic's errors in plain words, at their line and column."""

import re
from typing import Any

from pydantic import ValidationError

from netops.i18n import _
from netops.settings.channels import CHANNEL_TYPES, TYPE_ERROR
from netops.settings.credentials import VERSION_ERROR
from netops.settings.document import Document, KeyPath
from netops.settings.errors import Problem
from netops.settings.parts import OUR_ERROR, did_you_mean

_YES = frozenset({"yes", "on", "y", "1", "true", "enabled"})
_CHANNEL_ALIASES = {
    **dict.fromkeys(("mail", "email", "starttls"), "smtp"),
    **dict.fromkeys(("http", "https", "url", "hook"), "webhook"),
    **dict.fromkeys(("ding", "dingding"), "dingtalk"),
    **dict.fromkeys(("wechat", "weixin", "qywx", "wework"), "wecom"),
    **dict.fromkeys(("lark", "feishubot"), "feishu"),
    "mattermost": "slack",
}
_NO = frozenset({"no", "off", "n", "0", "false", "disabled"})


def explain(error: ValidationError, document: Document, prefix: KeyPath = ()) -> list[Problem]:
    """Word every mistake of one part, which stands at ``prefix`` in the document."""
    problems = []
    for details in error.errors(include_url=False):
        path = (*prefix, *details["loc"])
        kind, context, given = details["type"], details.get("ctx", {}), details["input"]
        if kind == VERSION_ERROR:
            path, (message, suggestion) = _explain_version(path, given)
        elif kind == TYPE_ERROR:
            path, (message, suggestion) = _explain_channel(path, given)
        elif kind == OUR_ERROR:
            message, suggestion = context["message"], context["suggestion"]
        elif given is None and kind != "missing":
            message, suggestion = _("has no value"), _("give it one")
        else:
            message, suggestion = _explain_type(kind, context, given)
        at_key = path[-1:] == ("[key]",) or bool(context.get("at_key"))
        problems.append(document.problem(path, message, suggestion, at_key=at_key))
    return problems


def _explain_version(path: KeyPath, given: Any) -> tuple[KeyPath, tuple[str, str]]:
    if not isinstance(given, dict):
        return path, _explain_type("model_type", {}, given)
    if "version" not in given:
        return (*path, "version"), (_("is missing"), _("give version: 1, 2c or 3"))
    version = str(given["version"]).lower().removeprefix("v")
    near = {"2": "2c", "2c": "2c", "1": "1", "3": "3"}.get(version)
    hint = _('did you mean "%(word)s"?') % {"word": near} if near else ""
    return (*path, "version"), (_("must be 1, 2c or 3"), hint)


def _explain_channel(path: KeyPath, given: Any) -> tuple[KeyPath, tuple[str, str]]:
    if not isinstance(given, dict):
        return path, _explain_type("model_type", {}, given)
    words = ", ".join(CHANNEL_TYPES)
    if given.get("type") is None:
        return (*path, "type"), (_("is missing"), _("known: %(words)s") % {"words": words})
    hint = did_you_mean(str(given["type"]), CHANNEL_TYPES, aliases=_CHANNEL_ALIASES, or_all=False)
    return (*path, "type"), (_("must be one of %(words)s") % {"words": words}, hint)


def _explain_type(kind: str, context: dict[str, Any], given: Any) -> tuple[str, str]:
    """Word one of pydantic's own errors. The value itself is repeated for numbers only."""
    if kind in {"literal_error", "enum"}:
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        hint = did_you_mean(given, known, or_all=False) if isinstance(given, str) else ""
        return _("must be one of %(words)s") % {"words": ", ".join(known)}, hint
    if kind in {"bool_type", "bool_parsing"}:
        word = str(given).lower() if isinstance(given, str | int) else ""
        hint = _("write true") if word in _YES else _("write false") if word in _NO else ""
        return _("must be true or false"), hint
    if kind in {"int_type", "int_parsing", "int_from_float"}:
        is_padded = isinstance(given, str) and re.fullmatch(r"[0-9]+", given)
        hint = _("write it without quotes and without zeros in front") if is_padded else ""
        return _("must be a whole number"), hint
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = {"bound": context.get("ge", context.get("le")), "given": given}
        if kind == "greater_than_equal":
            return _("must be at least %(bound)s, and is %(given)s") % bound, ""
        return _("must be at most %(bound)s, and is %(given)s") % bound, ""
    if kind in {"tuple_type", "list_type"}:
        return _("must be a list"), _("write it like [one, two], or a line with a dash for each")
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        return _("must hold keys with values"), _("indent them below it")
    texts = {
        "missing": _("is missing"),
        "string_too_short": _("is empty"),
        "too_short": _("is empty"),
        "string_too_long": _("is longer than %(most)s characters") % {"most": context.get("max_length", "")},
        "too_long": _("is longer than %(most)s characters") % {"most": context.get("max_length", "")},
        "string_pattern_mismatch": _("may hold letters, digits, dot, dash and underscore, 64 at most"),
    }
    if kind in texts:
        return texts[kind], ""
    if kind in {"string_type", "path_type"} or kind.startswith(("string_", "secret_")):
        hint = _("put it in quotes") if isinstance(given, bool) else ""
        return _("must be text"), hint
    return _("has a value that is not allowed here"), ""
