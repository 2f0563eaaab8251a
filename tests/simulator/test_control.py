"""Control lines: what they do, and how they say what is wrong."""

import json
from typing import Any

import pytest

from netops.simulator.control import Control
from netops.simulator.faults import NO_FAULTS, WORDS, Faults
from netops.simulator.simulation import Simulation
from simulator.asking import build


@pytest.fixture
def simulation() -> Simulation:
    return build("mixed")[0]


@pytest.fixture
def control(simulation: Simulation) -> Control:
    return Control(simulation)


def run(control: Control, line: str) -> dict[str, Any]:
    answer = control.run(line)
    assert "\n" not in answer
    told: dict[str, Any] = json.loads(answer)
    return told


@pytest.mark.parametrize(
    "line",
    [
        *[f"fault access-1 {word}" for word in sorted(WORDS)],
        "fault access-1 latency 200 50",
        "fault access-1 loss 12.5",
        "fault access-1 toobig 10",
        "fault access-1 link-down Gi1/0/4",
        "fault access-1 link-up Gi1/0/12",
        "fault access-1 shut 'Gi1/0/4'",
        "fault access-1 wrap",
        "fault access-1 wrap 64 10 Gi1/0/4",
        "fault access-1 clear-counters Gi1/0/4",
        "fault access-1 shuffle",
        "fault access-1 clock-jump -1000",
        "fault access-1 engine-id",
        "fault ups-1 on-battery",
        "fault sensor-1 heat",
        "reboot core-1",
        "reboot core-1 30 shuffle",
        "clear core-1",
        "clear *",
        "devices",
    ],
)
def test_every_line_of_the_manual_is_understood(control: Control, line: str) -> None:
    assert run(control, line)["ok"] is True


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "empty"),
        ("dance", "not a control line: dance"),
        ("fault", "not a control line"),
        ("fault access-1", "a fault is due"),
        ("fault access-1 sabotage", "no such fault: sabotage"),
        ("fault access-9 silence", "no such simulated device: access-9"),
        ("fault access-1 link-down", "exactly one word"),
        ("fault access-1 link-down Gi9/9/9", "access-1 has no interface Gi9/9/9"),
        ("fault access-1 wrap 33", "32 or 64 bits"),
        ("fault access-1 wrap soon", "not a number: soon"),
        ("fault access-1 shuffle twice", "no further word"),
        ("fault ups-1 on-battery now", "no further word"),
        ("reboot core-1 soon", "not a number"),
        ("reboot core-1 1 2", "exactly one word"),
        ("clear core-1 please", "no further word"),
        ("truth core-1", "exactly one word"),
        ("truth * Te0/0/0", "no such simulated device"),
        ("fault access-1 'silence", "not a control line"),
    ],
)
def test_a_wrong_line_says_what_is_wrong_and_changes_nothing(
    simulation: Simulation, control: Control, line: str, message: str
) -> None:
    told = run(control, line)
    assert told["ok"] is False
    assert message in told["error"]
    assert all(device.faults == NO_FAULTS for device in simulation.devices)


def test_faults_add_up_until_they_are_cleared(simulation: Simulation, control: Control) -> None:
    run(control, "fault access-1 dup")
    run(control, "fault access-1 loss 5")
    device = simulation.device("access-1")
    assert device.faults == Faults(duplicate=True, loss_percent=5)
    run(control, "clear access-1")
    assert device.faults == NO_FAULTS


def test_a_star_means_every_device(simulation: Simulation, control: Control) -> None:
    run(control, "fault * silence")
    assert all(device.faults.silence for device in simulation.devices)


def test_truth_is_what_the_simulation_tells(simulation: Simulation, control: Control) -> None:
    truth = simulation.truth("access-1", "Te1/1/1")
    told = run(control, "truth access-1 Te1/1/1")
    assert told["counters"] == truth.counters
    assert told["rates"] == pytest.approx(truth.rates)
    assert (told["if_index"], told["oper_status"]) == (truth.if_index, "up")


def test_devices_are_listed_with_addresses_and_interfaces(simulation: Simulation, control: Control) -> None:
    devices = run(control, "devices")["devices"]
    assert [device["name"] for device in devices] == [device.name for device in simulation.devices]
    assert devices[0]["address"] == "127.1.0.1"
    assert "Te0/0/0" in devices[0]["interfaces"]
