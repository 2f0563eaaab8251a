"""Interfaces that a profile says are not worth showing, such as a card's service ports."""

from collections.abc import Sequence

from netops.model.interface import InterfaceReading
from netops.model.reading import TrafficReading
from netops.settings.patterns import compile_pattern


def leave_out(
    readings: list[InterfaceReading], traffic: TrafficReading, patterns: Sequence[str]
) -> list[InterfaceReading]:
    """Give the interfaces whose name no pattern (RE2) finds, and take the others' traffic away in place.

    The name is ifName; where the device has none, what the interface is called instead. Tables that refer to an
    interface by its number still find it.
    """
    compiled = [compile_pattern(pattern) for pattern in patterns]
    hidden = {
        reading.key
        for reading in readings
        if any(pattern.search(reading.name or reading.key) for pattern in compiled)
    }
    if not hidden:
        return readings
    told = [
        (key, deltas) for key, deltas in zip(traffic.keys, traffic.deltas, strict=True) if key not in hidden
    ]
    traffic.keys, traffic.deltas = [key for key, _deltas in told], [deltas for _key, deltas in told]
    return [reading for reading in readings if reading.key not in hidden]
