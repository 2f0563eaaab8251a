"""From the bytes of a message to text on one line. Pure; any bytes give a text."""

import codecs
import re

_BOM = codecs.BOM_UTF8
_CHINESE = re.compile(r"[\x00-\x7f\u2010-\u203b\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*")
"""What GBK text of devices holds; Latin-1 text read as GBK strays outside."""


def decode(data: bytes) -> str:
    """Decode UTF-8, GBK or Latin-1, whichever it is, and make it one line.

    A character that was cut in half at the end is left out: devices cut at 1,024 bytes.
    """
    data = data.removeprefix(_BOM)
    return to_line(data.decode("ascii") if data.isascii() else _decode_foreign(data))


def _decode_foreign(data: bytes) -> str:
    for encoding, pattern in (("utf-8", None), ("gb18030", _CHINESE)):
        try:
            text = codecs.getincrementaldecoder(encoding)("strict").decode(data, final=False)
        except UnicodeDecodeError:
            continue
        if pattern is None or (pattern.fullmatch(text) and _is_common(text)):
            return text
    return data.decode("latin-1")


def _is_common(text: str) -> bool:
    """Tell whether most of the Chinese is of GB 2312; Latin-1 read as GBK gives rare characters."""
    foreign = [character for character in text if not character.isascii()]
    common = sum(bool(character.encode("gb2312", "ignore")) for character in foreign)
    return common * 4 >= len(foreign) * 3


def to_line(text: str) -> str:
    """Put blanks in place of what a terminal or a log would obey: controls, line ends, marks of direction."""
    if text.isprintable():
        return text.strip()
    return "".join(character if character.isprintable() else " " for character in text).strip()
