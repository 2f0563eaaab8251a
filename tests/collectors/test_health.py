import pytest

from collectors.switch import Switch
from netops.collectors.storage import make_space
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


@pytest.mark.parametrize("path", ["/proc", "/sys/fs/cgroup", "/dev/pts", "/run/lock", "/snap/core/1"])
async def test_pseudo_file_systems_are_left_out(path):
    assert (await poll(storage(1, 4, path))).storage == []


async def test_a_path_that_only_begins_alike_is_kept():
    assert [space.name for space in (await poll(storage(1, 4, "/devices"))).storage] == ["/devices"]


async def test_a_size_beyond_31_bits_that_comes_negative_is_read_as_unsigned():
    result = await poll(storage(1, 4, "/big", unit=4096, size=-2_000_000_000, used=-2_100_000_000))
    assert result.storage[0].total_bytes == (2**32 - 2_000_000_000) * 4096
    assert result.storage[0].used_bytes == (2**32 - 2_100_000_000) * 4096


@pytest.mark.parametrize(("available", "used"), [(True, 550), (False, 500)])
async def test_memory_of_net_snmp_leaves_out_buffers_and_cache_and_its_own_sum(available, used):
    result = await poll(net_snmp_memory(available=available))
    assert [(space.name, space.used_bytes) for space in result.memory] == [
        ("Physical memory", used * KB),
        ("Swap space", 0),
    ]


async def test_memory_told_by_both_mibs_is_there_once():
    result = await poll(net_snmp_memory() | ucd(total=1000, free=100, buffers=100, cached=300))
    assert result.memory == [SpaceReading("Physical memory", 1000 * KB, 500 * KB, 50.0)]


async def test_memory_that_the_kernel_calls_available_goes_before_our_sum():
    values = ucd(total=1000, free=100, buffers=100, cached=300, available=700, total_swap=100, free_swap=75)
    result = await poll(values)
    assert [(space.name, space.used_percent) for space in result.memory] == [
        ("Physical memory", 30.0),
        ("Swap space", 25.0),
    ]


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
