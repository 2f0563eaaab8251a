"""The families of network metrics: name, type, help and labels, in the order they are written.

Base units as Prometheus asks for: bytes, seconds, ratios from 0 to 1. A help names the source.
"""

from dataclasses import dataclass
from typing import Literal

from netops.alerting.threshold_kinds import DEVICE_METRIC, INTERFACE_METRIC, SENSOR_METRIC, STORAGE_METRIC
from netops.model.interface import COUNTER_NAMES
from netops.model.reading import SENSOR_UNITS, SensorKind


@dataclass(frozen=True, slots=True)
class Family:
    """One family of metrics about devices."""

    name: str
    type: Literal["counter", "gauge"]
    help: str
    labels: tuple[str, ...] = ("device",)

    @property
    def header(self) -> bytes:
        """Its HELP and TYPE lines."""
        text = self.help.replace("\\", "\\\\").replace("\n", "\\n")
        return f"# HELP {self.name} {text}\n# TYPE {self.name} {self.type}\n".encode()


DEVICE_INFO_LABELS = (
    "device",
    "address",
    "site",
    "vendor",
    "model",
    "os",
    "os_version",
    "serial",
    "name",
    "profile",
)

DEVICE = (
    Family(
        "netops_device_up",
        "gauge",
        "1 when the device answered its latest poll, 0 when it did not or refused us.",
        ("device", "site"),
    ),
    Family("netops_device_icmp_up", "gauge", "1 when the device answered ICMP echo; absent where not asked."),
    Family("netops_device_icmp_rtt_seconds", "gauge", "Round trip of an ICMP echo, in seconds."),
    Family("netops_device_snmp_rtt_seconds", "gauge", "Time to the first SNMP answer of a poll, in seconds."),
    Family(
        "netops_device_info",
        "gauge",
        "What the device is; always 1. name is sysName (1.3.6.1.2.1.1.5), profile what its facts are read by.",
        DEVICE_INFO_LABELS,
    ),
    Family(
        "netops_device_uptime_seconds",
        "gauge",
        "Seconds since the device started (hrSystemUptime 1.3.6.1.2.1.25.1.1, snmpEngineTime or sysUpTime).",
    ),
    Family(
        "netops_device_agent_uptime_seconds",
        "gauge",
        "Seconds since the SNMP agent started (sysUpTime 1.3.6.1.2.1.1.3); starts afresh after 497 days.",
    ),
    Family("netops_device_poll_duration_seconds", "gauge", "Duration of the latest poll, in seconds."),
    Family(
        "netops_device_last_poll_timestamp_seconds",
        "gauge",
        "When the latest poll began, in seconds since 1970.",
    ),
    Family(
        "netops_device_poll_failed",
        "gauge",
        "1 for each subject that the latest poll could not read, and why; reachability is the whole device.",
        ("device", "subject", "kind"),
    ),
)

_BY_INTERFACE = ("device", "interface")
_COUNTER_FACTS = {
    "in_octets": ("bytes", "Bytes received", "ifHCInOctets 1.3.6.1.2.1.31.1.1.1.6 or ifInOctets"),
    "out_octets": ("bytes", "Bytes sent", "ifHCOutOctets 1.3.6.1.2.1.31.1.1.1.10 or ifOutOctets"),
    "in_unicast_packets": (
        "unicast_packets",
        "Unicast packets received",
        "ifHCInUcastPkts 1.3.6.1.2.1.31.1.1.1.7 or ifInUcastPkts",
    ),
    "out_unicast_packets": (
        "unicast_packets",
        "Unicast packets sent",
        "ifHCOutUcastPkts 1.3.6.1.2.1.31.1.1.1.11 or ifOutUcastPkts",
    ),
    "in_multicast_packets": (
        "multicast_packets",
        "Multicast packets received",
        "ifHCInMulticastPkts 1.3.6.1.2.1.31.1.1.1.8 or ifInMulticastPkts",
    ),
    "out_multicast_packets": (
        "multicast_packets",
        "Multicast packets sent",
        "ifHCOutMulticastPkts 1.3.6.1.2.1.31.1.1.1.12 or ifOutMulticastPkts",
    ),
    "in_broadcast_packets": (
        "broadcast_packets",
        "Broadcast packets received",
        "ifHCInBroadcastPkts 1.3.6.1.2.1.31.1.1.1.9 or ifInBroadcastPkts",
    ),
    "out_broadcast_packets": (
        "broadcast_packets",
        "Broadcast packets sent",
        "ifHCOutBroadcastPkts 1.3.6.1.2.1.31.1.1.1.13 or ifOutBroadcastPkts",
    ),
    "in_errors": ("errors", "Packets received with errors", "ifInErrors 1.3.6.1.2.1.2.2.1.14"),
    "out_errors": ("errors", "Packets not sent because of errors", "ifOutErrors 1.3.6.1.2.1.2.2.1.20"),
    "in_discards": (
        "discards",
        "Good packets received and thrown away",
        "ifInDiscards 1.3.6.1.2.1.2.2.1.13",
    ),
    "out_discards": (
        "discards",
        "Good packets thrown away unsent",
        "ifOutDiscards 1.3.6.1.2.1.2.2.1.19",
    ),
}


