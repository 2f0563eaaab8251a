"""What a new version of the settings changes, for the log after SIGHUP and for a dry run. Shows no secret."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

from pydantic import BaseModel, SecretStr

from netops.i18n import _
from netops.settings.devices import DeviceSettings
from netops.settings.durations import format_duration
from netops.settings.events import EventsSettings
from netops.settings.models import Settings
from netops.settings.oncall import OncallSettings


class Change(NamedTuple):
    """One key whose value differs. The values are texts to show; None stands for absent."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        words = {"key": self.key, "before": self.before, "after": self.after}
        if self.before is None:
            return _("%(key)s: added, %(after)s") % words
        if self.after is None:
            return _("%(key)s: removed, was %(before)s") % words
        if self.after == _("(changed)"):
            return _("%(key)s: %(after)s") % words
        return _("%(key)s: %(before)s → %(after)s") % words


def diff_settings(old: Settings, new: Settings) -> list[Change]:
    """Compare two versions of netops.yaml, key by key, in the order of the reference."""
    return _compare(_flatten(old), _flatten(new))


def diff_oncall(old: OncallSettings, new: OncallSettings) -> list[Change]:
    """Compare two versions of oncall.yaml, key by key, in the order of the reference; keys begin with ``oncall``."""
    changes = _compare(_flatten(old, "oncall"), _flatten(new, "oncall"))
    # An entry that comes or goes is told by what stands in it; its empty lists say nothing.
    return [change for change in changes if {change.before, change.after} != {None, "[]"}]


def diff_events(old: EventsSettings, new: EventsSettings) -> list[Change]:
    """Compare two versions of events.yaml, key by key, in the order of the reference; keys begin with ``events``."""
    return _compare(_flatten(old, "events"), _flatten(new, "events"))


def diff_devices(old: Mapping[str, DeviceSettings], new: Mapping[str, DeviceSettings]) -> list[Change]:
    """Compare two sets of devices by name.

    A device that comes or goes is one change, whose value is its address; one that stays has a change for each
    key, such as ``sw-1.port``.
    """
    changes = []
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            changes.append(Change(name, _describe(before), _describe(after)))
        elif before != after:
            # A list of checks that comes or goes is told by what stands in it.
            differences = _compare(_flatten(before, name), _flatten(after, name))
            changes += [change for change in differences if {change.before, change.after} != {None, "[]"}]
    return changes


def _describe(device: DeviceSettings | None) -> str | None:
    if device is None:
        return None
    return device.address or _("this machine")


def _flatten(value: object, key: str = "") -> dict[str, object]:
    """Give every leaf below a value by its dotted key."""
    pairs: list[tuple[str, object]]
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        pairs = [(field.alias or name, getattr(value, name)) for name, field in fields.items()]
    elif isinstance(value, Mapping):
        pairs = [(str(name), inner) for name, inner in value.items()]
    elif isinstance(value, tuple) and any(isinstance(inner, BaseModel) for inner in value):
        items = (_flatten(inner, f"{key}[{number}]") for number, inner in enumerate(value))
        return dict(chain.from_iterable(item.items() for item in items))
    else:
        return {key: value}
    leaves: dict[str, object] = {}
    for name, inner in pairs:
        leaves |= _flatten(inner, f"{key}.{name}" if key else name)
    return leaves


def _compare(old: Mapping[str, object], new: Mapping[str, object]) -> list[Change]:
    changes = []
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        is_secret = isinstance(before, SecretStr) and isinstance(after, SecretStr)
        changes.append(Change(key, _show(before), _("(changed)") if is_secret else _show(after)))
    return changes


def _show(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return _("(secret)")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)
