"""A whole simulated network: devices built from a plan, cabled, addressed, and served from one socket."""

import random
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address

import yaml

from netops.clock import Clock, SystemClock
from netops.i18n import _
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential
from netops.simulator.blueprint import Blueprint, draw_rates, mirror_rates
from netops.simulator.device import DEFAULT_LARGEST, InterfaceTruth, SimulatedDevice
from netops.simulator.errors import SimulatorError
from netops.simulator.server import AgentServer
from netops.simulator.state import DeviceState
from netops.simulator.topology import Link, plan_network

COMMUNITY = "public"
SIMULATOR_USER = UserCredential(
    "simulator", AuthProtocol.SHA256, "simulator-auth", PrivProtocol.AES, "simulator-priv"
)
DEFAULT_PORT = 1161
_DAY = 86_400.0


class Simulation:
    """A simulated network. ``devices`` are in the order of their addresses."""

    def __init__(
        self,
        *,
        kind: str = "mixed",
        devices: int | None = None,
        first_address: str = "127.1.0.1",
        port: int = DEFAULT_PORT,
        seed: int = 1,
        clock: Clock | None = None,
        users: Sequence[UserCredential] = (SIMULATOR_USER,),
        largest: int = DEFAULT_LARGEST,
    ) -> None:
        """Build the network; nothing listens before ``start``.

        Args:
            kind: ``mixed`` or ``switch48``.
            devices: How many; None for the kind's own number (13 and 1).
            first_address: Address of the first device, in 127.0.0.0/8; the others follow it.
            port: UDP port of all agents; 0 takes a free one, which ``port`` then tells.
            seed: The same seed gives the same rates and ages.
            clock: Whose monotonic seconds move the counters.
            users: SNMPv3 users that every agent knows.
            largest: Bytes of the largest reply.

        Raises:
            SimulatorError: No such kind, a number out of range, or addresses that are not loopback.
        """
        plan = plan_network(kind, devices)
        self.kind = kind
        self.port = port
        self.users = tuple(users)
        self._clock = clock or SystemClock()
        self._began = self._clock.monotonic()
        self._server: AgentServer | None = None
        known = {user.user.encode(): user for user in users}
        cables = _Cables(plan.links, seed)
        addresses = loopback_addresses(first_address, len(plan.devices))
        self.devices: list[SimulatedDevice] = []
        for (name, blueprint), address in zip(plan.devices, addresses, strict=True):
            chance = random.Random(f"{seed} {name}")  # noqa: S311 - a repeatable simulation, no secret
            age = chance.uniform(20 * _DAY, 200 * _DAY)
            rates, ages = cables.rates_of(name, blueprint, chance, age)
            state = DeviceState(name, address, self._time, rates=rates, ages=ages, age=age, wave=plan.wave)
            self.devices.append(SimulatedDevice(blueprint, state, known, largest=largest))
        self._by_name = {device.name: device for device in self.devices}
        self.by_address = {device.state.address.packed: device for device in self.devices}
        self._lay(plan.links)

    def _time(self) -> float:
        return self._clock.monotonic() - self._began

    def _lay(self, links: Sequence[Link]) -> None:
        for link in links:
            a, b = self._by_name[link.a], self._by_name[link.b]
            a_row, b_row = a.row_of(link.a_port), b.row_of(link.b_port)
            a.links[a_row] = (b, b_row)
            b.links[b_row] = (a, a_row)

    # --- running

    async def start(self) -> None:
        """Listen on the loopback interface.

        Raises:
            SimulatorError: The port is taken.
        """
        self._server = AgentServer(self.by_address)
        self.port = self._server.open(self.port)

    async def stop(self) -> None:
        """Stop listening; replies still delayed are dropped."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @property
    def dropped(self) -> int:
        """Replies that could not be sent since the start: the kernel's buffer or the delay queue was full."""
        return self._server.dropped if self._server else 0

    def answer(self, datagram: bytes, address: str) -> list[bytes]:
        """Answer a datagram sent to an address, without any socket; [] where no device is."""
        device = self.by_address.get(IPv4Address(address).packed)
        return device.answer(datagram) if device else []

    # --- asking

    def device(self, name: str) -> SimulatedDevice:
        """Find a device by its name.

        Raises:
            SimulatorError: No such device.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise SimulatorError(_("no such simulated device: %(device)s") % {"device": name}) from None

    def truth(self, device: str, interface: str) -> InterfaceTruth:
        """Tell what an interface really does at this moment.

        Raises:
            SimulatorError: No such device or interface.
        """
        return self.device(device).truth(interface)

    def devices_yaml(self, *, credential: str | None = None, site: str = "simulated") -> str:
        """Write the network as ``configs/devices.yaml``.

        Args:
            credential: ``sim-v2c`` or ``sim-v3`` for all; None takes what suits each device.
            site: Where they stand.
        """
        entries = [
            {
                "name": device.name,
                "address": device.address,
                "port": self.port,
                "credential": credential or device.blueprint.credential,
                "site": site,
                "tags": list(device.blueprint.tags),
            }
            for device in self.devices
        ]
        return yaml.safe_dump({"devices": entries}, sort_keys=False, allow_unicode=True)

    def credentials_yaml(self) -> str:
        """Write the credentials that devices_yaml names, as a section of ``configs/netops.yaml``."""
        section: dict[str, dict[str, str | int]] = {"sim-v2c": {"version": "2c", "community": COMMUNITY}}
        if self.users:
            user = self.users[0]
            section["sim-v3"] = {"version": 3, "user": user.user}
            if user.auth:
                section["sim-v3"] |= {"auth": str(user.auth), "auth_password": user.auth_password}
            if user.priv:
                section["sim-v3"] |= {"priv": str(user.priv), "priv_password": user.priv_password}
        return yaml.safe_dump({"credentials": section}, sort_keys=False, allow_unicode=True)


class _Cables:
    """Draws what cables carry, so that both ends count the same."""

    def __init__(self, links: Sequence[Link], seed: int) -> None:
        self._rates: dict[tuple[str, str], tuple[float, ...]] = {}
        self._ages: dict[tuple[str, str], float] = {}
        for link in links:
            chance = random.Random(f"{seed} {link}")  # noqa: S311 - a repeatable simulation, no secret
            rates = draw_rates(chance, link.busiest_octets)
            age = chance.uniform(1 * _DAY, 20 * _DAY)
            for end, carried in (
                ((link.a, link.a_port), rates),
                ((link.b, link.b_port), mirror_rates(rates)),
            ):
                self._rates[end] = carried
                self._ages[end] = age

    def rates_of(
        self, name: str, blueprint: Blueprint, chance: random.Random, age: float
    ) -> tuple[list[float], list[float]]:
        """Give the rates of all counters of a device, and for how long each interface has counted."""
        rates: list[float] = []
        ages: list[float] = []
        for port in blueprint.ports:
            drawn = draw_rates(chance, min(blueprint.busiest_octets, port.speed_bps / 16))
            end = (name, port.name)
            rates += self._rates.get(end, drawn)
            ages.append(self._ages.get(end, age))
        return rates, ages


def loopback_addresses(first: str, count: int) -> list[IPv4Address]:
    """Give so many addresses from the first on; those that end in .0 and .255 are left out.

    Raises:
        SimulatorError: Not an IPv4 address, or not all of them in 127.0.0.0/8.
    """
    try:
        address = IPv4Address(first)
    except AddressValueError:
        raise SimulatorError(_("not an IPv4 address: %(address)s") % {"address": first}) from None
    addresses: list[IPv4Address] = []
    while len(addresses) < count:
        if not address.is_loopback:
            raise SimulatorError(
                _("the simulator stays on loopback: %(address)s is not in 127.0.0.0/8")
                % {"address": str(address)}
            )
        if address.packed[3] not in {0, 255}:
            addresses.append(address)
        address += 1
    return addresses
