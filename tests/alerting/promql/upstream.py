"""Reads Prometheus' own test language, and holds our evaluator against every case.

The language: ``load 5m`` with series below, ``eval instant at 10m QUERY`` and ``eval range from 0 to 10m step 5m
QUERY`` with the expected samples below, ``expect fail`` and its like, ``clear``.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alerting.plain_source import PlainSource
from netops.alerting.errors import EvaluationFailed, ExpressionRefused, NotationWrong
from netops.alerting.labels import Labels
from netops.alerting.notation import parse_labels, parse_number, parse_values
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.expression import Expression
from netops.alerting.promql.nodes import Moment, Vector

UNITS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
EVAL = re.compile(
    r"eval(?:_(?P<mark>\w+))? (?:instant at (?P<at>\S+)|range from (?P<start>\S+) to (?P<end>\S+) step (?P<step>\S+)) "
    r"(?P<query>.*)"
)


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    file: str
    line: int
    query: str
    verdict: str
    """passed, failed, or outside: the subset does not hold what the case is about."""
    reason: str = ""


def milliseconds(text: str) -> int:
    if re.fullmatch(r"-?[\d.]+", text):
        return round(float(text) * 1000)
    sign = -1 if text.startswith("-") else 1
    return sign * round(sum(float(n) * UNITS[u] for n, u in re.findall(r"([\d.]+)(ms|[smhdwy])", text)))


def close(wanted: float, got: float) -> bool:
    if math.isnan(wanted) or math.isnan(got):
        return math.isnan(wanted) and math.isnan(got)
    return wanted == got or math.isclose(wanted, got, rel_tol=1e-6, abs_tol=1e-15)


def split_series(line: str) -> tuple[Labels, str]:
    """Split ``name{…} values`` behind its labels; braces may stand inside quotes."""
    quote, depth = "", 0
    for place, character in enumerate(line):
        if quote:
            if character == quote and line[place - 1] != "\\":
                quote = ""
        elif character in "\"'`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        if depth == 0 and not quote and (character == "}" or (character == " " and "{" not in line[:place])):
            if (
                character == " "
                and line[place:].lstrip().startswith("{")
                and not line[place:].lstrip().startswith("{{")
            ):
                continue
            return parse_labels(line[: place + 1]), line[place + 1 :].strip()
    return parse_labels(line), ""


class UpstreamFile:
    """Runs one file, case by case."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = PlainSource()
        self.outside: list[tuple[Labels | None, str]] = []

    def run(self) -> Iterator[Outcome]:
        lines = self.path.read_text(encoding="utf-8").split("\n")
        number = 0
        while number < len(lines):
            start = number
            head = lines[number].strip()
            number += 1
            if not head or head.startswith("#"):
                continue
            block = []
            while number < len(lines) and lines[number].strip() and lines[number][0] in " \t":
                if not lines[number].strip().startswith("#"):
                    block.append(lines[number].strip())
                number += 1
            if head == "clear":
                self.source, self.outside = PlainSource(), []
            elif head.startswith("load"):
                self.load(head, block)
            elif head.startswith("eval"):
                found = EVAL.match(head)
                assert found, head
                verdict, reason = self.judge(found, block)
                yield Outcome(self.path.name, start + 1, found["query"], verdict, reason)

    def load(self, head: str, block: list[str]) -> None:
        words = head.split()
        step = milliseconds(words[1])
        for line in block:
            if len(words) > 2 and words[0] != "load_with_nhcb":
                self.outside.append((None, "start timestamps"))
                continue
            try:
                labels, text = split_series(line)
            except NotationWrong:
                self.outside.append((None, "start timestamps"))
                continue
            try:
                values = parse_values(text)
            except NotationWrong as wrong:
                self.outside.append((labels, str(wrong)))
                continue
            if words[0] == "load_with_nhcb" and labels.name.endswith("_bucket"):
                base = labels.drop(frozenset(("le",))).merged(
                    {"__name__": labels.name.removesuffix("_bucket")}
                )
                self.outside.append((base, "native histograms"))
            if "__type__" in labels or "__unit__" in labels:
                self.outside.append((labels, "the experimental labels __type__ and __unit__"))
            for place, value in enumerate(values):
                if value is not None:
                    self.source.add(labels, place * step, value)

    def reads_outside(self, expression: Expression) -> str:
        """Say why the data that a query reads cannot be held; empty when it can."""
        for selection in expression.selections():
            for labels, reason in self.outside:
                if labels is None or (selection.metric in {None, labels.name} and selection.matches(labels)):
                    return reason
        return ""

    def judge(self, case: re.Match[str], block: list[str]) -> tuple[str, str]:
        must_fail = case["mark"] == "fail" or any(line.startswith("expect fail") for line in block)
        is_ordered = case["mark"] == "ordered" or "expect ordered" in block
        expected = [line for line in block if not line.startswith(("expect", "expected_"))]
        if any(line.startswith(("expect string", "expect range vector")) for line in block):
            return "outside", "rules need numbers"
        try:
            expression = compile_expression(case["query"])
        except ExpressionRefused as refused:
            if must_fail:
                return "passed", ""
            return "outside", str(refused)
        if reason := self.reads_outside(expression):
            return "outside", reason
        if any("{{" in line for line in expected):
            return "outside", "native histograms"
        try:
            problem = (
                self.differs_at(expression, case, expected, is_ordered=is_ordered and not must_fail)
                if case["at"]
                else self.differs_over(expression, case, expected)
            )
        except EvaluationFailed as failed:
            return ("passed", "") if must_fail else ("failed", str(failed))
        if must_fail:
            return "failed", "gives an answer where Prometheus refuses"
        return ("failed", problem) if problem else ("passed", "")

    def differs_at(
        self, expression: Expression, case: re.Match[str], expected: list[str], *, is_ordered: bool
    ) -> str:
        value = expression.evaluate(Moment(self.source, milliseconds(case["at"])))
        if isinstance(value, str | tuple):
            return "" if isinstance(value, str) and [f'"{value}"'] == expected else f"{value!r}"
        if isinstance(value, float):
            return (
                ""
                if len(expected) == 1 and close(parse_number(expected[0].removeprefix("{}")), value)
                else str(value)
            )
        wanted = [(labels, parse_number(text)) for labels, text in map(split_series, expected)]
        got = list(zip(value.labels, value.values, strict=True))
        if not is_ordered:
            wanted.sort(key=lambda pair: pair[0])
            got.sort(key=lambda pair: pair[0])
        is_same = [labels for labels, _ in wanted] == [labels for labels, _ in got] and all(
            close(one, other) for (_, one), (_, other) in zip(wanted, got, strict=True)
        )
        return "" if is_same else f"wanted {wanted}, got {got}"

    def differs_over(self, expression: Expression, case: re.Match[str], expected: list[str]) -> str:
        start, end, step = (milliseconds(case[name]) for name in ("start", "end", "step"))
        steps = range(start, end + 1, step)
        got: dict[Labels, list[float | None]] = {}
        for place, at_ms in enumerate(steps):
            value = expression.evaluate(Moment(self.source, at_ms))
            vector = Vector([Labels()], [value]) if isinstance(value, float) else value
            assert isinstance(vector, Vector)
            for labels, number in zip(vector.labels, vector.values, strict=True):
                got.setdefault(labels, [None] * len(steps))[place] = number
        wanted: dict[Labels, list[float | None]] = {}
        for line in expected:
            labels, text = split_series(line)
            values = parse_values(text)
            wanted[labels] = values + [None] * (len(steps) - len(values))
        is_same = wanted.keys() == got.keys() and all(
            (one is None) == (other is None) and (one is None or other is None or close(one, other))
            for labels in wanted
            for one, other in zip(wanted[labels], got[labels], strict=True)
        )
        return "" if is_same else f"wanted {wanted}, got {got}"
