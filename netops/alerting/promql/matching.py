"""Which samples of two vectors belong together, and what the result is called."""

from collections.abc import Sequence

from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.nodes import Vector
from netops.i18n import _


class Matching:
    """``on (…)`` or ``ignoring (…)``; without either all labels but the metric's name must agree."""

    def __init__(self, names: Sequence[str] = (), *, is_on: bool = False) -> None:
        self.is_on = is_on
        self._plain = frozenset(names)
        self._names = self._plain if is_on else self._plain | {METRIC_NAME}

    def key(self, labels: Labels) -> Labels:
        """Give what must be equal on both sides."""
        return labels.keep(self._names) if self.is_on else labels.drop(self._names)

    def result(self, labels: Labels, *, keeps_name: bool) -> Labels:
        """Give the labels of a one-to-one result."""
        if self.is_on or not keeps_name:
            return self.key(labels)
        return labels.drop(self._plain)

    def index(self, vector: Vector, *, is_left: bool) -> dict[Labels, int]:
        """Give the place of each key in a vector, which stands on the left or on the right of the operator.

        Raises:
            EvaluationFailed: Two samples have the same key.
        """
        places: dict[Labels, int] = {}
        for place, labels in enumerate(vector.labels):
            key = self.key(labels)
            first = places.setdefault(key, place)
            if first != place:
                words = {"one": vector.labels[first], "other": labels}
                message = (
                    _("two series on the left side match alike: %(one)s and %(other)s")
                    if is_left
                    else _("two series on the right side match alike: %(one)s and %(other)s")
                )
                hint = _("name more labels in on (…), or use group_left or group_right")
                raise EvaluationFailed(message % words, hint)
        return places
