"""From a YAML document to rules; every mistake of the file is told at once, at its line."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from netops.alerting.document_reader import DocumentReader
from netops.alerting.errors import AlertingError
from netops.alerting.labels import METRIC_NAME
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.expression import Expression
from netops.alerting.rules import AlertingRule, RecordingRule, Rule, RuleFile, RuleGroup
from netops.alerting.spans import parse_span
from netops.alerting.templates.template import Template
from netops.i18n import _
from netops.settings.document import Document, KeyPath
from netops.settings.errors import Problem
from netops.settings.parts import did_you_mean

FILE_KEYS = ("groups",)
GROUP_KEYS = ("name", "interval", "query_offset", "limit", "labels", "rules")
ALERT_KEYS = ("alert", "expr", "for", "keep_firing_for", "labels", "annotations")
RECORD_KEYS = ("record", "expr", "labels")

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_SECRET_FREE = re.compile(r"[\w :.-]{1,80}")
_Made = TypeVar("_Made")


def read_rule_file(document: Document, problems: list[Problem]) -> RuleFile:
    """Read a document; what is wrong with it joins ``problems``, and the right rules are given back."""
    reader = _Reader(document, problems)
    reader.check_keys((), document.value, FILE_KEYS)
    groups = [
        group
        for place, raw in reader.listed(("groups",), document.value.get("groups"))
        if (group := reader.group(("groups", place), raw)) is not None
    ]
    return RuleFile(document.name, tuple(groups))


class _Reader(DocumentReader):
    """Reads the groups and rules; ``_where`` names the group and the rule a message is about."""

    def __init__(self, document: Document, problems: list[Problem]) -> None:
        super().__init__(document, problems)
        self._group_lines: dict[str, int] = {}

    # --- shapes

    def _text(self, path: KeyPath, raw: Mapping[str, Any], key: str, *, needed: bool = False) -> str | None:
        value = raw.get(key)
        if value is None:
            if key in raw or needed:
                self._note((*path, key), _("%(key)s has no value") % {"key": key})
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | str) and str(value).strip():
            return str(value)
        self._note((*path, key), _("must be text"))
        return None

    def _span(self, path: KeyPath, raw: Mapping[str, Any], key: str) -> int | None:
        text = self._text(path, raw, key)
        if text is None:
            return None
        try:
            return parse_span(text)
        except ValueError:
            self._note((*path, key), _("is not a duration"), _("write it like 30s, 5m or 1h30m"))
            return None

    def _texts(
        self, path: KeyPath, raw: Any, make: Callable[[str], _Made], *, labels: bool
    ) -> dict[str, _Made]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self._note(path, _("must hold keys with values"))
            return {}
        made: dict[str, _Made] = {}
        for name in raw:
            if not _LABEL.fullmatch(name) or (labels and name == METRIC_NAME):
                self._note(
                    (*path, name), _("is no name of a label"), _("use letters, digits and _"), at_key=True
                )
                continue
            value = raw[name]
            text = "" if value is None else self._text(path, raw, name) if value != "" else ""
            if text is None:
                continue
            try:
                made[name] = make(text)
            except AlertingError as refused:
                self._note((*path, name), str(refused), refused.suggestion)
        return made

    # --- groups and rules

    def group(self, path: KeyPath, raw: Mapping[str, Any]) -> RuleGroup | None:
        self._where = ""
        name = self._text(path, raw, "name", needed=True)
        shown = name if name and _SECRET_FREE.fullmatch(name) else "…"
        about_group = self._where = _('group "%(group)s": ') % {"group": shown}
        self.check_keys(path, raw, GROUP_KEYS)
        if name is not None:
            line = self._line((*path, "name"))
            first = self._group_lines.setdefault(name, line)
            if first != line:
                self._note((*path, "name"), _("the group of line %(line)d has this name") % {"line": first})
        limit = raw.get("limit", 0)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
            self._note((*path, "limit"), _("must be a whole number, not negative"))
            limit = 0
        shared = self._texts((*path, "labels"), raw.get("labels"), str, labels=True)
        interval_ms = self._span(path, raw, "interval")
        offset_ms = self._span(path, raw, "query_offset")
        rules: list[Rule] = []
        for place, entry in self.listed((*path, "rules"), raw.get("rules")):
            before = len(self._problems)
            rule = self._rule((*path, "rules", place), entry, shown, shared)
            self._where = about_group
            if rule is not None and len(self._problems) == before:
                rules.append(rule)
        if interval_ms == 0:
            self._note((*path, "interval"), _("must be longer than 0"))
        if name is None:
            return None
        return RuleGroup(self._document.name, name, tuple(rules), interval_ms or None, offset_ms or 0, limit)

    def _rule(
        self, path: KeyPath, raw: Mapping[str, Any], group: str, shared: Mapping[str, str]
    ) -> Rule | None:
        kinds = [key for key in ("alert", "record") if key in raw]
        words = {"group": group, "rule": str(raw.get(kinds[0]) if kinds else "")}
        if not _SECRET_FREE.fullmatch(words["rule"]):
            words["rule"] = "…"
        self._where = _('group "%(group)s", rule "%(rule)s": ') % words
        if len(kinds) != 1:
            self._note(path, _("must have either alert or record"))
            return None
        is_alert = kinds[0] == "alert"
        known = ALERT_KEYS if is_alert else RECORD_KEYS
        for key in raw:
            if key not in known:
                is_of_alerts = key in ALERT_KEYS
                message = _("only an alert can have this key") if is_of_alerts else _("unknown key")
                hint = "" if is_of_alerts else did_you_mean(key, known)
                self._note((*path, key), message, hint, at_key=True)
        name = self._text(path, raw, kinds[0], needed=True)
        expression = self._expression(path, raw)
        make = self._alert if is_alert else self._record
        return make(path, raw, name, expression, shared)

    def _expression(self, path: KeyPath, raw: Mapping[str, Any]) -> Expression | None:
        text = self._text(path, raw, "expr", needed=True)
        if text is None:
            return None
        where = (*path, "expr")
        try:
            expression = compile_expression(text)
        except AlertingError as refused:
            self._note(where, str(refused), refused.suggestion)
            return None
        if not expression.is_usable_in_rules:
            self._note(where, _("gives neither numbers nor a vector"), _("apply a function such as rate()"))
            return None
        for selection in expression.selections():
            if not selection.names_a_metric:
                self._note(where, _("a selector does not say which metric it reads"))
                return None
        return expression

    def _alert(
        self,
        path: KeyPath,
        raw: Mapping[str, Any],
        name: str | None,
        expression: Expression | None,
        shared: Mapping[str, str],
    ) -> Rule | None:
        labels = self._texts((*path, "labels"), raw.get("labels"), Template, labels=True)
        annotations = self._texts((*path, "annotations"), raw.get("annotations"), Template, labels=False)
        hold_ms, keep_ms = self._span(path, raw, "for"), self._span(path, raw, "keep_firing_for")
        if name is None or expression is None:
            return None
        return AlertingRule(
            name,
            expression,
            hold_ms or 0,
            keep_ms or 0,
            {**{key: Template(text) for key, text in shared.items()}, **labels},
            annotations,
        )

    def _record(
        self,
        path: KeyPath,
        raw: Mapping[str, Any],
        name: str | None,
        expression: Expression | None,
        shared: Mapping[str, str],
    ) -> Rule | None:
        labels = self._texts((*path, "labels"), raw.get("labels"), str, labels=True)
        if name is not None and not _METRIC.fullmatch(name):
            self._note((*path, "record"), _("is no name of a metric"), _("use letters, digits, _ and :"))
            return None
        if name is None or expression is None:
            return None
        return RecordingRule(name, expression, {**shared, **labels})
