"""The operator's thresholds as series, beside the readings that they are about.

What a device has several of gets a series of its own for each that a threshold fits, so that a rule joins on labels
alone. Interfaces are the exception: what holds for all of a device is told once, and only what a pattern names apart.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from netops.alerting.spans import format_span
from netops.alerting.threshold_kinds import THRESHOLD_KINDS
from netops.exporter.families import (
    DEVICE_THRESHOLD,
    INTERFACE_THRESHOLD,
    SENSOR_THRESHOLD,
    SENSORS,
    STORAGE_THRESHOLD,
    Family,
)
from netops.exporter.subject_blocks import Sample
from netops.exporter.text import make_distinct
from netops.model.interface import InterfaceReading
from netops.model.reading import SensorReading, SpaceReading
from netops.settings.threshold_values import Threshold
from netops.settings.thresholds import (
    INTERFACE_KINDS,
    NO_THRESHOLDS,
    SENSOR_KINDS,
    ThresholdOptions,
    find_named,
    find_pattern,
    find_sensor,
)

_DEVICE_KINDS = (*INTERFACE_KINDS, "processor", "memory", "load_average", "ping")
_MILLISECOND = timedelta(milliseconds=1)


def list_device_thresholds(device: str, thresholds: ThresholdOptions) -> list[Sample]:
    """Give what holds for the device as a whole, and for all interfaces that no pattern names."""
    if thresholds is NO_THRESHOLDS:
        return []
    return [
        sample
        for kind in _DEVICE_KINDS
        for sample in _word(DEVICE_THRESHOLD, (device,), kind, getattr(thresholds, kind))
    ]


class ItemThresholds:
    """The thresholds of what one device has several of; worked out anew when they or their names change.

    Args:
        device: Its name.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._known: dict[str, tuple[object, list[tuple[str, ...]], list[Sample]]] = {}

    def list_samples(self, subject: str, thresholds: ThresholdOptions, readings: Any) -> Sequence[Sample]:
        """Give the samples that go with the readings of a subject; none for subjects without thresholds."""
        lister = _LISTERS.get(subject)
        if lister is None or thresholds is NO_THRESHOLDS:
            return ()
        names, make = lister
        items = names(readings)
        known = self._known.get(subject)
        if known is None or known[0] is not thresholds or known[1] != items:
            samples = list(make(self._device, thresholds, items))
            known = self._known[subject] = (thresholds, items, samples)
        return known[2]


def _name_sensors(readings: Sequence[SensorReading]) -> list[tuple[str, ...]]:
    keys = make_distinct(reading.key for reading in readings)
    return [
        (key, reading.key, reading.name, reading.kind.value)
        for key, reading in zip(keys, readings, strict=True)
        # In another unit it is shown as netops_sensor_value, which no threshold is about.
        if reading.kind in SENSORS and SENSORS[reading.kind][1] == reading.unit
    ]


def _list_sensors(
    device: str, thresholds: ThresholdOptions, items: Sequence[tuple[str, ...]]
) -> Iterator[Sample]:
    for key, plain_key, name, kind in items:
        if kind in SENSOR_KINDS:
            threshold = find_sensor(thresholds, kind, plain_key, name)
            yield from _word(SENSOR_THRESHOLD, (device, key), kind, threshold)


def _name_interfaces(readings: Sequence[InterfaceReading]) -> list[tuple[str, ...]]:
    keys = [reading.key for reading in readings]
    return list(zip(make_distinct(keys), keys, strict=True))


def _list_interfaces(
    device: str, thresholds: ThresholdOptions, items: Sequence[tuple[str, ...]]
) -> Iterator[Sample]:
    for label, name in items if thresholds.interfaces else ():
        for kind in INTERFACE_KINDS:
            threshold = find_named(thresholds.interfaces, kind, (name,))
            yield from _word(INTERFACE_THRESHOLD, (device, label), kind, threshold)


def _name_volumes(readings: Sequence[SpaceReading]) -> list[tuple[str, ...]]:
    names = [reading.name for reading in readings]
    return list(zip(make_distinct(names), names, strict=True))


def _list_volumes(
    device: str, thresholds: ThresholdOptions, items: Sequence[tuple[str, ...]]
) -> Iterator[Sample]:
    for label, name in items:
        pattern = find_pattern(set(thresholds.volumes), (name,))
        threshold = thresholds.storage if pattern is None else thresholds.volumes[pattern]
        yield from _word(STORAGE_THRESHOLD, (device, label), "storage", threshold)


_Names = Callable[[Any], list[tuple[str, ...]]]
_Make = Callable[[str, ThresholdOptions, Sequence[tuple[str, ...]]], Iterator[Sample]]
_LISTERS: dict[str, tuple[_Names, _Make]] = {
    "sensors": (_name_sensors, _list_sensors),
    "interfaces": (_name_interfaces, _list_interfaces),
    "storage": (_name_volumes, _list_volumes),
}


def _word(
    family: Family, labels: tuple[str, ...], kind: str, threshold: Threshold | None
) -> Iterator[Sample]:
    if threshold is None:
        return
    facts = THRESHOLD_KINDS[kind]
    hold = format_span(facts.hold_of(threshold) // _MILLISECOND)
    for bound, level in facts.list_bounds(threshold):
        yield family, (*labels, kind, bound, hold), level
