"""Our own configuration: the models, the loader, and messages worded for the operator."""

from netops.settings.devices import CollectorSwitches, DeviceSettings
from netops.settings.diff import Change, diff_devices, diff_settings
from netops.settings.durations import format_duration, parse_duration
from netops.settings.errors import Problem, SettingsError, SettingsErrors
from netops.settings.loader import LoadedSettings, load_settings
from netops.settings.models import Settings

__all__ = [
    "Change",
    "CollectorSwitches",
    "DeviceSettings",
    "LoadedSettings",
    "Problem",
    "Settings",
    "SettingsError",
    "SettingsErrors",
    "diff_devices",
    "diff_settings",
    "format_duration",
    "load_settings",
    "parse_duration",
]
