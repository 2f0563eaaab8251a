"""The control language: one line in, one line of JSON out. It drives a simulator from a terminal or a test."""

import json
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from netops.i18n import _
from netops.model.interface import InterfaceStatus
from netops.simulator.device import CONDITIONS, SimulatedDevice
from netops.simulator.errors import SimulatorError
from netops.simulator.faults import is_fault, read_number, with_fault
from netops.simulator.simulation import Simulation

_EVERY = "*"
_Action = Callable[[SimulatedDevice, Sequence[str]], None]


def _link_down(device: SimulatedDevice, words: Sequence[str]) -> None:
    device.set_link(_one(words), up=False)


def _link_up(device: SimulatedDevice, words: Sequence[str]) -> None:
    device.set_link(_one(words), up=True)


def _shut(device: SimulatedDevice, words: Sequence[str]) -> None:
    device.set_link(_one(words), up=False, admin=InterfaceStatus.DOWN)


def _wrap(device: SimulatedDevice, words: Sequence[str]) -> None:
    """``wrap [32|64] [SECONDS] [INTERFACE]``."""
    bits = int(read_number(words[0], 32, 64)) if words else 32
    if bits not in {32, 64}:
        raise SimulatorError(_("counters have 32 or 64 bits, not %(bits)d") % {"bits": bits})
    seconds = read_number(words[1], 0, 86_400) if len(words) > 1 else 30.0
    device.wrap(_one(words[2:]) if len(words) > 2 else None, bits, seconds)


def _clear_counters(device: SimulatedDevice, words: Sequence[str]) -> None:
    device.clear_counters(_one(words))


def _shuffle(device: SimulatedDevice, words: Sequence[str]) -> None:
    _none(words)
    device.shuffle()


def _clock_jump(device: SimulatedDevice, words: Sequence[str]) -> None:
    device.jump_clock(int(read_number(_one(words), -(2**31), 2**31)))


def _engine_id(device: SimulatedDevice, words: Sequence[str]) -> None:
    _none(words)
    device.change_engine_id()


_ACTIONS: dict[str, _Action] = {
    "link-down": _link_down,
    "link-up": _link_up,
    "shut": _shut,
    "wrap": _wrap,
    "clear-counters": _clear_counters,
    "shuffle": _shuffle,
    "clock-jump": _clock_jump,
    "engine-id": _engine_id,
}
"""Faults that change the device once, beside those of netops.simulator.faults that last."""


def _one(words: Sequence[str]) -> str:
    if len(words) != 1:
        raise SimulatorError(_("exactly one word is due here"))
    return words[0]


def _none(words: Sequence[str]) -> None:
    if words:
        raise SimulatorError(_("no further word is due here"))


class Control:
    """Carries out control lines on a simulation.

    ``fault DEVICE FAULT …``, ``reboot DEVICE [SECONDS] [shuffle]``, ``clear DEVICE``,
    ``truth DEVICE INTERFACE``, ``devices``. DEVICE may be ``*`` but for truth.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def run(self, line: str) -> str:
        """Carry out one line; give one line of JSON, ``{"ok": true, …}`` or ``{"ok": false, "error": …}``."""
        try:
            return json.dumps({"ok": True, **self.carry_out(line)}, ensure_ascii=False)
        except SimulatorError as error:
            return json.dumps({"ok": False, "error": str(error)}, ensure_ascii=False)

    def carry_out(self, line: str) -> dict[str, Any]:
        """Carry out one line; give what it tells.

        Raises:
            SimulatorError: The line is not understood, or names what is not there.
        """
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise SimulatorError(_("not a control line: %(error)s") % {"error": error}) from None
        if not words:
            raise SimulatorError(_("an empty control line"))
        command, *rest = words
        if command == "devices":
            return {"devices": [_describe(device) for device in self._simulation.devices]}
        if command not in {"fault", "reboot", "clear", "truth"} or not rest:
            raise SimulatorError(_("not a control line: %(line)s") % {"line": line.strip()})
        name, *rest = rest
        if command == "truth":
            return _tell(self._simulation, name, _one(rest))
        for device in self._chosen(name):
            self._change(device, command, rest)
        return {}

    def _chosen(self, name: str) -> list[SimulatedDevice]:
        return list(self._simulation.devices) if name == _EVERY else [self._simulation.device(name)]

    @staticmethod
    def _change(device: SimulatedDevice, command: str, words: Sequence[str]) -> None:
        if command == "clear":
            _none(words)
            device.clear()
        elif command == "reboot":
            _reboot(device, words)
        else:
            _fault(device, words)


def _reboot(device: SimulatedDevice, words: Sequence[str]) -> None:
    shuffle = "shuffle" in words
    numbers = [word for word in words if word != "shuffle"]
    outage = read_number(_one(numbers), 0, 86_400) if numbers else 0.0
    device.reboot(outage_seconds=outage, shuffle=shuffle)


def _fault(device: SimulatedDevice, words: Sequence[str]) -> None:
    if not words:
        raise SimulatorError(_("a fault is due here"))
    word, *rest = words
    if word in CONDITIONS:
        _none(rest)
        device.set_condition(word, holds=True)
    elif word in _ACTIONS:
        _ACTIONS[word](device, rest)
    elif is_fault(word):
        device.faults = with_fault(device.faults, word, rest)
    else:
        raise SimulatorError(_("no such fault: %(fault)s") % {"fault": word})


def _describe(device: SimulatedDevice) -> dict[str, Any]:
    return {
        "name": device.name,
        "address": device.address,
        "kind": device.blueprint.name,
        "interfaces": list(device.interfaces),
    }


def _tell(simulation: Simulation, device: str, interface: str) -> dict[str, Any]:
    truth = simulation.truth(device, interface)
    return {
        "if_index": truth.if_index,
        "oper_status": truth.oper_status.label,
        "counters": truth.counters,
        "rates": truth.rates,
    }
