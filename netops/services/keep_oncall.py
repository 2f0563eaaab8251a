"""Keep the plan of on-call current: the file, with overrides and windows that people add while the daemon runs."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from netops.alerting.maintenance import ActiveWindow, find_window
from netops.clock import Clock
from netops.errors import NetopsError
from netops.i18n import choose_language
from netops.model.oncall import MaintenanceWindow, OncallOverride
from netops.oncall.gaps import find_coming_gaps, find_used_schedules
from netops.oncall.plan import OncallPlan
from netops.oncall.shifts import who_is_on_call
from netops.services.manage_oncall import read_plan, read_windows
from netops.services.on_call import OnCallBook
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings
from netops.store.engine import read
from netops.store.queries.oncall import list_overrides, list_windows

logger = logging.getLogger(__name__)

GAPS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Added:
    """What people added, as it was read."""

    overrides: list[OncallOverride] = field(default_factory=list)
    windows: list[MaintenanceWindow] = field(default_factory=list)


class KeepOncall:
    """The use case; ``run`` is called every few seconds. All of it but ``window_of`` belongs to one event loop."""

    def __init__(
        self,
        loaded: LoadedSettings,
        *,
        engine: Engine,
        clock: Clock,
        list_devices: Callable[[], Mapping[str, DeviceSettings]],
    ) -> None:
        self.on_change: Callable[[], None] = lambda: None
        """Hears that the plan changed."""
        self.book = OnCallBook(loaded.oncall, OncallPlan())
        self._loaded = loaded
        self._engine = engine
        self._clock = clock
        self._list_devices = list_devices
        self._windows: tuple[ActiveWindow, ...] = ()
        self._active: tuple[datetime | None, tuple[ActiveWindow, ...]] = (None, ())
        self._added: _Added | None = None
        self._devices: Mapping[str, DeviceSettings] = {}
        self._gaps: dict[str, datetime] = {}
        self._gaps_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Read the plan for the first time.

        Raises:
            StoreError: The database cannot be read.
        """
        await self._take()

    async def change(self, loaded: LoadedSettings) -> None:
        """Go by another file from now on."""
        async with self._turn:
            self._loaded = loaded
            self._added = None
        await self.run()

    async def run(self) -> None:
        """Take over what people added, or took back, since."""
        try:
            await self._take()
        except NetopsError as error:
            logger.error(
                "overrides and maintenance windows could not be read; those read before hold: %s", error
            )

    async def _take(self) -> None:
        async with self._turn:  # a plan of former settings must not come after one of newer ones
            await self._take_in_turn()

    async def _take_in_turn(self) -> None:
        now, devices = self._clock.now(), dict(self._list_devices())
        added = await asyncio.to_thread(self._read, now)
        if self._added is not None and _same(added, self._added) and devices == self._devices:
            self._look_for_gaps(now)
            return
        loaded = self._loaded

        def make() -> tuple[OncallPlan, tuple[ActiveWindow, ...]]:
            with read(self._engine) as connection:
                windows = read_windows(connection, loaded.oncall, devices, now)
                return read_plan(connection, loaded, now), windows

        plan, self._windows = await asyncio.to_thread(make)
        self.book = OnCallBook(loaded.oncall, plan, language=choose_language(loaded.settings.language))
        self._added, self._devices = added, devices
        self._active = (None, ())
        self._gaps_at = None
        self._look_for_gaps(now)
        self.on_change()

    def _read(self, now: datetime) -> _Added:
        with read(self._engine) as connection:
            return _Added(
                list_overrides(connection, ending_after=now), list_windows(connection, ended_after=now)
            )

    # --- what others ask

    def window_of(self, labels: Mapping[str, str], now: datetime) -> str:
        """Give the maintenance window that mutes labels at an instant; empty where none does. Any thread may ask."""
        at, active = self._active
        if at != now:
            active = tuple(window for window in self._windows if window.is_active(now))
            self._active = now, active
        if not active:
            return ""
        window = find_window(active, labels, now)
        return window.name if window else ""

    def list_holders(self) -> dict[tuple[str, ...], float]:
        """Give who is on call now, by schedule and person."""
        now = self._clock.now()
        found: dict[tuple[str, ...], float] = {}
        for name, schedule in self.book.plan.schedules.items():
            shift = who_is_on_call(schedule, now)
            found[name, shift.person if shift else ""] = 1.0
        return found

    def list_gaps(self) -> dict[str, float]:
        """Give the seconds until nobody is on call, by schedule; one without a gap in two weeks is left out."""
        now = self._clock.now()
        return {name: max(0.0, (at - now).total_seconds()) for name, at in self._gaps.items()}

    def _look_for_gaps(self, now: datetime) -> None:
        if self._gaps_at is not None and timedelta(0) <= now - self._gaps_at < GAPS_EVERY:
            return
        self._gaps_at = now
        coming = find_coming_gaps(find_used_schedules(self.book.plan), now)
        self._gaps = {one.schedule.name: one.gaps[0].starts_at for one in coming}


def _same(one: _Added, other: _Added) -> bool:
    return _dump(one) == _dump(other)


def _dump(added: _Added) -> list[dict[str, Any]]:
    return [row.model_dump() for row in (*added.overrides, *added.windows)]
