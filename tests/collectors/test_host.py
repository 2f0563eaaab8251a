from datetime import timedelta
from types import SimpleNamespace
from typing import NamedTuple

import psutil
import pytest

from fakes import FakeClock
from netops.collectors import DeviceMemory, Visit, host, host_facts, host_interfaces, read_this_host
from netops.model.interface import InterfaceStatus
from netops.model.reading import PollResult, ProcessorReading, Reach, SensorKind


class Times(NamedTuple):
    user: float
    idle: float
    iowait: float
    guest: float
    guest_nice: float


def record(fields):
    """Make a maker of records, as psutil returns them."""
    return lambda *values: SimpleNamespace(**dict(zip(fields.split(), values, strict=True)))


temperature = record("label current high critical")
fan = record("label current")
part = record("device mountpoint fstype")
disk = record("read_bytes write_bytes read_count write_count")
network = record("bytes_recv bytes_sent packets_recv packets_sent errin errout dropin dropout")
stat = record("isup duplex speed mtu flags")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def visit(clock, monkeypatch):
    monkeypatch.setattr(host_facts, "FIRST_SAMPLE_SECONDS", 0)
    memory = DeviceMemory()
    return lambda **periods: Visit(memory, clock, PollResult("here", clock.now()), periods)


async def test_this_machine_tells_of_itself(visit):
    result = await read_this_host(visit())
    assert result.system.name
    assert result.memory[0].total_bytes > 0
    assert result.interfaces
    assert result.reachability.snmp is result.reachability.icmp is Reach.UNKNOWN
    assert not result.errors


async def test_subjects_keep_their_periods_and_can_be_left_out(visit, clock):
    periods = {"interfaces": timedelta(minutes=5)}
    await read_this_host(visit(**periods))
    clock.wind(60)
    second = await read_this_host(visit(**periods), without=("health",))
    assert second.interfaces is second.memory is None
    assert second.system is not None


@pytest.mark.parametrize(
    "error",
    [
        PermissionError("no"),
        FileNotFoundError("/proc/meminfo"),
        psutil.AccessDenied(1),
        NotImplementedError(),
    ],
)
async def test_what_a_container_hides_is_one_subject_error_and_the_rest_arrives(visit, monkeypatch, error):
    def refuse(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(psutil, "virtual_memory", refuse)
    result = await read_this_host(visit())
    assert result.memory is None
    assert [failure.subject for failure in result.errors] == ["memory"]
    assert result.interfaces is not None


def test_load_is_the_share_of_busy_time():
    before, now = [(10.0, 100.0), (0.0, 0.0)], [(35.0, 200.0), (0.0, 0.0), (5.0, 5.0)]
    assert host.decide_loads(before, now) == [ProcessorReading("cpu 0", 25.0)]


def test_idle_time_that_steps_back_gives_no_more_than_a_whole_core():
    assert host.decide_loads([(10.0, 100.0)], [(120.0, 200.0)]) == [ProcessorReading("cpu 0", 100.0)]


def test_guest_time_is_not_counted_twice(monkeypatch):
    times = Times(40.0, 50.0, 10.0, 30.0, 0.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [times])
    assert host_facts.read_cpu_seconds() == [(40.0, 100.0)]


def test_a_file_system_mounted_twice_is_told_once_and_a_network_one_is_not_touched(monkeypatch):
    parts = [
        part("/dev/sda1", "/srv/data", "ext4"),
        part("/dev/sda1", "/", "ext4"),
        part("server:/home", "/home", "nfs4"),
        part("tmpfs", "/scratch", "tmpfs"),
        part("/dev/sdb1", "/gone", "xfs"),
        part("overlay", "/merged", "overlay"),
    ]
    asked = []

    def usage(path):
        asked.append(path)
        if path == "/gone":
            raise PermissionError(path)
        return SimpleNamespace(total=100, used=25)

    monkeypatch.setattr(psutil, "disk_partitions", lambda **_options: parts)
    monkeypatch.setattr(psutil, "disk_usage", usage)
    assert [space.name for space in host_facts.read_storage()] == ["/", "/merged"]
    assert asked == ["/", "/gone", "/merged"]


def test_disks_are_whole_disks(monkeypatch, tmp_path):
    for name in ("sda", "loop0", "nvme0n1", "cciss!c0d0"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(host_facts, "BLOCK_DEVICES", tmp_path)
    names = ("sda", "sda1", "loop0", "nvme0n1", "nvme0n1p1", "cciss/c0d0")
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: dict.fromkeys(names, disk(1, 2, 3, 4)))
    disks = host_facts.read_disks()
    assert [disk.name for disk in disks] == ["cciss/c0d0", "nvme0n1", "sda"]
    assert disks[0].busy_seconds is None


def test_a_machine_that_shows_no_disks_has_none(monkeypatch):
    monkeypatch.setattr(psutil, "disk_io_counters", lambda perdisk: None)
    assert host_facts.read_disks() == []


def test_sensors_have_keys_of_their_own_and_only_believable_limits(monkeypatch):
    chips = {
        "coretemp": [temperature("Package id 0", 51.0, 80.0, 100.0)],
        "nvme": [temperature("Composite", 40.0, 65261.85, 0.0), temperature("Composite", 41.0, None, None)],
        "acpitz": [temperature("", None, None, None)],
    }
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: chips, raising=False)
    monkeypatch.setattr(psutil, "sensors_fans", lambda: {"nct": [fan("", 900)]}, raising=False)
    sensors = {sensor.key: sensor for sensor in host_facts.read_sensors()}
    assert list(sensors) == [
        "coretemp/Package id 0", "nvme/Composite", "nvme/Composite#2", "acpitz/0", "nct/fan 0"
    ]  # fmt: skip
    package = sensors["coretemp/Package id 0"]
    assert (package.limits.high_warn, package.limits.high, package.limits_from) == (80.0, 100.0, "device")
    assert sensors["nvme/Composite"].limits_from is None
    assert sensors["acpitz/0"].value is None
    assert (sensors["nct/fan 0"].kind, sensors["nct/fan 0"].unit) == (SensorKind.FAN, "rpm")


