"""Links that carry their own permission: signed, for one thing, until a time."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from netops.errors import NetopsError
from netops.i18n import _

_KEY_BYTES = 32
_TAG_BYTES = 16


class LinkWrong(NetopsError):
    """It is not a link of ours, or was changed on its way."""


class LinkExpired(NetopsError):
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for."""

    purpose: str
    subject: int
    expires_at: datetime


class LinkSigner:
    """Makes and reads tokens. Whoever holds the key can make them, so it stays on this machine."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, purpose: str, subject: int, expires_at: datetime) -> str:
        """Give a token for a URL.

        Args:
            purpose: A word; a token for one purpose never opens another.
            subject: The id of what it is for.
            expires_at: From when on it is refused.
        """
        body = f"{subject:x}.{int(expires_at.timestamp()):x}"
        return f"{body}.{self._tag(purpose, body)}"

    def read(self, purpose: str, token: str, now: datetime) -> Link:
        """Give what a token stands for.

        Raises:
            LinkWrong: It was not made by this key for this purpose.
            LinkExpired: Its time is over.
        """
        body, _dot, tag = token.rpartition(".")
        if not token.isascii() or not hmac.compare_digest(tag, self._tag(purpose, body)):
            raise LinkWrong(_("this link is not complete, or not ours; open it from the message again"))
        subject, _dot, expiry = body.partition(".")
        link = Link(purpose, int(subject, 16), datetime.fromtimestamp(int(expiry, 16), UTC))
        if now >= link.expires_at:
            raise LinkExpired(_("the time of this link is over; a newer message has a newer one"))
        return link

    def _tag(self, purpose: str, body: str) -> str:
        digest = hmac.new(self._key, f"{purpose}\0{body}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_TAG_BYTES]).rstrip(b"=").decode()


def open_link_key(path: Path) -> bytes:
    """Read the key that signs links; the first time it is made, readable by this user only.

    Raises:
        NetopsError: It cannot be read or made, or is no key.
    """
    words = {"path": path}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        message = _("cannot use the key file %(path)s: %(error)s") % {**words, "error": error.strerror}
        raise NetopsError(message) from None
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise NetopsError(_("%(path)s holds no key; remove it and a new one is made") % words)
    return key
