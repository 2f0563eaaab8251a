"""The devices: ``configs/devices.yaml`` as it is written, and each device as it comes out of it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netops.i18n import _
from netops.settings.addresses import check_address, check_name, expand_addresses, has_placeholder
from netops.settings.checks import CheckOptions, CheckSettings, find_check_conflicts
from netops.settings.durations import Interval, Timeout, parse_duration
from netops.settings.parts import Conflict, Frozen, Part, Port, Switch, Text, as_text, did_you_mean
from netops.settings.shell import ShellOptions, ShellSettings
from netops.settings.thresholds import NO_THRESHOLDS, SiteOptions, ThresholdOptions

Retries = Annotated[int, Field(strict=True, ge=0, le=10)]
Repetitions = Annotated[int, Field(strict=True, ge=1, le=500)]
Engine = Literal["netops", "pysnmp"]
DeviceName = Annotated[Text, AfterValidator(check_name)]


def _check_range(text: str) -> str:
    expand_addresses(text)
    return text


AddressRange = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_range),
    WithJsonSchema({"type": "string", "x-values": "address, range or network"}),
]
_ALIASES = {
    "ip": "address",
    "host": "address",
    "hostname": "address",
    "ipaddress": "address",
    "ips": "addresses",
    "hosts": "addresses",
    "community": "credential",
    "creds": "credential",
    "location": "site",
    "label": "tags",
    "labels": "tags",
    "every": "interval",
    "period": "interval",
    "parent": "parents",
    "dependson": "parents",
    "disabled": "enabled",
    "threshold": "thresholds",
    "limits": "thresholds",
    "services": "checks",
    "servicechecks": "checks",
}


class CollectorSwitches(Part):
    """Which subjects are read from a device."""

    system: Switch = Field(default=True, description="Name, location, uptime.")
    interfaces: Switch = Field(default=True, description="Counters and status of interfaces.")
    health: Switch = Field(default=True, description="Processors, memory, storage, load.")
    sensors: Switch = Field(default=True, description="Sensors, supplies, and what vendors' own tables tell.")
    components: Switch = Field(default=True, description="Hardware: modules, power supplies, serial numbers.")
    addresses: Switch = Field(default=True, description="IP addresses of the device.")
    neighbours: Switch = Field(default=True, description="Neighbours by LLDP, CDP, EDP and FDP.")
    vlans: Switch = Field(default=True, description="VLANs and their interfaces.")
    arp: Switch = Field(default=True, description="ARP and IPv6 neighbour discovery caches.")
    forwarding: Switch = Field(default=True, description="MAC addresses by interface and VLAN.")


class DeviceOptions(Part):
    """What defaults, groups and devices can all say. A key that is absent is left to the next: see resolve.py."""

    port: Port | None = Field(default=None, description="UDP port of the SNMP agent. Default: 161.")
    credential: Text | None = Field(
        default=None,
        description="Name of a credential of netops.yaml. Every device that is not local needs one.",
    )
    site: Text | None = Field(
        default=None, description="Where it stands. Default: `site_name` of netops.yaml."
    )
    tags: tuple[Text, ...] | None = Field(
        default=None, description="Words to find it by. Those of defaults, groups and device add up."
    )
    interval: Interval | None = Field(
        default=None,
        description="Time from one poll to the next. Default: `polling.interval` of netops.yaml.",
    )
    timeout: Timeout | None = Field(
        default=None,
        description="Wait for the first try; each further try waits half as long again. Default: 2s.",
    )
    retries: Retries | None = Field(default=None, description="Tries after the first one. Default: 2.")
    max_repetitions: Repetitions | None = Field(
        default=None,
        description="Rows asked for in one request at first; netops learns the rest. Default: 25.",
    )
    engine: Engine | None = Field(default=None, description="Which SNMP engine asks it. Default: netops.")
    profile: Text | None = Field(
        default=None, description="The profile to read it by. Default: the one that its own words tell."
    )
    collectors: CollectorSwitches = Field(
        default_factory=CollectorSwitches,
        description="Subjects to leave out, e.g. `{health: false}`; key by key.",
    )
    ssh: ShellOptions = Field(
        default_factory=ShellOptions,
        description="How its command line is reached, for backups of its configuration; key by key.",
    )
    thresholds: ThresholdOptions = Field(
        default_factory=ThresholdOptions,
        description="Levels to alert at; they take the place of the rules that come with netops. See [thresholds](thresholds.md).",
    )
    checks: tuple[CheckOptions, ...] | None = Field(
        default=None,
        description="Services to look at: ports, pages, certificates. See [service checks](checks.md).",
    )
    parents: tuple[Text, ...] | None = Field(
        default=None, description="Names of the devices that it is reached through."
    )
    enabled: Switch | None = Field(
        default=None, description="With false it is kept, and not polled. Default: true."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Keep the names of checks apart."""
        yield from find_check_conflicts(given)

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Suggest the key meant, also for words that other programs use."""
        known = cls.model_fields
        return did_you_mean(key, known, aliases={k: v for k, v in _ALIASES.items() if v in known})


class DeviceEntry(DeviceOptions):
    """One entry under ``devices``: one device, or, with ``addresses``, several of one kind."""

    name: DeviceName = Field(
        description="Its name, which must be unique. With `addresses` a template: `{n}` counts from 1, `{last_octet}` "
        "and `{address}` are the device's; `{n:03}` has at least three digits."
    )
    address: Annotated[Text, AfterValidator(check_address)] | None = Field(
        default=None, description="IPv4 address, IPv6 address or host name."
    )
    addresses: tuple[AddressRange, ...] | None = Field(
        default=None,
        description="Several devices at once: addresses, ranges (`10.0.0.10-20`, both ends included) and networks "
        "(`10.0.1.0/29`, its hosts).",
    )
    local: Switch = Field(
        default=False,
        description="This very machine, read without SNMP; it has neither address nor credential.",
    )
    groups: tuple[Text, ...] | None = Field(
        default=None,
        description="Groups whose keys it takes over; a later group counts more than an earlier one.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold name, address, addresses and local together."""
        yield from super().find_conflicts(given)
        is_local = given.get("local") is True
        several, name = given.get("addresses"), given.get("name")
        for key in ("address", "addresses", "credential"):
            if is_local and given.get(key) is not None:
                yield Conflict((key,), _("a local device is read without SNMP and has none"), _("remove it"))
        says_remote = given.get("local") is None or given.get("local") is False
        # A misspelt address is told as an unknown key, with this very suggestion.
        is_misspelt = any(
            '"address' in cls.explain_unknown(key) for key in given.keys() - cls.model_fields.keys()
        )
        if says_remote and not is_misspelt and given.keys().isdisjoint(("address", "addresses")):
            yield Conflict((), _("has no address"), _("add address, addresses or local: true"))
        if "address" in given and "addresses" in given and not is_local:
            yield Conflict(("addresses",), _("stands beside address"), _("keep one of them"))
        if not isinstance(name, str):
            return
        if several is not None and not has_placeholder(name):
            hint = _("add {n}, {last_octet} or {address}")
            yield Conflict(("name",), _("several devices cannot have one name"), hint)
        if several is None and has_placeholder(name):
            yield Conflict(("name",), _("only entries with addresses fill in {…}"), _("write the name out"))


