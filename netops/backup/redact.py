"""Hiding the secrets of a configuration. Pure.

A platform's patterns say with their groups what is hidden; some shapes are hidden on every platform.
"""

import re
from collections.abc import Iterable

from netops.backup.groups import replace_groups

MASK = "<secret hidden>"
_HIDDEN = "\ue000hidden\ue001"
"""Stands for MASK while patterns run: one word, so that no pattern takes it for two."""
_EVERYWHERE = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----((?:(?!-----END)[\s\S])*)-----END"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@]+:([^\s@/]+)@"),
    re.compile(r"(?<![\w$])(\$(?:1|2[aby]?|5|6|7|8|9|y|14|sha512)\$[\w./$+=-]{8,})"),
    re.compile(r"(\{(?:SSHA|SHA|ssha|crypt|CRYPT)\d*\}[\w./+=$-]{8,})"),
)
"""Private keys in PEM, passwords inside addresses (RFC 3986 userinfo), hashes as crypt(5) writes them."""


def redact(text: str, patterns: Iterable[re.Pattern[str]], known: Iterable[str] = ()) -> str:
    """Give the text with its secrets hidden.

    Args:
        text: A configuration.
        patterns: Each group of each match is hidden; what stands around it remains.
        known: Secrets of ours that may stand in it, such as the password we log in with.
    """
    for pattern in (*patterns, *_EVERYWHERE):
        text = pattern.sub(lambda match: replace_groups(match, _HIDDEN), text)
    for secret in known:
        # A short word would be found everywhere; it is hidden where a platform's pattern knows its place.
        if len(secret) >= 8:
            text = text.replace(secret, _HIDDEN)
    return text.replace(_HIDDEN, MASK)
