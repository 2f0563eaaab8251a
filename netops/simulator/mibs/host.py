"""Servers: processors, memory, storage, load.

Source: HOST-RESOURCES-MIB (RFC 2790), UCD-SNMP-MIB and UCD-DISKIO-MIB of net-snmp. Sizes of UCD memory and disks
are kibibytes.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netops.simulator.blueprint import Filler, Site
from netops.simulator.encoding import bound
from netops.simulator.mibs.entity import Measure, sway
from netops.simulator.shape import Live, ShapeBuilder
from netops.simulator.state import DeviceState
from netops.snmp.types import Oid, Tag

_HR = "1.3.6.1.2.1.25"
_HR_STORAGE = "1.3.6.1.2.1.25.2.3.1"
_HR_DEVICE = "1.3.6.1.2.1.25.3.2.1"
_HR_PROCESSOR = "1.3.6.1.2.1.25.3.3.1"
_HR_FS = "1.3.6.1.2.1.25.3.8.1"
_STORAGE_TYPE = "1.3.6.1.2.1.25.2.1"
_DEVICE_TYPE = "1.3.6.1.2.1.25.3.1"
_UCD = "1.3.6.1.4.1.2021"
_HERTZ = 100  # jiffies per second
_RAM, _VIRTUAL, _FIXED_DISK = 2, 3, 4
_FIRST_PROCESSOR = 196608  # where net-snmp numbers processors from
_KIB = 1024

Number = Callable[[DeviceState], int]


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system on a disk of its own."""

    mount: str
    device: str
    total_bytes: int
    used_share: float
    bytes_per_second: float = 200_000.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A server's resources."""

    processors: int
    memory_bytes: int
    swap_bytes: int
    disks: Sequence[Disk]
    load_percent: float = 30.0


def host(machine: Machine) -> Filler:
    """Make the filler of a server that net-snmp answers for."""
    busy = [
        sway(machine.load_percent, machine.load_percent * 0.6, 900 + 70 * number, number)
        for number in range(machine.processors)
    ]
    used_memory = sway(machine.memory_bytes * 0.55, machine.memory_bytes * 0.08, 5400)

    def fill(builder: ShapeBuilder, _site: Site) -> None:
        _fill_system(builder, machine)
        _fill_storage(builder, machine, used_memory)
        _fill_processors(builder, busy)
        _fill_file_systems(builder, machine)
        _fill_ucd_memory(builder, machine, used_memory)
        _fill_load(builder, machine)
        _fill_cpu(builder, machine)
        _fill_disk_work(builder, machine)

    return fill


