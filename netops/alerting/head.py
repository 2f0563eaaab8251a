"""The head: the latest samples of the series that rules name, in memory.

Whoever polls appends; the evaluation, which runs off the event loop, takes over what was appended at its own
beginning. So nobody waits for anybody, and no series changes while an expression reads it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from netops.alerting.labels import Labels
from netops.alerting.needs import HeadNeeds
from netops.alerting.promql.matchers import Selection
from netops.alerting.series import Series

MOST_SAMPLES = 20_000_000
"""How many samples the head holds at most when nothing else is said; each takes 16 bytes."""
_SWEEP_MS = 60_000
"""How often old samples and dead series are dropped, in the time of the samples themselves."""


@dataclass(frozen=True, slots=True)
class HeadSize:
    """What the head holds, for the daemon's metrics."""

    series: int
    samples: int
    refused: int
    """Samples that were not taken since the start: too old, or the head was full."""


@dataclass(frozen=True, slots=True)
class _Poll:
    """The series of one owner's latest poll, found once and used as long as the poll tells the same ones."""

    labels: Sequence[Labels]
    series: list[Series | None]
    """None where the head was full, or no rule reads it."""
    generation: int


class Head:
    """Holds series.

    Args:
        needs: Which metrics are kept and for how long; None keeps everything for ever, as tests of rules do.
        most_samples: Where new series are no longer taken.
    """

    def __init__(self, needs: HeadNeeds | None = None, *, most_samples: int = MOST_SAMPLES) -> None:
        self._needs = needs
        self._most_samples = most_samples
        self._waiting: deque[tuple[int, Callable[[int], None]]] = deque()
        self._metrics: dict[str, dict[Labels, Series]] = {}
        self._chosen: dict[Selection, tuple[int, list[Series]]] = {}
        self._lasting = needs.selections() if needs is not None else None
        self._indexes: dict[tuple[str, str], tuple[int, dict[str, list[Series]]]] = {}
        self._versions: dict[str, int] = {}
        self._version = 0
        self._polls: dict[str, _Poll] = {}
        self._generation = 0
        """Goes up when a series is dropped, so that no poll goes on writing to it."""
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
            self._waiting.append((at_ms, partial(self._put, labels, value)))

    def end(self, labels: Labels, at_ms: int) -> None:
        """Mark that a series has ended."""
        self._waiting.append((at_ms, partial(self._end, labels)))

    def take(self, owner: str, at_ms: int, labels: Sequence[Labels], values: Sequence[float]) -> None:
        """Add all that one subject of a device told in one poll.

        What this owner told before and now does not has ended. An empty poll ends everything of the owner.

        Args:
            owner: Whose poll it is.
            at_ms: When it was read, in milliseconds since 1970.
            labels: The series; the same list as in the poll before, when they are the same, is much quicker.
            values: Their values, in the same order.
        """
        self._waiting.append((at_ms, partial(self._take_poll, owner, labels, values)))

    # --- what the evaluation calls, on one thread

    def change_needs(self, needs: HeadNeeds) -> None:
        """Keep other metrics from now on, as after a reload; what is no longer named goes."""
        self._needs = needs
        self._lasting = needs.selections()
        self._chosen.clear()
        self._indexes.clear()
        for metric in [name for name in self._metrics if not self.wants(name)]:
            del self._metrics[metric]
            self._touch(metric)
        self._generation += 1

    def absorb(self) -> None:
        """Take over what was appended since the last time."""
        newest_ms = 0
        while self._waiting:
            at_ms, put = self._waiting.popleft()
            put(at_ms)
            newest_ms = max(newest_ms, at_ms)
        if newest_ms - self._swept_ms >= _SWEEP_MS:
            self._sweep(newest_ms)

    def select(self, selection: Selection) -> Sequence[Series]:
        """Give the series that a selection names.

        The answer to a rule's own selection is remembered until a series of its metric comes or goes; one that a
        text made up for a single alert is looked up by its labels.
        """
        metric = selection.metric
        version = self._version if metric is None else self._versions.get(metric, 0)
        known = self._chosen.get(selection)
        if known is not None and known[0] == version:
            return known[1]
        chosen = [one for one in self._candidates(selection, version) if selection.matches(one.labels)]
        if self._lasting is None or selection in self._lasting:
            self._chosen[selection] = (version, chosen)
        return chosen

    def size(self) -> HeadSize:
        """Give what it holds."""
        return HeadSize(sum(map(len, self._metrics.values())), self._count_samples(), self._refused)

    def counts(self) -> dict[str, int]:
        """Give the number of series of each metric it holds."""
        return {metric: len(series) for metric, series in self._metrics.items()}

    def _candidates(self, selection: Selection, version: int) -> Iterable[Series]:
        metric = selection.metric
        if metric is None:
            return [one for series in self._metrics.values() for one in series.values()]
        of_metric = self._metrics.get(metric, {})
        exact = selection.exact_label()
        if exact is None or self._lasting is None or selection in self._lasting:
            return of_metric.values()
        name, value = exact
        indexed = self._indexes.get((metric, name))
        if indexed is None or indexed[0] != version:
            index: dict[str, list[Series]] = {}
            for one in of_metric.values():
                index.setdefault(one.labels.get(name), []).append(one)
            indexed = self._indexes[metric, name] = (version, index)
        return indexed[1].get(value, ())

    def _touch(self, metric: str) -> None:
        self._versions[metric] = self._versions.get(metric, 0) + 1
        self._version += 1

    def _count_samples(self) -> int:
        return sum(len(one) for series in self._metrics.values() for one in series.values())

    def _find(self, labels: Labels) -> Series | None:
        """Give the series of these labels, a new one if need be; None when there is no room for one more."""
        metric = labels.name
        of_metric = self._metrics.setdefault(metric, {})
        series = of_metric.get(labels)
        if series is None and self._samples < self._most_samples:
            series = of_metric[labels] = Series(labels)
            self._samples += 1
            self._touch(metric)
        return series

    def _put(self, labels: Labels, value: float, at_ms: int) -> None:
        series = self._find(labels)
        if series is None or not series.append(at_ms, value):
            self._refused += 1

    def _end(self, labels: Labels, at_ms: int) -> None:
        series = self._metrics.get(labels.name, {}).get(labels)
        if series is not None:
            series.end(at_ms)

    def _take_poll(self, owner: str, labels: Sequence[Labels], values: Sequence[float], at_ms: int) -> None:
        poll = self._polls.get(owner)
        if poll is None or poll.labels is not labels or poll.generation != self._generation:
            poll = self._begin_poll(owner, labels, at_ms, former=poll)
        for series, value in zip(poll.series, values, strict=True):
            if series is None or not series.append(at_ms, value):
                self._refused += 1

    def _begin_poll(self, owner: str, labels: Sequence[Labels], at_ms: int, *, former: _Poll | None) -> _Poll:
        """Find the series of a poll that is unlike the one before, and end those that it does not tell."""
        if former is not None:
            for gone in set(former.labels) - set(labels):
                self._end(gone, at_ms)
        if not labels:
            self._polls.pop(owner, None)
            return _Poll((), [], self._generation)
        series = [self._find(one) if self.wants(one.name) else None for one in labels]
        poll = self._polls[owner] = _Poll(labels, series, self._generation)
        return poll

    def _sweep(self, now_ms: int) -> None:
        """Drop samples that no rule can reach any more, and series that have none left."""
        self._swept_ms = now_ms
        needs = self._needs
        for metric, series in self._metrics.items() if needs is not None else ():
            first_ms = now_ms - (needs.reach_ms(metric) or 0) if needs is not None else 0
            dead = []
            for labels, one in series.items():
                if one.times and one.times[0] < first_ms:
                    one.forget_before(first_ms)
                if not one.times:
                    dead.append(labels)
            for labels in dead:
                del series[labels]
            if dead:
                self._touch(metric)
                self._generation += 1
        self._samples = self._count_samples()
