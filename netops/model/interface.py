"""Interfaces: the row we keep, and the reading of one poll.

Identity is device + key; the key is ifName, else ifDescr, else ifIndex in decimal. ifIndex may move at a
reboot and is never identity (RFC 2863 section 3.1.5).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from netops.model.columns import UtcDateTime, words_of


class InterfaceStatus(IntEnum):
    """ifOperStatus (RFC 2863); ifAdminStatus uses the first three."""

    UP = 1
    DOWN = 2
    TESTING = 3
    UNKNOWN = 4
    DORMANT = 5
    NOT_PRESENT = 6
    LOWER_LAYER_DOWN = 7

    @property
    def label(self) -> str:
        """The name as the MIB spells it, e.g. ``lowerLayerDown``."""
        return STATUS_LABELS[self]


STATUS_LABELS = {
    InterfaceStatus.UP: "up",
    InterfaceStatus.DOWN: "down",
    InterfaceStatus.TESTING: "testing",
    InterfaceStatus.UNKNOWN: "unknown",
    InterfaceStatus.DORMANT: "dormant",
    InterfaceStatus.NOT_PRESENT: "notPresent",
    InterfaceStatus.LOWER_LAYER_DOWN: "lowerLayerDown",
}

COUNTER_NAMES = (
    "in_octets",
    "out_octets",
    "in_unicast_packets",
    "out_unicast_packets",
    "in_multicast_packets",
    "out_multicast_packets",
    "in_broadcast_packets",
    "out_broadcast_packets",
    "in_errors",
    "out_errors",
    "in_discards",
    "out_discards",
)
"""The order of ``InterfaceReading.counters`` and ``InterfaceReading.rates``."""

Counters = tuple[int | None, ...]
Rates = tuple[float | None, ...]
Deltas = tuple[int | None, ...]
"""By how much counters moved between two polls, in the order of COUNTER_NAMES."""


@dataclass(slots=True)
class InterfaceReading:
    """One interface as one poll saw it."""

    key: str
    if_index: int
    name: str = ""
    """ifName; empty where the device has none."""
    description: str = ""
    """ifDescr."""
    alias: str = ""
    """ifAlias: the operator's words."""
    type: str = ""
    """The label of IANAifType-MIB, e.g. ``ethernetCsmacd``; the number where the label is unknown."""
    speed_bps: int | None = None
    mtu: int | None = None
    mac: str | None = None
    """Lower case, colons: ``00:11:22:aa:bb:cc``."""
    admin_status: InterfaceStatus = InterfaceStatus.UNKNOWN
    oper_status: InterfaceStatus = InterfaceStatus.UNKNOWN
    duplex: str | None = None
    """``full``, ``half``, or None (EtherLike-MIB dot3StatsDuplexStatus unknown or absent)."""
    last_change: datetime | None = None
    """When oper_status last changed, as the device tells (ifLastChange)."""
    discontinuity_ticks: int | None = None
    """ifCounterDiscontinuityTime in TimeTicks: a new value means that the counters started afresh."""
    counters: Counters = ()
    """Raw counters in the order of COUNTER_NAMES; () where none could be read."""
    wide: int = 0
    """Bit i is set where counters[i] is 64 bits wide; the others wrap at 2**32."""
    rates: Rates = ()
    """Per second since the poll before, in the order of COUNTER_NAMES; None where it cannot be told (first
    poll, reboot, discontinuity). () after a first poll."""


class Interface(SQLModel, table=True):
    """One interface of one device; it is never deleted by a poll, only marked missing."""

    __tablename__ = "interface"
    __table_args__ = (UniqueConstraint("device_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", ondelete="CASCADE")
    key: str
    if_index: int
    name: str = ""
    description: str = ""
    alias: str = ""
    type: str = ""
    speed_bps: int | None = Field(default=None, sa_type=BigInteger)
    mtu: int | None = Field(default=None, sa_type=BigInteger)
    mac: str | None = None
    admin_status: InterfaceStatus = Field(default=InterfaceStatus.UNKNOWN, sa_type=words_of(InterfaceStatus))
    oper_status: InterfaceStatus = Field(default=InterfaceStatus.UNKNOWN, sa_type=words_of(InterfaceStatus))
    duplex: str | None = None
    last_change: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seen: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    """When any column of this row last changed."""
    missing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
