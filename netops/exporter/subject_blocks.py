"""What a device tells beside its interfaces, as text: processors, memory, storage, disks, load, sensors."""

from collections.abc import Iterable, Sequence

from netops.exporter.families import (
    DEVICE,
    DISK,
    LOAD,
    MEMORY,
    PROCESSOR,
    SENSOR_LEVEL,
    SENSOR_STATE,
    SENSOR_VALUE,
    SENSORS,
    STORAGE,
    Family,
)
from netops.exporter.text import make_block, make_distinct, make_tail, word_labels, word_number
from netops.model.reading import (
    DiskReading,
    Level,
    LoadReading,
    ProcessorReading,
    SensorReading,
    SpaceReading,
    SystemReading,
)

LEVEL_NUMBERS: dict[Level, int] = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
_DEVICE_FAMILIES = {family.name: family for family in DEVICE}
_UPTIME = _DEVICE_FAMILIES["netops_device_uptime_seconds"]
_AGENT_UPTIME = _DEVICE_FAMILIES["netops_device_agent_uptime_seconds"]

Sample = tuple[Family, Sequence[str], float | None]
"""Family, label values in its order, number; None and NaN are left out."""


def make_blocks(samples: Iterable[Sample], timestamp_ms: int | None = None) -> dict[str, bytes]:
    """Sort samples into a block per family; only counters carry the timestamp."""
    rows: dict[Family, list[str]] = {}
    for family, values, number in samples:
        worded = None if number is None else word_number(number)
        if worded is not None:
            rows.setdefault(family, []).append(f"{word_labels(family, values)}}} {worded}")
    return {
        family.name: make_block(
            family.name, lines, make_tail(timestamp_ms if family.type == "counter" else None)
        )
        for family, lines in rows.items()
    }


def list_system(device: str, reading: SystemReading) -> list[Sample]:
    """Give the uptimes."""
    return [
        (_UPTIME, (device,), reading.uptime_seconds),
        (_AGENT_UPTIME, (device,), reading.agent_uptime_seconds),
    ]


def list_processors(device: str, readings: Sequence[ProcessorReading]) -> list[Sample]:
    """Give loads, as ratios."""
    names = make_distinct(reading.name for reading in readings)
    return [
        (PROCESSOR, (device, name), reading.load_percent / 100)
        for name, reading in zip(names, readings, strict=True)
    ]


def _list_spaces(
    families: tuple[Family, Family], device: str, readings: Sequence[SpaceReading]
) -> list[Sample]:
    size, used = families
    samples: list[Sample] = []
    for name, reading in zip(make_distinct(reading.name for reading in readings), readings, strict=True):
        samples += [(size, (device, name), reading.total_bytes), (used, (device, name), reading.used_bytes)]
    return samples


def list_memory(device: str, readings: Sequence[SpaceReading]) -> list[Sample]:
    """Give size and use of memory pools, without those that may well be full: no rule could tell them apart."""
    return _list_spaces(MEMORY, device, [reading for reading in readings if not reading.informative])


def list_storage(device: str, readings: Sequence[SpaceReading]) -> list[Sample]:
    """Give size and use of file systems."""
    return _list_spaces(STORAGE, device, readings)


def list_disks(device: str, readings: Sequence[DiskReading]) -> list[Sample]:
    """Give what disks have done."""
    samples: list[Sample] = []
    for name, reading in zip(make_distinct(reading.name for reading in readings), readings, strict=True):
        numbers = (
            reading.read_bytes,
            reading.written_bytes,
            reading.reads,
            reading.writes,
            reading.busy_seconds,
        )
        samples += [(family, (device, name), number) for family, number in zip(DISK, numbers, strict=True)]
    return samples


def list_load(device: str, reading: LoadReading) -> list[Sample]:
    """Give the three load averages."""
    numbers = (reading.load1, reading.load5, reading.load15)
    return [(family, (device,), number) for family, number in zip(LOAD, numbers, strict=True)]


def list_sensors(device: str, readings: Sequence[SensorReading]) -> list[Sample]:
    """Give values in base units, states and levels."""
    samples: list[Sample] = []
    for key, reading in zip(make_distinct(reading.key for reading in readings), readings, strict=True):
        labels = (device, reading.name, key)
        if reading.value is not None:
            samples.append(_make_sensor_value(labels, reading, reading.value))
        if reading.state is not None:
            samples.append((SENSOR_STATE, (*labels, reading.state), 1))
        if reading.level is not None:
            samples.append((SENSOR_LEVEL, labels, LEVEL_NUMBERS[reading.level]))
    return samples


def _make_sensor_value(labels: tuple[str, ...], reading: SensorReading, value: float) -> Sample:
    family, unit, factor = SENSORS.get(reading.kind, (SENSOR_VALUE, "", 1))
    if family is SENSOR_VALUE or reading.unit != unit:
        return SENSOR_VALUE, (*labels, reading.kind.value, reading.unit), value
    if factor < 1:
        return family, labels, value / 100  # dividing keeps 23 % at 0.23, where * 0.01 does not
    return family, labels, value * factor
