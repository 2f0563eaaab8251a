"""One visit to one device: what collectors are given, and where their readings go."""

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
}
"""Used where the settings name no period; all else is due at every poll."""


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

    def is_due(self, setting: str) -> bool:
        """Say whether the period of a setting has come round; always when it was never served."""
        last = self.memory.last_run.get(setting)
        period = self.periods.get(setting, DEFAULT_PERIODS.get(setting))
        if last is None or period is None:
            return True
        return self.clock.monotonic() - last >= period.total_seconds() * EARLY

    def mark_done(self, setting: str) -> None:
        """Start the period of a setting anew."""
        self.memory.last_run[setting] = self.clock.monotonic()

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
