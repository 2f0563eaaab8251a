"""One subject from several tables: each read by itself, the missing ones remembered, the failing ones isolated."""

from collections.abc import Sequence

from netops.collectors.cells import Misfits, read_all
from netops.collectors.memory import SourcesMemory
from netops.collectors.visit import Visit
from netops.errors import CredentialRejected, DeviceError, MalformedReply, SnmpError
from netops.profiles.matching import enterprise_number
from netops.snmp.types import Column, Oid, SnmpSession

RELEARN_SECONDS = 6 * 3600.0
"""How long a device is taken at its word that it lacks a table. A restart, or a person who asks, ends it."""


class Sources:
    """Reads the tables of one subject for the length of one visit."""

    def __init__(self, session: SnmpSession, visit: Visit, setting: str) -> None:
        self.misfits = Misfits()
        self._session = session
        self._visit = visit
        self._setting = setting
        self._succeeded = False
        self._refusal: DeviceError | None = None
        self._memory = visit.memory.sources.setdefault(setting, SourcesMemory())
        now = visit.clock.monotonic()
        if (
            setting not in visit.memory.last_run
            or visit.memory.system.rebooted
            or now - self._memory.learned_at >= RELEARN_SECONDS
        ):
            self._memory.lacking.clear()
            self._memory.learned_at = now

    @property
    def requests(self) -> int:
        """How many requests the session has sent so far."""
        return self._session.requests

    def lacks(self, name: str) -> bool:
        """Say whether a source was found empty lately."""
        return name in self._memory.lacking

    def note_lack(self, name: str) -> None:
        """Remember that the device has no such source."""
        self._memory.lacking.add(name)

    async def read(self, name: str, columns: Sequence[Oid]) -> dict[Oid, Column]:
        """Read the columns of a source; all empty when the device lacks it, or it failed, which is noted.

        Raises:
            DeviceUnreachable: The device fell silent.
            MalformedReply: Nothing but noise came back: the next source would fare no better.
        """
        nothing: dict[Oid, Column] = {column: {} for column in columns}
        if self.lacks(name):
            return nothing
        try:
            found = await read_all(self._session, columns, self.misfits, rarely=True)
        except MalformedReply:
            raise
        except (SnmpError, CredentialRejected) as error:
            self._refusal = self._refusal or error
            return nothing
        self._succeeded = True
        if not any(found.values()):
            self.note_lack(name)
        return found

    def finish(self) -> None:
        """Report what went wrong.

        Raises:
            DeviceError: Not one source could be read.
        """
        if self._refusal is not None:
            if not self._succeeded:
                raise self._refusal
            self._visit.report(self._setting, self._refusal)
        self._visit.report_all(self._setting, self.misfits.as_errors())


def enterprise_of(visit: Visit) -> int:
    """Give the number of the device's maker (IANA private enterprise number) by sysObjectID; 0 for none."""
    texts = visit.memory.system.texts
    return enterprise_number(texts.object_id) if texts else 0
