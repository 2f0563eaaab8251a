"""The settings of the daemon: ``configs/netops.yaml``. Every key's description also makes docs/settings.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from netops.i18n import _
from netops.model.access import Credential, SnmpAccess
from netops.model.shell_access import JumpHost, ShellAccess, ShellCredential
from netops.settings.addresses import check_address
from netops.settings.alerting import AlertingSettings
from netops.settings.compliance import ComplianceSettings
from netops.settings.credentials import COMMUNITY, USER, CredentialSettings, kind_of
from netops.settings.devices import DeviceSettings
from netops.settings.durations import Interval, parse_duration
from netops.settings.endpoints import Endpoint, split_endpoint
from netops.settings.errors import SettingsError
from netops.settings.history import HistorySettings, WriteUrl
from netops.settings.parts import (
    Conflict,
    FilePath,
    Part,
    Switch,
    Text,
    check_known,
    did_you_mean,
)
from netops.settings.references import Secret
from netops.settings.retention import RetentionSettings
from netops.settings.shell import BackupSettings, JumpHostSettings, ShellCredentialSettings
from netops.settings.syslog import SyslogSettings

CredentialName = Annotated[Text, StringConstraints(pattern=r"^[\w][\w.-]{0,63}$")]
ListenPort = Annotated[int, Field(strict=True, ge=0, le=65_535)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class StorageSettings(Part):
    """Where netops keeps what it saw."""

    url: Secret = Field(
        default="sqlite:///data/netops.db",
        validate_default=True,
        description="The database: `sqlite:///path`, or `postgresql+psycopg://user:password@host/name`. "
        "May hold references, and is treated as a secret.",
    )
    backups: FilePath = Field(default=Path("data/backups"), description="Folder for backups of the database.")
    queue_limit: Count = Field(
        default=20_000,
        description="How many writes may wait for the database before new ones are refused, counted and alarmed.",
    )


class WebSettings(Part):
    """Where the daemon listens for HTTP."""

    host: Annotated[Text, AfterValidator(check_address)] = Field(
        default="127.0.0.1", description="Address to listen on; `0.0.0.0` and `::` are every address."
    )
    port: ListenPort = Field(default=8470, description="TCP port; 0 takes a free one.")
    url: WriteUrl | None = Field(
        default=None,
        description="Where people reach it, for links in messages, such as `https://netops.example.net`. "
        "Without it messages have no link to acknowledge.",
    )
    link_key_file: FilePath = Field(
        default=Path("data/link.key"),
        description="The key that signs links in messages; made at first start. Without it old links are refused.",
    )


class ExporterSettings(Part):
    """What `/metrics` gives to Prometheus."""

    timestamps: Switch = Field(
        default=True, description="Give counters the time of their poll, which makes `rate()` exact."
    )
    devices_in_metrics: Switch = Field(
        default=True, description="Show the devices on `/metrics`; with false they are on `/probe` only."
    )


class PeriodSettings(Part):
    """How often each collector runs; never more often than its device is polled."""

    system: Interval = Field(default=parse_duration("60s"), description="Name, location, uptime.")
    interfaces: Interval = Field(
        default=parse_duration("60s"), description="Counters and status of interfaces."
    )
    interface_details: Interval = Field(
        default=parse_duration("15m"),
        description="Speed, alias, MAC and the like; read at once when interfaces come, go or change.",
    )
    health: Interval = Field(default=parse_duration("60s"), description="Processors, memory, storage, load.")
    sensors: Interval = Field(
        default=parse_duration("60s"), description="Sensors, supplies, and what vendors' own tables tell."
    )
    survey: Interval = Field(
        default=parse_duration("15m"),
        description="A new look at which sensors a device has, and at their names and limits.",
    )
    components: Interval = Field(
        default=parse_duration("15m"), description="Hardware: modules, power supplies, serial numbers."
    )
    addresses: Interval = Field(default=parse_duration("15m"), description="IP addresses of the device.")
    neighbours: Interval = Field(
        default=parse_duration("5m"), description="Neighbours by LLDP, CDP, EDP and FDP."
    )
    vlans: Interval = Field(default=parse_duration("15m"), description="VLANs and their interfaces.")
    arp: Interval = Field(
        default=parse_duration("10m"), description="ARP and IPv6 neighbour discovery caches."
    )
    forwarding: Interval = Field(
        default=parse_duration("10m"),
        description="MAC addresses by interface and VLAN; the largest tables of a switch.",
    )
    checks: Interval = Field(default=parse_duration("60s"), description="Service checks.")


class PollingSettings(Part):
    """How devices are polled."""

    interval: Interval = Field(
        default=parse_duration("60s"),
        description="Time from one poll of a device to the next, where the device says nothing else.",
    )
    concurrency: Count = Field(default=500, description="How many devices are polled at the same time.")
    per_site_concurrency: Count = Field(default=100, description="The same, for the devices of one site.")
    unreachable_interval: Interval = Field(
        default=parse_duration("60s"),
        description="How often a device that does not answer is tried, lightly.",
    )
    periods: PeriodSettings = Field(
        default_factory=PeriodSettings, description="How often each collector runs."
    )
    icmp: Switch = Field(default=True, description="Also ping devices, where the system allows it.")


class NotificationSettings(Part):
    """The receiver of SNMP traps and informs."""

    enabled: Switch = Field(default=False, description="Receive traps and informs.")
    listen: tuple[Endpoint, ...] = Field(
        default=("127.0.0.1:1162",),
        description="Addresses and UDP ports to listen on. Port 162 needs a privilege.",
    )
    communities: tuple[Text, ...] = Field(
        default=(), description="Names of credentials of version 1 or 2c whose communities are let in."
    )
    users: tuple[Text, ...] = Field(
        default=(), description="Names of credentials of version 3 whose users are let in."
    )

    @property
    def endpoints(self) -> list[tuple[str, int]]:
        """Hosts, IPv6 without brackets, and ports to listen on."""
        return [split_endpoint(text) for text in self.listen]


class LoggingSettings(Part):
    """The daemon's log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    format: Literal["text", "json"] = Field(
        default="text", description="Lines for people, or an object per line."
    )


