r"""Robots in groups of DingTalk.

Signature and limits: DingTalk's page on custom robots. The secret signs ``timestamp\nsecret``, the timestamp in
milliseconds; both go into the query. A robot takes 20 messages a minute and is then deaf for ten.
"""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus

from netops.clock import Clock
from netops.model.message import Message
from netops.notify.addresses import is_telephone, read_user
from netops.notify.coded import CodedSender, write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import Request
from netops.notify.markdown import DINGTALK, markdown
from netops.notify.texts import first_line, plain_text
from netops.settings.channels import DingTalkChannel

MOST_BYTES = 16_000
"""Below the 20,000 that a message may have in all."""


class DingTalkSender(CodedSender):
    """One robot."""

    # -1 the service is busy; 130101 and 410100 too many messages.
    temporary = frozenset({-1, 130101, 410100})

    def __init__(self, channel: DingTalkChannel, clock: Clock) -> None:
        self._url = channel.url.get_secret_value()
        self._secret = channel.secret.get_secret_value() if channel.secret else None
        self._format = channel.format
        super().__init__(channel, clock, [*secrets_in_url(self._url), self._secret])

    def shape(self, message: Message, address: str) -> Request:
        """Give a message that mentions the address, a telephone number or a user id."""
        body: dict[str, Any] = {"msgtype": self._format, "at": {"isAtAll": False}}
        mention = ""
        if address:
            phone = address.replace(" ", "").replace("-", "")
            key, name = ("atMobiles", phone) if is_telephone(address) else ("atUserIds", read_user(address))
            # DingTalk highlights a mention only where the text holds it as well.
            body["at"][key], mention = [name], f"@{name}"
        if self._format == "text":
            room = MOST_BYTES - len(mention) - 1
            content = plain_text(message, room)
            body["text"] = {"content": f"{content}\n{mention}" if mention else content}
        else:
            text = markdown(message, DINGTALK, MOST_BYTES, mention=mention)
            body["markdown"] = {"title": first_line(message), "text": text}
        return Request(self._sign(), write_json(body))

    def _sign(self) -> str:
        if self._secret is None:
            return self._url
        stamp = str(round(self.clock.now().timestamp() * 1000))
        digest = hmac.digest(self._secret.encode(), f"{stamp}\n{self._secret}".encode(), hashlib.sha256)
        joint = "&" if "?" in self._url else "?"
        return f"{self._url}{joint}timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"