def test_a_psutil_without_sensors_tells_none(monkeypatch):
    monkeypatch.delattr(psutil, "sensors_temperatures", raising=False)
    monkeypatch.delattr(psutil, "sensors_fans", raising=False)
    assert host_facts.read_sensors() == []


def test_multicasts_are_read_beside_names_with_colons(tmp_path):
    path = tmp_path / "dev"
    path.write_text("Inter-|\n face |\n eth0:1: 1 2 3 4 5 6 7 88 9\n  lo:1 2 3 4 5 6 7 0 9\nbroken: 1\n")
    assert host_interfaces.read_multicasts(path) == {"eth0:1": 88, "lo": 0}
    assert host_interfaces.read_multicasts(tmp_path / "absent") == {}


def one_interface(monkeypatch, *, if_index=2, octets=1000, speed=1000, flags="up,running"):
    told = stat("up" in flags, psutil.NIC_DUPLEX_FULL, speed, 1500, flags)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {"eth9": told})
    count = network(octets, octets, 50, 60, 1, 2, 3, 4)
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic, nowrap: {"eth9": count})
    monkeypatch.setattr(host_interfaces.socket, "if_nametoindex", lambda name: if_index)
    monkeypatch.setattr(host_interfaces, "read_multicasts", lambda path: {"eth9": 10})


async def test_interfaces_of_this_machine_have_rates_too(visit, clock, monkeypatch):
    one_interface(monkeypatch)
    reading = (await read_this_host(visit())).interfaces[0]
    assert (reading.key, reading.if_index, reading.speed_bps, reading.duplex) == ("eth9", 2, 10**9, "full")
    assert reading.oper_status is InterfaceStatus.UP
    assert reading.counters == (1000, 1000, 40, 60, 10, None, None, None, 1, 2, 3, 4)
    assert reading.rates == ()
    clock.wind(60)
    one_interface(monkeypatch, octets=7000)
    assert (await read_this_host(visit())).interfaces[0].rates[:2] == (100.0, 100.0)


async def test_an_interface_made_anew_under_its_old_name_has_no_rates(visit, clock, monkeypatch):
    one_interface(monkeypatch)
    await read_this_host(visit())
    clock.wind(60)
    one_interface(monkeypatch, if_index=3, octets=7000)
    assert set((await read_this_host(visit())).interfaces[0].rates) == {None}


@pytest.mark.parametrize("speed", [0, 65535, 2**32 - 1])
async def test_the_speed_of_a_virtual_interface_is_unknown(visit, monkeypatch, speed):
    one_interface(monkeypatch, speed=speed, flags="up")
    reading = (await read_this_host(visit())).interfaces[0]
    assert reading.speed_bps is None
    assert reading.oper_status is InterfaceStatus.DOWN