def _counter_family(counter: str) -> Family:
    noun, words, source = _COUNTER_FACTS[counter]
    direction = counter.partition("_")[0]
    return Family(
        f"netops_interface_{direction}_{noun}_total", "counter", f"{words} ({source}).", _BY_INTERFACE
    )


INTERFACE_COUNTERS = tuple(map(_counter_family, COUNTER_NAMES))
"""In the order of COUNTER_NAMES."""

INTERFACE = (
    Family("netops_interface_up", "gauge", "1 when ifOperStatus is up, else 0.", _BY_INTERFACE),
    Family(
        "netops_interface_admin_status",
        "gauge",
        "ifAdminStatus (1.3.6.1.2.1.2.2.1.7): 1 up, 2 down, 3 testing; 4 where the device does not tell.",
        _BY_INTERFACE,
    ),
    Family(
        "netops_interface_oper_status",
        "gauge",
        "ifOperStatus (1.3.6.1.2.1.2.2.1.8): 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 notPresent, "
        "7 lowerLayerDown.",
        _BY_INTERFACE,
    ),
    Family(
        "netops_interface_speed_bytes",
        "gauge",
        "Speed in bytes per second, an eighth of ifHighSpeed (1.3.6.1.2.1.31.1.1.1.15) or ifSpeed.",
        _BY_INTERFACE,
    ),
    Family("netops_interface_mtu_bytes", "gauge", "ifMtu (1.3.6.1.2.1.2.2.1.4), in bytes.", _BY_INTERFACE),
    Family(
        "netops_interface_info",
        "gauge",
        "What the interface is; always 1. alias is ifAlias, description ifDescr, type ifType, mac ifPhysAddress, "
        "duplex dot3StatsDuplexStatus.",
        (*_BY_INTERFACE, "alias", "description", "mac", "type", "if_index", "duplex"),
    ),
    *INTERFACE_COUNTERS,
)

PROCESSOR = Family(
    "netops_processor_load_ratio",
    "gauge",
    "Share of time the processor was busy, 0 to 1 (hrProcessorLoad 1.3.6.1.2.1.25.3.3.1.2, over a minute).",
    ("device", "processor"),
)
_POOL = ("device", "pool")
_VOLUME = ("device", "volume")
_DISK = ("device", "disk")
MEMORY = (
    Family(
        "netops_memory_size_bytes",
        "gauge",
        "Size of a memory pool, in bytes (hrStorageSize 1.3.6.1.2.1.25.2.3.1.5 or UCD-SNMP-MIB).",
        _POOL,
    ),
    Family(
        "netops_memory_used_bytes",
        "gauge",
        "Used of a memory pool without what caches could give back, in bytes (hrStorageUsed "
        "1.3.6.1.2.1.25.2.3.1.6 or UCD-SNMP-MIB).",
        _POOL,
    ),
)
STORAGE = (
    Family(
        "netops_storage_size_bytes",
        "gauge",
        "Size of a file system, in bytes (hrStorageSize 1.3.6.1.2.1.25.2.3.1.5).",
        _VOLUME,
    ),
    Family(
        "netops_storage_used_bytes",
        "gauge",
        "Used of a file system, in bytes (hrStorageUsed 1.3.6.1.2.1.25.2.3.1.6).",
        _VOLUME,
    ),
)
DISK = (
    Family("netops_disk_read_bytes_total", "counter", "Bytes read from a disk (this host).", _DISK),
    Family("netops_disk_written_bytes_total", "counter", "Bytes written to a disk (this host).", _DISK),
    Family("netops_disk_reads_total", "counter", "Reads a disk finished (this host).", _DISK),
    Family("netops_disk_writes_total", "counter", "Writes a disk finished (this host).", _DISK),
    Family("netops_disk_busy_seconds_total", "counter", "Seconds a disk was busy (this host).", _DISK),
)
LOAD = tuple(
    Family(
        f"netops_load{minutes}",
        "gauge",
        f"Load average over {minutes} min (laLoad 1.3.6.1.4.1.2021.10.1.3.{row}, or this host).",
    )
    for row, minutes in ((1, 1), (2, 5), (3, 15))
)

