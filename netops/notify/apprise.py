"""Any service that Apprise knows, as an optional extra.

Apprise says yes or no and nothing more, takes error codes inside HTTP 200 for success, and works in threads that
outlive our deadline. So it is for services that have no channel of their own here.
"""

import asyncio
import logging
from typing import Any

from netops.clock import Clock
from netops.i18n import _
from netops.model.message import Message, ToldBecause
from netops.notify.sender import Answer, SendFailed
from netops.notify.texts import first_line, plain_text
from netops.settings.channels import AppriseChannel

_KINDS = {"critical": "failure", "major": "failure", "minor": "warning", "warning": "warning"}


class AppriseSender:
    """Some addresses of Apprise, told together. See ``Sender``."""

    def __init__(self, channel: AppriseChannel, _clock: Clock) -> None:
        self._urls = [url.get_secret_value() for url in channel.urls]
        self._seconds = channel.timeout.total_seconds()
        self._apprise: Any = None

    async def send(self, message: Message, address: str) -> Answer:  # noqa: ARG002 - it is in the URLs
        """Tell all addresses; it has failed unless all took it. See ``Sender``."""
        if self._apprise is None:
            self._apprise = await asyncio.to_thread(self._load)
        try:
            async with asyncio.timeout(self._seconds):
                is_taken = await self._apprise.async_notify(
                    title=first_line(message),
                    body=plain_text(message),
                    notify_type=_choose_kind(message),
                    body_format="text",
                )
        except TimeoutError:
            words = {"seconds": f"{self._seconds:g}"}
            raise SendFailed(_("no complete answer within %(seconds)s seconds") % words) from None
        if not is_taken:
            raise SendFailed(_("Apprise could not deliver; it does not say why"))
        return Answer("apprise: true")

    async def close(self) -> None:
        """Hold nothing."""

    def _load(self) -> Any:
        try:
            import apprise  # noqa: PLC0415 - an optional extra
        except ImportError:
            words = {"command": "pip install 'netops[apprise]'"}
            raise SendFailed(
                _("Apprise is not installed; `%(command)s` does it") % words, is_permanent=True
            ) from None
        # Their log lines hold whole addresses, with their tokens.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        found = apprise.Apprise()
        if not all(found.add(url) for url in self._urls):
            raise SendFailed(_("Apprise does not know one of the addresses"), is_permanent=True)
        return found


def _choose_kind(message: Message) -> str:
    if not message.alerts:
        return "info"
    gravest = message.alerts[0]
    if gravest.because is ToldBecause.RESOLVED:
        return "success"
    return _KINDS.get(gravest.severity.lower(), "info")
