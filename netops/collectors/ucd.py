"""UCD-SNMP-MIB, which net-snmp answers on servers: memory, CPU time and load averages as scalars."""

from netops.collectors.cells import Misfits, as_integer, integers
from netops.collectors.pools import correct_memory, make_space
from netops.collectors.storage import is_pseudo_path
from netops.collectors.text import decode_text
from netops.model.reading import LoadReading, SpaceReading
from netops.snmp.types import Column, Index, Oid, SnmpSession

UCD = Oid.parse("1.3.6.1.4.1.2021")
MEMORY = {
    "total_swap": UCD / (4, 3, 0),  # memTotalSwap, in kB as all of these
    "free_swap": UCD / (4, 4, 0),  # memAvailSwap
    "total": UCD / (4, 5, 0),  # memTotalReal
    "free": UCD / (4, 6, 0),  # memAvailReal
    "buffers": UCD / (4, 14, 0),  # memBuffer
    "cached": UCD / (4, 15, 0),  # memCached
    "total_swap_wide": UCD / (4, 18, 0),  # memTotalSwapX, Counter64: beyond 2 TiB
    "free_swap_wide": UCD / (4, 19, 0),  # memAvailSwapX
    "total_wide": UCD / (4, 20, 0),  # memTotalRealX
    "free_wide": UCD / (4, 21, 0),  # memAvailRealX
    "buffers_wide": UCD / (4, 25, 0),  # memBufferX
    "cached_wide": UCD / (4, 26, 0),  # memCachedX
    "available": UCD / (4, 27, 0),  # memSysAvail: what programs can still have, since net-snmp 5.9
}
CPU = {
    "user": UCD / (11, 50, 0),  # ssCpuRawUser, in ticks as all of these
    "nice": UCD / (11, 51, 0),  # ssCpuRawNice
    "system": UCD / (11, 52, 0),  # ssCpuRawSystem
    "idle": UCD / (11, 53, 0),  # ssCpuRawIdle
    "wait": UCD / (11, 54, 0),  # ssCpuRawWait
}
LOAD = tuple(UCD / (10, 1, 5, place) for place in (1, 2, 3))  # laLoadInt, in hundredths
CPU_IDLE = UCD / (11, 11, 0)  # ssCpuIdle: percent, over the minute before
SCALARS = (*MEMORY.values(), *CPU.values(), *LOAD, CPU_IDLE)

DISK = UCD / (9, 1)  # dskTable: the file systems that snmpd.conf names
DISK_PATH = DISK / 2
DISK_TOTAL = DISK / 6  # in kB as all of these
DISK_AVAILABLE = DISK / 7
DISK_USED = DISK / 8
DISK_TOTAL_LOW, DISK_TOTAL_HIGH = DISK / 11, DISK / 12  # beyond 2 TiB
DISK_AVAILABLE_LOW, DISK_AVAILABLE_HIGH = DISK / 13, DISK / 14
DISK_COLUMNS = (
    *(DISK_PATH, DISK_TOTAL, DISK_AVAILABLE, DISK_USED),
    *(DISK_TOTAL_LOW, DISK_TOTAL_HIGH, DISK_AVAILABLE_LOW, DISK_AVAILABLE_HIGH),
)
AT_MOST_TOLD = (1 << 31) - 1
"""What a narrow column shows of anything larger."""

KILOBYTE = 1024


async def read_ucd(session: SnmpSession, misfits: Misfits) -> dict[Oid, int]:
    """Read all scalars in one request; empty when the device does not have the MIB."""
    varbinds = await session.get(SCALARS)
    values = {oid: as_integer(varbind, misfits) for oid, varbind in zip(SCALARS, varbinds, strict=True)}
    return {oid: value for oid, value in values.items() if value is not None}


def make_memory(values: dict[Oid, int]) -> list[SpaceReading]:
    """Give physical memory without what buffers and cache hold, its shares, and swap where there is any."""

    def told(name: str) -> int | None:
        wide = values.get(MEMORY[f"{name}_wide"])
        return values.get(MEMORY[name]) if wide is None else wide

    spaces: list[SpaceReading] = []
    total, free = told("total"), told("free")
    if total and free is not None:
        shares = {
            "Memory buffers": told("buffers"),
            "Cached memory": told("cached"),
            "Available memory": values.get(MEMORY["available"]),
        }
        pools = [_pool("Physical memory", total, total - free)]
        # The available memory is told as hrStorageTable does: a size of which nothing is used.
        pools += [
            _pool(name, amount if name == "Available memory" else total, amount)
            for name, amount in shares.items()
            if amount is not None
        ]
        spaces += correct_memory(pools)
    swap, free_swap = told("total_swap"), told("free_swap")
    if swap and free_swap is not None:
        spaces.append(_pool("Swap space", swap, swap - free_swap))
    return spaces


def _pool(name: str, total: int, used: int) -> SpaceReading:
    return make_space(name, total * KILOBYTE, used * KILOBYTE)


def make_disks(found: dict[Oid, Column], misfits: Misfits) -> list[SpaceReading]:
    """Give the file systems of dskTable; what is kept for root counts as used."""
    numbers = {column: integers(found[column], column, misfits) for column in DISK_COLUMNS[1:]}
    spaces: list[SpaceReading] = []
    for index, path in found[DISK_PATH].items():
        name = decode_text(path) or str(index[0])

        def told(narrow: Oid, low: Oid, high: Oid, index: Index = index) -> int | None:
            if index in numbers[low]:
                return numbers[low][index] + (numbers[high].get(index, 0) << 32)
            return numbers[narrow].get(index)

        total = told(DISK_TOTAL, DISK_TOTAL_LOW, DISK_TOTAL_HIGH)
        free = told(DISK_AVAILABLE, DISK_AVAILABLE_LOW, DISK_AVAILABLE_HIGH)
        used = numbers[DISK_USED].get(index)
        if free is not None and free != AT_MOST_TOLD and total:
            used = total - free
        if total and used is not None and not is_pseudo_path(name):
            spaces.append(_pool(name, total, used))
    return spaces


def make_load(values: dict[Oid, int]) -> LoadReading | None:
    """Give the load averages, None where one is missing."""
    loads = [values[oid] / 100 for oid in LOAD if oid in values]
    return LoadReading(*loads) if len(loads) == len(LOAD) else None


def count_cpu(values: dict[Oid, int]) -> tuple[int, int] | None:
    """Give the ticks that all processors together were busy, and all their ticks; None where not told.

    ssCpuRawSystem may hold what ssCpuRawKernel and ssCpuRawInterrupt tell apart, so those are not added.
    """
    ticks = {name: values.get(oid) for name, oid in CPU.items()}
    user, system, idle = ticks["user"], ticks["system"], ticks["idle"]
    if user is None or system is None or idle is None:
        return None
    busy = user + system + (ticks["nice"] or 0)
    everything = busy + idle + (ticks["wait"] or 0)
    return (busy, everything) if everything else None


def decide_cpu_load(before: tuple[int, int], now: tuple[int, int]) -> float | None:
    """Give percent busy between two counts; None where no time passed or a counter wrapped."""
    busy, everything = now[0] - before[0], now[1] - before[1]
    return 100 * busy / everything if everything > 0 and 0 <= busy <= everything else None