_SENSOR = ("device", "sensor", "key")
_SENSOR_FACTS: dict[SensorKind, tuple[str, str, float]] = {
    SensorKind.TEMPERATURE: ("temperature_celsius", "Temperature, in degrees Celsius", 1),
    SensorKind.HUMIDITY: ("humidity_ratio", "Relative humidity, 0 to 1", 0.01),
    SensorKind.VOLTAGE: ("voltage_volts", "Voltage, in volts", 1),
    SensorKind.CURRENT: ("current_amperes", "Current, in amperes", 1),
    SensorKind.POWER: ("power_watts", "Active power, in watts", 1),
    SensorKind.APPARENT_POWER: ("apparent_power_voltamperes", "Apparent power, in volt-amperes", 1),
    SensorKind.ENERGY: ("energy_joules_total", "Energy metered, in joules (1 kWh is 3600000 J)", 3_600_000),
    SensorKind.FREQUENCY: ("frequency_hertz", "Frequency, in hertz", 1),
    SensorKind.FAN: ("fan_rpm", "Speed of a fan, in revolutions per minute", 1),
    SensorKind.LOAD: ("load_ratio", "Load as a share of capacity, 1 is full", 0.01),
    SensorKind.CHARGE: ("charge_ratio", "Charge of a battery, 0 to 1", 0.01),
    SensorKind.RUNTIME: ("runtime_seconds", "Time a battery can still carry its load, in seconds", 1),
    SensorKind.OPTICAL_POWER: ("optical_power_dbm", "Optical power, in dBm (0 dBm is 1 mW)", 1),
    SensorKind.PERCENT: ("ratio", "A share, 1 is all", 0.01),
}
SENSORS: dict[SensorKind, tuple[Family, str, float]] = {
    kind: (
        Family(
            f"netops_sensor_{name}",
            "counter" if name.endswith("_total") else "gauge",
            f"{words} (sensors of kind {kind.value}, which tell {SENSOR_UNITS[kind]}).",
            _SENSOR,
        ),
        SENSOR_UNITS[kind],
        factor,
    )
    for kind, (name, words, factor) in _SENSOR_FACTS.items()
}
"""Kind to its family, the unit it must be read in, and what brings that to the base unit."""

