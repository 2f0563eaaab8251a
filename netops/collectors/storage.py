"""HOST-RESOURCES-MIB hrStorageTable (RFC 2790) told apart: memory pools here, file systems there."""

from netops.collectors.cells import Misfits, integers
from netops.collectors.pools import MEMORY_SHARES, correct_memory, make_space
from netops.collectors.text import decode_text
from netops.model.reading import SpaceReading
from netops.snmp.types import Column, Index, Oid, Value

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

HR_FILE_SYSTEM_TYPES = Oid.parse("1.3.6.1.2.1.25.3.9")

PSEUDO_PATHS = (
    *("/proc", "/sys", "/snap", "/run/user", "/run/credentials", "/run/docker", "/run/netns"),
    *("/var/lib/docker/overlay2", "/var/lib/kubelet"),
)
"""Mount points, with all below them, whose use tells nothing of a disk, or that come and go with their users."""
PSEUDO_MOUNTS = frozenset({"/dev", "/dev/pts", "/dev/fd", "/dev/mqueue", "/dev/hugepages", "/run/lock"})
PSEUDO_TYPES = ("devfs", "procfs", "fdescfs", "linprocfs", "linsysfs")
KERNEL_ALLOCATORS = ("malloc", "uma", "procfs", "/proc")
"""FreeBSD lists hundreds of its kernel's pools among the memory; they stand within the others."""

INTEGER32_TURN = 1 << 32


def split_storage(
    found: dict[Oid, Column], memory_size: int | None, misfits: Misfits
) -> tuple[list[SpaceReading], list[SpaceReading]]:
    """Give memory pools and file systems, in bytes, in the device's order; rows of no size are left out.

    Sizes are Integer32 in allocation units; an agent with 2**31 units or more sends them negative, and they
    are taken as unsigned. net-snmp's rows for buffers, cache, shared and available memory are shares of the
    physical memory.

    Args:
        found: The columns ``STORAGE_COLUMNS``.
        memory_size: hrMemorySize in bytes, None where it is not told.
        misfits: Where values of the wrong kind are counted.
    """
    units = integers(found[HR_STORAGE_ALLOCATION_UNITS], HR_STORAGE_ALLOCATION_UNITS, misfits)
    sizes = _as_unsigned(found[HR_STORAGE_SIZE], HR_STORAGE_SIZE, misfits)
    used = _as_unsigned(found[HR_STORAGE_USED], HR_STORAGE_USED, misfits)
    memory: list[SpaceReading] = []
    storage: list[SpaceReading] = []
    for index, told in found[HR_STORAGE_TYPE].items():
        name = decode_text(found[HR_STORAGE_DESCR].get(index)) or str(index[0])
        unit = units.get(index, 0)
        if index not in used or not sizes.get(index) or not unit:
            continue
        space = make_space(name, sizes[index] * unit, used[index] * unit)
        kind = _mend_type(told)
        if kind in (RAM, VIRTUAL_MEMORY) and not name.lower().startswith(KERNEL_ALLOCATORS):
            memory.append(space)
        elif _is_file_system(kind) and not is_pseudo_path(name):
            storage.append(space)
        elif kind == OTHER and name.lower() in MEMORY_SHARES:
            memory.append(space)
    return correct_memory(memory, memory_size), storage


def _is_file_system(kind: Value) -> bool:
    # bsnmpd tells the type of the file system in place of that of the storage.
    return kind in FILE_SYSTEMS or (isinstance(kind, Oid) and kind.startswith(HR_FILE_SYSTEM_TYPES))


def _mend_type(kind: Value) -> Value:
    """Give a type as HOST-RESOURCES-TYPES has it; some agents add .0, or tell its last number below their own."""
    if not isinstance(kind, Oid):
        return kind
    arcs = kind.arcs
    if arcs[-1] == 0 and len(arcs) == len(HR_STORAGE_TYPES.arcs) + 2:
        return Oid.of(*arcs[:-1])
    return kind


def is_pseudo_path(path: str) -> bool:
    """Say whether a mount point is one of the system's own, such as ``/proc`` or ``/run/user/0``.

    FreeBSD and Junos name the device as well: ``/dev/da0s1a, mounted on: /``, and bsnmpd says
    ``/, type: ufs, dev: /dev/da0s1a``. AIX names only the device: ``/dev/hd4``.
    """
    path, _comma, rest = path.rpartition("mounted on: ")[2].partition(", type: ")
    return (
        path in PSEUDO_MOUNTS
        or rest.startswith(PSEUDO_TYPES)
        or any(path == pseudo or path.startswith(f"{pseudo}/") for pseudo in PSEUDO_PATHS)
    )


def _as_unsigned(cells: Column, column: Oid, misfits: Misfits) -> dict[Index, int]:
    return integers(
        {
            index: value + INTEGER32_TURN if isinstance(value, int) and -(1 << 31) <= value < 0 else value
            for index, value in cells.items()
        },
        column,
        misfits,
    )
