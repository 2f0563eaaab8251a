"""What collectors bring home from one poll: readings, with SI units, and the subjects that failed.

``None`` in a field means that the device does not tell.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from netops.model.address import AddressReading
from netops.model.arp import ArpReading
from netops.model.component import ComponentReading
from netops.model.forwarding import ForwardingReading
from netops.model.identity import IdentityReading
from netops.model.interface import Deltas, InterfaceReading
from netops.model.neighbour import NeighbourReading
from netops.model.service_check import ServiceCheckReading
from netops.model.supply import SupplyReading
from netops.model.vlan import VlanReading


class SensorKind(StrEnum):
    """What a sensor measures; its unit stands in SENSOR_UNITS."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    VOLTAGE = "voltage"
    CURRENT = "current"
    POWER = "power"
    APPARENT_POWER = "apparent_power"
    ENERGY = "energy"
    FREQUENCY = "frequency"
    FAN = "fan"
    LOAD = "load"
    CHARGE = "charge"
    RUNTIME = "runtime"
    OPTICAL_POWER = "optical_power"
    AIRFLOW = "airflow"
    PRESSURE = "pressure"
    PERCENT = "percent"
    COUNT = "count"
    STATE = "state"


SENSOR_UNITS: dict[SensorKind, str] = {
    SensorKind.TEMPERATURE: "°C",
    SensorKind.HUMIDITY: "%",
    SensorKind.VOLTAGE: "V",
    SensorKind.CURRENT: "A",
    SensorKind.POWER: "W",
    SensorKind.APPARENT_POWER: "VA",
    SensorKind.ENERGY: "kWh",
    SensorKind.FREQUENCY: "Hz",
    SensorKind.FAN: "rpm",
    SensorKind.LOAD: "%",
    SensorKind.CHARGE: "%",
    SensorKind.RUNTIME: "s",
    SensorKind.OPTICAL_POWER: "dBm",
    SensorKind.AIRFLOW: "",
    SensorKind.PRESSURE: "",
    SensorKind.PERCENT: "%",
    SensorKind.COUNT: "",
    SensorKind.STATE: "",
}

Level = Literal["ok", "warning", "critical", "unknown"]


@dataclass(slots=True)
class SystemReading:
    """The system group (SNMPv2-MIB, RFC 3418), or this host's own answer to the same questions."""

    name: str = ""
    description: str = ""
    object_id: str = ""
    """sysObjectID in dotted form without a leading dot."""
    location: str = ""
    contact: str = ""
    uptime_seconds: float | None = None
    """Since the device started (hrSystemUptime or snmpEngineTime where they tell more than sysUpTime)."""
    agent_uptime_seconds: float | None = None
    """sysUpTime: since the agent started; wraps after 497 days."""


@dataclass(slots=True)
class Limits:
    """Alarm limits in the sensor's unit."""

    low: float | None = None
    low_warn: float | None = None
    high_warn: float | None = None
    high: float | None = None


@dataclass(slots=True)
class SensorReading:
    """One value of one sensor."""

    key: str
    """Stable per device, e.g. ``coretemp/Package id 0``."""
    kind: SensorKind
    name: str
    value: float | None
    unit: str
    state: str | None = None
    level: Level | None = None
    limits: Limits = field(default_factory=Limits)
    limits_from: Literal["device", "profile", "user"] | None = None


@dataclass(slots=True)
class ProcessorReading:
    """Load of one processor over the agent's own averaging time (hrProcessorLoad: one minute)."""

    name: str
    load_percent: float


@dataclass(slots=True)
class SpaceReading:
    """Use of one memory pool or file system."""

    name: str
    total_bytes: int
    used_bytes: int
    used_percent: float
    informative: bool = False
    """It is a share of another pool, or counts caches as used: to be full is no fault."""


@dataclass(slots=True)
class DiskReading:
    """Work done by one disk since its machine started."""

    name: str
    read_bytes: int
    written_bytes: int
    reads: int
    writes: int
    busy_seconds: float | None = None


@dataclass(slots=True)
class LoadReading:
    """Load averages of a Unix host over 1, 5 and 15 minutes."""

    load1: float
    load5: float
    load15: float


@dataclass(slots=True)
class SubjectError:
    """A subject that could not be read in this poll; the rest still stands."""

    subject: str
    kind: str
    """A word from the ``kind`` of netops.errors.DeviceError."""
    error: str
    """One line for the operator."""


class Reach(StrEnum):
    """An answer to "is it there?" by one means."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Not asked, or not allowed to ask."""


@dataclass(slots=True)
class ReachabilityReading:
    """Whether the device answered, by SNMP and by ICMP, told apart."""

    snmp: Reach = Reach.UNKNOWN
    icmp: Reach = Reach.UNKNOWN
    snmp_rtt_seconds: float | None = None
    icmp_rtt_seconds: float | None = None
    error: SubjectError | None = None


@dataclass(slots=True)
class TrafficReading:
    """What the counters of interfaces moved by since the poll before; only those that can be told."""

    seconds: float
    """Between the two readings, by the device's clock where it has one."""
    keys: list[str]
    deltas: list[Deltas]
    """Alongside the keys; no entry is None throughout."""


SUBJECTS = (
    "system",
    "interfaces",
    "sensors",
    "processors",
    "memory",
    "storage",
    "disks",
    "load",
    "identity",
    "supplies",
    "components",
    "vlans",
    "neighbours",
    "addresses",
    "forwarding",
    "arp",
    "checks",
)
"""The fields of PollResult that collectors fill in, and whose latest reading is kept."""


@dataclass(slots=True)
class PollResult:
    """Everything one poll of one device brought home.

    A subject is None when it was not asked in this poll (its period had not come, or the device was
    unreachable), and empty when the device has nothing of the kind.
    """

    device: str
    started_at: datetime
    duration_seconds: float = 0.0
    reachability: ReachabilityReading = field(default_factory=ReachabilityReading)
    system: SystemReading | None = None
    interfaces: list[InterfaceReading] | None = None
    interfaces_at: datetime | None = None
    """When their counters were read: the middle between the first request and the last reply."""
    traffic: TrafficReading | None = None
    """Deltas of the interfaces' counters; None where there is no poll before to compare with."""
    sensors: list[SensorReading] | None = None
    processors: list[ProcessorReading] | None = None
    memory: list[SpaceReading] | None = None
    storage: list[SpaceReading] | None = None
    disks: list[DiskReading] | None = None
    load: LoadReading | None = None
    identity: IdentityReading | None = None
    supplies: list[SupplyReading] | None = None
    components: list[ComponentReading] | None = None
    vlans: list[VlanReading] | None = None
    neighbours: list[NeighbourReading] | None = None
    addresses: list[AddressReading] | None = None
    forwarding: list[ForwardingReading] | None = None
    arp: list[ArpReading] | None = None
    checks: list[ServiceCheckReading] | None = None
    """Asked beside SNMP: they may tell of a device that does not answer it."""
    errors: list[SubjectError] = field(default_factory=list)
