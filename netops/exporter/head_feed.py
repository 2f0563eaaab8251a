"""The way from polls to alert rules: the same names, labels and numbers as on ``/metrics``, into the rules' head.

What is not due in a poll keeps its last values there as here; what failed, and what a device no longer tells, has
ended. Only metrics that some rule reads are worded at all.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from math import isfinite

from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.rule_set import to_milliseconds
from netops.exporter.families import INTERFACE
from netops.exporter.interface_columns import InterfaceColumns, LabelCache
from netops.exporter.render import ASKED_APART, DeviceFacts, has_answered, has_failed, list_device
from netops.exporter.subject_blocks import SUBJECTS, Sample
from netops.exporter.threshold_samples import ItemThresholds
from netops.model.reading import PollResult
from netops.telemetry import Snapshot

OWN = "netops"
"""Who owns the daemon's own metrics in the head; the owners of a device's subjects have a slash in their name."""
_INTERFACE_THRESHOLDS = "interface thresholds"
"""Apart from the interfaces' own columns, whose list of labels is the very same each time."""


class HeadFeed:
    """Hands every poll to the head, and the daemon's own metrics."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._devices: dict[str, _DeviceFeed] = {}
        self._own = LabelCache()

    def take(self, facts: DeviceFacts, result: PollResult) -> None:
        """Hand over a poll that has just ended."""
        feed = self._devices.get(facts.device)
        if feed is None:
            feed = self._devices[facts.device] = _DeviceFeed(self._head, facts.device)
        feed.take(facts, result)

    def remove(self, device: str, at: datetime) -> None:
        """End all series of a device that is watched no more."""
        feed = self._devices.pop(device, None)
        if feed is not None:
            feed.end(to_milliseconds(at))

    def take_own(self, snapshot: Snapshot, at: datetime) -> None:
        """Hand over what the daemon tells of itself; called in the thread that evaluates."""
        labels, values = [], []
        for name, label_names, label_values, value in snapshot.list_samples():
            if self._head.wants(name):
                labels.append(self._own.make(name, label_names, label_values))
                values.append(value)
        self._head.take(OWN, to_milliseconds(at), labels, values)


class _DeviceFeed:
    def __init__(self, head: Head, device: str) -> None:
        self._head = head
        self._device = device
        self._labels = LabelCache()
        self._interfaces = InterfaceColumns(device, self._labels)
        self._thresholds = ItemThresholds(device)
        self._former: dict[str, tuple[list[Labels], list[float]]] = {}
        """Subject to its last reading."""

    def take(self, facts: DeviceFacts, result: PollResult) -> None:
        at_ms = to_milliseconds(result.started_at)
        self._hand_over("device", at_ms, *self._word(list_device(facts, result)))
        is_answered = has_answered(result)
        if not is_answered:
            for subject in list(self._former):
                if subject != "device" and subject not in ASKED_APART:
                    self._end(subject, at_ms)
        failed = {error.subject for error in result.errors}
        for subject, list_samples in SUBJECTS.items():
            if not is_answered and subject not in ASKED_APART:
                continue
            reading = getattr(result, subject)
            if reading is not None:
                samples = [
                    *list_samples(self._device, reading),
                    *self._thresholds.list_samples(subject, facts.thresholds, reading),
                ]
                self._hand_over(subject, at_ms, *self._word(samples))
            elif has_failed(subject, failed):
                self._end(subject, at_ms)
            else:
                self._keep(subject, at_ms)
        if is_answered:
            self._take_interfaces(facts, result, failed, at_ms)

    def _take_interfaces(
        self, facts: DeviceFacts, result: PollResult, failed: Collection[str], at_ms: int
    ) -> None:
        if result.interfaces is not None:
            read_ms = to_milliseconds(result.interfaces_at or result.started_at)
            wanted = [family for family in INTERFACE if self._head.wants(family.name)]
            self._hand_over("interfaces", read_ms, *self._interfaces.word(result.interfaces, wanted))
            named = self._thresholds.list_samples("interfaces", facts.thresholds, result.interfaces)
            if named or _INTERFACE_THRESHOLDS in self._former:
                self._hand_over(_INTERFACE_THRESHOLDS, at_ms, *self._word(named))
            return
        for subject in ("interfaces", _INTERFACE_THRESHOLDS):
            if "interfaces" in failed:
                self._end(subject, at_ms)
            else:
                self._keep(subject, at_ms)

    def end(self, at_ms: int) -> None:
        for subject in self._former:
            self._head.take(f"{self._device}/{subject}", at_ms, (), ())

    def _word(self, samples: Iterable[Sample]) -> tuple[list[Labels], list[float]]:
        labels, values = [], []
        for family, texts, number in samples:
            if number is not None and isfinite(number) and self._head.wants(family.name):
                labels.append(self._labels.make(family.name, family.labels, texts))
                values.append(number)
        return labels, values

    def _hand_over(self, subject: str, at_ms: int, labels: list[Labels], values: list[float]) -> None:
        former = self._former.get(subject)
        if former is not None and former[0] == labels:
            labels = former[0]  # the very list, by which the head knows that nothing has ended
        self._former[subject] = labels, values
        self._head.take(f"{self._device}/{subject}", at_ms, labels, values)

    def _keep(self, subject: str, at_ms: int) -> None:
        """Tell gauges anew that were not due; counters are only true at the instant at which they were read."""
        for labels, value in zip(*self._former.get(subject, ((), ())), strict=True):
            if not labels.name.endswith("_total"):
                self._head.append(labels, at_ms, value)

    def _end(self, subject: str, at_ms: int) -> None:
        if self._former.pop(subject, None) is not None:
            self._head.take(f"{self._device}/{subject}", at_ms, (), ())
