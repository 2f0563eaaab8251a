"""Keeps a channel's secrets out of every answer and error: what a receiver says may well repeat them."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from netops.notify.neutral import one_line

MASK = "***"
_TOKEN = 16
"""A part of a path at least this long is taken for a token: shorter ones are words such as send or services."""
_LEAST_VALUE = 6
"""A shorter value of a query, such as the 2 of v=2, is none; masked, it would make answers unreadable."""
_LONGEST_ANSWER = 200


class SecretHider:
    """Takes the secrets of one channel out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for secret in secrets if secret for form in _spell(secret)}
        # The longest first: part of a secret must not be masked before the whole.
        self._known = sorted(filter(None, known), key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Give the text with a mask in place of each secret, however it is encoded."""
        for secret in self._known:
            text = text.replace(secret, MASK)
        return text

    def tidy(self, text: str, most: int = _LONGEST_ANSWER) -> str:
        """Give it on one line too, fit to be shown and not longer than a person reads."""
        return one_line(self.hide(text), most)


def secrets_in_url(url: str) -> Iterator[str]:
    """Give what must not be told of a URL whose path or query is a token."""
    yield url
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if len(whole) > 1:
        yield whole
    if len(parts.path) >= _TOKEN:
        yield parts.path
    yield parts.query
    yield from (value for _key, value in parse_qsl(parts.query) if len(value) >= _LEAST_VALUE)
    yield from (piece for piece in parts.path.split("/") if len(piece) >= _TOKEN)
    yield from filter(None, (parts.password, parts.netloc.rpartition("@")[0]))


def _spell(secret: str) -> Iterator[str]:
    yield secret
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret), unquote(secret))
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield base64.b64encode(secret.encode("utf-8", "replace")).decode("ascii")
