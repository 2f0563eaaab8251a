"""HOST-RESOURCES and UCD tell one story of a server."""

import pytest

from fakes import FakeClock
from netops.simulator.device import SimulatedDevice
from netops.snmp.types import Oid
from simulator.asking import SYS_UPTIME, build, column, get

STORAGE = Oid.parse("1.3.6.1.2.1.25.2.3.1")
PROCESSOR_LOAD = Oid.parse("1.3.6.1.2.1.25.3.3.1.2")
UCD = Oid.parse("1.3.6.1.4.1.2021")


@pytest.fixture
def server() -> tuple[SimulatedDevice, FakeClock]:
    simulation, clock = build("mixed")
    return simulation.device("db-1"), clock


def numbers(device: SimulatedDevice, *oids: Oid) -> list[int]:
    values = get(device, *oids)
    assert all(isinstance(value, int) for value in values)
    return [value for value in values if isinstance(value, int)]


def test_storage_is_never_fuller_than_whole(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = server
    for _week in range(8):
        clock.wind(7 * 86_400)
        sizes, used = column(device, STORAGE / 5), column(device, STORAGE / 6)
        assert len(sizes) == 5
        for index, size in sizes.items():
            assert isinstance(size, int)
            taken = used[index]
            assert isinstance(taken, int)
            assert 0 < taken < size


def test_processor_load_moves_between_its_limits(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = server
    seen = set()
    for _minute in range(60):
        clock.wind(60)
        loads = column(device, PROCESSOR_LOAD)
        assert len(loads) == 8
        seen |= set(loads.values())
    assert len(seen) > 10
    assert all(isinstance(load, int) and 0 <= load <= 100 for load in seen)


def test_both_mibs_agree_on_memory_and_disks(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, _clock = server
    kib, real = numbers(device, STORAGE / (5, 1), UCD / (4, 5, 0))
    assert kib == real
    (used,) = numbers(device, STORAGE / (6, 1))
    free, buffers, cached = numbers(device, UCD / (4, 6, 0), UCD / (4, 14, 0), UCD / (4, 15, 0))
    assert used + free + buffers + cached == real
    blocks, unit, disk_kib = numbers(device, STORAGE / (6, 31), STORAGE / (4, 31), UCD / (9, 1, 8, 1))
    assert blocks * unit == pytest.approx(disk_kib * 1024, rel=1e-4)


def test_the_load_average_is_told_three_ways(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = server
    clock.wind(200)
    text, hundredths, precise = get(device, *(UCD / (10, 1, place, 1) for place in (3, 5, 6)))
    assert isinstance(text, bytes)
    assert isinstance(hundredths, int)
    assert float(text) == pytest.approx(hundredths / 100, abs=0.011)
    assert precise == pytest.approx(float(text), abs=0.01)


def test_jiffies_add_up_to_the_uptime_of_all_processors(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = server
    before = sum(numbers(device, *(UCD / (11, place, 0) for place in range(50, 55))))
    clock.wind(100)
    after = sum(numbers(device, *(UCD / (11, place, 0) for place in range(50, 55))))
    assert (after - before) % 2**32 == pytest.approx(8 * 100 * 100, abs=8)


def test_a_reboot_resets_the_machines_uptime_too(server: tuple[SimulatedDevice, FakeClock]) -> None:
    device, clock = server
    device.reboot()
    clock.wind(5)
    assert numbers(device, SYS_UPTIME, Oid.parse("1.3.6.1.2.1.25.1.1.0")) == [500, 2000]
