"""Values in words, by the display hints of RFC 2579 section 3.1."""

import re
from ipaddress import IPv4Address

from netops.snmp.mibs.smi import Syntax
from netops.snmp.types import Absent, Oid, Tag, Value

_PART = re.compile(
    r"(?P<repeat>\*?)(?P<length>\d+)(?P<form>[xdoat])(?P<separator>[^\d*]?)(?P<terminator>[^\d*]?)"
)
_ABSENT = {
    Absent.NO_SUCH_OBJECT: "noSuchObject",
    Absent.NO_SUCH_INSTANCE: "noSuchInstance",
    Absent.END_OF_MIB_VIEW: "endOfMibView",
}


def as_text(tag: int, value: Value | Absent, syntax: Syntax) -> str:
    """Word a value for people.

    Args:
        tag: Its BER tag.
        value: The value.
        syntax: What its object's type says; an empty one where it is unknown.
    """
    if isinstance(value, Absent):
        return _ABSENT[value]
    if value is None:
        return ""
    if isinstance(value, bytes):
        return _bytes_as_text(value, syntax)
    if isinstance(value, int):
        if tag == Tag.TIME_TICKS:
            return ticks_as_text(value)
        label = syntax.labels.get(value)
        return f"{label}({value})" if label else _integer_as_text(value, syntax.hint)
    if isinstance(value, Oid | IPv4Address):
        return str(value)
    return f"{value:g}"


def ticks_as_text(ticks: int) -> str:
    """Word hundredths of a second, e.g. ``3 days, 1:02:03.45``."""
    seconds, hundredths = divmod(ticks, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    before = f"{days} day{'' if days == 1 else 's'}, " if days else ""
    return f"{before}{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"


def _integer_as_text(value: int, hint: str) -> str:
    """Apply the hints of integers: ``d``, ``d-2`` (two decimals), ``x``, ``o``, ``b``."""
    if hint.startswith("d-") and hint[2:].isdigit() and int(hint[2:]):
        places = int(hint[2:])
        digits = f"{abs(value):0{places + 1}}"
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return format(value, hint) if hint in {"x", "o", "b"} else str(value)


def _bytes_as_text(value: bytes, syntax: Syntax) -> str:
    if syntax.base == "BITS" or (syntax.labels and syntax.base != "INTEGER"):
        return bits_as_text(value, syntax.labels)
    if syntax.hint:
        hinted = apply_hint(value, syntax.hint)
        if hinted is not None:
            return hinted
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex(":")
    if not text or text.rstrip("\0").isprintable() or all(c.isprintable() or c in "\r\n\t" for c in text):
        return text.rstrip("\0")
    return value.hex(":")


def bits_as_text(value: bytes, labels: dict[int, str]) -> str:
    """Word the bits that are set; bit 0 is the first byte's highest (RFC 2578 section 7.1.4)."""
    numbers = [at for at in range(len(value) * 8) if value[at // 8] & 0x80 >> at % 8]
    return " ".join(f"{labels[at]}({at})" if at in labels else str(at) for at in numbers)


def apply_hint(value: bytes, hint: str) -> str | None:
    """Word octets by a display hint such as ``1x:`` or ``255a``; None where the octets do not suit it."""
    parts = [match.groupdict() for match in _PART.finditer(hint)]
    if not parts or "".join(match.group() for match in _PART.finditer(hint)) != hint:
        return None
    text: list[str] = []
    at = 0
    turn = 0
    while at < len(value):
        part = parts[min(turn, len(parts) - 1)]  # the last part serves all octets left
        turn += 1
        times = 1
        if part["repeat"]:
            times, at = value[at], at + 1
        for time in range(times):
            if at >= len(value):
                break
            chunk = value[at : at + int(part["length"])]
            if not chunk:
                return None
            at += len(chunk)
            worded = _word_chunk(chunk, part["form"])
            if worded is None:
                return None
            is_last = time == times - 1
            mark = part["terminator"] if is_last and part["terminator"] else part["separator"]
            text += [worded, mark if at < len(value) else ""]
    return "".join(text)


def _word_chunk(chunk: bytes, form: str) -> str | None:
    number = int.from_bytes(chunk, "big")
    if form == "x":
        return chunk.hex()
    if form in "do":
        return format(number, form)
    try:
        text = chunk.decode("ascii" if form == "a" else "utf-8")
    except UnicodeDecodeError:
        return None
    text = text.rstrip("\0")
    return text if all(c.isprintable() or c in "\r\n\t" for c in text) else None
