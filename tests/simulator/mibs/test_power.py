"""UPS-MIB and PowerNet-MIB: values that hang together, on mains and on battery."""

import pytest

from fakes import FakeClock
from netops.simulator.device import SimulatedDevice
from netops.snmp.types import Oid
from simulator.asking import build, column, get

UPS = Oid.parse("1.3.6.1.2.1.33.1")
BATTERY = UPS / 2
STATUS, SECONDS, MINUTES, CHARGE = (BATTERY / (number, 0) for number in range(1, 5))
SOURCE = UPS / (4, 1, 0)
ALARMS = UPS / (6, 1, 0)
INPUT_VOLTS = UPS / (3, 3, 1, 3, 1)
PDU_PHASE = Oid.parse("1.3.6.1.4.1.318.1.1.26.6.3.1")
PDU_OUTLET_WATTS = Oid.parse("1.3.6.1.4.1.318.1.1.26.9.4.3.1.7")


@pytest.fixture
def room() -> tuple[SimulatedDevice, SimulatedDevice, FakeClock]:
    simulation, clock = build("mixed")
    return simulation.device("ups-1"), simulation.device("pdu-1"), clock


def number(device: SimulatedDevice, oid: Oid) -> int:
    (value,) = get(device, oid)
    assert isinstance(value, int)
    return value


def test_on_mains_the_battery_is_full_and_the_values_move_slowly(
    room: tuple[SimulatedDevice, SimulatedDevice, FakeClock],
) -> None:
    ups, _pdu, clock = room
    volts = set()
    for _minute in range(30):
        clock.wind(60)
        assert number(ups, STATUS) == 2
        assert number(ups, CHARGE) >= 98
        assert (number(ups, SECONDS), number(ups, SOURCE), number(ups, ALARMS)) == (0, 3, 0)
        volts.add(number(ups, INPUT_VOLTS))
    assert len(volts) > 2
    assert volts <= set(range(228, 235))


def test_on_battery_it_runs_down_and_comes_back_with_the_mains(
    room: tuple[SimulatedDevice, SimulatedDevice, FakeClock],
) -> None:
    ups, _pdu, clock = room
    clock.wind(5)
    ups.set_condition("on-battery", holds=True)
    clock.wind(600)
    assert (number(ups, SECONDS), number(ups, CHARGE), number(ups, MINUTES)) == (600, 75, 30)
    assert (number(ups, SOURCE), number(ups, ALARMS), number(ups, INPUT_VOLTS)) == (5, 1, 0)
    clock.wind(1500)
    assert number(ups, STATUS) == 3, "low"
    clock.wind(10_000)
    assert (number(ups, CHARGE), number(ups, MINUTES)) == (0, 0)
    ups.clear()
    assert (number(ups, SOURCE), number(ups, STATUS), number(ups, ALARMS)) == (3, 2, 0)


def test_the_pdus_power_is_what_its_phase_and_outlets_say(
    room: tuple[SimulatedDevice, SimulatedDevice, FakeClock],
) -> None:
    _ups, pdu, clock = room
    clock.wind(1000)
    deciamperes, volts, decawatts = (number(pdu, PDU_PHASE / (place, 1)) for place in (5, 6, 7))
    assert deciamperes / 10 * volts == pytest.approx(decawatts * 10, rel=0.03)
    outlets = [value for value in column(pdu, PDU_OUTLET_WATTS).values() if isinstance(value, int)]
    assert sum(outlets) == pytest.approx(decawatts * 10, abs=10)
