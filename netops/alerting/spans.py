"""Spans of time as Prometheus writes them: ``5m``, ``1h30m``, ``500ms``; whole milliseconds here."""

import re

_UNITS = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
_WHOLE = re.compile("".join(rf"(?:(\d{{1,12}}){unit})?" for unit in _UNITS), re.ASCII)
_LONGEST_MS = 100 * 31_536_000_000


def parse_span(text: str) -> int:
    """Read a span; units go from large to small, each at most once, and ``0`` alone needs none.

    Raises:
        ValueError: It is none, or longer than a hundred years.
    """
    if text == "0":
        return 0
    found = _WHOLE.fullmatch(text)
    if not text or found is None:
        message = f"not a span of time: {text!r}"
        raise ValueError(message)
    span_ms = sum(
        int(count) * size for count, size in zip(found.groups(), _UNITS.values(), strict=True) if count
    )
    if span_ms > _LONGEST_MS:
        message = f"longer than a hundred years: {text!r}"
        raise ValueError(message)
    return span_ms


def format_span(span_ms: int) -> str:
    """Write a span so that ``parse_span`` gives it back: ``1h30m``."""
    text = ""
    for unit, size in _UNITS.items():
        # Weeks and years only where nothing is left over, as Prometheus writes them.
        if unit in {"y", "w"} and span_ms % size:
            continue
        count, span_ms = divmod(span_ms, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
