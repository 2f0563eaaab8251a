"""A small switch to poll in tests, and the poll itself."""

from collections.abc import Mapping
from datetime import timedelta

from fakes import FakeClock, FakeSnmpSession
from netops.collectors import COLLECTORS, DeviceMemory, Visit, read_device
from netops.model.interface import COUNTER_NAMES, InterfaceReading
from netops.model.reading import PollResult
from netops.snmp.types import Oid, Value

IF_TABLE = "1.3.6.1.2.1.2.2.1"
IF_X_TABLE = "1.3.6.1.2.1.31.1.1.1"
SYSTEM = "1.3.6.1.2.1.1"
SYS_UP_TIME = f"{SYSTEM}.3.0"
DUPLEX = "1.3.6.1.2.1.10.7.2.1.19"
WIDE = {"in_octets": 6, "out_octets": 10, "in_unicast_packets": 7, "out_unicast_packets": 11}
WIDE |= {"in_multicast_packets": 8, "out_multicast_packets": 12}
WIDE |= {"in_broadcast_packets": 9, "out_broadcast_packets": 13}
NARROW = {"in_octets": 10, "out_octets": 16, "in_unicast_packets": 11, "out_unicast_packets": 17}
NARROW |= {"in_errors": 14, "out_errors": 20, "in_discards": 13, "out_discards": 19}
NARROW_X = {"in_multicast_packets": 2, "out_multicast_packets": 4}
NARROW_X |= {"in_broadcast_packets": 3, "out_broadcast_packets": 5}


def interface(if_index: int, name: str, *, speed_mbps: int = 1000, wide: bool = True) -> dict[str, Value]:
    """Make the rows of one interface that is up, all its counters at 1000."""
    values: dict[str, Value] = {
        f"{IF_TABLE}.1.{if_index}": if_index,
        f"{IF_TABLE}.2.{if_index}": f"Port {if_index}".encode(),
        f"{IF_TABLE}.3.{if_index}": 6,
        f"{IF_TABLE}.4.{if_index}": 1500,
        f"{IF_TABLE}.5.{if_index}": min(speed_mbps * 1_000_000, 0xFFFF_FFFF),
        f"{IF_TABLE}.6.{if_index}": bytes([0, 0x11, 0x22, 0xAA, 0xBB, if_index & 0xFF]),
        f"{IF_TABLE}.7.{if_index}": 1,
        f"{IF_TABLE}.8.{if_index}": 1,
        f"{IF_TABLE}.9.{if_index}": 500,
        f"{DUPLEX}.{if_index}": 3,
    }
    values |= {f"{IF_TABLE}.{column}.{if_index}": 1000 for column in NARROW.values()}
    if wide:
        values |= {
            f"{IF_X_TABLE}.1.{if_index}": name.encode(),
            f"{IF_X_TABLE}.15.{if_index}": speed_mbps,
            f"{IF_X_TABLE}.18.{if_index}": b"to the core",
            f"{IF_X_TABLE}.19.{if_index}": 0,
        }
        values |= {
            f"{IF_X_TABLE}.{column}.{if_index}": 1000 for column in (*WIDE.values(), *NARROW_X.values())
        }
    return values


class Switch:
    """A device, the clock it shares with the poller, and what the poller remembers of it."""

    def __init__(self, *interfaces: Mapping[str, Value], uptime_seconds: float = 100_000) -> None:
        self.clock = FakeClock()
        self.memory = DeviceMemory()
        self.periods = dict[str, timedelta]()
        self.session = FakeSnmpSession(
            {
                f"{SYSTEM}.1.0": b"Test switch",
                f"{SYSTEM}.2.0": Oid.parse("1.3.6.1.4.1.99999.1"),
                SYS_UP_TIME: int(uptime_seconds * 100),
                f"{SYSTEM}.4.0": b"",
                f"{SYSTEM}.5.0": b"sw-1",
                f"{SYSTEM}.6.0": b"room 2",
            }
        )
        for values in interfaces:
            self.session.set(values)

    async def poll(self) -> PollResult:
        """Poll it as a service does."""
        visit = Visit(self.memory, self.clock, PollResult("sw-1", self.clock.now()), self.periods)
        return await read_device(self.session, visit, COLLECTORS)

    def wind(self, seconds: float = 60.0) -> None:
        """Let time pass, for the poller and for the switch."""
        self.clock.wind(seconds)
        ticks = self.session.values[arcs(SYS_UP_TIME)]
        assert isinstance(ticks, int)
        self.session.set({SYS_UP_TIME: (ticks + round(seconds * 100)) % (1 << 32)})

    def count(self, if_index: int, **steps: int) -> None:
        """Move counters, wide and narrow alike, wrapping where they must."""
        for name, step in steps.items():
            for table, columns, turn in (
                (IF_X_TABLE, WIDE, 64),
                (IF_TABLE, NARROW, 32),
                (IF_X_TABLE, NARROW_X, 32),
            ):
                at = arcs(f"{table}.{columns.get(name, 0)}.{if_index}")
                now = self.session.values.get(at)
                if isinstance(now, int):
                    self.session.values[at] = (now + step) % (1 << turn)


def arcs(dotted: str) -> tuple[int, ...]:
    return tuple(map(int, dotted.split(".")))


def rates_of(reading: InterfaceReading) -> dict[str, float | None]:
    """Give the rates by name; empty where there are none yet."""
    return dict(zip(COUNTER_NAMES, reading.rates, strict=False))


def by_key(result: PollResult) -> dict[str, InterfaceReading]:
    assert result.interfaces is not None
    return {reading.key: reading for reading in result.interfaces}
