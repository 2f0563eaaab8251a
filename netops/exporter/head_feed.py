"""The way from polls to alert rules: the same names, labels and numbers as on ``/metrics``, into the rules' head.

What is not due in a poll keeps its last values there as here; what failed, and what a device no longer tells, has
ended. Only metrics that some rule reads are worded at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import isfinite

from prometheus_client.metrics_core import Metric

from netops.alerting.head import Head
from netops.alerting.labels import METRIC_NAME, Labels
from netops.alerting.rule_set import to_milliseconds
from netops.exporter.families import INTERFACE, INTERFACE_COUNTERS, Family
from netops.exporter.render import HEALTH, DeviceFacts, has_answered, list_device
from netops.exporter.subject_blocks import (
    Sample,
    list_disks,
    list_load,
    list_memory,
    list_processors,
    list_sensors,
    list_storage,
    list_system,
)
from netops.exporter.text import clean, make_distinct
from netops.model.interface import InterfaceReading, InterfaceStatus
from netops.model.reading import PollResult

Numbers = list[tuple[Labels, float]]

OWN = "netops"
"""Who owns the daemon's own metrics in the head; the owners of a device's subjects have a slash in their name."""
_SUBJECTS = {
    "system": list_system,
    "processors": list_processors,
    "memory": list_memory,
    "storage": list_storage,
    "disks": list_disks,
    "load": list_load,
    "sensors": list_sensors,
}
_MOST_SPARE_LABELS = 1000


class HeadFeed:
    """Hands every poll to the head, and the daemon's own metrics."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._devices: dict[str, _DeviceFeed] = {}
        self._own = _LabelCache()

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

    def take_own(self, metrics: Iterable[Metric], at: datetime) -> None:
        """Hand over what the daemon tells of itself, as its registry collects it."""
        numbers = [
            (self._own.make(sample.name, tuple(sample.labels), tuple(sample.labels.values())), sample.value)
            for metric in metrics
            for sample in metric.samples
            if self._head.wants(sample.name)
        ]
        self._head.take(OWN, to_milliseconds(at), numbers)


class _LabelCache:
    """Labels by name and values: a poll tells the same series as the one before."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Labels] = {}
        self._most = _MOST_SPARE_LABELS

    def make(self, metric: str, names: Sequence[str], values: Sequence[str]) -> Labels:
        """Give the labels of a sample."""
        key = (metric, *values)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > self._most:
                # Descriptions change, and old labels stay behind: begin afresh once in a while.
                self._most = 2 * len(self._known)
                self._known.clear()
            pairs = zip(names, map(clean, values), strict=True)
            known = self._known[key] = Labels({METRIC_NAME: metric, **dict(pairs)})
        return known


class _DeviceFeed:
    def __init__(self, head: Head, device: str) -> None:
        self._head = head
        self._device = device
        self._labels = _LabelCache()
        self._former: dict[str, Numbers] = {}
        """Subject to the gauges of its last reading."""

    def take(self, facts: DeviceFacts, result: PollResult) -> None:
        at_ms = to_milliseconds(result.started_at)
        self._hand_over("device", at_ms, list_device(facts, result))
        if not has_answered(result):
            for subject in list(self._former):
                self._end(subject, at_ms)
            return
        failed = {error.subject for error in result.errors}
        for subject, list_samples in _SUBJECTS.items():
            reading = getattr(result, subject)
            if reading is not None:
                self._hand_over(subject, at_ms, list_samples(self._device, reading))  # type: ignore[operator]  # each takes the reading of its subject
            elif subject in failed or (subject in HEALTH and "health" in failed):
                self._end(subject, at_ms)
            else:
                self._keep(subject, at_ms)
        if result.interfaces is not None:
            read_ms = to_milliseconds(result.interfaces_at or result.started_at)
            self._hand_over("interfaces", read_ms, self._list_interfaces(result.interfaces))
        elif "interfaces" in failed:
            self._end("interfaces", at_ms)
        else:
            self._keep("interfaces", at_ms)

    def end(self, at_ms: int) -> None:
        for subject in ("device", *self._former):
            self._head.take(f"{self._device}/{subject}", at_ms, ())

    def _hand_over(self, subject: str, at_ms: int, samples: Iterable[Sample]) -> None:
        numbers: Numbers = []
        gauges: Numbers = []
        for family, values, number in samples:
            if number is None or not isfinite(number) or not self._head.wants(family.name):
                continue
            told = (self._labels.make(family.name, family.labels, values), float(number))
            numbers.append(told)
            if family.type == "gauge":
                gauges.append(told)
        self._head.take(f"{self._device}/{subject}", at_ms, numbers)
        if subject != "device":
            self._former[subject] = gauges

    def _keep(self, subject: str, at_ms: int) -> None:
        """Tell gauges anew that were not due; counters are only true at the instant at which they were read."""
        for labels, value in self._former.get(subject, ()):
            self._head.append(labels, at_ms, value)

    def _end(self, subject: str, at_ms: int) -> None:
        if self._former.pop(subject, None) is not None:
            self._head.take(f"{self._device}/{subject}", at_ms, ())

    def _list_interfaces(self, readings: Sequence[InterfaceReading]) -> Iterator[Sample]:
        quiet = INTERFACE[: -len(INTERFACE_COUNTERS)]
        up, admin_status, oper_status, speed, mtu, info = quiet
        counters = [
            (place, family)
            for place, family in enumerate(INTERFACE_COUNTERS)
            if self._head.wants(family.name)
        ]
        keys = make_distinct(reading.key for reading in readings)
        for key, reading in zip(keys, readings, strict=True):
            labels = (self._device, key)
            yield up, labels, float(reading.oper_status == InterfaceStatus.UP)
            yield admin_status, labels, int(reading.admin_status)
            yield oper_status, labels, int(reading.oper_status)
            yield speed, labels, None if reading.speed_bps is None else reading.speed_bps / 8
            yield mtu, labels, reading.mtu
            yield info, (*labels, *_describe(reading)), 1
            yield from _list_counters(labels, reading, counters)


def _list_counters(
    labels: tuple[str, str], reading: InterfaceReading, wanted: Sequence[tuple[int, Family]]
) -> Iterator[Sample]:
    if reading.counters:
        for place, family in wanted:
            yield family, labels, reading.counters[place]


def _describe(reading: InterfaceReading) -> tuple[str, ...]:
    """Give the labels of an interface's info behind device and interface."""
    return (
        reading.alias,
        reading.description,
        reading.mac or "",
        reading.type,
        str(reading.if_index),
        reading.duplex or "",
    )
