"""From a YAML document to scenarios; every mistake of the file is told at once, at its line."""

from collections.abc import Iterator, Mapping
from typing import Any

from netops.alerting.alerting_rule import NAME_LABEL
from netops.alerting.document_reader import DocumentReader
from netops.alerting.errors import AlertingError
from netops.alerting.labels import Labels
from netops.alerting.notation import parse_labels, parse_number, parse_values
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.spans import parse_span
from netops.alerting.testing.cases import (
    AlertCase,
    ExpectedAlert,
    ExpressionCase,
    InputSeries,
    RuleTestFile,
    Scenario,
)
from netops.i18n import _
from netops.settings.document import Document, KeyPath
from netops.settings.errors import Problem

_MINUTE_MS = 60_000
MOST_EVALUATIONS = 100_000
"""How often the rules of one scenario may be evaluated."""

FILE_KEYS = ("rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare")
SCENARIO_KEYS = (
    "name",
    "interval",
    "input_series",
    "alert_rule_test",
    "promql_expr_test",
    "external_labels",
    "external_url",
)


def read_rule_tests(document: Document, problems: list[Problem]) -> RuleTestFile:
    """Read a document; what is wrong with it joins ``problems``."""
    reader = _Reader(document, problems)
    raw = document.value
    reader.check_keys((), raw, FILE_KEYS)
    interval_ms = reader.span((), raw, "evaluation_interval", _MINUTE_MS) or _MINUTE_MS
    scenarios = tuple(
        reader.scenario(("tests", place), entry, interval_ms)
        for place, entry in reader.listed(("tests",), raw.get("tests"))
    )
    return RuleTestFile(
        document.name,
        tuple(reader.words(("rule_files",), raw.get("rule_files"))),
        interval_ms,
        tuple(reader.words(("group_eval_order",), raw.get("group_eval_order"))),
        scenarios,
        raw.get("fuzzy_compare") is True,
    )


class _Reader(DocumentReader):
    def words(self, path: KeyPath, raw: Any) -> list[str]:
        if raw is None:
            return []
        if not isinstance(raw, list) or not all(isinstance(word, str | int) for word in raw):
            self._note(path, _("must be a list of texts"))
            return []
        return [str(word) for word in raw]

    def span(self, path: KeyPath, raw: Mapping[str, Any], key: str, default: int = 0) -> int:
        value = raw.get(key)
        if value is None:
            return default
        try:
            return parse_span(str(value))
        except ValueError:
            self._note((*path, key), _("is not a duration"), _("write it like 30s, 5m or 1h30m"))
            return default

    def _texts(self, path: KeyPath, raw: Any) -> dict[str, str]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self._note(path, _("must hold keys with values"))
            return {}
        texts = {}
        for key, value in raw.items():
            if isinstance(value, list | dict):
                self._note((*path, key), _("must be text"))
            elif isinstance(value, bool):
                texts[key] = str(value).lower()
            else:
                texts[key] = "" if value is None else str(value)
        return texts

    def scenario(self, path: KeyPath, raw: Mapping[str, Any], interval_ms: int) -> Scenario:
        self.check_keys(path, raw, SCENARIO_KEYS)
        series = []
        for place, entry in self.listed((*path, "input_series"), raw.get("input_series")):
            one = self._series((*path, "input_series", place), entry)
            if one is not None:
                series.append(one)
        scenario = Scenario(
            self._line(path),
            str(raw.get("name") or ""),
            self.span(path, raw, "interval", interval_ms) or interval_ms,
            tuple(series),
            tuple(self._alert_cases((*path, "alert_rule_test"), raw.get("alert_rule_test"))),
            tuple(self._expression_cases((*path, "promql_expr_test"), raw.get("promql_expr_test"))),
            self._texts((*path, "external_labels"), raw.get("external_labels")),
            str(raw.get("external_url") or ""),
        )
        if scenario.last_ms // interval_ms > MOST_EVALUATIONS:
            self._note(path, _("asks for more than %(most)d evaluations") % {"most": MOST_EVALUATIONS})
        return scenario

    def _series(self, path: KeyPath, raw: Mapping[str, Any]) -> InputSeries | None:
        self.check_keys(path, raw, ("series", "values"))
        labels, values = None, None
        try:
            labels = parse_labels(str(raw.get("series") or ""))
        except AlertingError as wrong:
            self._note((*path, "series"), str(wrong))
        try:
            values = parse_values(str(raw.get("values", "")))
        except AlertingError as wrong:
            self._note((*path, "values"), str(wrong))
        return None if labels is None or values is None else InputSeries(labels, tuple(values))

    def _alert_cases(self, path: KeyPath, raw: Any) -> Iterator[AlertCase]:
        for place, entry in self.listed(path, raw):
            here = (*path, place)
            self.check_keys(here, entry, ("eval_time", "alertname", "exp_alerts"))
            name = str(entry.get("alertname") or "")
            if not name:
                self._note((*here, "alertname"), _("%(key)s has no value") % {"key": "alertname"})
            expected = []
            for number, alert in self.listed((*here, "exp_alerts"), entry.get("exp_alerts")):
                below = (*here, "exp_alerts", number)
                self.check_keys(below, alert, ("exp_labels", "exp_annotations"))
                labels = self._texts((*below, "exp_labels"), alert.get("exp_labels"))
                annotations = self._texts((*below, "exp_annotations"), alert.get("exp_annotations"))
                expected.append(ExpectedAlert(Labels({**labels, NAME_LABEL: name}), annotations))
            yield AlertCase(self._line(here), self.span(here, entry, "eval_time"), name, tuple(expected))

    def _expression_cases(self, path: KeyPath, raw: Any) -> Iterator[ExpressionCase]:
        for place, entry in self.listed(path, raw):
            here = (*path, place)
            self.check_keys(here, entry, ("expr", "eval_time", "exp_samples"))
            expected = []
            for number, sample in self.listed((*here, "exp_samples"), entry.get("exp_samples")):
                below = (*here, "exp_samples", number)
                self.check_keys(below, sample, ("labels", "value"))
                try:
                    value = parse_number(str(sample.get("value", 0)))
                    expected.append((parse_labels(str(sample.get("labels") or "{}")), value))
                except AlertingError as wrong:
                    self._note(below, str(wrong))
            try:
                expression = compile_expression(str(entry.get("expr") or ""))
            except AlertingError as refused:
                self._note((*here, "expr"), str(refused), refused.suggestion)
                continue
            yield ExpressionCase(
                self._line(here), self.span(here, entry, "eval_time"), expression, tuple(expected)
            )
