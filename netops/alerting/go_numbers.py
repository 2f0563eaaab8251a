"""Numbers as Go writes them, and Prometheus with it, in labels and templates."""

from decimal import Decimal
from math import isinf, isnan


def format_special(value: float) -> str | None:
    """Write NaN and the infinities; None for every other number."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return None


def format_plain(value: float) -> str:
    """Write the fewest digits that name the number, never with an exponent: ``0.00001``, ``100000000``."""
    special = format_special(value)
    if special is not None:
        return special
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0") if text.endswith(".0") else text


def format_shortest(value: float) -> str:
    """Write the fewest digits that name the number, with an exponent below 1e-4 and from 1e6 on: Go's ``%v``."""
    special = format_special(value)
    if special is not None:
        return special
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    exponent = Decimal(repr(value)).adjusted()
    if -4 <= exponent < 6:
        return format_plain(value)
    return _write_exponent(value)


def _write_exponent(value: float) -> str:
    sign, digits, _exponent = Decimal(repr(value)).normalize().as_tuple()
    exponent = Decimal(repr(value)).adjusted()
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
