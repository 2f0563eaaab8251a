"""Memory pools: what is in use of the physical memory, and what of it is only lent to caches."""

from dataclasses import replace

from netops.model.reading import SpaceReading

PHYSICAL = "physical memory"
MEMORY_SHARES = frozenset(
    {"memory buffers", "cached memory", "memory cache", "shared memory", "available memory"}
)
"""Rows of net-snmp for parts of the physical memory, in lower case."""
_LENT = frozenset({"memory buffers", "cached memory", "memory cache"})
_BSNMP = frozenset({"real memory metrics", "shared real memory metrics"})
"""Rows of bsnmpd, whose size is what is in use or was lately."""
_AVAILABLE = "available memory"
_SUM = "virtual memory"


def make_space(name: str, total_bytes: int, used_bytes: int) -> SpaceReading:
    """Build a reading; use beyond the size, which some agents tell, is cut to it."""
    used_bytes = min(max(used_bytes, 0), total_bytes)
    return SpaceReading(name, total_bytes, used_bytes, 100 * used_bytes / total_bytes if total_bytes else 0.0)


def correct_memory(pools: list[SpaceReading], memory_size: int | None = None) -> list[SpaceReading]:
    """Take buffers and cache out of the physical memory, and size its shares by it.

    The physical memory is in use as ``free`` shows it: without buffers and cache. Its shares, and net-snmp's sum
    of memory and swap, in which caches count as used, are marked as informative: when full they are no fault.

    Args:
        pools: As the device tells them.
        memory_size: Bytes of physical memory, where the device tells it beside them.
    """
    named = {pool.name.lower(): pool for pool in pools}
    if memory_size and named.keys() & _BSNMP:
        pools = [_size(pool, memory_size) if pool.name.lower() in _BSNMP else pool for pool in pools]
    if not named.keys() & MEMORY_SHARES:
        return pools
    physical = named.get(PHYSICAL)
    size = physical.total_bytes if physical else memory_size
    return [_correct(pool, pool is physical, size, named) for pool in pools]


def _size(pool: SpaceReading, memory_size: int) -> SpaceReading:
    return replace(
        make_space(pool.name, memory_size, pool.used_bytes),
        informative=pool.name.lower().startswith("shared"),
    )


def _correct(
    pool: SpaceReading, is_physical: bool, size: int | None, named: dict[str, SpaceReading]
) -> SpaceReading:
    name = pool.name.lower()
    if is_physical:
        lent = sum(named[key].used_bytes for key in _LENT if key in named)
        return (
            make_space(pool.name, pool.total_bytes, pool.used_bytes - lent)
            if lent <= pool.used_bytes
            else pool
        )
    if name == _AVAILABLE:
        # Told as a size of which nothing is used; what is used is the rest of the memory.
        return make_space(pool.name, size, size - pool.total_bytes) if size else pool
    if name in MEMORY_SHARES:
        return replace(make_space(pool.name, size or pool.total_bytes, pool.used_bytes), informative=True)
    return replace(pool, informative=True) if name == _SUM else pool
