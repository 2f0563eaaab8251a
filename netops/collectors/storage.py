"""HOST-RESOURCES-MIB hrStorageTable (RFC 2790) told apart: memory pools here, file systems there."""

from netops.collectors.cells import Misfits, integers
from netops.collectors.text import decode_text
from netops.model.reading import SpaceReading
from netops.snmp.types import Column, Index, Oid

HR_STORAGE = Oid.parse("1.3.6.1.2.1.25.2.3.1")
HR_STORAGE_TYPE = HR_STORAGE / 2
HR_STORAGE_DESCR = HR_STORAGE / 3
HR_STORAGE_ALLOCATION_UNITS = HR_STORAGE / 4
HR_STORAGE_SIZE = HR_STORAGE / 5
HR_STORAGE_USED = HR_STORAGE / 6
STORAGE_COLUMNS = (
    HR_STORAGE_TYPE,
    HR_STORAGE_DESCR,
    HR_STORAGE_ALLOCATION_UNITS,
    HR_STORAGE_SIZE,
    HR_STORAGE_USED,
)

HR_STORAGE_TYPES = Oid.parse("1.3.6.1.2.1.25.2.1")
OTHER = HR_STORAGE_TYPES / 1
RAM = HR_STORAGE_TYPES / 2
VIRTUAL_MEMORY = HR_STORAGE_TYPES / 3
# Fixed, removable, RAM disk, flash, network. Floppies and compact discs are always "full".
FILE_SYSTEMS = frozenset(HR_STORAGE_TYPES / kind for kind in (4, 5, 8, 9, 10))

PSEUDO_PATHS = ("/proc", "/sys", "/dev", "/run", "/snap", "/var/lib/docker/overlay2", "/var/lib/kubelet")
"""Mount points whose use tells nothing of a disk."""

INTEGER32_TURN = 1 << 32


def split_storage(
    found: dict[Oid, Column], misfits: Misfits
) -> tuple[list[SpaceReading], list[SpaceReading]]:
    """Give memory pools and file systems, in bytes, in the device's order; rows of no size are left out.

    Sizes are Integer32 in allocation units; an agent with 2**31 units or more sends them negative, and they
    are taken as unsigned. net-snmp's rows for buffers, cache, shared and available memory are no pools of
    their own: they say how much of the physical memory is really in use.
    """
    units = integers(found[HR_STORAGE_ALLOCATION_UNITS], HR_STORAGE_ALLOCATION_UNITS, misfits)
    sizes = _as_unsigned(found[HR_STORAGE_SIZE], HR_STORAGE_SIZE, misfits)
    used = _as_unsigned(found[HR_STORAGE_USED], HR_STORAGE_USED, misfits)
    memory: list[SpaceReading] = []
    storage: list[SpaceReading] = []
    others: dict[str, SpaceReading] = {}
    for index, kind in found[HR_STORAGE_TYPE].items():
        name = decode_text(found[HR_STORAGE_DESCR].get(index)) or str(index[0])
        unit = units.get(index, 0)
        if index not in used or not sizes.get(index) or not unit:
            continue
        space = make_space(name, sizes[index] * unit, used[index] * unit)
        if kind in (RAM, VIRTUAL_MEMORY):
            memory.append(space)
        elif kind in FILE_SYSTEMS and not is_pseudo_path(name):
            storage.append(space)
        elif kind == OTHER:
            others[name.lower()] = space
    return _correct_memory(memory, others), storage


def make_space(name: str, total_bytes: int, used_bytes: int) -> SpaceReading:
    """Build a reading; use beyond the size, which some agents tell, is cut to it."""
    used_bytes = min(max(used_bytes, 0), total_bytes)
    return SpaceReading(name, total_bytes, used_bytes, 100 * used_bytes / total_bytes if total_bytes else 0.0)


def is_pseudo_path(path: str) -> bool:
    """Say whether a mount point is one of the system's own, such as ``/proc`` or ``/run/lock``.

    FreeBSD and Junos name the device as well: ``/dev/da0s1a, mounted on: /``.
    """
    path = path.rpartition("mounted on: ")[2]
    return any(path == pseudo or path.startswith(f"{pseudo}/") for pseudo in PSEUDO_PATHS)


def _as_unsigned(cells: Column, column: Oid, misfits: Misfits) -> dict[Index, int]:
    return integers(
        {
            index: value + INTEGER32_TURN if isinstance(value, int) and -(1 << 31) <= value < 0 else value
            for index, value in cells.items()
        },
        column,
        misfits,
    )


def _correct_memory(memory: list[SpaceReading], others: dict[str, SpaceReading]) -> list[SpaceReading]:
    """Take buffers and cache out of net-snmp's physical memory, and drop its sum of memory and swap."""
    corrected: list[SpaceReading] = []
    is_net_snmp = "memory buffers" in others or "cached memory" in others or "available memory" in others
    for space in memory:
        name = space.name.lower()
        if not is_net_snmp or name not in ("physical memory", "virtual memory"):
            corrected.append(space)
            continue
        if name == "virtual memory":
            continue
        if "available memory" in others:
            in_use = space.total_bytes - others["available memory"].total_bytes
        else:
            reusable = [
                others[key].used_bytes for key in ("memory buffers", "cached memory") if key in others
            ]
            in_use = space.used_bytes - sum(reusable)
        corrected.append(make_space(space.name, space.total_bytes, in_use))
    return corrected