def _find_strange_logins(given: Mapping[str, Any]) -> Iterator[Conflict]:
    """Look up the logins that jump hosts name."""
    hosts, logins = given.get("jump_hosts"), given.get("ssh_credentials")
    for name, host in hosts.items() if isinstance(hosts, dict) else ():
        wanted = host.get("credential") if isinstance(host, dict) else None
        known = logins if isinstance(logins, dict) else {}
        if isinstance(wanted, str | int) and str(wanted) not in known:
            message = _('unknown SSH credential "%(name)s"') % {"name": wanted}
            yield Conflict(("jump_hosts", name, "credential"), message, did_you_mean(str(wanted), known))


class Settings(Part):
    """Everything in ``netops.yaml``."""

    site_name: Text = Field(
        default="main", description="Name of this installation; devices that name no `site` belong to it."
    )
    language: Literal["en", "zh_CN"] | None = Field(
        default=None, description="Language of texts for people; without it the environment decides (LANG)."
    )
    devices_file: FilePath = Field(
        default=Path("devices.yaml"),
        description="The file of devices; a relative path starts at this file's folder.",
    )
    oncall_file: FilePath = Field(
        default=Path("oncall.yaml"),
        description="The file of people on call; one that is not named here may be absent, and nobody is told.",
    )
    events_file: FilePath = Field(
        default=Path("events.yaml"),
        description="The file of event rules; one that is not named here may be absent.",
    )
    profiles: FilePath = Field(
        default=Path("profiles"),
        description="Folder of your own device profiles, beside this file; it need not exist.",
    )
    control_socket: FilePath = Field(
        default=Path("data/netops.sock"),
        description="Socket through which `netops` commands reach the running daemon.",
    )
    storage: StorageSettings = Field(
        default_factory=StorageSettings, description="Where netops keeps what it saw."
    )
    web: WebSettings = Field(default_factory=WebSettings, description="Where the daemon listens for HTTP.")
    exporter: ExporterSettings = Field(
        default_factory=ExporterSettings, description="What `/metrics` gives to Prometheus."
    )
    polling: PollingSettings = Field(default_factory=PollingSettings, description="How devices are polled.")
    history: HistorySettings = Field(
        default_factory=HistorySettings, description="Traffic and sensors over time."
    )
    notifications: NotificationSettings = Field(
        default_factory=NotificationSettings, description="The receiver of SNMP traps and informs."
    )
    syslog: SyslogSettings = Field(
        default_factory=SyslogSettings, description="The receiver of syslog messages."
    )
    alerting: AlertingSettings = Field(
        default_factory=AlertingSettings, description="How alert rules are evaluated."
    )
    retention: RetentionSettings = Field(
        default_factory=RetentionSettings, description="How long records of the past are kept."
    )
    backup: BackupSettings = Field(
        default_factory=BackupSettings, description="The backups of device configurations."
    )
    compliance: ComplianceSettings = Field(
        default_factory=ComplianceSettings, description="How configurations are held against rules."
    )
    logging: LoggingSettings = Field(default_factory=LoggingSettings, description="The daemon's log.")
    credentials: dict[CredentialName, CredentialSettings] = Field(
        default_factory=dict, description="What is shown to devices, by a name that devices refer to."
    )
    ssh_credentials: dict[CredentialName, ShellCredentialSettings] = Field(
        default_factory=dict, description="Who logs in to devices over SSH, by a name that devices refer to."
    )
    jump_hosts: dict[CredentialName, JumpHostSettings] = Field(
        default_factory=dict, description="Hosts through which devices are reached over SSH."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Look up the credentials that the receiver names."""
        yield from _find_strange_logins(given)
        notifications, credentials = given.get("notifications"), given.get("credentials")
        if not isinstance(notifications, dict):
            return
        raw = credentials if isinstance(credentials, dict) else {}
        for key, kind, message in (
            ("communities", COMMUNITY, _("needs a credential of version 1 or 2c")),
            ("users", USER, _("needs a credential of version 3")),
        ):
            names = notifications.get(key)
            place = ("notifications", key)
            yield from check_known(names, raw, place, _('unknown credential "%(name)s"'))
            for number, name in enumerate(names if isinstance(names, list) else ()):
                if str(name) in raw and kind_of(raw[str(name)]) not in {kind, None}:
                    yield Conflict((*place, number), message)

    def credential(self, name: str) -> Credential:
        """Give a credential with its secrets, ready for a session.

        Raises:
            SettingsError: No credential has this name.
        """
        if name not in self.credentials:
            hint = did_you_mean(name, self.credentials)
            message = _('unknown credential "%(name)s"') % {"name": name}
            raise SettingsError(message + (f"; {hint}" if hint else ""))
        return self.credentials[name].to_credential()

    def shell_access_for(self, device: DeviceSettings) -> ShellAccess:
        """Give all that is needed to open a device's command line.

        Raises:
            SettingsError: The device says too little, or names what is not defined.
        """
        words = {"device": device.name}
        ssh = device.ssh
        if ssh.platform is None or device.address is None:
            raise SettingsError(_("%(device)s: has no ssh.platform, so it is not backed up") % words)
        if ssh.credential is None:
            raise SettingsError(_("%(device)s: has no ssh.credential") % words)
        jump = self.jump_hosts.get(ssh.jump_host) if ssh.jump_host else None
        return ShellAccess(
            name=device.name,
            host=device.address,
            platform=ssh.platform,
            credential=self._login(ssh.credential),
            port=ssh.port or (23 if ssh.telnet else 22),
            jump=JumpHost(str(ssh.jump_host), jump.host, jump.port, self._login(jump.credential))
            if jump
            else None,
            legacy_crypto=ssh.legacy_crypto,
            telnet=ssh.telnet,
        )

    def _login(self, name: str) -> ShellCredential:
        if name not in self.ssh_credentials:
            hint = did_you_mean(name, self.ssh_credentials)
            message = _('unknown SSH credential "%(name)s"') % {"name": name}
            raise SettingsError(message + (f"; {hint}" if hint else ""))
        return self.ssh_credentials[name].to_credential()

    def access_for(self, device: DeviceSettings) -> SnmpAccess:
        """Give all that is needed to ask a device over SNMP.

        Raises:
            SettingsError: The device is local, or its credential is not defined.
        """
        words = {"device": device.name}
        if device.local or device.address is None:
            raise SettingsError(_("%(device)s: this machine itself is read without SNMP") % words)
        if device.credential is None:
            raise SettingsError(_("%(device)s: has no credential") % words)
        return SnmpAccess(
            host=device.address,
            credential=self.credential(device.credential),
            port=device.port,
            timeout_seconds=device.timeout.total_seconds(),
            retries=device.retries,
            max_repetitions=device.max_repetitions,
            engine=device.engine,
        )
