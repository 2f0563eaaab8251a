"""Poll one watched device: read, decide what changed, keep it, tell whoever listens."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from netops.clock import Clock
from netops.collectors import COLLECTORS, Pinger, ServiceChecker, Visit, read_device, read_this_host
from netops.collectors.poll import NOISE, NOISE_KINDS, SUBJECT
from netops.errors import (
    DeviceError,
    DeviceUnreachable,
    NoAnswer,
    NotFound,
)
from netops.i18n import _
from netops.model.reading import PollResult, Reach, SubjectError
from netops.profiles.loader import Profiles
from netops.services.changes import (
    InterfaceChanges,
    KnownState,
    NewEvent,
    decide_identity,
    decide_interface_changes,
    decide_state,
    known_from,
)
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.inventory_changes import InventoryChanges, decide_inventory
from netops.services.look_at_device import REFUSAL_KINDS, explain_silence
from netops.services.sessions import open_for, vlan_opener
from netops.snmp.exchange import SnmpEngine
from netops.snmp.types import Oid

logger = logging.getLogger(__name__)

_SYS_UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
_QUICK_SETTINGS = ("system", "interfaces", "health", "sensors")
"""Periods of what may change at any moment."""
_SOMEBODY_THERE = (*REFUSAL_KINDS, *NOISE_KINDS)


@dataclass(slots=True)
class PollOutcome:
    """What a poll found and changed: what the store keeps, and what listeners are told."""

    device: WatchedDevice
    at: datetime
    result: PollResult
    state: KnownState
    lag_seconds: float = 0.0
    events: list[NewEvent] = field(default_factory=list)
    interfaces: InterfaceChanges = field(default_factory=InterfaceChanges)
    identity: dict[str, str] = field(default_factory=dict)
    """Columns of the device that changed."""
    inventory: InventoryChanges = field(default_factory=InventoryChanges)


class Keeper(Protocol):
    """Where polls are kept (netops.services.keep_poll over the store)."""

    async def load(self, device: WatchedDevice) -> None:
        """Fill in what the store knows of a device: its interfaces, its state, its identity."""
        ...

    def keep(self, outcome: PollOutcome) -> bool:
        """Hand a poll over to be written; False when it had to be refused, which is counted."""
        ...


class PollDevice:
    """The use case, with what it needs; one for the whole daemon."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        engine: SnmpEngine,
        pinger: Pinger | None,
        clock: Clock,
        keeper: Keeper,
        periods: Mapping[str, timedelta],
        profiles: Profiles | None = None,
        checker: ServiceChecker | None = None,
        listeners: Sequence[Callable[[PollOutcome], None]] = (),
    ) -> None:
        self.fleet = fleet
        self.periods = periods
        self.profiles = profiles
        self.pinger = pinger
        self._checker = checker
        self._engine = engine
        self._clock = clock
        self._keeper = keeper
        self._listeners = listeners

    async def poll(
        self, name: str, lag_seconds: float = 0.0, *, asked: bool = False, told: bool = False
    ) -> PollOutcome:
        """Poll a device as soon as its site and the daemon have a place free.

        Args:
            name: A watched device.
            lag_seconds: How late the scheduler began.
            asked: A person wants it now: every subject is read, whatever its period, and a device that
                did not answer before is asked in full.
            told: The device told that something has changed: what changes quickly is read, whatever its period.

        Raises:
            NotFound: No device of this name is watched.
        """
        device = self.fleet.devices.get(name)
        if device is None:
            raise NotFound(_("no device is called %(device)s") % {"device": name})
        waiting_since = self._clock.monotonic()
        site, everywhere = self.fleet.places(device.settings.site)
        async with device.lock, site, everywhere:
            lag_seconds += self._clock.monotonic() - waiting_since
            if asked:
                device.memory.last_run.clear()
            elif told:
                for setting in _QUICK_SETTINGS:
                    device.memory.last_run.pop(setting, None)
            if device.interfaces is None:
                await self._keeper.load(device)
            access = device.access
            result = await self._read(device, asked=asked)
            while device.access != access:  # what the former address said is not about this device any more
                access = device.access
                result = await self._read(device, asked=asked)
            outcome = self._decide(device, result, lag_seconds)
        self._keeper.keep(outcome)
        for event in outcome.events:
            logger.info("%s: %s", device.name, event.text)
        if self.fleet.devices.get(name) is device:  # it may have been removed while it was polled
            for listener in self._listeners:
                listener(outcome)
        return outcome

    # --- read

    async def _read(self, device: WatchedDevice, *, asked: bool) -> PollResult:
        visit = Visit(
            device.memory,
            self._clock,
            PollResult(device.name, self._clock.now()),
            self.periods,
            profiles=self.profiles,
            wanted_profile=device.settings.profile,
        )
        if self._checker is None:
            return await self._ask(device, visit, asked=asked)
        # Beside all else, and whatever becomes of it: services may live where the SNMP agent does not.
        address = device.access.host if device.access else None
        checks = asyncio.create_task(self._checker.read(visit, device.settings.checks, address))
        try:
            result = await self._ask(device, visit, asked=asked)
            await checks
        finally:
            checks.cancel()
        return result

    async def _ask(self, device: WatchedDevice, visit: Visit, *, asked: bool) -> PollResult:
        if device.access is None:
            return await read_this_host(visit)
        if device.state.reachable is False and not asked:
            refusal = await self._probe(device)
            if refusal:
                return await self._still_away(device, visit, refusal)
        if device.session is None:
            device.session = open_for(self._engine, device.access)
        visit.open_vlan = vlan_opener(self._engine, device.access)
        switches = device.settings.collectors
        collectors = [
            collector
            for collector in COLLECTORS
            if collector is COLLECTORS[0] or getattr(switches, collector.period_setting, True)
        ]
        host = device.access.host
        result = await read_device(device.session, visit, collectors, pinger=self.pinger, host=host)
        if asked or device.state.reachable is not False:  # it is news, so worth a few more questions
            await explain_silence(self._engine, device.access, result)
        return result

    async def _probe(self, device: WatchedDevice) -> SubjectError | None:
        """Ask a silent device one small question, once; None when it answers."""
        if device.access is None:
            return None
        session = open_for(self._engine, replace(device.access, retries=0))
        try:
            await session.get([_SYS_UPTIME])
        except NoAnswer as error:
            # One small question cannot tell why; what the full poll found out still stands.
            known = device.state
            if known.error:
                return SubjectError(SUBJECT, known.error_kind, known.error)
            return SubjectError(SUBJECT, error.kind, str(error))
        except (DeviceUnreachable, *NOISE) as error:
            return SubjectError(SUBJECT, error.kind, str(error))
        except DeviceError:
            return None  # somebody is there; the full poll will say what is wrong
        finally:
            await session.close()
        return None

    async def _still_away(self, device: WatchedDevice, visit: Visit, refusal: SubjectError) -> PollResult:
        result, began = visit.result, self._clock.monotonic()
        # A wrong community is met with silence, yet the first full poll found somebody there; so does noise.
        result.reachability.snmp = Reach.YES if refusal.kind in _SOMEBODY_THERE else Reach.NO
        result.reachability.error = refusal
        if self.pinger and device.access:
            echo = await self.pinger.ping(device.access.host, attempts=1)
            result.reachability.icmp = echo.reach
            result.reachability.icmp_rtt_seconds = echo.rtt_seconds
        result.duration_seconds = self._clock.monotonic() - began
        return result

    # --- decide

    def _decide(self, device: WatchedDevice, result: PollResult, lag_seconds: float) -> PollOutcome:
        """Compare with what was known, and know it from now on. Runs without a pause, so nothing interleaves."""
        now = self._clock.now()
        first = device.state.answered_at is None
        change = decide_state(device.state, result, now)
        outcome = PollOutcome(device, now, result, change.state, lag_seconds, change.events)
        device.state = change.state
        if result.system is not None:
            outcome.identity, events = decide_identity(device.identity, result.system, result.identity)
            device.identity.update(outcome.identity)
            outcome.events += events
        if result.interfaces is not None and device.interfaces is not None:
            complete = all(error.subject != "interfaces" for error in result.errors)
            changes = decide_interface_changes(
                device.interfaces, device.missing, result.interfaces, complete=complete, first=first
            )
            outcome.interfaces = changes
            outcome.events += changes.events
            for reading in (*changes.added, *changes.changed, *changes.returned):
                device.interfaces[reading.key] = known_from(reading)
            device.missing.difference_update(reading.key for reading in changes.returned)
            device.missing.update(changes.missing)
        outcome.inventory = decide_inventory(device.inventory, result, now)
        outcome.events += outcome.inventory.events
        return outcome
