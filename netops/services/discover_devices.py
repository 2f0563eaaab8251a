"""Look for devices in networks: who answers, to which credential, what it is, and whether it is known already."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psutil

from netops.clock import Clock
from netops.collectors import DISCOVERY_COLLECTORS, DeviceMemory, Pinger, Visit, read_device
from netops.errors import CredentialRejected, DeviceError
from netops.model.access import Credential, SnmpAccess
from netops.model.identity import IdentityReading
from netops.model.reading import PollResult, Reach, SystemReading
from netops.profiles.loader import Profiles
from netops.services.same_device import Likeness, find_same
from netops.services.sessions import open_for
from netops.snmp.exchange import SnmpEngine
from netops.snmp.types import Absent, Oid, SnmpSession

SYS_OBJECT_ID = Oid.parse("1.3.6.1.2.1.1.2.0")
SNMP_ENGINE_ID = Oid.parse("1.3.6.1.6.3.10.2.1.1.0")


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """How hard to look."""

    port: int = 161
    timeout_seconds: float = 1.0
    retries: int = 1
    per_second: float = 50.0
    """Addresses begun in a second at most: a scan must not look like an attack, nor fill a slow line."""
    at_once: int = 64
    ping: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered."""

    address: str
    credential: str
    """The name of the credential that it answered to."""
    system: SystemReading
    identity: IdentityReading
    likeness: Likeness
    other_addresses: tuple[str, ...] = ()
    """Where else it answered."""
    known_as: str | None = None
    """The watched device that it is; None for a new one."""


@dataclass(slots=True)
class Discovery:
    """What a scan found, each in the order of the addresses asked."""

    new: list[Found] = field(default_factory=list)
    known: list[Found] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """An SNMP agent, or somebody who answers pings, but to none of the credentials."""
    silent: int = 0
    is_ourselves: list[str] = field(default_factory=list)
    """This very machine's own addresses."""


class DiscoverDevices:
    """The use case, with what it needs."""

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        *,
        profiles: Profiles,
        known: Sequence[tuple[str, Likeness]],
        clock: Clock,
        settings: DiscoverySettings | None = None,
    ) -> None:
        self._credentials = credentials
        self._profiles = profiles
        self._known = known
        self._clock = clock
        self._settings = settings or DiscoverySettings()

    async def scan(
        self, addresses: Sequence[str], *, tell: Callable[[int, int], None] = lambda _done, _all: None
    ) -> Discovery:
        """Ask every address, and sort out who is who.

        Args:
            addresses: Each once.
            tell: Called with the addresses done and all of them.
        """
        engine = SnmpEngine(self._clock)
        await engine.start()
        pinger = Pinger() if self._settings.ping else None
        places = asyncio.Semaphore(self._settings.at_once)
        answers: dict[str, Found | str | None] = {}

        async def ask(address: str) -> None:
            try:
                answers[address] = await self._ask(engine, pinger, address)
            finally:
                places.release()
                tell(len(answers), len(addresses))

        try:
            async with asyncio.TaskGroup() as tasks:
                for address in addresses:
                    await places.acquire()
                    tasks.create_task(ask(address))
                    await asyncio.sleep(1 / self._settings.per_second)
        finally:
            if pinger:
                pinger.close()
            await engine.stop()
        return sort_out([(address, answers[address]) for address in addresses], self._known)

    async def _ask(self, engine: SnmpEngine, pinger: Pinger | None, address: str) -> Found | str | None:
        """Give the device at an address, why it refuses us, or None for silence."""
        echo = await pinger.ping(address, attempts=2, timeout_seconds=0.5) if pinger else None
        is_there = echo is not None and echo.reach is Reach.YES
        for name, credential in self._credentials.items():
            access = SnmpAccess(
                address,
                credential,
                port=self._settings.port,
                timeout_seconds=self._settings.timeout_seconds,
                # Who answers no ping most likely is not there; one try of each credential will do.
                retries=self._settings.retries if is_there or echo is None else 0,
            )
            session = open_for(engine, access)
            try:
                await session.get([SYS_OBJECT_ID])
                return await self._look(engine, replace(access, retries=2), name)
            except CredentialRejected:
                is_there = True
            except DeviceError:
                continue
            finally:
                await session.close()
        return "" if is_there else None

    async def _look(self, engine: SnmpEngine, access: SnmpAccess, credential: str) -> Found:
        session = open_for(engine, access)
        visit = Visit(
            DeviceMemory(), self._clock, PollResult(access.host, self._clock.now()), profiles=self._profiles
        )
        try:
            result = await read_device(session, visit, DISCOVERY_COLLECTORS)
            engine_id = await read_engine_id(session)
        finally:
            await session.close()
        return describe(access.host, credential, result, engine_id)


