"""Keeps the rule file that thresholds become: written whole or not at all, and only when it says something else."""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from netops.alerting.managed_rules import collect_uses, make_managed_rules
from netops.backup.files import replace_whole
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.device import DeviceSource
from netops.services.manage_devices import read_devices
from netops.settings.loader import LoadedSettings
from netops.settings.thresholds import ThresholdOptions


class ManagedRulesError(NetopsError):
    """The file could not be written; the former one stands."""


def list_thresholds(loaded: LoadedSettings, connection: Connection) -> list[ThresholdOptions]:
    """Give the thresholds of all devices: those of the files as loaded, and those of the table from elsewhere."""
    stored, _complaints = read_devices(connection)
    others = [one.settings for one in stored if one.source is not DeviceSource.FILE]
    return [device.thresholds for device in (*loaded.devices.values(), *others)]


def write_managed_rules(path: Path, thresholds: Iterable[ThresholdOptions]) -> bool:
    """Make the file say what these thresholds need; where nothing needs a rule, none is made.

    Returns:
        Whether it was written.

    Raises:
        ManagedRulesError: It could not be read or written, with the reason.
    """
    uses = collect_uses(thresholds)
    text = make_managed_rules(uses)
    try:
        former = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
        if former == text or (former is None and not uses):
            return False
        # Readable by a Prometheus that runs as another user, as rule files are.
        replace_whole(path, text.encode(), mode=0o666)
    except OSError as error:
        words = {"path": path, "reason": error.strerror or type(error).__name__}
        raise ManagedRulesError(_("cannot write %(path)s: %(reason)s") % words) from error
    return True
