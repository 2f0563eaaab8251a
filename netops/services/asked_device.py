"""A device that a command asks once: over the network, or as a recording stands in for it."""

import glob
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from netops.clock import Clock
from netops.collectors import Collector, DeviceMemory, Visit, read_device
from netops.collectors.live_facts import SurveyWitness
from netops.collectors.visit import VlanOpener
from netops.model.access import SnmpAccess
from netops.model.reading import PollResult
from netops.profiles.loader import Profiles
from netops.services.look_at_device import explain_silence, session_to
from netops.services.sessions import vlan_opener
from netops.snmp.exchange import SnmpEngine
from netops.snmp.recorded_session import RecordedSession
from netops.snmp.recording import SUFFIXES, Recording, load_recording, name_of
from netops.snmp.types import SnmpSession

Asked = SnmpAccess | Path
"""Where to ask: an agent, or the file of a recording."""


@dataclass(frozen=True, slots=True)
class AskedDevice:
    """A device that is open for questions."""

    name: str
    session: SnmpSession
    open_vlan: VlanOpener | None
    engine: SnmpEngine | None = None
    """None for a recording."""
    access: SnmpAccess | None = None


@asynccontextmanager
async def open_asked(asked: Asked, clock: Clock) -> AsyncIterator[AskedDevice]:
    """Open a device for the length of a command.

    Raises:
        RecordingError: The file is no recording.
    """
    if isinstance(asked, Path):
        session = RecordedSession(load_recording(asked))
        yield AskedDevice(name_of(asked) or asked.name, session, _recorded_vlans(asked))
        return
    async with session_to(asked, clock) as (engine, opened):
        yield AskedDevice(asked.host, opened, vlan_opener(engine, asked), engine, asked)


async def poll_asked(
    device: AskedDevice,
    clock: Clock,
    *,
    profiles: Profiles,
    collectors: Sequence[Collector],
    wanted: str | None = None,
    witness: SurveyWitness | None = None,
) -> tuple[PollResult, DeviceMemory]:
    """Poll it once; what fails stands in the result.

    Args:
        device: The device.
        clock: The time.
        profiles: What is known of devices.
        collectors: What is read.
        wanted: The profile to poll by; None leaves it to the device's own words.
        witness: Sees what the survey found.
    """
    memory = DeviceMemory()
    memory.knowledge.on_survey = witness
    visit = Visit(
        memory, clock, PollResult(device.name, clock.now()), profiles=profiles, wanted_profile=wanted
    )
    visit.open_vlan = device.open_vlan
    result = await read_device(device.session, visit, collectors)
    if device.engine is not None and device.access is not None:
        await explain_silence(device.engine, device.access, result)
    return result, memory


def _recorded_vlans(path: Path) -> VlanOpener | None:
    """Give what opens the recordings NAME@VLAN beside a recording NAME; None where there is not one."""
    name = name_of(path)
    if name is None or not any(path.parent.glob(f"{glob.escape(name)}@*")):
        return None

    def open_vlan(vlan: int, *, first_wait: float | None = None) -> SnmpSession:  # noqa: ARG001 - answers at once
        files = (path.with_name(f"{name}@{vlan}{suffix}") for suffix in SUFFIXES)
        found = next((file for file in files if file.exists()), None)
        return RecordedSession(load_recording(found) if found else Recording())

    return open_vlan