def _fill_system(builder: ShapeBuilder, machine: Machine) -> None:
    # The machine came up a little before its agent did.
    builder.scalar(f"{_HR}.1.1", Tag.TIME_TICKS, lambda state: state.uptime_ticks() + 1500)
    builder.scalar(f"{_HR}.1.5", Tag.GAUGE32, 1)
    builder.scalar(f"{_HR}.1.6", Tag.GAUGE32, 180 + 10 * machine.processors)
    builder.scalar(f"{_HR}.1.7", Tag.INTEGER, 0)
    builder.scalar(f"{_HR}.2.2", Tag.INTEGER, machine.memory_bytes // _KIB)


def _fill_storage(builder: ShapeBuilder, machine: Machine, used_memory: Measure) -> None:
    rows: list[tuple[int, int, str, int, int, Live | int]] = [
        (1, _RAM, "Physical memory", _KIB, machine.memory_bytes, _in_units(used_memory, _KIB)),
        (10, _VIRTUAL, "Swap space", _KIB, machine.swap_bytes, machine.swap_bytes // _KIB // 50),
    ]
    for number, disk in enumerate(machine.disks):
        rows.append((31 + number, _FIXED_DISK, disk.mount, 4096, disk.total_bytes, _disk_used(disk, 4096)))
    for index, kind, name, unit, total, used in rows:
        builder.row(
            _HR_STORAGE,
            (index,),
            {
                1: (Tag.INTEGER, index),
                2: (Tag.OBJECT_IDENTIFIER, Oid.parse(_STORAGE_TYPE) / kind),
                3: (Tag.OCTET_STRING, name),
                4: (Tag.INTEGER, unit),
                5: (Tag.INTEGER, total // unit),
                6: (Tag.INTEGER, used),
                7: (Tag.COUNTER32, 0),
            },
        )


def _in_units(measure: Measure, unit: int) -> Number:
    return lambda state: round(measure(state)) // unit


def _disk_used(disk: Disk, unit: int) -> Number:
    """Disks fill slowly: from their share towards 5 % more over a month, then a clean-up begins it anew."""
    month = 30 * 86_400

    def read(state: DeviceState) -> int:
        share = disk.used_share + 0.05 * (state.now() % month) / month
        return int(disk.total_bytes * share) // unit

    return read


def _fill_processors(builder: ShapeBuilder, busy: Sequence[Measure]) -> None:
    for number, measure in enumerate(busy):
        index = (_FIRST_PROCESSOR + number,)
        builder.row(
            _HR_DEVICE,
            index,
            {
                1: (Tag.INTEGER, index[0]),
                2: (Tag.OBJECT_IDENTIFIER, Oid.parse(_DEVICE_TYPE) / 3),
                3: (Tag.OCTET_STRING, "Simulated processor, 2.4 GHz"),
                4: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)),
                5: (Tag.INTEGER, 2),
                6: (Tag.COUNTER32, 0),
            },
        )
        builder.row(
            _HR_PROCESSOR,
            index,
            {1: (Tag.OBJECT_IDENTIFIER, Oid.of(0, 0)), 2: (Tag.INTEGER, _percent(measure))},
        )


def _percent(measure: Measure) -> Live:
    return lambda state: bound(0, 100, measure(state))


def _fill_file_systems(builder: ShapeBuilder, machine: Machine) -> None:
    for number, disk in enumerate(machine.disks, 1):
        builder.row(
            _HR_FS,
            (number,),
            {
                1: (Tag.INTEGER, number),
                2: (Tag.OCTET_STRING, disk.mount),
                3: (Tag.OCTET_STRING, ""),
                4: (Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.2.1.25.3.9") / 23),
                5: (Tag.INTEGER, 1),
                6: (Tag.INTEGER, 1 if disk.mount == "/" else 2),
                7: (Tag.INTEGER, 30 + number),
            },
        )
        used = _disk_used(disk, _KIB)
        total = disk.total_bytes // _KIB
        builder.row(
            f"{_UCD}.9.1",
            (number,),
            {
                1: (Tag.INTEGER, number),
                2: (Tag.OCTET_STRING, disk.mount),
                3: (Tag.OCTET_STRING, f"/dev/{disk.device}"),
                6: (Tag.INTEGER, min(total, 2**31 - 1)),
                7: (Tag.INTEGER, _difference(total, used)),
                8: (Tag.INTEGER, used),
                9: (Tag.INTEGER, _share(used, total)),
            },
        )


def _difference(total: int, used: Number) -> Number:
    return lambda state: total - used(state)


def _share(used: Number, total: int) -> Number:
    return lambda state: bound(0, 100, 100 * used(state) / total)


def _fill_ucd_memory(builder: ShapeBuilder, machine: Machine, used_memory: Measure) -> None:
    real, swap = machine.memory_bytes // _KIB, machine.swap_bytes // _KIB
    cached = real // 5
    # net-snmp counts buffers and cache as used here, HOST-RESOURCES does not.
    free = _difference(real - cached - real // 50, _in_units(used_memory, _KIB))
    columns: dict[int, tuple[int, str | int | Live]] = {
        1: (Tag.INTEGER, 0),
        2: (Tag.OCTET_STRING, "swap"),
        3: (Tag.INTEGER, swap),
        4: (Tag.INTEGER, swap - swap // 50),
        5: (Tag.INTEGER, real),
        6: (Tag.INTEGER, free),
        11: (Tag.INTEGER, _difference(swap - swap // 50, _negative(free))),
        13: (Tag.INTEGER, real // 100),
        14: (Tag.INTEGER, real // 50),
        15: (Tag.INTEGER, cached),
        100: (Tag.INTEGER, 0),
        101: (Tag.OCTET_STRING, ""),
    }
    for number, (tag, value) in columns.items():
        builder.scalar(f"{_UCD}.4.{number}", tag, value)


def _negative(value: Number) -> Number:
    return lambda state: -value(state)


def _fill_load(builder: ShapeBuilder, machine: Machine) -> None:
    middle = machine.processors * machine.load_percent / 100
    for number, (name, swing) in enumerate((("Load-1", 0.6), ("Load-5", 0.4), ("Load-15", 0.2)), 1):
        load = sway(middle, middle * swing, 900)
        builder.row(
            f"{_UCD}.10.1",
            (number,),
            {
                1: (Tag.INTEGER, number),
                2: (Tag.OCTET_STRING, name),
                3: (Tag.OCTET_STRING, _two_places(load)),
                5: (Tag.INTEGER, _hundredths(load)),
                6: (Tag.OPAQUE, _opaque_float(load)),
            },
        )


def _two_places(measure: Measure) -> Live:
    return lambda state: f"{measure(state):.2f}"


def _hundredths(measure: Measure) -> Live:
    return lambda state: round(measure(state) * 100)


def _opaque_float(measure: Measure) -> Live:
    """Opaque float of draft-perkins-opaque, as net-snmp sends laLoadFloat."""
    return lambda state: b"\x9f\x78\x04" + struct.pack(">f", measure(state))


def _fill_cpu(builder: ShapeBuilder, machine: Machine) -> None:
    user, system = machine.load_percent * 0.7, machine.load_percent * 0.25
    shares = {50: user, 51: 0.0, 52: system, 53: 98 - user - system, 54: 2.0}
    for number, percent in {9: user, 10: system, 11: 98 - user - system}.items():
        builder.scalar(f"{_UCD}.11.{number}", Tag.INTEGER, round(percent))
    for number, percent in shares.items():
        builder.scalar(
            f"{_UCD}.11.{number}", Tag.COUNTER32, _growing(machine.processors * _HERTZ * percent / 100)
        )


def _growing(per_second: float) -> Live:
    return lambda state: int(state.uptime() * per_second)


def _fill_disk_work(builder: ShapeBuilder, machine: Machine) -> None:
    for number, disk in enumerate(machine.disks, 1):
        rate = disk.bytes_per_second
        builder.row(
            f"{_UCD}.13.15.1.1",
            (number,),
            {
                1: (Tag.INTEGER, number),
                2: (Tag.OCTET_STRING, disk.device),
                3: (Tag.COUNTER32, _growing(rate)),
                4: (Tag.COUNTER32, _growing(rate / 2)),
                5: (Tag.COUNTER32, _growing(rate / 16_384)),
                6: (Tag.COUNTER32, _growing(rate / 32_768)),
                12: (Tag.COUNTER64, _growing(rate)),
                13: (Tag.COUNTER64, _growing(rate / 2)),
            },
        )
