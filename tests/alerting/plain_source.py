"""Series for tests, all of them kept."""

from collections.abc import Mapping, Sequence

from netops.alerting.labels import Labels
from netops.alerting.promql.matchers import Selection
from netops.alerting.series import Series


class PlainSource:
    """Holds whatever it is given, and looks at every series for every question."""

    def __init__(self) -> None:
        self.series: dict[Labels, Series] = {}

    def add(self, labels: Labels | Mapping[str, str], at_ms: int, value: float) -> None:
        labels = labels if isinstance(labels, Labels) else Labels(labels)
        self.series.setdefault(labels, Series(labels)).append(at_ms, value)

    def select(self, selection: Selection) -> Sequence[Series]:
        return [
            one
            for one in self.series.values()
            if (selection.metric is None or one.labels.name == selection.metric)
            and selection.matches(one.labels)
        ]
