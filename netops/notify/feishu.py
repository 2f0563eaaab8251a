r"""Robots in groups of Feishu and Lark.

Signature and limits: Feishu's page on custom bots. The key ``timestamp\nsecret``, the timestamp in seconds, signs an
empty text; both go into the body. A bot takes 100 messages a minute and 5 a second, of 20 KB each.
"""

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any

from netops.clock import Clock
from netops.model.message import Message
from netops.notify.addresses import read_user
from netops.notify.coded import CodedSender, write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import LONGEST_WAIT, Reply, Request
from netops.notify.markdown import FEISHU, card_lines
from netops.notify.story import Story, tell
from netops.notify.texts import plain_text
from netops.settings.channels import FeishuChannel

MOST_BYTES = 12_000
"""Of 20,000 for the whole body; quotes and new lines take two bytes each in it."""
_MENTION = re.compile("<(?=/?at)", re.IGNORECASE)
_COLOURS = {"critical": "red", "major": "orange", "minor": "yellow", "warning": "wathet"}


class FeishuSender(CodedSender):
    """One robot."""

    code_keys = ("code", "StatusCode")
    text_keys = ("msg", "StatusMessage")
    # 11232 and 99991400 too many messages; 11247, 19000 and 1000 the service itself is in trouble.
    temporary = frozenset({1000, 11232, 11247, 19000, 99991400})

    def __init__(self, channel: FeishuChannel, clock: Clock) -> None:
        self._url = channel.url.get_secret_value()
        self._secret = channel.secret.get_secret_value() if channel.secret else None
        self._format = channel.format
        super().__init__(channel, clock, [*secrets_in_url(self._url), self._secret])

    def shape(self, message: Message, address: str) -> Request:
        """Give a card, or a text, that mentions the address, an id of a user such as ``ou_…``."""
        user = read_user(address)
        body = self._write_text(message, user) if self._format == "text" else self._write_card(message, user)
        return Request(self._url, write_json({**self._sign(), **body}))

    def wait(self, reply: Reply) -> timedelta | None:
        """Read Feishu's own header of how many seconds to wait, too."""
        seconds = reply.headers.get("x-ogw-ratelimit-reset", "").strip()
        if seconds.isascii() and seconds.isdigit():
            return min(timedelta(seconds=int(seconds[:9])), LONGEST_WAIT)
        return super().wait(reply)

    def _sign(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        stamp = str(round(self.clock.now().timestamp()))
        digest = hmac.digest(f"{stamp}\n{self._secret}".encode(), b"", hashlib.sha256)
        return {"timestamp": stamp, "sign": base64.b64encode(digest).decode("ascii")}

    @staticmethod
    def _write_text(message: Message, user: str) -> dict[str, Any]:
        # The text takes tags for mentions, so a label must not be able to hold one.
        text = _MENTION.sub("< ", plain_text(message, MOST_BYTES))
        mention = f'\n<at user_id="{user}"></at>' if user else ""
        return {"msg_type": "text", "content": {"text": text + mention}}

    @staticmethod
    def _write_card(message: Message, user: str) -> dict[str, Any]:
        story = tell(message)
        mention = f"<at id={user}></at>" if user else ""
        lines = card_lines(message, FEISHU, MOST_BYTES, mention=mention)
        card = {
            "config": {"wide_screen_mode": True},
            "header": {
                "template": _choose_colour(story),
                "title": {"tag": "plain_text", "content": story.first_line},
            },
            "elements": [{"tag": "markdown", "content": lines or FEISHU.escape(story.first_line)}],
        }
        return {"msg_type": "interactive", "card": card}


def _choose_colour(story: Story) -> str:
    if not story.sections:
        return "blue"
    gravest = story.sections[0]
    return "green" if gravest.is_over else _COLOURS.get(gravest.severity, "blue")
