"""What is remembered of one device between two polls, in the process only; a restart starts afresh."""

from dataclasses import dataclass, field
from datetime import datetime

from netops.collectors.chassis import name_chassis
from netops.collectors.live_facts import KnowledgeMemory
from netops.collectors.rates import UNKNOWN_LINE, Line
from netops.model.interface import Counters, InterfaceStatus
from netops.model.reading import SystemReading
from netops.model.service_check import CertificateReading
from netops.settings.checks import CheckSettings
from netops.snmp.types import Column, Index, Oid


@dataclass(slots=True)
class SystemMemory:
    """Of the system group."""

    texts: SystemReading | None = None
    """The texts as last read; the uptimes in it are not kept."""
    ticks: int | None = None
    """sysUpTime of the latest poll; None where the agent does not tell."""
    at: float = 0.0
    """Monotonic seconds of that."""
    wraps: int = 0
    """How often sysUpTime went through 2**32 while we watched."""
    rebooted: bool = False
    """The latest poll found that the agent had restarted since the one before."""
    uptime_seconds: float | None = None
    if_table_last_change: int | None = None


@dataclass(slots=True)
class InterfaceRow:
    """One interface: its slow facts, and the fast ones of the poll before."""

    key: str
    if_index: int
    name: str
    description: str = ""
    alias: str = ""
    type: str = ""
    speed_bps: int | None = None
    mtu: int | None = None
    mac: str | None = None
    duplex: str | None = None
    last_change: datetime | None = None
    last_change_ticks: int | None = None
    oper_status: InterfaceStatus | None = None
    """None before the first poll."""
    counters: Counters = ()
    wide: int = 0
    discontinuity: int | None = None
    moved: bool = False
    """if_index is another than in the poll before."""
    line: Line = UNKNOWN_LINE
    exceeded: int = 0
    """Polls in a row in which more went by than ``line`` carries."""


@dataclass(frozen=True, slots=True)
class Source:
    """A column that holds one counter."""

    column: Oid
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns a poll asks."""

    identity: tuple[Oid, ...]
    """ifName, or ifDescr too where names are missing."""
    discontinuity: bool
    sources: tuple[tuple[Source, ...], ...]
    """Per counter, the best source first; the next ones serve rows in which it is missing or stuck at 0."""


@dataclass(slots=True)
class InterfacesMemory:
    """Of the interface tables."""

    plan: Plan | None = None
    learned_at: float = 0.0
    names: tuple[Column, ...] = ()
    """The identity columns of the poll before, to see at a glance whether anything moved."""
    indexes: list[Index] = field(default_factory=list)
    rows: dict[str, InterfaceRow] = field(default_factory=dict)
    """By key, in the order of ``indexes``."""
    shared_names: set[str] = field(default_factory=set)
    """Names that two interfaces were ever seen to share; their keys carry ifIndex from then on."""
    ticks: int | None = None
    at: float = 0.0
    """sysUpTime and monotonic seconds of the poll that ``rows`` come from."""
    table_last_change: int | None = None
    restless: int = 0
    """Polls in a row in which ``table_last_change`` moved."""
    details_complete: bool = False


@dataclass(slots=True)
class HealthMemory:
    """Of processors, memory and storage."""

    learned_at: float | None = None
    processor_names: dict[Index, str] = field(default_factory=dict)
    has_host_resources: bool = True
    has_ucd: bool = True
    size_bytes: int | None = None
    """hrMemorySize."""
    cpu_ticks: tuple[int, int] | None = None
    """Busy and all jiffies of ssCpuRaw*."""


@dataclass(slots=True)
class SourcesMemory:
    """Of one subject that several tables may tell of."""

    learned_at: float = 0.0
    lacking: set[str] = field(default_factory=set)
    """Sources that came back empty since then."""


@dataclass(slots=True)
class HostMemory:
    """Of this very machine."""

    at: float = 0.0
    cpu_seconds: list[tuple[float, float]] = field(default_factory=list)
    """Busy and all seconds of each core."""
    rows: dict[str, tuple[Counters, int]] = field(default_factory=dict)
    """Counters and if_index by interface name."""


@dataclass(slots=True)
class DeviceMemory:
    """Everything remembered of one device. Keep one per device, and a new one when its address changes."""

    system: SystemMemory = field(default_factory=SystemMemory)
    interfaces: InterfacesMemory = field(default_factory=InterfacesMemory)
    health: HealthMemory = field(default_factory=HealthMemory)
    host: HostMemory = field(default_factory=HostMemory)
    knowledge: KnowledgeMemory = field(default_factory=KnowledgeMemory)
    chassis: dict[str, str] = field(default_factory=lambda: name_chassis(()))
    """What ENTITY-MIB says of the device as a whole, as variables of expressions."""
    sources: dict[str, SourcesMemory] = field(default_factory=dict)
    """By period setting."""
    certificates: dict[CheckSettings, CertificateReading] = field(default_factory=dict)
    """What each service last showed; kept while it does not answer."""
    last_run: dict[str, float] = field(default_factory=dict)
    """Period setting to the monotonic seconds at which it was last served."""
