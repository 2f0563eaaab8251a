"""Makes any text fit to stand in a message: what a device or a label says is anybody's writing.

Control characters could end a header or move a terminal's cursor; marks of direction (U+202E and its like)
show a text backwards; zero-width signs hide one text in another.
"""

import unicodedata

CUT = "…"
_REPLACEMENT = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": "\ufffd"}
"""By general category of Unicode: controls, line and paragraph ends, invisible marks, halves of characters."""


def one_line(text: str, most: int = 300) -> str:
    """Give the text on one line, without what does not show, cut to so many characters."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_REPLACEMENT.get(unicodedata.category(sign), sign) for sign in text)
    return cut(" ".join(text.split()), most)


def lines(text: str, most: int = 2000, most_lines: int = 40) -> list[str]:
    """Give the text's lines, each fit to be shown, without empty ones at either end."""
    found = [one_line(line, most) for line in text[:most].splitlines()[:most_lines]]
    while found and not found[-1]:
        found.pop()
    while found and not found[0]:
        found.pop(0)
    return found


def cut(text: str, most: int) -> str:
    """Cut to so many characters, the last one telling that something is missing."""
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + CUT


def size(text: str) -> int:
    """Give the number of bytes in UTF-8."""
    return len(text.encode("utf-8", "replace"))


def cut_bytes(text: str, most: int) -> str:
    """Cut to so many bytes of UTF-8, never inside a character; what is cut ends in ``…`` where that fits."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    mark = CUT if most >= size(CUT) else ""
    return encoded[: max(most - size(mark), 0)].decode("utf-8", "ignore").rstrip() + mark


def is_link(url: str) -> bool:
    """Say whether a URL may be made a link: http or https, and nothing in it that does not show."""
    return url.startswith(("http://", "https://")) and one_line(url, len(url) + 1) == url and " " not in url
