"""The section ``alerting`` of ``netops.yaml``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from netops.settings.durations import Interval, parse_duration
from netops.settings.history import WriteUrl
from netops.settings.parts import FilePath, Part, Switch, Text
from netops.settings.references import Secret

Share = Annotated[int, Field(strict=True, ge=1, le=100)]
Episodes = Annotated[int, Field(strict=True, ge=2, le=1000)]


class FlappingSettings(Part):
    """From when on an alert that comes and goes is told once, and its final state in the end."""

    episodes: Episodes = Field(default=4, description="It began so many times ...")
    within: Interval = Field(default=parse_duration("30m"), description="... in so long a time, ...")
    settle: Interval = Field(
        default=parse_duration("15m"), description="... until it has neither begun nor ended for so long."
    )


class AlertmanagerSettings(Part):
    """Alerts to and from other programs, in the form of Alertmanager's API."""

    receive: Switch = Field(
        default=False,
        description="Take alerts of a Prometheus at `/api/v2/alerts`; they go the same way as our own.",
    )
    token: Secret | None = Field(
        default=None,
        description="What it must show as bearer token. Without one everybody who gets there is let in.",
    )
    send_to: Annotated[tuple[WriteUrl, ...], Field(max_length=10)] = Field(
        default=(), description="Alertmanagers that get our alerts, such as `http://alertmanager:9093`."
    )


class HeartbeatSettings(Part):
    """A sign of life to somebody else, who raises the alarm when it stays away."""

    url: Secret | None = Field(
        default=None, description="What is fetched while rules are evaluated and the database takes writes."
    )
    every: Interval = Field(default=parse_duration("1m"), description="How often.")


class AlertingSettings(Part):
    """How alert rules are evaluated."""

    rule_files: tuple[Text, ...] = Field(
        default=("../alerts/*.yaml",),
        description="Rule files, with `*` for any part of a name; relative paths start at this file's folder.",
    )
    managed_rules: FilePath = Field(
        default=Path("data/managed_rules.yaml"),
        description="The rule file that netops makes of the `thresholds` of devices.yaml, and reads beside the others.",
    )
    interval: Interval = Field(
        default=parse_duration("15s"),
        description="How often rules are evaluated whose group does not say it.",
    )
    head_samples: Annotated[int, Field(strict=True, ge=1000, le=1_000_000_000)] = Field(
        default=20_000_000,
        description="How many samples rules may hold in memory, 16 bytes each; rules that need more are refused.",
    )
    flapping: FlappingSettings = Field(
        default_factory=FlappingSettings, description="From when on an alert counts as flapping."
    )
    uplink_percent: Share = Field(
        default=80,
        description="When at least this share of all devices does not answer, this machine's own uplink is to blame: "
        "one alert is told, not one for each device. 100 waits for the last one.",
    )
    device_url: Text | None = Field(
        default=None,
        description="A page about a device, linked in messages; `{device}` is its name, such as "
        "`https://grafana.example.net/d/netops-device?var-device={device}`.",
    )
    alertmanager: AlertmanagerSettings = Field(
        default_factory=AlertmanagerSettings, description="Alerts to and from other programs."
    )
    heartbeat: HeartbeatSettings = Field(
        default_factory=HeartbeatSettings, description="A sign of life to a dead man's switch."
    )
