"""What changes in one simulated device: its clock, its counters, the state of its interfaces.

Counters are straight lines in *work time*: ``value = base + rate × work``. Work time is the simulation's time,
optionally swaying a little around it, so that traffic breathes. Everything is a function of time, so nothing
runs between requests, and what a counter holds at any instant can be told beforehand.
"""

import math
from array import array
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address

from netops.model.interface import COUNTER_NAMES, InterfaceStatus

WIDTH = len(COUNTER_NAMES)
"""Counters of one interface, in the order of COUNTER_NAMES; slot = row × WIDTH + place."""
WAVE_SECONDS = 3600.0
_MASK_64 = 2**64 - 1
_SIGN = 2**63


def _signed(value: int) -> int:
    """Fold a number into 64 signed bits; the mask on reading folds it back."""
    return ((value + _SIGN) & _MASK_64) - _SIGN


def work_time(seconds: float, wave: float) -> float:
    """Turn time into work time: its slope is ``1 + wave × sin(2π t / hour)``, so it never runs backwards.

    Args:
        seconds: Time since the simulation began.
        wave: 0 for even traffic, below 1.
    """
    if not wave:
        return seconds
    turn = 2 * math.pi / WAVE_SECONDS
    return seconds + wave * (1 - math.cos(turn * seconds)) / turn


def work_speed(seconds: float, wave: float) -> float:
    """Give the slope of work_time at an instant."""
    return 1 + wave * math.sin(2 * math.pi * seconds / WAVE_SECONDS)


class DeviceState:
    """The moving parts of one device. Times are seconds since the simulation began."""

    __slots__ = (
        "_time",
        "address",
        "admin",
        "base",
        "booted",
        "conditions",
        "discontinuity",
        "engine_boots",
        "engine_offset",
        "last_change",
        "mac",
        "name",
        "nominal",
        "oper",
        "rates",
        "wave",
    )

    def __init__(
        self,
        name: str,
        address: IPv4Address,
        time: Callable[[], float],
        *,
        rates: Sequence[float],
        ages: Sequence[float],
        age: float,
        wave: float = 0.0,
    ) -> None:
        """Begin a device.

        Args:
            name: sysName.
            address: Where its agent is.
            time: Gives seconds since the simulation began.
            rates: Per second of work time, WIDTH of them for each interface.
            ages: For how many seconds each interface has been counting already.
            age: Uptime in seconds when the simulation begins.
            wave: See work_time.
        """
        self._time = time
        self.name = name
        self.address = address
        self.mac = b"\x02\x00" + address.packed[1:3] + address.packed[3:] + b"\x00"
        self.nominal = array("d", rates)
        self.rates = self.nominal  # a copy of its own once a link goes down
        self.base = array("q", (int(rate * ages[slot // WIDTH]) for slot, rate in enumerate(rates)))
        rows = len(ages)
        self.admin = bytearray([InterfaceStatus.UP]) * rows
        self.oper = bytearray([InterfaceStatus.UP]) * rows
        self.last_change = array("I", bytes(array("I").itemsize * rows))
        self.discontinuity = array("I", bytes(array("I").itemsize * rows))
        self.booted = -age
        self.engine_boots = 1
        self.engine_offset = 0
        self.wave = wave
        self.conditions: dict[str, float] = {}
        """What is the matter with the room (``on-battery``, ``heat``), and since when."""

    # --- reading

    def now(self) -> float:
        """Give seconds since the simulation began."""
        return self._time()

    def work(self) -> float:
        """Give the work time of this moment."""
        return work_time(self._time(), self.wave)

    def uptime(self) -> float:
        """Give seconds since the device booted."""
        return self._time() - self.booted

    def uptime_ticks(self) -> int:
        """Give sysUpTime in TimeTicks, not yet wrapped."""
        return int(self.uptime() * 100)

    def engine_time(self) -> int:
        """Give snmpEngineTime, which a clock jump moves (RFC 3414 section 2.2.1)."""
        return max(0, int(self.uptime()) + self.engine_offset) & 0x7FFFFFFF

    def counter(self, slot: int, work: float) -> int:
        """Give a counter at a work time, 64 bits wide."""
        return (self.base[slot] + int(self.rates[slot] * work)) & _MASK_64

    def condition_seconds(self, name: str) -> float | None:
        """Give for how long a condition has held; None when it does not."""
        since = self.conditions.get(name)
        return None if since is None else self._time() - since

    # --- changing

    def set_status(self, row: int, *, admin: InterfaceStatus, oper: InterfaceStatus) -> None:
        """Bring an interface up or down; its counters stand still while it is not up."""
        self.admin[row] = admin
        if oper != self.oper[row]:
            self.oper[row] = oper
            self.last_change[row] = self.uptime_ticks() & 0xFFFFFFFF
        self._run(row, running=oper == InterfaceStatus.UP)

    def _run(self, row: int, *, running: bool) -> None:
        if self.rates is self.nominal:
            self.rates = array("d", self.nominal)
        work = self.work()
        for slot in range(row * WIDTH, row * WIDTH + WIDTH):
            value = self.counter(slot, work)
            self.rates[slot] = self.nominal[slot] if running else 0.0
            self.base[slot] = _signed(value - int(self.rates[slot] * work))

    def set_counters(self, row: int, values: Sequence[int]) -> None:
        """Let an interface's counters go on from these values, and tell so by ifCounterDiscontinuityTime."""
        work = self.work()
        for slot, value in enumerate(values, row * WIDTH):
            self.base[slot] = _signed(value - int(self.rates[slot] * work))
        self.discontinuity[row] = self.uptime_ticks() & 0xFFFFFFFF

    def wrap(self, row: int, bits: int, seconds: float) -> None:
        """Put an interface's counters that many seconds (at their nominal rates) before 2**bits."""
        first = row * WIDTH
        ahead = [max(1, int(rate * seconds)) for rate in self.nominal[first : first + WIDTH]]
        self.set_counters(row, [2**bits - distance for distance in ahead])

    def reboot(self) -> None:
        """Start anew: uptime, counters, change times at zero, engine boots one higher."""
        self.booted = self._time()
        self.engine_boots += 1
        self.engine_offset = 0
        work = self.work()
        for slot, rate in enumerate(self.rates):
            self.base[slot] = -int(rate * work)
        for row in range(len(self.oper)):
            self.last_change[row] = 0
            self.discontinuity[row] = 0
