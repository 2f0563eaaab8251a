"""label_replace() and label_join()."""

import re

from netops.alerting.errors import ExpressionRefused
from netops.alerting.labels import Labels
from netops.alerting.promql.nodes import Moment, Vector, VectorNode, refuse_duplicates
from netops.alerting.promql.regular_expressions import compile_regular_expression
from netops.i18n import _

_PLACE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


def expand(template: str, match: re.Match[str]) -> str:
    """Put what groups caught into a text: ``$1``, ``${1}``, ``$name``; ``$$`` is a dollar, an unknown group empty."""

    def fill(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        if name is None:
            return "$"
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return ""

    return _PLACE.sub(fill, template)


def _check_label(name: str) -> str:
    if not name or any("\ud800" <= character <= "\udfff" or character == "\ufffd" for character in name):
        raise ExpressionRefused(_('"%(name)s" cannot be the name of a label') % {"name": name})
    return name


class LabelReplace(VectorNode):
    """label_replace(): sets a label from what a pattern catches in another, where the pattern matches it whole."""

    def __init__(
        self, vector: VectorNode, *, target: str, replacement: str, source: str, pattern: str
    ) -> None:
        self.vector = vector
        self.target = _check_label(target)
        self.replacement = replacement
        self.source = source
        self.pattern = compile_regular_expression(pattern, whole=True)

    def evaluate(self, moment: Moment) -> Vector:
        """Give the vector with the label set."""
        vector = self.vector.evaluate(moment)
        return refuse_duplicates(Vector([self._replace(one) for one in vector.labels], vector.values))

    def _replace(self, labels: Labels) -> Labels:
        match = self.pattern.match(labels.get(self.source))
        if match is None:
            return labels
        return labels.merged({self.target: expand(self.replacement, match)})


class LabelJoin(VectorNode):
    """label_join(): sets a label to the values of others with a separator between."""

    def __init__(self, vector: VectorNode, *, target: str, separator: str, sources: list[str]) -> None:
        self.vector = vector
        self.target = _check_label(target)
        self.separator = separator
        self.sources = [_check_label(name) for name in sources]

    def evaluate(self, moment: Moment) -> Vector:
        """Give the vector with the label set."""
        vector = self.vector.evaluate(moment)
        return refuse_duplicates(Vector([self._join(one) for one in vector.labels], vector.values))

    def _join(self, labels: Labels) -> Labels:
        return labels.merged({self.target: self.separator.join(map(labels.get, self.sources))})
