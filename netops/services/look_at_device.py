"""Poll a device that is not in the inventory: what ``netops poll HOST`` does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Look:
    """One of several polls in a row, and what it cost."""

    result: PollResult
    requests: int
    """Requests sent for it, retries included."""


async def look_at_device(
    access: SnmpAccess, clock: Clock, *, profiles: Profiles | None = None, ping: bool = True
) -> PollResult:
    """Read everything from one device once; what fails stands in ``errors`` and ``reachability.error``."""
    (look,) = await look_repeatedly(access, clock, profiles=profiles, ping=ping, polls=1)
    return look.result


async def look_repeatedly(
    access: SnmpAccess,
    clock: Clock,
    *,
    profiles: Profiles | None = None,
    ping: bool = True,
    polls: int = 2,
) -> list[Look]:
    """Poll one device several times over one session, with what is remembered in between, as the daemon does.

    Subjects with a period of their own are read again only when it has come round on ``clock``.
    """
    pinger = Pinger() if ping else None
    memory = DeviceMemory()
    looks = []
    try:
        async with session_to(access, clock) as (engine, session):
            for _poll in range(polls):
                before = session.requests
                visit = Visit(memory, clock, PollResult(access.host, clock.now()), profiles=profiles)
                visit.open_vlan = vlan_opener(engine, access)
                result = await read_device(session, visit, COLLECTORS, pinger=pinger, host=access.host)
                await explain_silence(engine, access, result)
                looks.append(Look(result, session.requests - before))
    finally:
        if pinger:
            pinger.close()
    return looks


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
