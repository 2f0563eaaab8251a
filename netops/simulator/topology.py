"""The kinds of networks: which devices there are, and how they are cabled.

``switch48`` is a crowd of equal access switches, for benchmarks. ``mixed`` is a small company: two core routers,
four access switches, a firewall, two servers, a UPS, a PDU, a room sensor and a printer, cabled as one would.
"""

from dataclasses import dataclass

from netops.i18n import _
from netops.simulator import rooms
from netops.simulator.blueprint import Blueprint
from netops.simulator.errors import SimulatorError

KINDS = ("mixed", "switch48")
MOST_DEVICES = 20_000


@dataclass(frozen=True, slots=True)
class Link:
    """A cable between two ports, by device name and ifName; the rates at ``a`` are mirrored at ``b``."""

    a: str
    a_port: str
    b: str
    b_port: str
    busiest_octets: float = 30_000_000.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A network before it is built: names with blueprints, and cables."""

    devices: tuple[tuple[str, Blueprint], ...]
    links: tuple[Link, ...] = ()
    wave: float = 0.0
    """How much traffic breathes over the hour; see netops.simulator.state.work_time."""


def plan_network(kind: str, devices: int | None) -> Plan:
    """Plan a network.

    Args:
        kind: One of KINDS.
        devices: How many; None for the kind's own number. A mixed network of more devices has further rooms of
            the same make, whose devices carry the room's number (``r2-core-1``); of fewer, only the first.

    Raises:
        SimulatorError: An unknown kind, or a number outside 1 … MOST_DEVICES.
    """
    if kind not in KINDS:
        raise SimulatorError(
            _("no such kind of network: %(kind)s; there are %(kinds)s")
            % {"kind": kind, "kinds": ", ".join(KINDS)}
        )
    if devices is not None and not 1 <= devices <= MOST_DEVICES:
        raise SimulatorError(
            _("a simulated network has 1 to %(most)d devices, not %(devices)d")
            % {"most": MOST_DEVICES, "devices": devices}
        )
    if kind == "switch48":
        blueprint = rooms.switch48()
        return Plan(tuple((f"sw-{number}", blueprint) for number in range(1, (devices or 1) + 1)))
    return _plan_mixed(devices)


def _plan_mixed(devices: int | None) -> Plan:
    members: list[tuple[str, Blueprint]] = []
    links: list[Link] = []
    room = 1
    wanted = len(rooms.mixed(1)) if devices is None else devices
    while len(members) < wanted:
        prefix = "" if room == 1 else f"r{room}-"
        members += [(prefix + name, blueprint) for name, blueprint in rooms.mixed(room).items()]
        links += _cable(prefix)
        room += 1
    members = members[:wanted]
    present = {name for name, _blueprint in members}
    return Plan(tuple(members), tuple(link for link in links if {link.a, link.b} <= present), wave=0.4)


def _cable(prefix: str) -> list[Link]:
    """Each access switch to both cores, the cores to each other and to the firewall, the rest to access ports."""
    cables = [Link("core-1", "Te0/0/0", "core-2", "Te0/0/0", 200_000_000.0)]
    cables += [
        Link(f"core-{core}", f"Te0/0/{switch}", f"access-{switch}", f"Te1/1/{core}", 120_000_000.0)
        for core in (1, 2)
        for switch in range(1, 5)
    ]
    cables += [Link(f"core-{core}", "Te0/0/5", "firewall", f"port{core}", 60_000_000.0) for core in (1, 2)]
    cables += [
        Link("access-1", "Gi1/0/1", "web-1", "eth0", 40_000_000.0),
        Link("access-2", "Gi1/0/1", "db-1", "eth0", 40_000_000.0),
        Link("access-1", "Gi1/0/48", "ups-1", "eth0", 900.0),
        Link("access-2", "Gi1/0/48", "pdu-1", "eth0", 900.0),
        Link("access-3", "Gi1/0/48", "sensor-1", "eth0", 700.0),
        Link("access-4", "Gi1/0/48", "printer-1", "eth0", 60_000.0),
    ]
    return [
        Link(prefix + cable.a, cable.a_port, prefix + cable.b, cable.b_port, cable.busiest_octets)
        for cable in cables
    ]
