"""ENTITY-MIB and ENTITY-SENSOR-MIB."""

import pytest

from netops.simulator.mibs.entity import Physical
from netops.snmp.types import Oid
from simulator.asking import build, column, get

PHYSICAL = Oid.parse("1.3.6.1.2.1.47.1.1.1.1")
SENSOR = Oid.parse("1.3.6.1.2.1.99.1.1.1")


@pytest.mark.parametrize("name", ["core-1", "access-3", "firewall", "sensor-1"])
def test_every_part_but_the_chassis_stands_in_another(name: str) -> None:
    device = build("mixed")[0].device(name)
    parents, classes = column(device, PHYSICAL / 4), column(device, PHYSICAL / 5)
    assert classes[1,] == Physical.CHASSIS
    for index, parent in parents.items():
        assert (parent == 0) == (index == (1,))
        assert parent == 0 or (parent,) in parents


def test_serial_numbers_differ_between_devices_of_one_kind() -> None:
    simulation, _clock = build("mixed")
    serials = [get(simulation.device(f"access-{number}"), PHYSICAL / (11, 1))[0] for number in range(1, 5)]
    assert len(set(serials)) == 4


def test_every_sensor_is_a_part_of_the_class_sensor() -> None:
    device = build("mixed")[0].device("core-2")
    classes = column(device, PHYSICAL / 5)
    values = column(device, SENSOR / 4)
    assert len(values) == 3
    assert all(classes[index] == Physical.SENSOR for index in values)


def test_the_room_is_plausible_and_warms_up_when_told_to() -> None:
    simulation, clock = build("mixed")
    device = simulation.device("sensor-1")
    cold_aisle, humidity = SENSOR / (4, 101), SENSOR / (4, 103)
    (before, damp) = get(device, cold_aisle, humidity)
    assert isinstance(before, int)
    assert isinstance(damp, int)
    assert 213 <= before <= 237, "tenths of a degree"
    assert 410 <= damp <= 490
    assert get(device, SENSOR / (1, 101), SENSOR / (1, 103), SENSOR / (3, 101)) == [8, 9, 1]
    device.set_condition("heat", holds=True)
    clock.wind(1800)
    (after,) = get(device, cold_aisle)
    assert isinstance(after, int)
    assert after > 330
    device.clear()
    (again,) = get(device, cold_aisle)
    assert isinstance(again, int)
    assert again < 240
