import pytest

from collectors.switch import Switch
from netops.collectors.pools import make_space
from netops.errors import ErrorStatus
from netops.model.reading import LoadReading, ProcessorReading, SpaceReading
from netops.snmp.types import Oid

STORAGE = "1.3.6.1.2.1.25.2.3.1"
TYPES = "1.3.6.1.2.1.25.2.1"
LOAD = "1.3.6.1.2.1.25.3.3.1.2"
DESCR = "1.3.6.1.2.1.25.3.2.1.3"
UCD = "1.3.6.1.4.1.2021"
KB = 1024


def storage(index, kind, name, *, unit=1024, size=1000, used=250):
    return {
        f"{STORAGE}.2.{index}": Oid.parse(f"{TYPES}.{kind}"),
        f"{STORAGE}.3.{index}": name.encode(),
        f"{STORAGE}.4.{index}": unit,
        f"{STORAGE}.5.{index}": size,
        f"{STORAGE}.6.{index}": used,
    }


def net_snmp_memory(*, available=True):
    values = storage(1, 2, "Physical memory", size=1000, used=900)
    values |= storage(3, 3, "Virtual memory", size=1500, used=900)
    values |= storage(6, 1, "Memory buffers", size=1000, used=100)
    values |= storage(7, 1, "Cached memory", size=300, used=300)
    values |= storage(10, 3, "Swap space", size=500, used=0)
    if available:
        values |= storage(11, 1, "Available memory", size=450, used=0)
    return values


def ucd(**scalars):
    places = {"total_swap": "4.3", "free_swap": "4.4", "total": "4.5", "free": "4.6", "buffers": "4.14"}
    places |= {"cached": "4.15", "total_wide": "4.20", "free_wide": "4.21", "available": "4.27"}
    places |= {"user": "11.50", "system": "11.52", "idle": "11.53"}
    return {f"{UCD}.{places[name]}.0": value for name, value in scalars.items()}


async def poll(values):
    switch = Switch(values)
    return await switch.poll()


async def test_processors_are_named_by_their_device_rows():
    result = await poll({f"{LOAD}.196608": 12, f"{LOAD}.196609": 100, f"{DESCR}.196608": b"Xeon"})
    assert result.processors == [ProcessorReading("cpu 0: Xeon", 12.0), ProcessorReading("cpu 1", 100.0)]


async def test_storage_is_split_into_memory_and_file_systems():
    values = storage(1, 2, "RAM") | storage(2, 3, "Page file") | storage(3, 4, "C:\\", unit=4096)
    values |= storage(4, 9, "flash:") | storage(5, 7, "D:\\ CD-ROM") | storage(6, 1, "Something else")
    result = await poll(values)
    assert [space.name for space in result.memory] == ["RAM", "Page file"]
    assert [space.name for space in result.storage] == ["C:\\", "flash:"]
    assert result.storage[0] == SpaceReading("C:\\", 4_096_000, 1_024_000, 25.0)


@pytest.mark.parametrize("path", ["/proc", "/sys/fs/cgroup", "/dev/pts", "/run/user/1000", "/snap/core/1"])
async def test_pseudo_file_systems_are_left_out(path):
    assert (await poll(storage(1, 4, path))).storage == []


@pytest.mark.parametrize("path", ["/devices", "/dev/shm", "/run"])  # noqa: S108 - a device's, not ours
async def test_a_path_that_only_begins_alike_or_can_fill_up_is_kept(path):
    assert [space.name for space in (await poll(storage(1, 4, path))).storage] == [path]


async def test_a_size_beyond_31_bits_that_comes_negative_is_read_as_unsigned():
    result = await poll(storage(1, 4, "/big", unit=4096, size=-2_000_000_000, used=-2_100_000_000))
    assert result.storage[0].total_bytes == (2**32 - 2_000_000_000) * 4096
    assert result.storage[0].used_bytes == (2**32 - 2_100_000_000) * 4096


