"""Spans of time as people write them: ``90``, ``90s``, ``15m``, ``1h30m``, ``2.5s``, ``500ms``."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from netops.i18n import _
from netops.settings.parts import refuse

UNITS = {
    "w": Decimal(604_800),
    "d": Decimal(86_400),
    "h": Decimal(3_600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
}
ONE_PART = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
PATTERN = rf"^(?:{ONE_PART}|{''.join(f'(?:{ONE_PART}{unit})?' for unit in UNITS)})$"
_WHOLE = re.compile(PATTERN, re.ASCII)
_PARTS = re.compile(rf"({ONE_PART})(ms|[wdhms])", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Read a duration; a bare number counts seconds. Units go from large to small, each at most once.

    Raises:
        ValueError: Not a duration, or longer than a ``timedelta`` holds.
    """
    text = text.strip()
    if not text or not _WHOLE.fullmatch(text):
        message = f"not a duration: {text!r}"
        raise ValueError(message)
    parts = _PARTS.findall(text) or [(text, "s")]
    seconds = sum((Decimal(number) * UNITS[unit] for number, unit in parts), Decimal(0))
    try:
        return timedelta(microseconds=int(seconds * 1_000_000))
    except OverflowError as error:
        message = f"too long a duration: {text!r}"
        raise ValueError(message) from error


def format_duration(duration: timedelta) -> str:
    """Write a duration, not negative, so that ``parse_duration`` gives it back: ``1h30m``, ``2.5s``."""
    seconds, text = duration.days * 86_400 + duration.seconds, ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    if duration.microseconds:
        return text + f"{seconds}.{duration.microseconds:06}".rstrip("0") + "s"
    return text + (f"{seconds}s" if seconds or not text else "")


def _read(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError:
            pass  # told below, in one wording for every way of being wrong
    if value is None:
        raise refuse(_("has no value"), _("remove the key or give one"))
    raise refuse(_("is not a duration"), _("write it like 90s, 15m or 1h30m"))


def _between(minimum: timedelta, maximum: timedelta) -> Callable[[timedelta], timedelta]:
    def check(value: timedelta) -> timedelta:
        if minimum <= value <= maximum:
            return value
        bounds = {"minimum": format_duration(minimum), "maximum": format_duration(maximum)}
        raise refuse(_("must be between %(minimum)s and %(maximum)s") % bounds)

    return check


_READ = BeforeValidator(_read)
_WRITE = PlainSerializer(format_duration, return_type=str, when_used="json")
_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PATTERN}]}

Interval = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(seconds=1), timedelta(days=7))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 1s to 7d"}),
]
"""How often something runs."""
Age = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(hours=1), timedelta(days=7300))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 1h to 20 years (7300d)"}),
]
"""How long something is kept."""
Timeout = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(milliseconds=50), timedelta(minutes=2))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 50ms to 2m"}),
]
"""How long to wait for an answer."""
CheckTimeout = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(milliseconds=50), timedelta(seconds=30))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 50ms to 30s"}),
]
"""How long a service may take to answer; the poll of its device waits for it."""
Wait = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(0), timedelta(days=7))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 0s to 7d"}),
]
"""How long something waits; it may wait for nothing."""
WindowLength = Annotated[
    timedelta,
    _READ,
    AfterValidator(_between(timedelta(minutes=1), timedelta(days=31))),
    _WRITE,
    WithJsonSchema({**_SCHEMA, "x-values": "duration, 1m to 31d"}),
]
"""How long a maintenance window lasts."""
