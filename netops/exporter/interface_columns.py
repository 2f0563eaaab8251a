"""Interfaces as columns of numbers for alert rules: nearly all series are theirs, so labels are made once and kept."""

from collections.abc import Sequence

from netops.alerting.labels import METRIC_NAME, Labels
from netops.exporter.families import INTERFACE, INTERFACE_COUNTERS, Family
from netops.exporter.text import clean, make_distinct
from netops.model.interface import InterfaceReading, InterfaceStatus

_UP, _ADMIN_STATUS, _OPER_STATUS, _SPEED, _MTU, _INFO = INTERFACE[: -len(INTERFACE_COUNTERS)]
_COUNTER_PLACES = {family.name: place for place, family in enumerate(INTERFACE_COUNTERS)}
_MOST_SPARE_LABELS = 1000

Column = list[float | None]


class LabelCache:
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


class InterfaceColumns:
    """Words the interfaces of one device.

    The list of labels is the very same object as long as interfaces, their descriptions and what they tell are.
    """

    def __init__(self, device: str, labels: LabelCache) -> None:
        self._device = device
        self._cache = labels
        self._labels: list[Labels] = []
        self._signature: tuple[object, ...] = ()

    def word(
        self, readings: Sequence[InterfaceReading], wanted: Sequence[Family]
    ) -> tuple[list[Labels], list[float]]:
        """Give labels and values of the families that are wanted, what is not told left out."""
        columns = _make_columns(readings, wanted)
        flat = [number for column in columns for number in column]
        gaps = tuple(place for place, number in enumerate(flat) if number is None) if None in flat else ()
        keys = [reading.key for reading in readings]
        described = [_describe(reading) for reading in readings] if _INFO in wanted else []
        signature = (keys, described, gaps, list(wanted))
        if signature != self._signature:
            self._labels = self._make_labels(keys, described, wanted, set(gaps))
            self._signature = signature
        values = [number for number in flat if number is not None]
        return self._labels, values

    def _make_labels(
        self,
        keys: list[str],
        described: list[tuple[str, ...]],
        wanted: Sequence[Family],
        gaps: set[int],
    ) -> list[Labels]:
        distinct = make_distinct(keys)
        labels, place = [], 0
        for family in wanted:
            for number, key in enumerate(distinct):
                if place not in gaps:
                    more = described[number] if family is _INFO else ()
                    labels.append(self._cache.make(family.name, family.labels, (self._device, key, *more)))
                place += 1
        return labels


def _make_columns(readings: Sequence[InterfaceReading], wanted: Sequence[Family]) -> list[Column]:
    untold = (None,) * len(INTERFACE_COUNTERS)
    told = [reading.counters or untold for reading in readings]
    quiet: dict[Family, Column] = {
        _UP: [float(reading.oper_status == InterfaceStatus.UP) for reading in readings],
        _ADMIN_STATUS: [int(reading.admin_status) for reading in readings],
        _OPER_STATUS: [int(reading.oper_status) for reading in readings],
        _SPEED: [None if reading.speed_bps is None else reading.speed_bps / 8 for reading in readings],
        _MTU: [reading.mtu for reading in readings],
        _INFO: [1] * len(readings),
    }
    columns: list[Column] = []
    for family in wanted:
        place = _COUNTER_PLACES.get(family.name)
        columns.append(quiet[family] if place is None else [counters[place] for counters in told])
    return columns


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
