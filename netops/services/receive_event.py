"""Receive a trap or an inform: find whose it is, and keep it as an event."""

import logging
from collections import Counter
from collections.abc import Callable
from ipaddress import IPv4Address

from sqlalchemy import Connection

from netops.model.event import Event, EventKind
from netops.model.notification import Notification
from netops.services.fleet import Fleet, WatchedDevice
from netops.snmp.names import Names
from netops.snmp.types import Oid, Varbind
from netops.store.queries.devices import has_device
from netops.store.queries.events import append_event
from netops.store.writer import Writer

logger = logging.getLogger(__name__)

NotificationListener = Callable[[Notification, WatchedDevice | None], None]
_MOST_VARIABLES = 50
_LONGEST_TEXT = 500


class ReceiveEvent:
    """The use case, with what it needs."""

    def __init__(self, *, fleet: Fleet, writer: Writer, names: Names) -> None:
        self._fleet = fleet
        self._writer = writer
        self._names = names
        self.received: Counter[str] = Counter()
        """Notifications so far, by SNMP version."""
        self.listeners: list[NotificationListener] = []
        """Each gets every notification with the device it is about, None for a stranger's."""

    def receive(self, notification: Notification) -> bool:
        """Keep a notification; False when the store's queue refused it, which is counted."""
        self.received[notification.version] += 1
        device = find_sender(self._fleet, notification)
        for listener in self.listeners:
            try:
                listener(notification, device)
            except Exception:  # one notification must not end the receiver
                logger.exception("a notification of %s could not be handled", notification.source_address)
        event = describe_notification(notification, device, self._names)

        def write(connection: Connection) -> None:
            if event.device_id is not None and not has_device(connection, event.device_id):
                event.device_id = None  # removed since; its name still tells
            append_event(connection, event)

        return self._writer.submit(write)


def find_sender(fleet: Fleet, notification: Notification) -> WatchedDevice | None:
    """Find the device a notification is about: by the agent's address where a relay names it, else the source's.

    Only addresses are compared, not names; a device configured by its name is found once polls know its address.
    """
    wanted = [str(notification.agent_address)] if notification.agent_address else []
    wanted.append(notification.source_address)
    for address in wanted:
        for device in fleet.devices.values():
            if device.access is not None and device.access.host == address:
                return device
    return None


def describe_notification(notification: Notification, device: WatchedDevice | None, names: Names) -> Event:
    """Word a notification as an event, with the names that MIBs give to its variables."""
    symbol = names.symbol(Oid.parse(notification.trap_oid)) if notification.trap_oid else "?"
    variables = [_word(names, variable) for variable in notification.varbinds[:_MOST_VARIABLES]]
    who = str(notification.agent_address or notification.source_address)
    text = f"{symbol} from {who}"
    if variables:
        text += ": " + ", ".join(f"{name}={value}" for name, value in variables)
    return Event(
        at=notification.received_at,
        kind=EventKind.NOTIFICATION_RECEIVED,
        device_id=device.id if device else None,
        device_name=device.name if device else "",
        subject=symbol,
        text=text[:_LONGEST_TEXT],
        data={
            "trap_oid": notification.trap_oid,
            "source": notification.source_address,
            "version": notification.version,
            "credential": notification.credential,
            "user": notification.user,
            "engine_id": notification.engine_id.hex(),
            "inform": notification.inform,
            "variables": [{"name": name, "value": value} for name, value in variables],
        },
    )


def _word(names: Names, variable: tuple[str, int, object]) -> tuple[str, str]:
    oid, tag, value = variable
    parsed = Oid.parse(oid)
    if tag == 0x06 and isinstance(value, str):
        shown = names.symbol(Oid.parse(value))
    elif value is None or isinstance(value, int | bytes | float | IPv4Address):
        shown = names.display(Varbind(parsed, tag, value))
    else:
        shown = str(value)
    return names.symbol(parsed), shown
