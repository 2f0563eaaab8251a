"""What rules need of the head: which metrics, for how long, and whether that fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netops.alerting.errors import HeadTooSmall
from netops.alerting.promql.expression import Need
from netops.alerting.promql.matchers import Selection
from netops.alerting.spans import format_span
from netops.i18n import _

SPARE_MS = 60_000
"""Kept beyond what is needed, because polls and evaluations do not begin at the same instant."""


@dataclass(frozen=True, slots=True)
class RuleNeed:
    """What one rule needs of one selector's series."""

    rule: str
    need: Need


class HeadNeeds:
    """Answers, for every metric, how long it is kept."""

    def __init__(self, needs: Iterable[RuleNeed]) -> None:
        self._needs = tuple(needs)
        self._known: dict[str, int | None] = {}

    def selections(self) -> set[Selection]:
        """Give every selector."""
        return {one.need.selection for one in self._needs}

    def reach_ms(self, metric: str) -> int | None:
        """Give how long a metric is kept; None when no rule reads it."""
        if metric not in self._known:
            reaches = [one.need.reach_ms for one in self._needs if one.need.selection.may_read(metric)]
            self._known[metric] = max(reaches) + SPARE_MS if reaches else None
        return self._known[metric]

    def samples_of(self, counts: Mapping[str, int], interval_ms: int) -> dict[str, int]:
        """Give how many samples each rule needs.

        Args:
            counts: The number of series of each metric; one of a metric that is not there.
            interval_ms: The time between two samples of a series.
        """
        needed: dict[str, int] = {}
        for one in self._needs:
            selection = one.need.selection
            named = {selection.metric: 1} if selection.metric else {}
            read = {metric: count for metric, count in counts.items() if selection.may_read(metric)}
            series = sum({**named, **read}.values())
            needed[one.rule] = needed.get(one.rule, 0) + series * (one.need.reach_ms // interval_ms + 1)
        return needed

    def check_room(self, counts: Mapping[str, int], interval_ms: int, most_samples: int) -> None:
        """See whether every rule's samples fit into the head.

        Raises:
            HeadTooSmall: One needs more, with the figure.
        """
        needed = self.samples_of(counts, interval_ms)
        rule = max(needed, key=lambda name: needed[name], default="")
        if rule and needed[rule] > most_samples:
            words = {
                "rule": rule,
                "needed": needed[rule],
                "interval": format_span(interval_ms),
                "most": most_samples,
            }
            raise HeadTooSmall(
                _(
                    "rule %(rule)s needs %(needed)d samples (one every %(interval)s), "
                    "more than the %(most)d that the head may hold"
                )
                % words,
                _("shorten its range, or select fewer series"),
            )
