"""What a question is about: finding the interface, and what the settings say about its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from netops.errors import NotFound
from netops.i18n import _
from netops.model.device import Device
from netops.model.history import HistoryKind
from netops.model.interface import COUNTER_NAMES, Interface
from netops.settings.history import HistorySettings
from netops.store.history.read import Buckets, Series, read_buckets
from netops.store.history.write import to_milliseconds
from netops.store.queries.devices import get_device
from netops.store.queries.interfaces import list_interfaces
from netops.store.tables import DEVICE, INTERFACE

COLUMN = {name: number for number, name in enumerate(COUNTER_NAMES)}
"""The number of each counter."""
OCTETS = (COLUMN["in_octets"], COLUMN["out_octets"])
BITS = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """How the history is cut and kept, at one instant."""

    now: int
    """Milliseconds since 1970."""
    zone: ZoneInfo
    billing_day: int
    full_since: int
    hour_since: int

    @classmethod
    def of(cls, settings: HistorySettings, now: datetime) -> "Rules":
        """Take them from the settings."""
        at = to_milliseconds(now)
        polls, hours = (round(age.total_seconds() * 1000) for age in (settings.polls, settings.hours))
        return cls(at, settings.zone, settings.billing_day, at - polls, at - hours)

    def read_buckets(self, connection: Connection, series: Series, edges: Sequence[int]) -> Buckets:
        """Give a series in steps, from the finest that is still kept."""
        return read_buckets(connection, series, edges, full_since=self.full_since, hour_since=self.hour_since)


@dataclass(frozen=True, slots=True)
class Port:
    """One interface of one device."""

    device: Device
    interface: Interface

    @property
    def series(self) -> Series:
        """Where its traffic is."""
        return Series(self.device.id or 0, HistoryKind.TRAFFIC, self.interface.id or 0)

    def describe(self) -> dict[str, object]:
        """Give what every answer says of it."""
        return {
            "device": self.device.name,
            "interface": self.interface.key,
            "alias": self.interface.alias,
            "speed_bps": self.interface.speed_bps,
        }


def find_port(connection: Connection, device_name: str, word: str) -> Port:
    """Find an interface by its key, else by its description or alias where only one has it.

    Raises:
        NotFound: No such device or interface; a near one is suggested.
    """
    device = get_device(connection, device_name)
    rows = list_interfaces(connection, device.id or 0)
    for column in ("key", "description", "alias"):
        found = [row for row in rows if getattr(row, column) == word]
        if len(found) == 1:
            return Port(device, found[0])
    near = get_close_matches(word, [row.key for row in rows], n=1)
    words = {"device": device_name, "interface": word, "near": near[0] if near else ""}
    if near:
        raise NotFound(_('%(device)s has no interface "%(interface)s"; did you mean "%(near)s"?') % words)
    raise NotFound(_('%(device)s has no interface "%(interface)s"') % words)


@dataclass(frozen=True, slots=True)
class PortFacts:
    """What a ranking tells of an interface."""

    device: str
    interface: str
    alias: str
    speed_bps: int | None
    is_there: bool
    """False once the device no longer lists it."""

    def describe(self) -> dict[str, object]:
        """Give what every answer says of it."""
        return {
            "device": self.device,
            "interface": self.interface,
            "alias": self.alias,
            "speed_bps": self.speed_bps,
        }


def read_ports(connection: Connection) -> Mapping[int, PortFacts]:
    """Give every interface by its id."""
    row = INTERFACE.c
    query = select(row.id, DEVICE.c.name, row.key, row.alias, row.speed_bps, row.missing_since).join(
        DEVICE, DEVICE.c.id == row.device_id
    )
    return {
        identity: PortFacts(device, key, alias, speed, missing is None)
        for identity, device, key, alias, speed, missing in connection.execute(query)
    }
