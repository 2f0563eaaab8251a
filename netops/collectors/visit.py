"""One visit to one device: what collectors are given, and where their readings go."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from netops.clock import Clock
from netops.collectors.memory import DeviceMemory
from netops.errors import DeviceError
from netops.model.reading import PollResult, SubjectError
from netops.profiles.loader import Profiles
from netops.snmp.types import SnmpSession

EARLY = 0.95
"""A poll that starts a little before its time must not skip what was due with it."""

DEFAULT_PERIODS = {
    "system": timedelta(minutes=5),
    "interface_details": timedelta(minutes=15),
    "survey": timedelta(minutes=15),
    "components": timedelta(minutes=15),
    "vlans": timedelta(minutes=15),
    "neighbours": timedelta(minutes=5),
    "addresses": timedelta(minutes=15),
    "forwarding": timedelta(minutes=10),
    "arp": timedelta(minutes=10),
    "checks": timedelta(minutes=1),
}
"""Used where the settings name no period; all else is due at every poll."""


SPREAD = frozenset({"survey", "components", "vlans", "neighbours", "addresses", "forwarding", "arp"})
"""Settings whose second run comes early, at another moment for each device: else a fleet that was first
polled within one minute would have all its large tables read within one minute, for ever."""


class VlanOpener(Protocol):
    """Opens a second session to the device of a visit, in the context of one VLAN."""

    def __call__(self, vlan: int, *, first_wait: float | None = None) -> SnmpSession:
        """Open it; ``first_wait`` seconds for a first question that may well meet silence. The caller closes it."""
        ...


@dataclass(slots=True)
class Visit:
    """One poll under way."""

    memory: DeviceMemory
    clock: Clock
    result: PollResult
    periods: Mapping[str, timedelta] = field(default_factory=dict)
    """Period setting to how often it is due; see DEFAULT_PERIODS for those not named."""
    profiles: Profiles | None = None
    """What is known of vendors' devices; without it the standard tables only are read."""
    wanted_profile: str | None = None
    """The profile that the operator chose; None leaves it to the device's own words."""
    open_vlan: VlanOpener | None = None
    """None where the credential names a context already, or nobody can open sessions."""

    def is_due(self, setting: str) -> bool:
        """Say whether the period of a setting has come round; always when it was never served."""
        last = self.memory.last_run.get(setting)
        period = self.periods.get(setting, DEFAULT_PERIODS.get(setting))
        if last is None or period is None:
            return True
        return self.clock.monotonic() - last >= period.total_seconds() * EARLY

    def mark_done(self, setting: str) -> None:
        """Start the period of a setting anew; the first one is cut short where the fleet has to spread."""
        now = self.clock.monotonic()
        period = self.periods.get(setting, DEFAULT_PERIODS.get(setting))
        if setting in SPREAD and setting not in self.memory.last_run and period is not None:
            share = zlib.crc32(f"{self.result.device} {setting}".encode()) / (1 << 32)
            now -= share * period.total_seconds()
        self.memory.last_run[setting] = now

    def forget_periods(self) -> None:
        """Make every subject due, but for the system group, which was just read."""
        served = self.memory.last_run.get("system")
        self.memory.last_run.clear()
        if served is not None:
            self.memory.last_run["system"] = served

    def report_all(self, subject: str, errors: Iterable[DeviceError]) -> None:
        """Note several."""
        for error in errors:
            self.report(subject, error)

    def report(self, subject: str, error: DeviceError) -> None:
        """Note that a subject could not be read, wholly or in part."""
        self.result.errors.append(SubjectError(subject, error.kind, str(error)))


class Collector(Protocol):
    """Reads one subject of a device into ``visit.result``."""

    subject: str
    """Its name in errors and in JSON."""
    period_setting: str
    """The key in ``polling.periods`` that says how often it runs."""

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the subject.

        Raises:
            DeviceError: It could not be read; what was read before the error stands in the result already.
        """
        ...