async def test_physical_memory_of_net_snmp_leaves_out_buffers_and_cache():
    result = await poll(net_snmp_memory())
    assert [(space.name, space.total_bytes // KB, space.used_bytes // KB) for space in result.memory] == [
        ("Physical memory", 1000, 500),
        ("Virtual memory", 1500, 900),
        ("Memory buffers", 1000, 100),
        ("Cached memory", 1000, 300),
        ("Swap space", 500, 0),
        ("Available memory", 1000, 550),
    ]


async def test_pools_that_may_be_full_say_so():
    result = await poll(net_snmp_memory())
    assert [space.name for space in result.memory if space.informative] == [
        "Virtual memory",
        "Memory buffers",
        "Cached memory",
    ]


async def test_cache_larger_than_what_is_used_leaves_the_figure_alone():
    values = storage(1, 2, "Physical memory", used=900) | storage(7, 1, "Cached memory", size=950, used=950)
    assert (await poll(values)).memory[0].used_bytes == 900 * KB


async def test_shares_without_the_physical_row_are_sized_by_the_memory_of_the_device():
    values = storage(6, 1, "Memory buffers", size=100, used=100) | {"1.3.6.1.2.1.25.2.2.0": 2000}
    assert [(space.total_bytes, space.used_bytes) for space in (await poll(values)).memory] == [
        (2000 * KB, 100 * KB)
    ]


async def test_pools_of_the_freebsd_kernel_are_left_out():
    values = storage(1, 2, "Real memory") | storage(2, 2, "UMA: 64 Bucket") | storage(3, 2, "MALLOC: temp")
    assert [space.name for space in (await poll(values)).memory] == ["Real memory"]


async def test_memory_told_by_both_mibs_is_there_once():
    result = await poll(storage(1, 2, "RAM") | ucd(total=1000, free=100, buffers=100, cached=300))
    assert [space.name for space in result.memory] == ["RAM"]


async def test_memory_is_told_by_ucd_where_the_storage_table_has_none():
    values = ucd(total=1000, free=100, buffers=100, cached=300, available=700, total_swap=100, free_swap=75)
    result = await poll(values)
    assert [(space.name, space.used_percent) for space in result.memory] == [
        ("Physical memory", 50.0),
        ("Memory buffers", 10.0),
        ("Cached memory", 30.0),
        ("Available memory", 30.0),
        ("Swap space", 25.0),
    ]


async def test_file_systems_are_told_by_ucd_where_the_storage_table_has_none():
    disk = f"{UCD}.9.1"
    values = ucd(total=1000, free=100) | {f"{disk}.2.1": b"/", f"{disk}.6.1": 1000, f"{disk}.7.1": 700}
    values |= {f"{disk}.2.2": b"/big", f"{disk}.6.2": 2**31 - 1, f"{disk}.7.2": 2**31 - 1, f"{disk}.8.2": 5}
    values |= {f"{disk}.{place}.2": value for place, value in ((11, 0), (12, 2), (13, 0), (14, 1))}
    result = await poll(values)
    assert result.storage == [
        SpaceReading("/", 1000 * KB, 300 * KB, 30.0),
        SpaceReading("/big", 2**33 * KB, 2**32 * KB, 50.0),
    ]


async def test_the_idle_time_of_the_agent_serves_the_first_poll():
    switch = Switch(ucd(user=100, system=100, idle=800) | {f"{UCD}.11.11.0": 93})
    assert (await switch.poll()).processors == [ProcessorReading("cpu", 7.0)]
    switch.wind()
    switch.session.set(ucd(user=120, system=110, idle=870))
    assert (await switch.poll()).processors == [ProcessorReading("cpu", 30.0)]


async def test_wide_memory_objects_go_before_the_narrow_ones():
    result = await poll(ucd(total=2**31 - 1, free=5, total_wide=2**32, free_wide=2**31))
    assert result.memory[0].total_bytes == 2**32 * KB


async def test_load_averages_come_in_hundredths():
    result = await poll({f"{UCD}.10.1.5.{place}": 150 * place for place in (1, 2, 3)})
    assert result.load == LoadReading(1.5, 3.0, 4.5)


async def test_cpu_time_gives_load_where_no_processor_is_told():
    switch = Switch(ucd(user=100, system=100, idle=800))
    assert (await switch.poll()).processors == []
    switch.wind()
    switch.session.set(ucd(user=120, system=110, idle=870))
    assert (await switch.poll()).processors == [ProcessorReading("cpu", 30.0)]
    switch.wind()
    switch.session.set(ucd(user=5, system=5, idle=5))
    assert (await switch.poll()).processors == [], "the counters started afresh"


async def test_a_processor_is_not_told_twice():
    switch = Switch(ucd(user=100, system=100, idle=800) | {f"{LOAD}.1": 40})
    await switch.poll()
    switch.wind()
    switch.session.set(ucd(user=200, system=100, idle=900))
    assert [processor.load_percent for processor in (await switch.poll()).processors] == [40.0]


async def test_a_row_with_nonsense_is_left_out_and_told_once():
    values = storage(1, 4, "/") | storage(2, 4, "/home") | storage(3, 4, "/empty", size=0, used=0)
    values |= {f"{STORAGE}.5.2": b"lots", f"{STORAGE}.4.2": -1}
    result = await poll(values)
    assert [space.name for space in result.storage] == ["/"]
    assert [(error.subject, error.kind) for error in result.errors] == [("health", "unexpected_reply")]


async def test_a_processor_table_that_upsets_the_agent_leaves_storage():
    switch = Switch(storage(1, 4, "/"))
    switch.session.faults[LOAD] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert [space.name for space in result.storage] == ["/"]
    assert [error.kind for error in result.errors] == ["error_status"]


def test_use_beyond_the_size_is_cut_to_it():
    assert make_space("/", 100, 120) == SpaceReading("/", 100, 100, 100.0)
    assert make_space("/", 100, -5) == SpaceReading("/", 100, 0, 0.0)