async def read_engine_id(session: SnmpSession) -> bytes:
    """Give snmpEngineID (RFC 3411); empty where the agent does not tell."""
    try:
        (varbind,) = await session.get([SNMP_ENGINE_ID])
    except DeviceError:
        return b""
    value = varbind.value
    return value if isinstance(value, bytes) and not isinstance(value, Absent) else b""


def describe(address: str, credential: str, result: PollResult, engine_id: bytes) -> Found:
    """Put together what a device said."""
    system, identity = result.system or SystemReading(), result.identity or IdentityReading()
    own = {each.address for each in result.addresses or ()} - UNTELLING
    likeness = Likeness(
        system.name,
        identity.serial,
        identity.vendor,
        engine_id,
        frozenset(own | {address}),
        frozenset({address}),
    )
    return Found(address, credential, system, identity, likeness)


UNTELLING = frozenset({"127.0.0.1", "::1", "0.0.0.0"})
"""Addresses that every device has."""


def sort_out(
    answers: Iterable[tuple[str, Found | str | None]], known: Sequence[tuple[str, Likeness]]
) -> Discovery:
    """Put several addresses of one device together, and tell the known devices and ourselves from the new."""
    discovery = Discovery()
    own = own_addresses()
    here = socket.gethostname().partition(".")[0].casefold()
    for address, answer in answers:
        if answer is None:
            discovery.silent += 1
        elif isinstance(answer, str):
            discovery.refused.append(address)
        elif address in own and answer.system.name.partition(".")[0].casefold() == here:
            discovery.is_ourselves.append(address)
        else:
            _put(answer, discovery, known)
    return discovery


def _put(found: Found, discovery: Discovery, known: Sequence[tuple[str, Likeness]]) -> None:
    name = find_same(found.likeness, known)
    name = name or next((name for name, other in known if found.address in other.reached_at), None)
    found = replace(found, known_as=name)
    group = discovery.known if name else discovery.new
    for at, other in enumerate(group):
        same = (
            other.known_as == name if name else find_same(found.likeness, [("", other.likeness)]) is not None
        )
        if same:
            group[at] = replace(other, other_addresses=(*other.other_addresses, found.address))
            return
    group.append(found)


def own_addresses() -> frozenset[str]:
    """Give the addresses of this machine."""
    return frozenset(
        entry.address.partition("%")[0]
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in (socket.AF_INET, socket.AF_INET6)
    )


def suggest_name(found: Found, taken: set[str]) -> str:
    """Give a name that is not taken: the first label of sysName, else the address."""
    label = found.system.name.partition(".")[0].strip()
    plain = "".join(mark if mark.isalnum() or mark in "-_" else "-" for mark in label).strip("-")[:60]
    base = plain or "device-" + found.address.replace(".", "-").replace(":", "-").replace("%", "-")
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def describe_found(found: Found, name: str) -> dict[str, Any]:
    """Give plain values for ``--json``."""
    return {
        "name": name,
        "address": found.address,
        "other_addresses": list(found.other_addresses),
        "credential": found.credential,
        "profile": found.identity.profile or "generic",
        "vendor": found.identity.vendor or None,
        "model": found.identity.model or None,
        "os": found.identity.os or None,
        "os_version": found.identity.os_version or None,
        "serial": found.identity.serial or None,
        "sys_name": found.system.name or None,
        "description": found.system.description or None,
        "object_id": found.system.object_id or None,
        "known_as": found.known_as,
    }
