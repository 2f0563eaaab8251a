"""Incoming webhooks of Slack, and of what speaks like it.

Slack answers ``ok`` in plain text, or a word for what is wrong with a status of 4xx; others answer JSON.
"""

from netops.clock import Clock
from netops.i18n import _
from netops.model.message import Message
from netops.notify.addresses import read_user
from netops.notify.coded import read_object, write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import HttpSender, Reply, Request
from netops.notify.markdown import SLACK, markdown
from netops.settings.channels import SlackChannel

MOST_BYTES = 8000
"""Slack cuts at 40,000 characters and folds away far less."""
_TEMPORARY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
    }
)


class SlackSender(HttpSender):
    """One webhook."""

    def __init__(self, channel: SlackChannel, clock: Clock) -> None:
        self._url = channel.url.get_secret_value()
        super().__init__(channel, clock, secrets_in_url(self._url))

    def shape(self, message: Message, address: str) -> Request:
        """Give a message that mentions the address, a member's id such as ``U024BE7LH``."""
        user = read_user(address)
        text = markdown(message, SLACK, MOST_BYTES, mention=f"<@{user}>" if user else "")
        # Without previews Slack opens no link of ours, least of all the one to acknowledge.
        return Request(self._url, write_json({"text": text, "unfurl_links": False, "unfurl_media": False}))

    def read(self, reply: Reply) -> str:
        """Take ``ok``, and JSON that says so. See ``HttpSender``."""
        self.check_status(reply)
        if reply.is_whole and reply.text.strip().lower() == "ok":
            return "ok"
        answer = read_object(reply)
        if answer.get("ok") is True:
            return "ok"
        words = {"answer": self.tidy(str(answer.get("error") or reply.text))}
        is_refused = answer.get("ok") is False and answer.get("error") not in _TEMPORARY
        raise self.fail(_("the answer is not ok: %(answer)s") % words, reply, is_permanent=is_refused)
