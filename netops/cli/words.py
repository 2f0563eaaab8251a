"""Words for the names that the store and JSON use."""

from netops.i18n import _
from netops.model.alert import AlertEventKind, AlertStatus
from netops.model.delivery import DeliveryStatus
from netops.model.event import EventKind
from netops.model.inventory import ItemKind
from netops.model.message import MessageKind
from netops.model.service_check import CheckFailure


def event_word(kind: str) -> str:
    """Word a kind of event, as the store and JSON name it; a kind of a newer netops stays as it is."""
    words: dict[str, str] = {
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
        EventKind.COMPONENT_ADDED: _("component added"),
        EventKind.COMPONENT_CHANGED: _("component changed"),
        EventKind.COMPONENT_MISSING: _("component missing"),
        EventKind.COMPONENT_RETURNED: _("component returned"),
        EventKind.SENSOR_ADDED: _("sensor added"),
        EventKind.SENSOR_CHANGED: _("sensor changed"),
        EventKind.SENSOR_MISSING: _("sensor missing"),
        EventKind.SENSOR_RETURNED: _("sensor returned"),
        EventKind.NEIGHBOUR_ADDED: _("neighbour added"),
        EventKind.NEIGHBOUR_CHANGED: _("neighbour changed"),
        EventKind.NEIGHBOUR_MISSING: _("neighbour missing"),
        EventKind.NEIGHBOUR_RETURNED: _("neighbour returned"),
        EventKind.NOTIFICATION_RECEIVED: _("notification received"),
        EventKind.SYSLOG_RECEIVED: _("syslog message received"),
        EventKind.CONFIGURATION_CHANGED: _("configuration changed"),
        EventKind.BACKUP_FAILED: _("backup failed"),
        EventKind.BACKUP_HELD: _("backup held"),
        EventKind.DAEMON_STARTED: _("daemon started"),
        EventKind.DAEMON_STOPPED: _("daemon stopped"),
        EventKind.SETTINGS_APPLIED: _("settings applied"),
        EventKind.SETTINGS_REFUSED: _("settings refused"),
        EventKind.OVERRIDE_ADDED: _("override added"),
        EventKind.OVERRIDE_REMOVED: _("override removed"),
        EventKind.MAINTENANCE_ADDED: _("maintenance window added"),
        EventKind.MAINTENANCE_ENDED: _("maintenance window ended"),
    }
    return words.get(kind, kind)


def alert_state_word(state: str) -> str:
    """Word how far an alert is."""
    words: dict[str, str] = {
        AlertStatus.PENDING: _("pending"),
        AlertStatus.FIRING: _("firing"),
        AlertStatus.RESOLVED: _("resolved"),
    }
    return words.get(state, state)


def alert_event_word(kind: str) -> str:
    """Word what happened to an alert."""
    words: dict[str, str] = {
        AlertEventKind.FIRED: _("fired"),
        AlertEventKind.HELD: _("held without data"),
        AlertEventKind.READ_AGAIN: _("read again"),
        AlertEventKind.RESOLVED: _("resolved"),
        AlertEventKind.ACKNOWLEDGED: _("acknowledged"),
        AlertEventKind.ACKNOWLEDGEMENT_EXPIRED: _("acknowledgement expired"),
        AlertEventKind.COMMENTED: _("comment"),
        AlertEventKind.SILENCED: _("silenced"),
        AlertEventKind.UNSILENCED: _("no longer silenced"),
        AlertEventKind.BEHIND: _("unreachable behind another device"),
        AlertEventKind.ON_ITS_OWN: _("no longer behind another device"),
        AlertEventKind.ROOT_CAUSE: _("other devices are unreachable behind it"),
        AlertEventKind.MAINTENANCE: _("in maintenance"),
        AlertEventKind.MAINTENANCE_OVER: _("no longer in maintenance"),
        AlertEventKind.FLAPPING: _("comes and goes"),
        AlertEventKind.FLAPPING_OVER: _("has settled"),
        AlertEventKind.STEP_EMPTY: _("a step found nobody"),
        AlertEventKind.UNTOLD: _("nobody was found"),
        AlertEventKind.SILENCE_ADDED: _("silence begun"),
        AlertEventKind.SILENCE_ENDED: _("silence ended"),
    }
    return words.get(kind, kind)


def delivery_word(status: str) -> str:
    """Word how far a message is."""
    words: dict[str, str] = {
        DeliveryStatus.WAITING: _("waiting"),
        DeliveryStatus.SENDING: _("being sent"),
        DeliveryStatus.SENT: _("taken"),
        DeliveryStatus.MERGED: _("in a digest"),
        DeliveryStatus.FAILED: _("given up"),
        DeliveryStatus.OBSOLETE: _("no longer needed"),
    }
    return words.get(status, status)


def message_word(kind: str) -> str:
    """Word what a message is about."""
    words: dict[str, str] = {
        MessageKind.ALERTS: _("alerts"),
        MessageKind.DIGEST: _("digest"),
        MessageKind.VERIFICATION: _("code"),
        MessageKind.NOTE: _("note"),
    }
    return words.get(kind, kind)


def item_word(kind: str) -> str:
    """Word a kind of item of the inventory."""
    words: dict[str, str] = {
        ItemKind.COMPONENT: _("component"),
        ItemKind.SENSOR: _("sensor"),
        ItemKind.NEIGHBOUR: _("neighbour"),
    }
    return words.get(kind, kind)


def level_word(level: str | None) -> str:
    """Word the level of a state; nothing for a measurement, and for what is in order."""
    words = {"warning": _("warning"), "critical": _("critical"), "unknown": _("unknown")}
    return words.get(level or "", "")


def failure_word(failure: str | None) -> str:
    """Give the word for why a service check failed."""
    words = {
        CheckFailure.REFUSED: _("refused"),
        CheckFailure.UNREACHABLE: _("not reachable"),
        CheckFailure.TIMEOUT: _("too late"),
        CheckFailure.DNS: _("name unknown"),
        CheckFailure.TLS: _("TLS fails"),
        CheckFailure.RESET: _("broken off"),
        CheckFailure.PROTOCOL: _("no HTTP"),
        CheckFailure.STATUS: _("wrong status"),
        CheckFailure.TEXT: _("text missing"),
        CheckFailure.OTHER: _("failed"),
    }
    return words[CheckFailure(failure or CheckFailure.OTHER)]
