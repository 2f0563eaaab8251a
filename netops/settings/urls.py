"""URLs in settings: plain ones are ``WriteUrl`` of ``history``; these may carry a token, and are secrets."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, WithJsonSchema

from netops.i18n import _
from netops.settings.parts import refuse
from netops.settings.references import Secret


def _is_whole(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return is_whole and text.isprintable() and " " not in text


def _check_url(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not _is_whole(text):
        raise refuse(_("is not a URL"), _("write it like https://host/path"))
    parts = urlsplit(text)
    if parts.username or parts.password:
        raise refuse(_("holds a user or a password"), _("give them in a header"))
    return value


def _check_proxy(value: SecretStr) -> SecretStr:
    if not _is_whole(value.get_secret_value()):
        raise refuse(_("is not a URL"), _("write it like http://proxy:3128"))
    return value


_SCHEMA = {"type": "string", "writeOnly": True, "x-values": "URL or reference"}
SecretUrl = Annotated[Secret, AfterValidator(_check_url), WithJsonSchema(_SCHEMA)]
"""An http or https URL that whoever knows it may use, so that it is shown nowhere."""
ProxyUrl = Annotated[Secret, AfterValidator(_check_proxy), WithJsonSchema(_SCHEMA)]
"""The same, with user and password inside where the proxy asks for them."""
