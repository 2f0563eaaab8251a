"""Poll a device that is not in the inventory: what ``netops poll HOST`` does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from netops.clock import Clock
from netops.collectors import COLLECTORS, DeviceMemory, Pinger, Visit, read_device, read_this_host
from netops.errors import NoAnswer
from netops.model.access import SnmpAccess
from netops.model.reading import PollResult, Reach, SubjectError
from netops.profiles.loader import Profiles
from netops.services.sessions import open_for, vlan_opener
from netops.snmp.diagnosis import diagnose
from netops.snmp.exchange import SnmpEngine
from netops.snmp.types import SnmpSession

REFUSAL_KINDS = ("wrong_community", "wrong_privacy")
"""Refusals that look like silence: somebody is there all the same."""


@asynccontextmanager
async def session_to(access: SnmpAccess, clock: Clock) -> AsyncIterator[tuple[SnmpEngine, SnmpSession]]:
    """Open an engine and one session on it, for the length of a command."""
    engine = SnmpEngine(clock)
    await engine.start()
    session = open_for(engine, access)
    try:
        yield engine, session
    finally:
        await session.close()
        await engine.stop()


async def look_at_device(
    access: SnmpAccess, clock: Clock, *, profiles: Profiles | None = None, ping: bool = True
) -> PollResult:
    """Read everything from one device once; what fails stands in ``errors`` and ``reachability.error``."""
    pinger = Pinger() if ping else None
    visit = Visit(DeviceMemory(), clock, PollResult(access.host, clock.now()), profiles=profiles)
    try:
        async with session_to(access, clock) as (engine, session):
            visit.open_vlan = vlan_opener(engine, access)
            result = await read_device(session, visit, COLLECTORS, pinger=pinger, host=access.host)
            await explain_silence(engine, access, result)
    finally:
        if pinger:
            pinger.close()
    return result


async def look_at_this_host(clock: Clock) -> PollResult:
    """Read this very machine once."""
    visit = Visit(DeviceMemory(), clock, PollResult("this-host", clock.now()))
    return await read_this_host(visit)


async def explain_silence(engine: SnmpEngine, access: SnmpAccess, result: PollResult) -> None:
    """Replace a bare "no answer" by what a few more questions can tell, in place."""
    error = result.reachability.error
    if error is None or error.kind != "timeout":
        return
    better = await diagnose(engine, access, NoAnswer(error.error))
    result.reachability.error = SubjectError(error.subject, better.kind, str(better))
    if better.kind in REFUSAL_KINDS:
        result.reachability.snmp = Reach.YES
