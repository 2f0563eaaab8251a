"""Back devices up that tell of a change: by syslog or trap, once they are quiet, in the name of who made it."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from netops.backup.errors import DeviceBusy
from netops.clock import Clock
from netops.model.notification import Notification
from netops.model.syslog import SyslogMessage
from netops.services.back_up_device import Outcome
from netops.services.fleet import WatchedDevice
from netops.settings.shell import OnChangeSettings
from netops.syslog.change_signs import Change, ChangeSigns

logger = logging.getLogger(__name__)

_MOST_PEOPLE = 10
_OWN_SECONDS = 60.0
"""How long after a visit messages about our own login still arrive."""


class Visits(Protocol):
    """What is needed of the backups."""

    @property
    def on_change(self) -> OnChangeSettings:
        """What the settings say."""
        ...

    def platform_of(self, device: str) -> str | None:
        """Give what a device speaks; None for one that is not backed up."""
        ...

    def login_of(self, device: str) -> str:
        """Give the user that we log in as."""
        ...

    async def visit(self, device: str, reason: str, who: "WhoChanged") -> Outcome | None:
        """Back a device up; None for one that is not backed up any more."""
        ...


@dataclass(frozen=True, slots=True)
class WhoChanged:
    """Who changed a device since it was last visited, as far as it told."""

    user: str = ""
    """The last one."""
    address: str = ""
    told: str = ""
    """All of them, for the record: ``alice from 10.0.0.5, bob``."""


@dataclass(slots=True)
class _Pending:
    first_at: float
    last_at: float
    people: list[Change] = field(default_factory=list)

    def hear(self, change: Change, now: float) -> None:
        self.last_at = now
        if change.user or change.address:
            others = [one for one in self.people if one != change]
            self.people = [*others[-_MOST_PEOPLE + 1 :], change]

    def who(self) -> WhoChanged:
        """Give the last person that was named; what names an address only counts where no one names a user."""
        named = [one for one in self.people if one.user] or self.people
        last = named[-1] if named else Change()
        told = ", ".join(f"{one.user or '?'}{f' from {one.address}' * bool(one.address)}" for one in named)
        return WhoChanged(last.user, last.address, told)


class WatchChanges:
    """Lives on the event loop; ``tick`` is called every second."""

    def __init__(self, signs: ChangeSigns, visits: Visits, clock: Clock) -> None:
        self.signs = signs
        self.recognised: Counter[str] = Counter()
        """Messages that told of a change, by how they came."""
        self._visits = visits
        self._clock = clock
        self._told_at: dict[str, float] = {}
        self._pending: dict[str, _Pending] = {}
        self._visited: dict[str, float] = {}
        """When our visits ended; infinity for one under way."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many devices wait for quiet."""
        return len(self._pending)

    def told_at(self) -> dict[str, float]:
        """Give when each device last told of a change."""
        return {device: at for device, at in self._told_at.items() if self._visits.platform_of(device)}

    def on_syslog(self, message: SyslogMessage, device: str | None) -> None:
        """Look at a message (SyslogListener)."""
        platform = self._visits.platform_of(device) if device else None
        if device and platform and self._visits.on_change.enabled:
            change = self.signs.recognise(message.line, platform)
            if change is not None:
                self._hear("syslog", device, change)

    def on_notification(self, notification: Notification, device: WatchedDevice | None) -> None:
        """Look at a trap (a listener of ReceiveEvent)."""
        if device is None or not self._visits.on_change.enabled or not self._visits.platform_of(device.name):
            return
        change = self.signs.recognise_trap(notification)
        if change is not None:
            self._hear("trap", device.name, change)

    def take(self, device: str) -> WhoChanged:
        """Give who changed a device, for a visit that begins now whatever its reason, and wait for it no more."""
        pending = self._pending.pop(device, None)
        return pending.who() if pending else WhoChanged()

    async def tick(self) -> None:
        """Begin the visits of devices that are quiet."""
        settings, now = self._visits.on_change, self._clock.monotonic()
        quiet, longest = settings.quiet.total_seconds(), settings.longest.total_seconds()
        for device, pending in list(self._pending.items()):
            if now - pending.last_at >= quiet or now - pending.first_at >= longest:
                del self._pending[device]
                task = asyncio.get_running_loop().create_task(self._visit(device, pending))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._visited = {device: at for device, at in self._visited.items() if at + _OWN_SECONDS > now}

    async def settle(self) -> None:
        """Wait for the visits that have begun."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Wait for no visit: one under way ends with the process, and leaves the archive as it was."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, way: str, device: str, change: Change) -> None:
        if device in self._visited and change.user in {"", self._visits.login_of(device)}:
            return  # what our own visit made it tell, or it would be visited for ever
        now = self._clock.monotonic()
        self._told_at[device] = self._clock.now().timestamp()
        self.recognised[way] += 1
        self._pending.setdefault(device, _Pending(now, now)).hear(change, now)

    async def _visit(self, device: str, pending: _Pending) -> None:
        who = pending.who()
        reason = f"told of a change{f' by {who.told}' * bool(who.told)}"
        self._visited[device] = float("inf")
        try:
            outcome = await self._visits.visit(device, reason, who)
        finally:
            self._visited[device] = self._clock.monotonic()
        if outcome is not None and isinstance(outcome.error, DeviceBusy):
            now = self._clock.monotonic()
            again = self._pending.setdefault(device, _Pending(now, now))
            again.people = [*pending.people, *again.people][-_MOST_PEOPLE:]