class DevicesFile(Part):
    """Everything in ``devices.yaml``."""

    defaults: DeviceOptions = Field(default_factory=DeviceOptions, description="What holds for every device.")
    groups: dict[Text, DeviceOptions] = Field(
        default_factory=dict, description="What holds for the devices that name the group."
    )
    sites: dict[Text, SiteOptions] = Field(
        default_factory=dict, description="What holds for the devices of a site; groups count more."
    )
    devices: tuple[DeviceEntry, ...] = Field(default_factory=tuple, description="The devices.")


def _share_nothing(value: Any) -> Any:
    """Give thousands of devices without thresholds one object for it."""
    return NO_THRESHOLDS if value == {} else value


class DeviceSettings(Frozen):
    """One device with defaults and groups applied. Its JSON form holds no secret and reads back to an equal one."""

    name: str
    address: str | None
    """None for this very machine."""
    port: Port = 161
    credential: str | None = None
    """The name of a credential in netops.yaml; None for this very machine."""
    groups: tuple[str, ...] = ()
    site: str = "main"
    tags: tuple[str, ...] = ()
    interval: Interval = parse_duration("60s")
    timeout: Timeout = parse_duration("2s")
    retries: Retries = 2
    max_repetitions: Repetitions = 25
    engine: Engine = "netops"
    profile: str | None = None
    collectors: CollectorSwitches = CollectorSwitches()
    local: bool = False
    ssh: ShellSettings = ShellSettings()
    thresholds: Annotated[ThresholdOptions, BeforeValidator(_share_nothing)] = NO_THRESHOLDS
    checks: tuple[CheckSettings, ...] = ()
    parents: tuple[str, ...] = ()
    enabled: bool = True
