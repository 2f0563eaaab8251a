"""This machine's network interfaces, as the same readings that IF-MIB gives."""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from netops.collectors.interface_details import format_mac
from netops.collectors.memory import HostMemory
from netops.collectors.rates import COUNT, NO_DELTAS, NO_RATES, UNKNOWN_LINE, decide_deltas, per_second
from netops.model.interface import Counters, InterfaceReading, InterfaceStatus, Rates
from netops.model.reading import TrafficReading

PROC_NET_DEV = Path("/proc/net/dev")
MULTICAST_FIELD = 7
ALL_WIDE = (1 << COUNT) - 1
DUPLEX: dict[int, str] = {psutil.NIC_DUPLEX_HALF: "half", psutil.NIC_DUPLEX_FULL: "full"}
LOOPBACK_TYPE = "softwareLoopback"


@dataclass(frozen=True, slots=True)
class HostInterface:
    """One interface as the kernel shows it."""

    name: str
    if_index: int
    type: str
    speed_bps: int | None
    mtu: int | None
    mac: str | None
    admin_status: InterfaceStatus
    oper_status: InterfaceStatus
    duplex: str | None
    counters: Counters


def read_interfaces() -> list[HostInterface]:
    """Read all interfaces, in the order of their index. Blocks.

    The kernel does not count broadcasts apart; received multicasts come from /proc/net/dev where there is
    one, and are then taken out of the unicast packets, as the kernel counts them among all.

    Raises:
        OSError: The kernel does not tell.
    """
    stats = psutil.net_if_stats()
    counters = psutil.net_io_counters(pernic=True, nowrap=False) or {}
    macs = _read_macs()
    multicasts = read_multicasts(PROC_NET_DEV)
    interfaces: list[HostInterface] = []
    for name, stat in stats.items():
        try:
            if_index = socket.if_nametoindex(name)
        except OSError:
            continue  # it went while we looked
        flags = set(stat.flags.split(",")) if stat.flags else ({"up", "running"} if stat.isup else set())
        count = counters.get(name)
        multicast = multicasts.get(name)
        interfaces.append(
            HostInterface(
                name=name,
                if_index=if_index,
                type=LOOPBACK_TYPE if "loopback" in flags else "",
                # A virtual interface shows 0, or -1 as 65535 or 2**32 - 1 Mbit/s.
                speed_bps=stat.speed * 1_000_000
                if 0 < stat.speed < 0xFFFF_FFFF and stat.speed != 0xFFFF
                else None,
                mtu=stat.mtu or None,
                mac=macs.get(name),
                admin_status=InterfaceStatus.UP if "up" in flags else InterfaceStatus.DOWN,
                oper_status=InterfaceStatus.UP if "running" in flags else InterfaceStatus.DOWN,
                duplex=DUPLEX.get(stat.duplex),
                counters=()
                if count is None
                else (
                    count.bytes_recv,
                    count.bytes_sent,
                    max(0, count.packets_recv - (multicast or 0)),
                    count.packets_sent,
                    multicast,
                    None,
                    None,
                    None,
                    count.errin,
                    count.errout,
                    count.dropin,
                    count.dropout,
                ),
            )
        )
    return sorted(interfaces, key=lambda interface: interface.if_index)


def read_multicasts(path: Path) -> dict[str, int]:
    """Read received multicast packets by interface name; empty where the system has no such file."""
    try:
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return {}
    found: dict[str, int] = {}
    for line in lines[2:]:
        name, _colon, rest = line.rpartition(":")
        fields = rest.split()
        if len(fields) > MULTICAST_FIELD and fields[MULTICAST_FIELD].isdecimal():
            found[name.strip()] = int(fields[MULTICAST_FIELD])
    return found


def make_interfaces(
    told: list[HostInterface], memory: HostMemory, at: float
) -> tuple[list[InterfaceReading], TrafficReading | None]:
    """Make readings, with rates and deltas since the poll before.

    An interface that was made anew under its old name has another index, and no rate.

    Args:
        told: What read_interfaces gave.
        memory: Holds the counters of the poll before, and gets these.
        at: Monotonic seconds of this poll.
    """
    seconds = at - memory.at
    readings: list[InterfaceReading] = []
    traffic = TrafficReading(seconds, [], [])
    rows: dict[str, tuple[Counters, int]] = {}
    for interface in told:
        rates: Rates = ()
        before, if_index = memory.rows.get(interface.name, ((), 0))
        if before and if_index == interface.if_index and interface.counters:
            # Speeds of virtual interfaces are fiction, and the kernel's counters neither wrap nor lie.
            deltas = decide_deltas(
                before,
                interface.counters,
                seconds=seconds,
                wide=ALL_WIDE,
                previous_wide=ALL_WIDE,
                line=UNKNOWN_LINE,
            )
            rates = per_second(deltas, seconds)
            if deltas != NO_DELTAS:
                traffic.keys.append(interface.name)
                traffic.deltas.append(deltas)
        elif before:
            rates = NO_RATES
        rows[interface.name] = interface.counters, interface.if_index
        readings.append(
            InterfaceReading(
                key=interface.name,
                if_index=interface.if_index,
                name=interface.name,
                description=interface.name,
                type=interface.type,
                speed_bps=interface.speed_bps,
                mtu=interface.mtu,
                mac=interface.mac,
                admin_status=interface.admin_status,
                oper_status=interface.oper_status,
                duplex=interface.duplex,
                counters=interface.counters,
                wide=ALL_WIDE if interface.counters else 0,
                rates=rates,
            )
        )
    memory.rows, memory.at = rows, at
    return readings, traffic if traffic.keys else None


def _read_macs() -> dict[str, str | None]:
    macs: dict[str, str | None] = {}
    for name, addresses in psutil.net_if_addrs().items():
        for address in addresses:
            if address.family == psutil.AF_LINK:
                try:
                    macs[name] = format_mac(bytes.fromhex(address.address.replace(":", "").replace("-", "")))
                except ValueError:
                    macs[name] = None
    return macs
