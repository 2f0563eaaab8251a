"""A watched device that answers from values, the poll around it, and a keeper that only remembers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from collectors.switch import SYSTEM, Switch, interface
from fakes import FakeClock, FakeSnmpSession
from netops.model.access import CommunityCredential, SnmpAccess
from netops.services import look_at_device, poll_device
from netops.services.changes import KnownInterface
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.poll_device import PollDevice, PollOutcome
from netops.settings.devices import DeviceSettings

ACCESS = SnmpAccess("192.0.2.1", CommunityCredential("2c", "secret"))


def settings(name: str = "sw-1", **more: Any) -> DeviceSettings:
    return DeviceSettings(name=name, **{"address": "192.0.2.1", "credential": "c", **more})


class FakeKeeper:
    """Knows what it was told to know, and remembers what it is given."""

    def __init__(self) -> None:
        self.kept: list[PollOutcome] = []
        self.loads = 0
        self.known: dict[str, KnownInterface] = {}

    async def load(self, device: WatchedDevice) -> None:
        self.loads += 1
        device.interfaces = dict(self.known)

    def keep(self, outcome: PollOutcome) -> bool:
        self.kept.append(outcome)
        return True


@dataclass
class World:
    """One switch, watched; ``session`` is what it answers with, whoever opens one."""

    session: FakeSnmpSession
    clock: FakeClock
    switch: Switch
    device: WatchedDevice
    fleet: Fleet
    keeper: FakeKeeper
    polling: PollDevice
    told: list[PollOutcome] = field(default_factory=list)

    async def poll(self, *, asked: bool = False) -> PollOutcome:
        return await self.polling.poll("sw-1", asked=asked)

    def wind(self, seconds: float = 61.0) -> None:
        """Let time pass, for the poller and for the switch."""
        self.switch.wind(seconds)

    def kinds(self) -> list[str]:
        """Give every event so far."""
        return [event.kind.value for outcome in self.keeper.kept for event in outcome.events]


def make_world(monkeypatch: Any) -> World:
    switch = Switch(interface(1, "Gi1"), interface(2, "Gi2"))
    device = WatchedDevice(1, settings(), ACCESS)
    fleet = Fleet(concurrency=10, per_site=10)
    fleet.devices["sw-1"] = device
    keeper = FakeKeeper()
    told: list[PollOutcome] = []

    async def no_better_word(_engine: object, _access: object, error: object) -> object:
        return error

    monkeypatch.setattr(poll_device, "open_for", lambda _engine, _access: switch.session)
    monkeypatch.setattr(look_at_device, "diagnose", no_better_word)
    polling = PollDevice(
        fleet=fleet,
        engine=None,  # type: ignore[arg-type] # sessions are given above
        pinger=None,
        clock=switch.clock,
        keeper=keeper,
        periods={"interfaces": timedelta(seconds=60)},
        listeners=[told.append],
    )
    return World(switch.session, switch.clock, switch, device, fleet, keeper, polling, told)


__all__ = ["ACCESS", "SYSTEM", "FakeKeeper", "World", "make_world", "settings"]
