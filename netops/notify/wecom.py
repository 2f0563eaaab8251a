"""Robots in groups of WeCom.

Limits of WeCom's page on group robots: 20 messages a minute, text of 2,048 bytes, Markdown of 4,096. WeChat, which
many have instead of WeCom's own program, shows no Markdown. The key in the URL is all there is of a secret.
"""

from typing import Any

from netops.clock import Clock
from netops.model.message import Message
from netops.notify.addresses import is_telephone, read_user
from netops.notify.coded import CodedSender, write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import Request
from netops.notify.markdown import WECOM, markdown
from netops.notify.texts import plain_text
from netops.settings.channels import WecomChannel

MOST_BYTES_OF_TEXT = 2048
MOST_BYTES_OF_MARKDOWN = 4096


class WecomSender(CodedSender):
    """One robot."""

    # -1 the service is busy; 45009 and 45033 too many messages, in a minute or at once.
    temporary = frozenset({-1, 45009, 45033})

    def __init__(self, channel: WecomChannel, clock: Clock) -> None:
        self._url = channel.url.get_secret_value()
        self._format = channel.format
        super().__init__(channel, clock, secrets_in_url(self._url))

    def shape(self, message: Message, address: str) -> Request:
        """Give a message that mentions the address, a telephone number (in text only) or a user id."""
        if self._format == "markdown":
            user = "" if is_telephone(address) else read_user(address)
            mention = f"<@{user}>" if user else ""
            content = markdown(message, WECOM, MOST_BYTES_OF_MARKDOWN, mention=mention)
            return Request(self._url, write_json({"msgtype": "markdown", "markdown": {"content": content}}))
        text: dict[str, Any] = {"content": plain_text(message, MOST_BYTES_OF_TEXT)}
        if is_telephone(address):
            text["mentioned_mobile_list"] = [address.replace(" ", "").replace("-", "")]
        elif address:
            text["mentioned_list"] = [read_user(address)]
        return Request(self._url, write_json({"msgtype": "text", "text": text}))
