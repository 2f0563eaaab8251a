"""The head: the latest samples of the series that rules name, in memory.

Whoever polls appends; the evaluation, which runs off the event loop, takes over what was appended at its own
beginning. So nobody waits for anybody, and no series changes while an expression reads it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netops.alerting.labels import Labels
from netops.alerting.needs import HeadNeeds
from netops.alerting.promql.matchers import Selection
from netops.alerting.series import Series

MOST_SAMPLES = 20_000_000
"""How many samples the head holds at most when nothing else is said; each takes 16 bytes."""
_SWEEP_MS = 60_000
_SLACK = 1.25
"""Samples are dropped when they are older than needed by a quarter, so that it is not done at every one."""


@dataclass(frozen=True, slots=True)
class HeadSize:
    """What the head holds, for the daemon's metrics."""

    series: int
    samples: int
    refused: int
    """Samples that were not taken since the start: too old, or the head was full."""


class Head:
    """Holds series.

    Args:
        needs: Which metrics are kept and for how long; None keeps everything for ever, as tests of rules do.
        most_samples: Where new series are no longer taken.
    """

    def __init__(self, needs: HeadNeeds | None = None, *, most_samples: int = MOST_SAMPLES) -> None:
        self._needs = needs
        self._most_samples = most_samples
        self._waiting: deque[tuple[str, Labels | str, int, object]] = deque()
        self._metrics: dict[str, dict[Labels, Series]] = {}
        self._chosen: dict[Selection, tuple[int, list[Series]]] = {}
        self._versions: dict[str, int] = {}
        self._version = 0
        self._owned: dict[str, set[Labels]] = {}
        self._samples = 0
        self._refused = 0
        self._swept_ms = 0

    # --- what pollers call, on any thread

    def wants(self, metric: str) -> bool:
        """Say whether some rule reads this metric; others need not be appended."""
        return self._needs is None or self._needs.reach_ms(metric) is not None

    def append(self, labels: Labels, at_ms: int, value: float) -> None:
        """Add a sample, taken over at the next evaluation."""
        if self.wants(labels.name):
            self._waiting.append(("sample", labels, at_ms, value))

    def end(self, labels: Labels, at_ms: int) -> None:
        """Mark that a series has ended."""
        self._waiting.append(("end", labels, at_ms, None))

    def take(self, owner: str, at_ms: int, samples: Iterable[tuple[Labels, float]]) -> None:
        """Add all that one device told in one poll.

        What this owner told before and now does not has ended. An empty poll ends everything of the owner.
        """
        wanted = [(labels, value) for labels, value in samples if self.wants(labels.name)]
        self._waiting.append(("poll", owner, at_ms, wanted))

    # --- what the evaluation calls, on one thread

    def change_needs(self, needs: HeadNeeds) -> None:
        """Keep other metrics from now on, as after a reload; what is no longer named goes."""
        self._needs = needs
        for metric in [name for name in self._metrics if not self.wants(name)]:
            self._samples -= sum(map(len, self._metrics.pop(metric).values()))
            self._touch(metric)

    def absorb(self) -> None:
        """Take over what was appended since the last time."""
        newest_ms = 0
        while self._waiting:
            kind, subject, at_ms, told = self._waiting.popleft()
            newest_ms = max(newest_ms, at_ms)
            if isinstance(subject, str):
                self._take_poll(subject, at_ms, told)  # type: ignore[arg-type]  # as put in by take()
            elif kind == "sample":
                self._put(subject, at_ms, float(told))  # type: ignore[arg-type]  # as put in by append()
            else:
                self._end(subject, at_ms)
        if newest_ms - self._swept_ms >= _SWEEP_MS:
            self._sweep(newest_ms)

    def select(self, selection: Selection) -> Sequence[Series]:
        """Give the series that a selection names; remembered until a series of its metric comes or goes."""
        metric = selection.metric
        version = self._version if metric is None else self._versions.get(metric, 0)
        known = self._chosen.get(selection)
        if known is not None and known[0] == version:
            return known[1]
        chosen = [one for one in self._candidates(metric) if selection.matches(one.labels)]
        self._chosen[selection] = (version, chosen)
        return chosen

    def size(self) -> HeadSize:
        """Give what it holds."""
        return HeadSize(sum(map(len, self._metrics.values())), self._samples, self._refused)

    def counts(self) -> dict[str, int]:
        """Give the number of series of each metric it holds."""
        return {metric: len(series) for metric, series in self._metrics.items()}

    def forget_unused(self, selections: set[Selection]) -> None:
        """Forget the answers to selections that no rule asks any more."""
        self._chosen = {one: answer for one, answer in self._chosen.items() if one in selections}

    def _candidates(self, metric: str | None) -> Iterable[Series]:
        if metric is not None:
            return self._metrics.get(metric, {}).values()
        return [one for series in self._metrics.values() for one in series.values()]

    def _touch(self, metric: str) -> None:
        self._versions[metric] = self._versions.get(metric, 0) + 1
        self._version += 1

    def _put(self, labels: Labels, at_ms: int, value: float) -> None:
        metric = labels.name
        of_metric = self._metrics.setdefault(metric, {})
        series = of_metric.get(labels)
        if series is None:
            if self._samples >= self._most_samples:
                self._refused += 1
                return
            series = of_metric[labels] = Series(labels)
            self._touch(metric)
        before = len(series)
        if not series.append(at_ms, value):
            self._refused += 1
            return
        self._samples += len(series) - before
        reach_ms = self._needs.reach_ms(metric) if self._needs is not None else None
        if reach_ms is not None and series.times[0] < at_ms - reach_ms * _SLACK:
            self._samples -= series.forget_before(at_ms - reach_ms)

    def _end(self, labels: Labels, at_ms: int) -> None:
        series = self._metrics.get(labels.name, {}).get(labels)
        if series is not None:
            before = len(series)
            series.end(at_ms)
            self._samples += len(series) - before

    def _take_poll(self, owner: str, at_ms: int, samples: list[tuple[Labels, float]]) -> None:
        told = {labels for labels, _value in samples}
        for labels in self._owned.get(owner, set()) - told:
            self._end(labels, at_ms)
        for labels, value in samples:
            self._put(labels, at_ms, value)
        if told:
            self._owned[owner] = told
        else:
            self._owned.pop(owner, None)

    def _sweep(self, now_ms: int) -> None:
        """Drop series whose last sample no rule can reach any more."""
        self._swept_ms = now_ms
        needs = self._needs
        if needs is None:
            return
        for metric, series in self._metrics.items():
            reach_ms = needs.reach_ms(metric) or 0
            dead = [labels for labels, one in series.items() if one.times[-1] < now_ms - reach_ms * _SLACK]
            for labels in dead:
                self._samples -= len(series.pop(labels))
            if dead:
                self._touch(metric)
