"""Whether anything was read of a subject: what tells "it is over" from "nobody knows"."""

from collections.abc import Iterable

from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.promql.matchers import Selection
from netops.alerting.promql.nodes import Moment
from netops.alerting.threshold_kinds import THRESHOLD_METRICS

OWN_METRICS = frozenset({"ALERTS", "ALERTS_FOR_STATE"}) | THRESHOLD_METRICS
"""What rules tell of themselves, and what the operator says: neither is a reading."""


class Readings:
    """The present samples of some selectors, by the labels that they share with subjects.

    Made for one evaluation. Many alerts may lose their samples at once, so the series are gone through once for
    each set of names of labels, and not for each alert.
    """

    def __init__(self, selections: Iterable[Selection], moment: Moment) -> None:
        self._selections = [one for one in selections if one.metric not in OWN_METRICS]
        self._moment = moment
        self._present: list[dict[frozenset[str], list[Labels]]] | None = None
        self._known: dict[tuple[int, frozenset[str], frozenset[str]], set[Labels]] = {}

    def tell_of(self, subject: Labels) -> bool:
        """Say whether some series has a sample now and agrees with a subject in every label that both have."""
        names = frozenset(subject) - {METRIC_NAME}
        for place, by_names in enumerate(self._read()):
            for theirs, present in by_names.items():
                shared = names & theirs
                key = (place, theirs, shared)
                known = self._known.get(key)
                if known is None:
                    known = self._known[key] = {labels.keep(shared) for labels in present}
                if subject.keep(shared) in known:
                    return True
        return False

    def _read(self) -> list[dict[frozenset[str], list[Labels]]]:
        if self._present is None:
            moment = self._moment
            after_ms = moment.at_ms - moment.lookback_ms
            self._present = []
            for selection in self._selections:
                by_names: dict[frozenset[str], list[Labels]] = {}
                for series in moment.source.select(selection):
                    if series.latest(after_ms, moment.at_ms) is not None:
                        by_names.setdefault(frozenset(series.labels), []).append(series.labels)
                self._present.append(by_names)
        return self._present
