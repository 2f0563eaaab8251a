"""How devices are reached over SSH, and how their configurations are backed up."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from netops.i18n import _
from netops.model.shell_access import ShellCredential
from netops.settings.addresses import check_address
from netops.settings.durations import Interval, parse_duration
from netops.settings.parts import TEXT_SCHEMA, Conflict, Frozen, Part, Port, Switch, Text, as_text, refuse
from netops.settings.patterns import PatternText
from netops.settings.references import Secret

PlainPath = Annotated[Path, BeforeValidator(as_text), WithJsonSchema({**TEXT_SCHEMA, "x-values": "path"})]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]
Workers = Annotated[int, Field(strict=True, ge=1, le=1000)]
RemoteName = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9][\w-]{0,63}$")]


def _check_time(text: Any) -> Any:
    hour, _colon, minute = text.partition(":") if isinstance(text, str) else ("", "", "")
    is_time = hour.isdigit() and minute.isdigit() and len(minute) == 2 and int(hour) < 24 and int(minute) < 60
    if not is_time:
        raise refuse(_("is no time of day"), _("write it like 01:30"))
    return text


TimeOfDay = Annotated[
    str, BeforeValidator(_check_time), WithJsonSchema({"type": "string", "x-values": "time of day"})
]


class ShellOptions(Part):
    """How a device's command line is reached, and what it speaks. Defaults, groups and device add up key by key."""

    platform: Text | None = Field(
        default=None,
        description="What its command line speaks, a name of docs/platforms.md. Without it, no backup.",
    )
    credential: Text | None = Field(
        default=None, description="Name of an entry of `ssh_credentials` in netops.yaml."
    )
    port: Port | None = Field(default=None, description="TCP port. Default: 22, or 23 with telnet.")
    jump_host: Text | None = Field(
        default=None,
        description="Name of an entry of `jump_hosts` in netops.yaml that it is reached through.",
    )
    legacy_crypto: Switch | None = Field(
        default=None,
        description="Allow SHA-1 key exchanges, ssh-rsa keys and CBC ciphers, for devices that have nothing better. "
        "Default: false.",
    )
    telnet: Switch | None = Field(
        default=None, description="Speak Telnet, which sends the password in clear. Default: false."
    )


class ShellSettings(Frozen):
    """How one device's command line is reached, with defaults and groups applied."""

    platform: str | None = None
    credential: str | None = None
    port: Port | None = None
    jump_host: str | None = None
    legacy_crypto: bool = False
    telnet: bool = False


class ShellCredentialSettings(Part):
    """Who logs in to devices over SSH."""

    user: Text = Field(description="The user name.")
    password: Secret | None = Field(default=None, description="The password.")
    key_file: PlainPath | None = Field(
        default=None, description="File of a private key in OpenSSH's form, in place of a password."
    )
    key_passphrase: Secret | None = Field(default=None, description="What opens the key file.")
    enable: Secret | None = Field(
        default=None, description="The secret of the privileged mode, where devices ask for one."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Ask for a password or a key."""
        if "password" not in given and "key_file" not in given:
            yield Conflict((), _("has neither password nor key_file"), _("add one of them"))
        if "key_passphrase" in given and "key_file" not in given:
            yield Conflict(("key_passphrase",), _("needs %(key)s beside it") % {"key": "key_file"})

    def to_credential(self) -> ShellCredential:
        """Give what a session shows to a device."""
        return ShellCredential(
            user=self.user,
            password=self.password.get_secret_value() if self.password else "",
            key_file=self.key_file,
            key_passphrase=self.key_passphrase.get_secret_value() if self.key_passphrase else "",
            enable=self.enable.get_secret_value() if self.enable else None,
        )


class JumpHostSettings(Part):
    """A host through which devices are reached."""

    host: Annotated[Text, AfterValidator(check_address)] = Field(description="Its address or name.")
    port: Port = Field(default=22, description="TCP port of its SSH server.")
    credential: Text = Field(description="Name of an entry of `ssh_credentials`.")


class RemoteSettings(Part):
    """Another repository that gets a copy of the archive, best under another owner."""

    name: RemoteName = Field(description="Its name in messages and metrics.")
    url: Text = Field(
        description="What `git push` takes, such as `ssh://git@host/archive.git` or a path. No password belongs in it."
    )
    key_file: PlainPath | None = Field(default=None, description="Private key to push with over SSH.")


class HaPairSettings(Part):
    """Devices whose configurations must be alike."""

    name: RemoteName = Field(description="Its name in messages and metrics.")
    members: tuple[Text, ...] = Field(description="Names of two devices or more.")
    expected: tuple[PatternText, ...] = Field(
        default=(),
        description="Patterns of RE2 for what may differ: what their groups find, or all that they find. A device's "
        "own name always may.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Ask for two members."""
        members = given.get("members")
        if isinstance(members, list) and len({str(member) for member in members}) < 2:
            yield Conflict(("members",), _("needs two devices or more"))


class OnChangeSettings(Part):
    """Backups of devices that tell of a change to their configuration, by syslog or trap."""

    enabled: Switch = Field(
        default=True, description="Back a device up when it tells that its configuration was changed."
    )
    quiet: Interval = Field(
        default=parse_duration("60s"),
        description="How long a device must have told no more before it is visited.",
    )
    longest: Interval = Field(
        default=parse_duration("10m"),
        description="It is visited that long after the first message, quiet or not.",
    )


class BackupSettings(Part):
    """The backups of device configurations."""

    enabled: Switch = Field(
        default=True, description="Back devices up every night; with false only when somebody asks."
    )
    folder: PlainPath = Field(default=Path("device_backups"), description="Folder of the archive.")
    key_file: PlainPath = Field(
        default=Path("data/backup.key"),
        description="The keys that seal complete configurations; made at first start. Keep a copy elsewhere.",
    )
    at: TimeOfDay = Field(default="01:00", description="When the nightly backups begin, in local time.")
    window: Interval = Field(
        default=parse_duration("4h"), description="Over how long the nightly backups are spread."
    )
    every: Interval | None = Field(
        default=None, description="Also back up that often over the day, such as `6h`."
    )
    on_change: OnChangeSettings = Field(
        default_factory=OnChangeSettings,
        description="Backups when a device tells of a change; messages come by `syslog` and `notifications`.",
    )
    workers: Workers = Field(default=64, description="How many devices are visited at the same time.")
    per_site_workers: Workers = Field(default=64, description="The same, for the devices of one site.")
    shrink_percent: Percent = Field(
        default=40,
        description="A configuration that lost more than this share of its text is held until a person accepts it.",
    )
    read_timeout: Interval = Field(
        default=parse_duration("180s"),
        description="How long a device may be silent in the middle of an answer.",
    )
    session_timeout: Interval = Field(
        default=parse_duration("15m"), description="How long one visit may last in all."
    )
    remotes: tuple[RemoteSettings, ...] = Field(
        default=(), description="Repositories that get a copy after every night and every change."
    )

    ha_pairs: tuple[HaPairSettings, ...] = Field(
        default=(),
        description="Devices whose configurations must be alike; `netops backup drift` compares them.",
    )

    @property
    def shrink_share(self) -> float:
        """Give the largest share that may go, from 0 to 1."""
        return self.shrink_percent / 100

    @property
    def starts_at(self) -> timedelta:
        """Give the time of day as time since midnight."""
        hour, _colon, minute = self.at.partition(":")
        return timedelta(hours=int(hour), minutes=int(minute))
