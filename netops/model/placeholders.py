"""Texts with ``{placeholders}`` that values are put into. One pass: braces in a value stay what they are."""

import re
from collections.abc import Callable

from netops.errors import NetopsError
from netops.i18n import _

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)


class PlaceholderWrong(NetopsError):
    """A brace that begins no placeholder, or a name that none can have."""


def find_placeholders(text: str) -> frozenset[str]:
    """Give the names that a text asks for; ``{{`` and ``}}`` are plain braces.

    Raises:
        PlaceholderWrong: A brace stands alone, or around what is no name.
    """
    found = set()
    for piece in _PIECE.finditer(text):
        name = piece["name"]
        if name is None and len(piece[0]) == 1:
            raise PlaceholderWrong(_("a brace stands alone; double it for a plain one"))
        if name is not None:
            if not _NAME.fullmatch(name):
                raise PlaceholderWrong(
                    _("{%(name)s} is no placeholder; write {name}, or {{ for a brace") % {"name": name}
                )
            found.add(name)
    return frozenset(found)


def fill_placeholders(text: str, read: Callable[[str], str]) -> str:
    """Put values into a text that ``find_placeholders`` took."""

    def put(piece: re.Match[str]) -> str:
        return piece[0][0] if piece["name"] is None else read(piece["name"])

    return _PIECE.sub(put, text) if "{" in text or "}" in text else text