SENSOR_VALUE = Family(
    "netops_sensor_value",
    "gauge",
    "Sensors whose kind has no base unit (airflow, pressure, count), or read in another unit; as the device tells.",
    (*_SENSOR, "kind", "unit"),
)
SENSOR_STATE = Family(
    "netops_sensor_state", "gauge", "The state a sensor is in; always 1.", (*_SENSOR, "state")
)
SENSOR_LEVEL = Family(
    "netops_sensor_level", "gauge", "How bad a sensor is: 0 ok, 1 warning, 2 critical, 3 unknown.", _SENSOR
)
SENSOR_LIMIT = Family(
    "netops_sensor_limit",
    "gauge",
    "A limit that the device or its maker's data sheet gives, in the unit of the sensor's own metric; bound is low "
    "(critical below), low_warn, high_warn or high.",
    (*_SENSOR, "bound"),
)
SENSOR = (
    *(family for family, _unit, _factor in SENSORS.values()),
    SENSOR_VALUE,
    SENSOR_STATE,
    SENSOR_LEVEL,
    SENSOR_LIMIT,
)
SUPPLY_LEVEL = Family(
    "netops_supply_level_ratio",
    "gauge",
    "What is left of a supply, 0 to 1; of a waste box what is still free (prtMarkerSuppliesLevel "
    "1.3.6.1.2.1.43.11.1.1.9, or the maker's own). Absent where the device cannot tell.",
    ("device", "supply", "kind"),
)
_BOUND = ("kind", "bound", "hold")
_LEVELS = (
    "the unit of the metric that it is compared with; bound is low (critical below), low_warn, high_warn or high, with "
    "_clear where it is the level to end at, or off; hold is for how long it must be so."
)
DEVICE_THRESHOLD = Family(
    DEVICE_METRIC,
    "gauge",
    f"A level that devices.yaml sets for the device, or for all its interfaces, in {_LEVELS}",
    ("device", *_BOUND),
)
SENSOR_THRESHOLD = Family(
    SENSOR_METRIC,
    "gauge",
    f"A level that devices.yaml sets for the sensor, in {_LEVELS}",
    ("device", "key", *_BOUND),
)
INTERFACE_THRESHOLD = Family(
    INTERFACE_METRIC,
    "gauge",
    f"A level that devices.yaml sets for this very interface, in {_LEVELS}",
    ("device", "interface", *_BOUND),
)
STORAGE_THRESHOLD = Family(
    STORAGE_METRIC,
    "gauge",
    f"A level that devices.yaml sets for the file system, in {_LEVELS}",
    ("device", "volume", *_BOUND),
)
THRESHOLDS = (DEVICE_THRESHOLD, SENSOR_THRESHOLD, INTERFACE_THRESHOLD, STORAGE_THRESHOLD)
INVENTORY: dict[str, Family] = {
    subject: Family(f"netops_inventory_{subject}", "gauge", f"How many {words}.")
    for subject, words in {
        "components": "pieces of hardware the device tells of (ENTITY-MIB, or the maker's own)",
        "vlans": "VLANs the device has",
        "neighbours": "neighbours the device sees by LLDP, CDP, EDP or FDP",
        "addresses": "IP addresses the device has",
        "forwarding": "stations are in the device's forwarding tables",
        "arp": "entries the device's ARP and neighbour discovery caches hold",
    }.items()
}
"""Subject to the number of its entries; for tables that fill up, and for what goes missing."""

_CHECK = ("device", "check")
CHECK_UP = Family(
    "netops_service_check_up",
    "gauge",
    "1 when the service is as the check expects it, 0 when not; whether its certificate is trusted is told apart.",
    (*_CHECK, "type"),
)
CHECK_DURATION = Family(
    "netops_service_check_duration_seconds", "gauge", "How long the latest check took, in seconds.", _CHECK
)
CHECK_FAILURE = Family(
    "netops_service_check_failure",
    "gauge",
    "1 while a check fails, and why: refused, unreachable, timeout, dns, tls, reset, protocol, status, text or other.",
    (*_CHECK, "reason"),
)
CHECK_STATUS = Family(
    "netops_service_http_status_code", "gauge", "The status that a page was answered with.", _CHECK
)
CERTIFICATE_END = Family(
    "netops_service_certificate_not_after_timestamp_seconds",
    "gauge",
    "When the certificate of a service runs out, in seconds since 1970; as last seen while the service does not answer.",
    _CHECK,
)
CERTIFICATE_TRUSTED = Family(
    "netops_service_certificate_trusted",
    "gauge",
    "1 when the certificate of a service is trusted, 0 when not; absent with `verify: false`.",
    _CHECK,
)
CHECKS = (CHECK_UP, CHECK_DURATION, CHECK_FAILURE, CHECK_STATUS, CERTIFICATE_END, CERTIFICATE_TRUSTED)

FAMILIES: tuple[Family, ...] = (
    *DEVICE,
    *INTERFACE,
    PROCESSOR,
    *MEMORY,
    *STORAGE,
    *DISK,
    *LOAD,
    *SENSOR,
    SUPPLY_LEVEL,
    *INVENTORY.values(),
    *CHECKS,
    *THRESHOLDS,
)
"""Every family, in the order of the exposition."""
HEADERS: dict[str, bytes] = {family.name: family.header for family in FAMILIES}
"""Name to HELP and TYPE lines, in the order of FAMILIES."""
