"""What a kind of device is made of: its ports, its words about itself, and the MIBs that it shows."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from netops.model.interface import COUNTER_NAMES
from netops.simulator.shape import Shape, ShapeBuilder
from netops.simulator.state import DeviceState

ETHERNET = 6  # ethernetCsmacd of IANAifType-MIB
VLAN = 53  # propVirtual
SOFTWARE_LOOPBACK = 24


@dataclass(frozen=True, slots=True)
class Port:
    """One interface as it was built; what happens to it is in DeviceState."""

    name: str
    description: str
    alias: str = ""
    type: int = ETHERNET
    speed_bps: int = 1_000_000_000
    mtu: int = 1500
    up: bool = True
    """False leaves it down from the start: nothing is plugged in."""
    networks: tuple[str, ...] = ()
    """Addresses on it, as ``10.20.0.1/24``."""
    vlan: int = 1
    """The untagged VLAN of a bridge port."""

    @property
    def is_physical(self) -> bool:
        """Whether a cable can be plugged in."""
        return self.type == ETHERNET


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a device hears by LLDP on one of its ports."""

    row: int
    name: str
    mac: bytes
    address: IPv4Address
    description: str
    capabilities: bytes
    port: Port


@dataclass(frozen=True, slots=True)
class Site:
    """What the filling of a shape depends on beside the blueprint."""

    ports: tuple[Port, ...]
    if_indexes: tuple[int, ...]
    """ifIndex of each port, in the order of the ports."""
    neighbours: tuple[Neighbour, ...] = ()


Filler = Callable[[ShapeBuilder, Site], None]


@dataclass(frozen=True)
class Blueprint:
    """A kind of device. ``fillers`` are the MIBs that it shows; each adds its cells."""

    name: str
    description: str
    """sysDescr."""
    object_id: str
    """sysObjectID."""
    ports: tuple[Port, ...]
    fillers: tuple[Filler, ...]
    location: str
    contact: str = "noc@example.net"
    services: int = 72
    """sysServices (RFC 3418): 2 for a bridge, 4 for a router, 72 for a host."""
    first_if_index: int = 1
    capabilities: bytes | None = None
    """LLDP system capabilities as BITS (IEEE 802.1AB); None where it does not speak LLDP."""
    busiest_octets: float = 2_000_000.0
    """Octets per second that its busiest access ports carry, at most."""
    tags: tuple[str, ...] = ()
    credential: str = "sim-v2c"
    _shapes: dict[tuple[int, ...], Shape] = field(default_factory=dict, compare=False, repr=False)

    def if_indexes(self) -> tuple[int, ...]:
        """Give the ifIndex of each port as the device numbers them when it is new."""
        return tuple(range(self.first_if_index, self.first_if_index + len(self.ports)))

    def shape(self, if_indexes: tuple[int, ...], neighbours: tuple[Neighbour, ...]) -> Shape:
        """Give what such a device shows; devices with the same interfaces and no neighbours share one."""
        if if_indexes != self.if_indexes() or neighbours:
            return self._build(if_indexes, neighbours)
        if if_indexes not in self._shapes:
            self._shapes[if_indexes] = self._build(if_indexes, ())
        return self._shapes[if_indexes]

    def _build(self, if_indexes: tuple[int, ...], neighbours: tuple[Neighbour, ...]) -> Shape:
        builder = ShapeBuilder()
        site = Site(self.ports, if_indexes, neighbours)
        for fill in self.fillers:
            fill(builder, site)
        return builder.build()


def port_mac(state: DeviceState, row: int) -> bytes:
    """Give a port's MAC address: locally administered, from the device's address and the row."""
    return state.mac[:5] + bytes(((row + 1) & 0xFF,))


def draw_rates(chance: random.Random, busiest_octets: float) -> tuple[float, ...]:
    """Draw what one interface carries per second, in the order of COUNTER_NAMES."""
    rates: list[float] = []
    octets = [busiest_octets * 10 ** chance.uniform(-2.5, 0) for _direction in range(2)]
    unicast = [amount / chance.uniform(180, 1100) for amount in octets]
    rates += octets
    rates += unicast
    rates += [chance.uniform(0.2, 4) for _multicast in range(2)]
    rates += [chance.uniform(0.05, 2) for _broadcast in range(2)]
    faulty = chance.random() < 0.08
    rates += [chance.uniform(0.01, 0.3) if faulty else 0.0, 0.0]
    rates += [0.0, chance.uniform(0.0, 0.5) if octets[1] > busiest_octets / 2 else 0.0]
    return tuple(round(rate, 6) for rate in rates)


def mirror_rates(rates: Sequence[float]) -> tuple[float, ...]:
    """Give the rates at the other end of a link: what goes out here comes in there; faults stay at home."""
    carried = COUNTER_NAMES.index("in_errors")
    swapped = [rates[slot ^ 1] for slot in range(carried)]
    return (*swapped, *[0.0] * (len(COUNTER_NAMES) - carried))
