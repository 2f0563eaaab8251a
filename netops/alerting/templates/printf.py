"""Printing as Go's fmt package does it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from netops.alerting.go_numbers import format_shortest, format_special

_VERB = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>\d{0,3})(?:\.(?P<precision>\d{0,3}))?(?P<verb>.)", re.DOTALL
)


def show(value: Any) -> str:
    """Write a value as ``%v`` does."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_shortest(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{show(key)}:{show(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + " ".join(map(show, value)) + "]"
    return str(value)


def print_all(values: Sequence[Any]) -> str:
    """Write values one after the other, with a space between two that are no texts: Go's Sprint."""
    text = ""
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            text += " "
        text += show(value)
    return text


def printf(pattern: str, values: Sequence[Any]) -> str:
    """Fill values into a pattern: Go's Sprintf, without argument numbers and ``*``."""
    waiting = list(values)

    def fill(found: re.Match[str]) -> str:
        if found["verb"] == "%":
            return "%"
        if not waiting:
            return f"%!{found['verb']}(MISSING)"
        return _format(found, waiting.pop(0))

    text = _VERB.sub(fill, pattern)
    if waiting:
        told = ", ".join(f"{_kind(value)}={show(value)}" for value in waiting)
        text += f"%!(EXTRA {told})"
    return text


def _kind(value: Any) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string", type(None): "<nil>"}
    return names.get(type(value), type(value).__name__)


def _format(found: re.Match[str], value: Any) -> str:
    verb, flags = found["verb"], found["flags"]
    precision = found["precision"]
    digits = None if precision is None else int(precision or 0)
    text: str | None
    if isinstance(value, float) and verb in "eEfFgG":
        text = _format_float(value, verb, flags, digits)
    elif isinstance(value, bool):
        text = show(value) if verb in "tv" else None
    elif isinstance(value, int) and verb in "dxXobcq":
        text = _format_int(value, verb, flags)
    elif isinstance(value, str) and verb in "svqxX":
        text = _format_text(value, verb, digits)
    elif verb == "v" or (verb == "s" and not isinstance(value, int | float | None)):
        text = show(value)
        if isinstance(value, float) and "+" in flags and not text.startswith(("-", "+")):
            text = "+" + text
    else:
        text = None
    if text is None:
        return f"%!{verb}({_kind(value)}={show(value)})"
    return _pad(text, flags, int(found["width"] or 0), is_number=isinstance(value, int | float))


def _format_float(value: float, verb: str, flags: str, digits: int | None) -> str:
    plus = "+" if "+" in flags and value >= 0 else " " if " " in flags and value >= 0 else ""
    special = format_special(value)
    if special is not None:
        return "+NaN" if special == "NaN" and "+" in flags else special
    if verb in "gG" and digits is None:
        text = format_shortest(value)
        return plus + (text.upper() if verb == "G" else text)
    form = f".{6 if digits is None else digits}{'f' if verb == 'F' else verb}"
    return plus + format(value, form)


def _format_int(value: int, verb: str, flags: str) -> str:
    if verb in "cq":
        character = chr(value) if 0 <= value < 0x110000 else "\ufffd"
        return character if verb == "c" else f"'{character}'"
    plus = "+" if "+" in flags and value >= 0 else ""
    prefix = {"x": "0x", "X": "0X", "b": "0b", "o": "0"}.get(verb, "") if "#" in flags else ""
    sign = "-" if value < 0 else ""
    return plus + sign + prefix + format(abs(value), verb)


def _format_text(value: str, verb: str, digits: int | None) -> str:
    cut = value if digits is None else value[:digits]
    if verb == "q":
        escaped = cut.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    if verb in "xX":
        return cut.encode().hex() if verb == "x" else cut.encode().hex().upper()
    return cut


def _pad(text: str, flags: str, width: int, *, is_number: bool) -> str:
    if len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and is_number and text[-1:] not in "fN":
        sign = text[0] if text[:1] in "+-" else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)
