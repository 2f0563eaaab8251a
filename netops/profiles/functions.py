"""The functions that expressions of profiles may call. Each takes what a device may send, which is anything."""

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

import re2

from netops.settings.patterns import compile_pattern

BOUND = frozenset({"interface"})
"""Functions that the collector puts into the row: ``interface(if_index)`` gives an interface's key."""

_LARGEST_EXPONENT = 64
_NUMBER = re2.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]{1,2})?")


def multiply(left: Any, right: Any) -> Any:
    """Multiply numbers; text is not repeated."""
    _refuse_text(left, right)
    return left * right


def power(base: Any, exponent: Any) -> Any:
    """Raise a number; beyond an exponent of 64 there is no measurement."""
    _refuse_text(base, exponent)
    _refuse_beyond(exponent)
    return base**exponent


def round_to(value: Any, digits: int = 0) -> Any:
    """Round a number; to a whole one where no digits are asked for."""
    _refuse_beyond(digits)
    return round(value, digits) if digits else round(value)


def _refuse_beyond(exponent: Any) -> None:
    """Refuse what would take a number of a million digits to work out."""
    if abs(exponent) > _LARGEST_EXPONENT:
        message = "out of range"
        raise ValueError(message)


def remainder(left: Any, right: Any) -> Any:
    """Divide and keep the rest; nothing is formatted."""
    _refuse_text(left, right)
    return left % right


def _refuse_text(*values: Any) -> None:
    if not all(isinstance(value, int | float) for value in values):
        message = "not a number"
        raise TypeError(message)


def search(pattern: str, text: Any, group: int = 1) -> str | None:
    """Give a group of the first match in a text, the whole match where the pattern has no group; None for none."""
    found = compile_pattern(pattern).search(str(text or ""))
    if not found:
        return None
    result = found.group(group if found.re.groups else 0)
    return result.strip() if isinstance(result, str) else None


def matches(pattern: str, text: Any) -> bool:
    """Say whether a pattern is found in a text."""
    return bool(compile_pattern(pattern).search(str(text or "")))


def replace(pattern: str, by: str, text: Any) -> str | None:
    r"""Replace every match; groups are ``\1``."""
    return None if text is None else str(compile_pattern(pattern).sub(by, str(text)))


def first(*values: Any) -> Any:
    """Give the first value that is something: not None and not empty text."""
    return next((value for value in values if value not in (None, "", b"", ())), None)


def fmt(form: str, *values: Any) -> str | None:
    """Put values into ``{}`` of a form; None when one of them is nothing."""
    if any(value in (None, "") for value in values):
        return None
    parts = form.split("{}")
    return "".join(
        part + (str(values[at]) if at < len(values) and at < len(parts) - 1 else "")
        for at, part in enumerate(parts)
    )


def number(value: Any) -> int | float | None:
    """Give a number as it is, or the first one in a text: ``23.5 C`` is 23.5; a comma is a decimal point."""
    if isinstance(value, int | float):
        return value
    found = _NUMBER.search(str(value or ""))
    if not found:
        return None
    text = found.group(0).replace(",", ".")
    return float(text) if any(mark in text for mark in ".eE") else int(text)


def hex_number(value: Any) -> int:
    """Read hexadecimal text."""
    return int(str(value).strip(), 16)


def choose(value: Any, choices: Mapping[Any, Any], default: Any = None) -> Any:
    """Give what a value stands for."""
    return choices.get(value, default)


def pick(values: Mapping[Any, Any], *conditions: Any) -> tuple[Any, ...]:
    """Give those values of a column of many rows for which other columns of the same rows hold certain values.

    ``pick(limit, severity, (20, 30), relation, (3, 4))``: in the order of their index.
    """
    if not all(isinstance(cells, Mapping) for cells in (values, *conditions[::2])):
        message = "no column of many rows"
        raise TypeError(message)
    wanted = list(zip(conditions[::2], conditions[1::2], strict=True))
    return tuple(
        value
        for row, value in sorted(values.items())
        if all(cells.get(row) in those for cells, those in wanted)
    )


