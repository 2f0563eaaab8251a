"""Whose an address is: the device polled there, or the one that told it as its own."""

from collections.abc import Iterable
from ipaddress import ip_address

from netops.clock import Clock
from netops.services.fleet import Fleet
from netops.services.poll_device import PollOutcome

_KEPT_SECONDS = 10.0
"""How long a device that was just added may stay a stranger."""


class Senders:
    """Looks up devices by what they send from. Lives on the event loop."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock
        self._told: dict[str, tuple[str, ...]] = {}
        self._by_address: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        self._made_at: float | None = None

    def on_poll(self, outcome: PollOutcome) -> None:
        """Learn the addresses of a device: many send from a loopback that is not the one we poll."""
        if outcome.result.addresses is not None:
            self._told[outcome.device.name] = tuple(
                plain for reading in outcome.result.addresses if (plain := _plain(reading.address))
            )

    def find(self, address: str, host: str = "") -> str | None:
        """Give the name of the device of an address, or of what a relay calls it; None for a stranger.

        An address that several devices tell as theirs (virtual ones, loopbacks) is nobody's.
        """
        self._renew()
        if host:
            return self._by_name.get(host.lower()) or self._by_address.get(_plain(host))
        return self._by_address.get(_plain(address))

    def _renew(self) -> None:
        now = self._clock.monotonic()
        if self._made_at is not None and now - self._made_at < _KEPT_SECONDS:
            return
        self._made_at = now
        devices = self._fleet.devices
        self._told = {name: told for name, told in self._told.items() if name in devices}
        self._by_address = _of_one(
            (address, name) for name, addresses in self._told.items() for address in addresses
        )
        polled = ((device.access.host, name) for name, device in devices.items() if device.access)
        self._by_address |= _of_one((_plain(host), name) for host, name in polled)
        self._by_name = _of_one(
            (word.lower(), name)
            for name, device in devices.items()
            for word in {name, device.identity.get("sys_name", "")}
        )


def _of_one(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give word to name, without the words that are of several."""
    found: dict[str, str] = {}
    several = set()
    for word, name in pairs:
        if found.setdefault(word, name) != name:
            several.add(word)
    return {word: name for word, name in found.items() if word and word not in several}


def _plain(address: str) -> str:
    """Write an address as sockets do; empty for what is none."""
    try:
        return str(ip_address(address.partition("%")[0]))
    except ValueError:
        return ""
