"""What a device tells beside its interfaces, as text: processors, memory, storage, disks, load, sensors, checks."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from netops.exporter.families import (
    CERTIFICATE_END,
    CERTIFICATE_TRUSTED,
    CHECK_DURATION,
    CHECK_FAILURE,
    CHECK_STATUS,
    CHECK_UP,
    DEVICE,
    DISK,
    INVENTORY,
    LOAD,
    MEMORY,
    PROCESSOR,
    SENSOR_LEVEL,
    SENSOR_LIMIT,
    SENSOR_STATE,
    SENSOR_VALUE,
    SENSORS,
    STORAGE,
    SUPPLY_LEVEL,
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
from netops.model.service_check import ServiceCheckReading
from netops.model.supply import SupplyReading

_BOUNDS = ("low", "low_warn", "high_warn", "high")
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
    """Give values in base units, states, levels and limits."""
    samples: list[Sample] = []
    for key, reading in zip(make_distinct(reading.key for reading in readings), readings, strict=True):
        labels = (device, reading.name, key)
        if reading.value is not None:
            family, more = _choose_family(reading)
            samples.append((family, (*labels, *more), _scale(reading, reading.value)))
        if reading.state is not None:
            samples.append((SENSOR_STATE, (*labels, reading.state), 1))
        if reading.level is not None:
            samples.append((SENSOR_LEVEL, labels, LEVEL_NUMBERS[reading.level]))
        for bound in _BOUNDS if reading.limits_from is not None else ():
            limit = getattr(reading.limits, bound)
            if limit is not None:
                samples.append((SENSOR_LIMIT, (*labels, bound), _scale(reading, limit)))
    return samples


def _choose_family(reading: SensorReading) -> tuple[Family, tuple[str, ...]]:
    """Give the family of a sensor, and the labels it has beside those of every sensor."""
    family, unit, _factor = SENSORS.get(reading.kind, (SENSOR_VALUE, "", 1))
    if family is SENSOR_VALUE or reading.unit != unit:
        return SENSOR_VALUE, (reading.kind.value, reading.unit)
    return family, ()


def _scale(reading: SensorReading, value: float) -> float:
    """Bring a value, or a limit, of a sensor to its base unit."""
    _family, unit, factor = SENSORS.get(reading.kind, (SENSOR_VALUE, "", 1))
    if reading.unit != unit:
        return value
    # Dividing keeps 23 % at 0.23, where * 0.01 does not.
    return value / 100 if factor < 1 else value * factor


def list_supplies(device: str, readings: Sequence[SupplyReading]) -> list[Sample]:
    """Give what is left, as ratios; a supply that cannot tell has none."""
    names = make_distinct(reading.name for reading in readings)
    return [
        (SUPPLY_LEVEL, (device, name, reading.kind), reading.level_percent / 100)
        for name, reading in zip(names, readings, strict=True)
        if reading.level_percent is not None
    ]


def list_checks(device: str, readings: Sequence[ServiceCheckReading]) -> list[Sample]:
    """Give what service checks found, and how long certificates hold."""
    samples: list[Sample] = []
    for reading in readings:
        labels = (device, reading.name)
        samples += [
            (CHECK_UP, (*labels, reading.type), int(reading.is_up)),
            (CHECK_DURATION, labels, reading.duration_seconds),
            (CHECK_STATUS, labels, reading.status_code),
        ]
        if reading.failure is not None:
            samples.append((CHECK_FAILURE, (*labels, reading.failure.value), 1))
        certificate = reading.certificate
        if certificate is not None:
            samples.append((CERTIFICATE_END, labels, certificate.not_after.timestamp()))
            if certificate.is_trusted is not None:
                samples.append((CERTIFICATE_TRUSTED, labels, int(certificate.is_trusted)))
    return samples


def _list_inventory(subject: str, device: str, entries: Sequence[object]) -> list[Sample]:
    """Give how many entries a subject has."""
    return [(INVENTORY[subject], (device,), len(entries))]


SUBJECTS: dict[str, Callable[[str, Any], list[Sample]]] = {
    "system": list_system,
    "processors": list_processors,
    "memory": list_memory,
    "storage": list_storage,
    "disks": list_disks,
    "load": list_load,
    "sensors": list_sensors,
    "supplies": list_supplies,
    "checks": list_checks,
    **{subject: partial(_list_inventory, subject) for subject in INVENTORY},
}
"""Subject of a poll, interfaces apart, to what makes its samples from the device's name and the reading."""
