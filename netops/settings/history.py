"""The part of the settings about traffic history: how long it is kept, how months are cut, who else gets it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netops.i18n import _
from netops.settings.durations import Age, Interval, parse_duration
from netops.settings.parts import (
    TEXT_SCHEMA,
    Conflict,
    FilePath,
    Part,
    Switch,
    Text,
    as_text,
    did_you_mean,
    refuse,
)
from netops.settings.references import Secret


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_zone(name: str) -> str:
    if name not in _zones():
        raise refuse(
            _("is not a time zone"), did_you_mean(name, _zones()) or _("write it like Asia/Shanghai")
        )
    return name


def _check_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise refuse(_("is not a URL"), _("write it like http://host:8428/api/v1/write"))
    if parts.username or parts.password:
        raise refuse(_("holds a password"), _("put it into username and password"))
    return text


TimeZone = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_zone),
    WithJsonSchema({**TEXT_SCHEMA, "x-values": "time zone"}),
]
WriteUrl = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_url),
    WithJsonSchema({**TEXT_SCHEMA, "x-values": "URL"}),
]


class RemoteWriteSettings(Part):
    """A Prometheus-compatible store that gets every poll too."""

    url: WriteUrl | None = Field(
        default=None,
        description="Where to send, by Prometheus' remote_write; nowhere without it.",
    )
    username: Text | None = Field(default=None, description="User for basic authentication.")
    password: Secret | None = Field(default=None, description="Its password.")
    bearer_token: Secret | None = Field(default=None, description="Token, instead of user and password.")
    queue: FilePath = Field(
        default=Path("data/remote_write"), description="Folder for what the store has not taken yet."
    )
    queue_mebibytes: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(
        default=1024,
        description="How large that folder may grow; beyond it the oldest is dropped, counted and alarmed.",
    )
    timeout: Interval = Field(
        default=parse_duration("30s"), description="How long the store may take to answer."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse two ways of proving who we are."""
        if given.get("bearer_token") is not None and given.get("username") is not None:
            yield Conflict(("bearer_token",), _("goes not together with username"), _("keep one of them"))


class HistorySettings(Part):
    """Traffic and sensors over time."""

    enabled: Switch = Field(default=True, description="Keep the history of traffic and sensors.")
    raw: Age = Field(
        default=parse_duration("48h"),
        description="How long polls wait, once their UTC day is over, before the day is packed.",
    )
    polls: Age = Field(
        default=parse_duration("62d"),
        description="How long every poll is kept; the 95th percentile of a month needs the whole month.",
    )
    hours: Age = Field(default=parse_duration("400d"), description="How long summaries of hours are kept.")
    days: Age = Field(default=parse_duration("1830d"), description="How long summaries of days are kept.")
    time_zone: TimeZone = Field(
        default="UTC", description="Where days, months and billing months begin, such as `Asia/Shanghai`."
    )
    billing_day: Annotated[int, Field(strict=True, ge=1, le=28)] = Field(
        default=1, description="Day on which a billing month begins."
    )
    remote_write: RemoteWriteSettings = Field(
        default_factory=RemoteWriteSettings,
        description="A Prometheus-compatible store that gets every poll too.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse to throw polls away before they are packed."""
        ages = {key: parse_age(given.get(key, cls.model_fields[key].default)) for key in ("raw", "polls")}
        raw, polls = ages["raw"], ages["polls"]
        if raw is not None and polls is not None and polls < raw + 2 * 86_400:
            key = "polls" if "polls" in given else "raw"
            yield Conflict((key,), _("polls must be kept at least two days longer than raw"))

    @property
    def zone(self) -> ZoneInfo:
        """Where days and months begin."""
        return ZoneInfo(self.time_zone)


def parse_age(value: Any) -> float | None:
    """Give the seconds of a raw value; None where it is no duration, which its own check tells."""
    try:
        return (
            parse_duration(str(value)).total_seconds()
            if isinstance(value, str | int)
            else value.total_seconds()
        )
    except (ValueError, AttributeError):
        return None
