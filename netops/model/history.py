"""The traffic history: what polls saw, over time.

Rows are few and packed, because one poll of one device is one row: docs/adr/0010 compares that with a row for
each interface. Times are integers (milliseconds since 1970, UTC), so that arithmetic on them is exact.
"""

from enum import IntEnum

from sqlalchemy import BigInteger, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from netops.model.columns import words_of


class HistoryKind(IntEnum):
    """What a row holds."""

    TRAFFIC = 0
    """Deltas of counters, in the order of COUNTER_NAMES; series are rows of ``interface``."""
    GAUGE = 1
    """Values as read; series are rows of ``history_series``."""


class HistoryTier(IntEnum):
    """How finely a block tells."""

    FULL = 0
    """Every poll of a UTC day."""
    HOUR = 1
    DAY = 2


class HistoryRaw(SQLModel, table=True):
    """One poll of one device, until its day is packed. On PostgreSQL a table partitioned by day."""

    __tablename__ = "history_raw"

    device_id: int = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    kind: HistoryKind = Field(primary_key=True, sa_type=words_of(HistoryKind))
    at: int = Field(primary_key=True, sa_type=BigInteger)
    """When it was read."""
    span: int = Field(sa_type=BigInteger)
    """Microseconds since the poll before, by the device's clock: the interval of the deltas."""
    payload: bytes
    """netops.store.history.raw packs and unpacks it."""


class HistoryBlock(SQLModel, table=True):
    """Many polls of some series of one device: a day in full, or a roll-up of an hour or a day."""

    __tablename__ = "history_block"

    device_id: int = Field(primary_key=True, foreign_key="device.id", ondelete="CASCADE")
    kind: HistoryKind = Field(primary_key=True, sa_type=words_of(HistoryKind))
    tier: HistoryTier = Field(primary_key=True, sa_type=words_of(HistoryTier))
    start: int = Field(primary_key=True, sa_type=BigInteger)
    part: int = Field(primary_key=True, sa_type=SmallInteger)
    first_series: int = Field(sa_type=BigInteger)
    """The lowest series in it; with last_series a reader of one series passes over the other parts."""
    last_series: int = Field(sa_type=BigInteger)
    payload: bytes


class HistorySeries(SQLModel, table=True):
    """One value that is followed over time, other than an interface's counters."""

    __tablename__ = "history_series"
    __table_args__ = (UniqueConstraint("device_id", "subject", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    device_id: int = Field(foreign_key="device.id", ondelete="CASCADE")
    subject: str
    """A word of GAUGE_SUBJECTS."""
    key: str
    """The sensor's key, or the name of the processor, pool or volume."""


class HistorySpeed(SQLModel, table=True):
    """Since when an interface has had its speed; a row for each change."""

    __tablename__ = "history_speed"

    interface_id: int = Field(primary_key=True, foreign_key="interface.id", ondelete="CASCADE")
    since: int = Field(primary_key=True, sa_type=BigInteger)
    speed_bps: int | None = Field(default=None, sa_type=BigInteger)


GAUGE_SUBJECTS = (
    "sensor",
    "processor_load_percent",
    "memory_used_bytes",
    "memory_used_percent",
    "storage_used_bytes",
    "storage_used_percent",
    "load",
)
"""What is followed: numeric sensors in their own unit, processors, memory, storage, load averages."""