def last(values: Any) -> Any:
    """Give the last of some values that is not 0; 0 where they hold nothing else, None for none at all."""
    told = tuple(values)
    return next((value for value in reversed(told) if value), 0 if told else None)


def split(text: Any, separator: str, at: int) -> str | None:
    """Give one of the parts of a text, None where there are not so many."""
    parts = str(text or "").split(separator)
    return parts[at].strip() if -len(parts) <= at < len(parts) else None


def dbm(milliwatts: Any) -> float | None:
    """Convert a power in mW to dBm; no light is None, for its logarithm is not to be had."""
    return 10 * math.log10(milliwatts) if milliwatts > 0 else None


def milliwatts(decibels: Any) -> float:
    """Convert dBm to mW."""
    return float(power(10.0, decibels / 10))


def celsius(fahrenheit: Any) -> float:
    """Convert °F to °C."""
    return float((fahrenheit - 32) * 5 / 9)


def signed(value: int, bits: int = 32) -> int:
    """Read an unsigned number of so many bits as two's complement."""
    _refuse_beyond(bits)
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def float32(octets: Any) -> float:
    """Read four octets, or Opaque float, as IEEE 754 single precision, big-endian."""
    if isinstance(octets, float | int):
        return float(octets)
    if not isinstance(octets, bytes) or len(octets) < 4:
        message = "fewer than four octets"
        raise ValueError(message)
    return float(struct.unpack(">f", octets[-4:])[0])


def big_endian(octets: bytes) -> int:
    """Read octets as an unsigned number."""
    return int.from_bytes(octets, "big")


def bits(octets: bytes) -> tuple[int, ...]:
    """Give the numbers of the bits set in a BITS value (RFC 2578 section 7.1.4): bit 0 is the highest of octet 0."""
    return tuple(
        place * 8 + bit for place, octet in enumerate(octets) for bit in range(8) if octet & (0x80 >> bit)
    )


def bits_of(value: int) -> tuple[int, ...]:
    """Give the numbers of the bits set in an integer: bit 0 is the lowest."""
    return tuple(bit for bit in range(64) if value >> bit & 1)


def flags(text: str) -> tuple[int, ...]:
    """Give the places, from 1, of the ones in a text of zeros and ones."""
    return tuple(place for place, mark in enumerate(text, 1) if mark == "1")


def hex_text(octets: Any, separator: str = "") -> str:
    """Write octets in hexadecimal."""
    raw = octets if isinstance(octets, bytes) else str(octets).encode("latin-1")
    return raw.hex(separator) if separator else raw.hex()


def chars(arcs: Any) -> str:
    """Read arcs of an index as text; what is no printable character is left out."""
    return "".join(chr(arc) for arc in arcs if 32 <= arc < 127)


def seconds_of(text: Any) -> int | None:
    """Read ``h:m:s``, ``m:s`` or days before them (``1 day 2:03:04``) as seconds."""
    found = compile_pattern(r"(?:([0-9]+)\s*d\S*\s+)?(?:([0-9]+):)?([0-9]+):([0-9]+)").search(str(text or ""))
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def text_of(value: Any) -> str | None:
    """Write a value as text; None stays None."""
    return None if value is None else str(value)


def known(*values: Any) -> bool:
    """Say whether none of the values is missing."""
    return all(value is not None for value in values)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "big_endian": big_endian,
    "bits": bits,
    "bits_of": bits_of,
    "celsius": celsius,
    "chars": chars,
    "choose": choose,
    "dbm": dbm,
    "first": first,
    "flags": flags,
    "float32": float32,
    "fmt": fmt,
    "hex_number": hex_number,
    "hex_text": hex_text,
    "int": int,
    "known": known,
    "last": last,
    "len": len,
    "lower": lambda text: str(text).lower(),
    "matches": matches,
    "max": max,
    "milliwatts": milliwatts,
    "min": min,
    "number": number,
    "pick": pick,
    "replace": replace,
    "round": round_to,
    "search": search,
    "seconds_of": seconds_of,
    "signed": signed,
    "split": split,
    "str": text_of,
    "strip": lambda text, what=None: str(text).strip(what),
    "title": lambda text: str(text).title(),
    "upper": lambda text: str(text).upper(),
}
