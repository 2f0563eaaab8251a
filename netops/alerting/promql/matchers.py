"""Which series a selector means."""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum

from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.regular_expressions import compile_regular_expression


class MatchKind(StrEnum):
    """How a label is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


class Matcher:
    """One condition on one label; a label that is not there counts as empty."""

    __slots__ = ("_test", "kind", "name", "text")

    def __init__(self, name: str, kind: MatchKind, text: str) -> None:
        self.name = name
        self.kind = kind
        self.text = text
        self._test = _make_test(kind, text)

    def matches(self, value: str) -> bool:
        """Say whether a value meets the condition."""
        return self._test(value)

    def __str__(self) -> str:
        return f"{self.name}{self.kind}{self.text!r}"


def _make_test(kind: MatchKind, text: str) -> Callable[[str], bool]:
    if kind is MatchKind.EQUAL:
        return lambda value: value == text
    if kind is MatchKind.NOT_EQUAL:
        return lambda value: value != text
    match: Callable[[str], re.Match[str] | None] = compile_regular_expression(text, whole=True).match
    if kind is MatchKind.MATCHES:
        return lambda value: match(value) is not None
    return lambda value: match(value) is None


class Selection:
    """All conditions of one selector; compared by identity, so that whoever holds series may remember its answer."""

    __slots__ = ("matchers", "metric", "others")

    def __init__(self, matchers: Iterable[Matcher]) -> None:
        self.matchers = tuple(matchers)
        named = [one for one in self.matchers if one.name == METRIC_NAME and one.kind is MatchKind.EQUAL]
        self.metric: str | None = named[0].text if named else None
        """The one metric it can mean; None when it names metrics by a pattern, or not at all."""
        self.others = tuple(one for one in self.matchers if one not in named[:1])

    def matches(self, labels: Labels) -> bool:
        """Say whether a series of the selection's metric, where it has one, is meant."""
        return all(one.matches(labels.get(one.name)) for one in self.others)

    def may_read(self, metric: str) -> bool:
        """Say whether series of this metric can be meant at all."""
        if self.metric is not None:
            return metric == self.metric
        return all(one.matches(metric) for one in self.others if one.name == METRIC_NAME)

    @property
    def names_a_metric(self) -> bool:
        """Whether some condition says which metrics are meant, by name or by a pattern."""
        if self.metric is not None:
            return True
        return any(one.name == METRIC_NAME and not one.matches("") for one in self.others)

    def exact_label(self) -> tuple[str, str] | None:
        """Give a label and the one value it must have, if there is such a label beside the metric's name."""
        exact = (one for one in self.others if one.kind is MatchKind.EQUAL and one.text)
        return next(((one.name, one.text) for one in exact), None)

    def fixed_labels(self) -> Labels:
        """Give the labels that equality alone settles, as absent() makes them of its selector."""
        fixed: dict[str, str] = {}
        unsettled: set[str] = set()
        for one in self.matchers:
            if one.name == METRIC_NAME:
                continue
            if one.kind is MatchKind.EQUAL and one.name not in fixed:
                fixed[one.name] = one.text
            else:
                unsettled.add(one.name)
        return Labels({name: text for name, text in fixed.items() if name not in unsettled})
