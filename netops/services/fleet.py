"""The devices being watched, as the running daemon holds them: what each is, remembers and how it was."""

import asyncio
from dataclasses import dataclass, field

from netops.collectors import DeviceMemory
from netops.model.access import SnmpAccess
from netops.services.changes import KnownInterface, KnownState
from netops.services.inventory_changes import InventoryMemory
from netops.settings.devices import DeviceSettings
from netops.snmp.types import SnmpSession


@dataclass(slots=True, eq=False)
class WatchedDevice:
    """One device of the fleet."""

    id: int
    """Its row in the store."""
    settings: DeviceSettings
    access: SnmpAccess | None
    """None for this very machine."""
    session: SnmpSession | None = None
    memory: DeviceMemory = field(default_factory=DeviceMemory)
    state: KnownState = field(default_factory=KnownState)
    interfaces: dict[str, KnownInterface] | None = None
    """The stored rows by key; None until the first poll has loaded them."""
    missing: set[str] = field(default_factory=set)
    identity: dict[str, str] = field(default_factory=dict)
    inventory: InventoryMemory = field(default_factory=InventoryMemory)
    """Loaded together with ``interfaces``."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One poll of a device at a time, whoever asks for it."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.settings.name

    def begin_anew(self) -> None:
        """Forget what depends on the device at the other end: its address or credential changed."""
        self.memory = DeviceMemory()
        self.session = None


class Fleet:
    """All watched devices by name, and how many may be polled at once."""

    def __init__(self, *, concurrency: int, per_site: int) -> None:
        self.devices: dict[str, WatchedDevice] = {}
        self._per_site = per_site
        self._all = asyncio.Semaphore(concurrency)
        self._sites: dict[str, asyncio.Semaphore] = {}

    def set_limits(self, *, concurrency: int, per_site: int) -> None:
        """Take new limits for polls that begin from now on."""
        self._all = asyncio.Semaphore(concurrency)
        self._per_site = per_site
        self._sites.clear()

    def places(self, site: str) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        """Give the semaphores a poll must hold: its site's first, so that a stuck site fills no place of all."""
        if site not in self._sites:
            self._sites[site] = asyncio.Semaphore(self._per_site)
        return self._sites[site], self._all
