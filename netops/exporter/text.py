"""Pieces of the Prometheus text format 0.0.4: labels, numbers, blocks of samples."""

import math
from collections.abc import Iterable, Sequence

from netops.exporter.families import Family

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def clean(value: str) -> str:
    """Replace what no reader of labels understands.

    What is no Unicode (lone surrogates, left over from bytes that were not UTF-8) and NUL, at which some parsers
    stop, become U+FFFD.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        value = "".join(
            "\N{REPLACEMENT CHARACTER}" if 0xD800 <= ord(sign) <= 0xDFFF else sign for sign in value
        )
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def escape(value: str) -> str:
    """Make a text fit to stand between the quotes of a label: clean, with backslash, quote and newline escaped."""
    return clean(value).translate(_ESCAPES)


def word_labels(family: Family, values: Sequence[str]) -> str:
    """Give what stands between the braces: ``device="sw-1",interface="Gi0/1"``."""
    return ",".join(f'{name}="{escape(value)}"' for name, value in zip(family.labels, values, strict=True))


def word_number(value: float) -> str | None:
    """Give the shortest text that reads back as the same number; None for NaN and infinities."""
    if isinstance(value, int):
        return str(int(value))
    return repr(value) if math.isfinite(value) else None


def make_block(name: str, rows: Iterable[str], tail: str = "\n") -> bytes:
    """Join the samples of one family.

    Args:
        name: Of the family.
        rows: Each ``label="…",…} value``, without the opening brace; empty gives an empty block.
        tail: What ends each line: a newline, or a space, milliseconds since 1970, and a newline.
    """
    head = f"{name}{{"
    joined = f"{tail}{head}".join(rows)
    return f"{head}{joined}{tail}".encode() if joined else b""


def make_tail(timestamp_ms: int | None) -> str:
    """Give the end of a line, with the instant of its sample if there is one."""
    return "\n" if timestamp_ms is None else f" {timestamp_ms}\n"


def make_distinct(names: Iterable[str]) -> list[str]:
    """Number the second and further ones of a name (``name#2``), because Prometheus refuses twins."""
    seen: set[str] = set()
    distinct = []
    for name in names:
        unique, number = name, 1
        while unique in seen:
            number += 1
            unique = f"{name}#{number}"
        seen.add(unique)
        distinct.append(unique)
    return distinct
