"""What psutil tells of this machine, as readings. Everything here blocks, and runs in a thread."""

import platform
import socket
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from netops.collectors.pools import make_space
from netops.collectors.storage import is_pseudo_path
from netops.model.reading import (
    SENSOR_UNITS,
    DiskReading,
    Limits,
    LoadReading,
    SensorKind,
    SensorReading,
    SpaceReading,
    SystemReading,
)

FIRST_SAMPLE_SECONDS = 0.2
"""The first poll has no earlier CPU times to compare with, so it waits this long for some."""
BLOCK_DEVICES = Path("/sys/block")
NO_DISKS = ("loop", "ram", "zram", "sr", "fd")
STORED_TYPES = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "jfs", "reiserfs", "f2fs", "bcachefs", "ufs", "apfs"}
    | {"hfs", "vfat", "exfat", "msdos", "ntfs", "ntfs3", "fuseblk", "overlay", "9p", "virtiofs"}
)
"""File systems on a disk. Network ones are left out: asking a dead NFS server never returns."""

CpuSeconds = tuple[float, float]
"""Busy and all seconds of one core since the machine started."""


def read_system(now: datetime) -> SystemReading:
    """Give host name, operating system and uptime."""
    uptime = max(0.0, now.timestamp() - psutil.boot_time())
    return SystemReading(
        name=socket.gethostname(),
        description=f"{platform.system()} {platform.release()} {platform.version()} {platform.machine()}",
        uptime_seconds=uptime,
    )


def read_cpu_seconds() -> list[CpuSeconds]:
    """Give the CPU times of each core; waiting for a disk counts as idle."""
    cores: list[CpuSeconds] = []
    for times in psutil.cpu_times(percpu=True):
        told = times._asdict()
        # Linux counts guest time within user time as well.
        everything = sum(told.values()) - told.get("guest", 0.0) - told.get("guest_nice", 0.0)
        cores.append((everything - told["idle"] - told.get("iowait", 0.0), everything))
    return cores


def take_first_sample() -> list[CpuSeconds]:
    """Read the CPU times and let a little time pass."""
    sample = read_cpu_seconds()
    time.sleep(FIRST_SAMPLE_SECONDS)
    return sample


def read_memory() -> list[SpaceReading]:
    """Give physical memory, used without what buffers and caches could give back, and swap if there is any."""
    memory = psutil.virtual_memory()
    spaces = [make_space("Physical memory", memory.total, memory.total - memory.available)]
    swap = psutil.swap_memory()
    if swap.total:
        spaces.append(make_space("Swap space", swap.total, swap.used))
    return spaces


def read_storage() -> list[SpaceReading]:
    """Give each file system on a disk once, by its shortest mount point."""
    by_device: dict[str, str] = {}
    for part in psutil.disk_partitions(all=True):
        if part.fstype.lower() not in STORED_TYPES or is_pseudo_path(part.mountpoint):
            continue
        device = part.device if part.device.startswith("/") else part.mountpoint  # "overlay" names no device
        shortest = by_device.get(device)
        if shortest is None or len(part.mountpoint) < len(shortest):
            by_device[device] = part.mountpoint
    spaces: list[SpaceReading] = []
    for path in sorted(by_device.values()):
        try:
            usage = psutil.disk_usage(path)
        except OSError:
            continue  # unmounted meanwhile, or another user's FUSE mount
        if usage.total:
            spaces.append(make_space(path, usage.total, usage.used))
    return spaces


def read_disks() -> list[DiskReading]:
    """Give whole disks, without their partitions; empty where the machine shows none."""
    counters = psutil.disk_io_counters(perdisk=True) or {}
    try:
        whole = {path.name.replace("!", "/") for path in BLOCK_DEVICES.iterdir()}
    except OSError:
        whole = set(counters)  # not Linux, or /sys is hidden
    disks: list[DiskReading] = []
    for name, disk in sorted(counters.items()):
        if name not in whole or name.rstrip("0123456789") in NO_DISKS:
            continue
        busy = getattr(disk, "busy_time", None)  # milliseconds; Linux and FreeBSD only
        disks.append(
            DiskReading(
                name,
                disk.read_bytes,
                disk.write_bytes,
                disk.read_count,
                disk.write_count,
                None if busy is None else busy / 1000,
            )
        )
    return disks


def read_load() -> LoadReading:
    """Give the load averages."""
    return LoadReading(*psutil.getloadavg())


def read_sensors() -> list[SensorReading]:
    """Give temperatures and fans; empty where the machine, or psutil on its system, has none."""
    temperatures: dict[str, list[Any]] = getattr(psutil, "sensors_temperatures", dict)()
    fans: dict[str, list[Any]] = getattr(psutil, "sensors_fans", dict)()
    sensors: dict[str, SensorReading] = {}
    for chip, entries in temperatures.items():
        for number, entry in enumerate(entries):
            limits = Limits(high_warn=_limit(entry.high), high=_limit(entry.critical))
            _add(
                sensors,
                SensorKind.TEMPERATURE,
                chip,
                entry.label or str(number),
                entry.current,
                limits=limits,
            )
    for chip, entries in fans.items():
        for number, entry in enumerate(entries):
            _add(
                sensors, SensorKind.FAN, chip, entry.label or f"fan {number}", entry.current, limits=Limits()
            )
    return list(sensors.values())


def _limit(celsius: float | None) -> float | None:
    """Chips without a limit report none, 0, or the end of their range (65261.85 °C with some drives)."""
    return celsius if celsius is not None and 0 < celsius < 1000 else None


def _add(
    sensors: dict[str, SensorReading],
    kind: SensorKind,
    chip: str,
    label: str,
    value: float | None,
    *,
    limits: Limits,
) -> None:
    key = base = f"{chip}/{label}"
    number = 1
    while key in sensors:  # two disks of one chip name and label
        number += 1
        key = f"{base}#{number}"
    has_limits = limits.high is not None or limits.high_warn is not None
    sensors[key] = SensorReading(
        key,
        kind,
        f"{chip} {label}",
        None if value is None else float(value),
        SENSOR_UNITS[kind],
        limits=limits,
        limits_from="device" if has_limits else None,
    )
