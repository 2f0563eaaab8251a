"""Text messages over a gateway that speaks HTTP, shaped by the operator's own templates.

A template knows three names and nothing else: no expressions, no attributes. What is filled in is escaped by the
writer of the format itself (JSON, form, URL), so that no text can leave its place.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from netops.clock import Clock
from netops.i18n import _
from netops.model.message import Message
from netops.notify.addresses import is_telephone
from netops.notify.coded import write_json
from netops.notify.hiding import secrets_in_url
from netops.notify.http import Request
from netops.notify.sender import SendFailed
from netops.notify.success import ConditionalSender
from netops.notify.texts import short_text
from netops.settings.channels import SmsChannel

_PLACE = re.compile(r"\{(address|text|id)\}")


class SmsSender(ConditionalSender):
    """One gateway."""

    def __init__(self, channel: SmsChannel, clock: Clock) -> None:
        self._settings = channel
        self._url = channel.url.get_secret_value()
        self._headers = {name: value.get_secret_value() for name, value in channel.headers.items()}
        self._body = channel.body.get_secret_value() if channel.body else None
        self.condition = channel.success
        secrets = [*secrets_in_url(_PLACE.sub("", self._url)), *self._headers.values()]
        super().__init__(channel, clock, [*secrets, *self._secrets_in_body()])

    def shape(self, message: Message, address: str) -> Request:
        """Give the request that the templates make."""
        number = address.strip().replace(" ", "").replace("-", "")
        if not is_telephone(number):
            raise SendFailed(_("the address is no telephone number"), is_permanent=True)
        values = {
            "address": number,
            "text": short_text(message, self._settings.most_characters),
            "id": message.id,
        }
        content, content_type = self._write_body(values)
        return Request(
            _fill(self._url, {name: quote(value, safe="") for name, value in values.items()}),
            content,
            content_type=content_type,
            method=self._settings.method,
            headers=self._headers,
        )

    def _write_body(self, values: Mapping[str, str]) -> tuple[bytes, str]:
        if self._settings.format == "form":
            pairs = parse_qsl(self._body or "", keep_blank_values=True)
            filled = [(name, _fill(value, values)) for name, value in pairs]
            return urlencode(filled, errors="replace").encode("ascii"), "application/x-www-form-urlencoded"
        content = write_json(_fill_json(json.loads(self._body), values)) if self._body else b""
        return content, "application/json; charset=utf-8"

    def _secrets_in_body(self) -> list[str]:
        """Give the fixed values of the body: an account, a key. Words of one or two signs are none."""
        if not self._body:
            return []
        if self._settings.format == "form":
            values = [value for _name, value in parse_qsl(self._body)]
        else:
            values = list(_leaves(json.loads(self._body)))
        return [value for value in values if len(value) > 5 and not _PLACE.search(value)]


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Fill in all places at once, so that a text that holds a place's name stays as it is."""
    return _PLACE.sub(lambda match: values[match[1]], template)


def _fill_json(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, list):
        return [_fill_json(inner, values) for inner in template]
    if isinstance(template, dict):
        return {key: _fill_json(inner, values) for key, inner in template.items()}
    return template


def _leaves(template: Any) -> list[str]:
    if isinstance(template, str):
        return [template]
    if isinstance(template, dict):
        template = list(template.values())
    return [leaf for inner in template for leaf in _leaves(inner)] if isinstance(template, list) else []
