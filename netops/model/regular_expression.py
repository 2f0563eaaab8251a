"""Regular expressions of Prometheus (RE2) in Python's dialect.

The two agree on nearly all that label matchers use. What differs: RE2 lets flags such as ``(?i)`` begin in the
middle of a group, has another sign for the end of the text, and knows classes such as ``[[:alpha:]]``. Unicode
classes (``p{L}`` behind a backslash) are refused: Python has none.
"""

import re

from netops.errors import NetopsError
from netops.i18n import _

_POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?\)")
_POSIX_CLASS = re.compile(r"\[:(\w+):\]")
_LONGEST = 4096


class PatternWrong(NetopsError):
    """No regular expression, or one that uses what Python has not."""


def compile_regular_expression(text: str, *, whole: bool) -> re.Pattern[str]:
    """Compile an expression of RE2; ``whole`` asks that it match a text from end to end, as label matchers do.

    Raises:
        PatternWrong: It is no regular expression, or uses what Python has not.
    """
    if len(text) > _LONGEST:
        raise PatternWrong(_("a regular expression of more than %(most)d characters") % {"most": _LONGEST})
    translated = _translate(text)
    try:
        # A dot matches a line's end in label matchers (RE2's flag s); \d, \w and \s are ASCII in RE2.
        if whole:
            return re.compile(rf"(?:{translated})\Z", re.DOTALL | re.ASCII)
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        words = {"text": text, "reason": str(error)}
        raise PatternWrong(_('the regular expression "%(text)s" is wrong: %(reason)s') % words) from error


def _translate(text: str) -> str:
    """Rewrite what RE2 has and Python has not. Flags in mid-group become a group of their own to the group's end."""
    pieces: list[str] = []
    opened: list[list[str]] = [[]]
    """For each open group the flag groups begun inside it."""
    place = 0
    while place < len(text):
        character = text[place]
        if character == "\\":
            escaped = text[place : place + 2]
            pieces.append({"\\z": r"\Z", "\\C": "."}.get(escaped, escaped))
            place += 2
            continue
        if character == "[":
            piece, place = _translate_class(text, place)
            pieces.append(piece)
            continue
        flags = _FLAGS.match(text, place) if character == "(" else None
        if flags:
            on, off = (flags[1] or "").replace("U", ""), (flags[2] or "").replace("U", "")
            begin = f"(?{on}{'-' + off if off else ''}:"
            opened[-1].append(begin)
            pieces.append(begin)
            place = flags.end()
            continue
        if character == "(":
            opened.append([])
        elif character == ")" and len(opened) > 1:
            pieces.append(")" * len(opened.pop()))
        elif character == "|" and opened[-1]:
            # The flags go on in the other branch, so their groups are closed before it and begun after it.
            pieces.append(")" * len(opened[-1]) + "|" + "".join(opened[-1]))
            place += 1
            continue
        pieces.append(character)
        place += 1
    return "".join(pieces) + ")" * sum(map(len, opened))


def _translate_class(text: str, place: int) -> tuple[str, int]:
    """Rewrite the character class that begins at a place; gives it and the place behind it."""
    start, place = place, place + 1
    pieces = ["["]
    if text[place : place + 1] == "^":
        pieces.append("^")
        place += 1
    is_first = True
    while place < len(text) and (text[place] != "]" or is_first):
        named = _POSIX_CLASS.match(text, place)
        if named and named[1] in _POSIX_CLASSES:
            pieces.append(_POSIX_CLASSES[named[1]])
            place = named.end()
        elif text[place] == "\\":
            pieces.append(text[place : place + 2])
            place += 2
        else:
            # A bracket inside a class is plain in RE2; Python warns of it as of a set to come.
            pieces.append("\\" + text[place] if text[place] in "[&~|" else text[place])
            place += 1
        is_first = False
    if place >= len(text):
        return text[start:], len(text)
    return "".join([*pieces, "]"]), place + 1
