"""Receive a syslog message: find whose it is, and tell whoever listens."""

import logging
from collections.abc import Callable, Iterable

from netops.model.syslog import SyslogMessage
from netops.services.senders import Senders

logger = logging.getLogger(__name__)

SyslogListener = Callable[[SyslogMessage, str | None], None]


class ReceiveSyslog:
    """The use case. A listener gets each message with the name of its device, or None for a stranger's."""

    def __init__(self, senders: Senders, relays: Iterable[str]) -> None:
        self.listeners: list[SyslogListener] = []
        self.strangers = 0
        """Messages of nobody we watch."""
        self._senders = senders
        self._relays = frozenset(relays)

    def receive(self, message: SyslogMessage) -> None:
        """Hand a message on; a listener that fails keeps no other from hearing it."""
        host = message.host if message.source_address in self._relays else ""
        device = self._senders.find(message.source_address, host)
        self.strangers += device is None
        for listener in self.listeners:
            try:
                listener(message, device)
            except Exception:  # one message must not end the receiver
                logger.exception("a syslog message of %s could not be handled", message.source_address)
