"""Words for the names that the store and JSON use."""

from netops.i18n import _
from netops.model.event import EventKind


def event_word(kind: str) -> str:
    """Word a kind of event, as the store and JSON name it; a kind of a newer netops stays as it is."""
    words = {
        EventKind.DEVICE_ADDED: _("device added"),
        EventKind.DEVICE_CHANGED: _("device changed"),
        EventKind.DEVICE_REMOVED: _("device removed"),
        EventKind.DEVICE_UNREACHABLE: _("device unreachable"),
        EventKind.DEVICE_REACHABLE: _("device reachable"),
        EventKind.DEVICE_REBOOTED: _("device restarted"),
        EventKind.DEVICE_IDENTITY_CHANGED: _("identity changed"),
        EventKind.INTERFACE_ADDED: _("interface added"),
        EventKind.INTERFACE_CHANGED: _("interface changed"),
        EventKind.INTERFACE_MISSING: _("interface missing"),
        EventKind.INTERFACE_RETURNED: _("interface returned"),
        EventKind.INTERFACE_INDEX_MOVED: _("ifIndex moved"),
        EventKind.NOTIFICATION_RECEIVED: _("notification received"),
        EventKind.CONFIGURATION_CHANGED: _("configuration changed"),
        EventKind.BACKUP_FAILED: _("backup failed"),
        EventKind.BACKUP_HELD: _("backup held"),
        EventKind.DAEMON_STARTED: _("daemon started"),
        EventKind.DAEMON_STOPPED: _("daemon stopped"),
        EventKind.SETTINGS_APPLIED: _("settings applied"),
        EventKind.SETTINGS_REFUSED: _("settings refused"),
    }
    return {str(known): word for known, word in words.items()}.get(kind, kind)
