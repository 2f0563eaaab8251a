"""UCD-SNMP-MIB, which net-snmp answers on servers: memory, CPU time and load averages as scalars."""

from netops.collectors.cells import Misfits, as_integer
from netops.collectors.storage import make_space
from netops.model.reading import LoadReading, SpaceReading
from netops.snmp.types import Oid, SnmpSession

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
SCALARS = (*MEMORY.values(), *CPU.values(), *LOAD)

KILOBYTE = 1024


async def read_ucd(session: SnmpSession, misfits: Misfits) -> dict[Oid, int]:
    """Read all scalars in one request; empty when the device does not have the MIB."""
    varbinds = await session.get(SCALARS)
    values = {oid: as_integer(varbind, misfits) for oid, varbind in zip(SCALARS, varbinds, strict=True)}
    return {oid: value for oid, value in values.items() if value is not None}


def make_memory(values: dict[Oid, int]) -> list[SpaceReading]:
    """Give physical memory without what buffers and cache hold, and swap where there is any; or nothing."""

    def told(name: str) -> int | None:
        wide = values.get(MEMORY[f"{name}_wide"])
        return values.get(MEMORY[name]) if wide is None else wide

    spaces: list[SpaceReading] = []
    total, free = told("total"), told("free")
    if total and free is not None:
        available = values.get(MEMORY["available"])
        if available is None:
            available = free + (told("buffers") or 0) + (told("cached") or 0)
        spaces.append(make_space("Physical memory", total * KILOBYTE, (total - available) * KILOBYTE))
    swap, free_swap = told("total_swap"), told("free_swap")
    if swap and free_swap is not None:
        spaces.append(make_space("Swap space", swap * KILOBYTE, (swap - free_swap) * KILOBYTE))
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
