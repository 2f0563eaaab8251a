"""Numbers for people, as Prometheus' template functions write them."""

from datetime import UTC, datetime, timedelta
from math import isfinite, isinf, isnan

from netops.alerting.go_numbers import format_special

_LARGE = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")
_BINARY = ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def four_digits(value: float) -> str:
    """Write four significant digits: Go's ``%.4g``."""
    return format_special(value) or format(value, ".4g")


def _scale_down(value: float) -> tuple[float, str]:
    prefix = ""
    for following in _SMALL:
        if abs(value) >= 1:
            break
        prefix = following
        value *= 1000
    return value, prefix


def humanize(value: float) -> str:
    """Write with an SI prefix: ``1.5k``, ``30m``."""
    if value == 0 or not isfinite(value):
        return four_digits(value)
    prefix = ""
    if abs(value) < 1:
        value, prefix = _scale_down(value)
    else:
        for following in _LARGE:
            if abs(value) < 1000:
                break
            prefix = following
            value /= 1000
    return four_digits(value) + prefix


def humanize1024(value: float) -> str:
    """Write with a binary prefix: ``1.5Gi``."""
    prefix = ""
    if abs(value) > 1 and isfinite(value):
        for following in _BINARY:
            if abs(value) < 1024:
                break
            prefix = following
            value /= 1024
    return four_digits(value) + prefix


def humanize_duration(seconds: float) -> str:
    """Write a span: ``1d 2h 3m 4s``, ``1.5s``, ``30ms``."""
    if isnan(seconds) or isinf(seconds):
        return four_digits(seconds)
    if seconds == 0:
        return four_digits(seconds) + "s"
    if abs(seconds) < 1:
        value, prefix = _scale_down(seconds)
        return four_digits(value) + prefix + "s"
    sign, whole = ("-" if seconds < 0 else ""), int(abs(seconds))
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86_400
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {whole % 60}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {whole % 60}s"
    if minutes:
        return f"{sign}{minutes}m {whole % 60}s"
    return sign + four_digits(abs(seconds)) + "s"


def humanize_percentage(share: float) -> str:
    """Write a share of one as a percentage: ``12.5%``."""
    return four_digits(share * 100) + "%"


def humanize_timestamp(seconds: float) -> str:
    """Write an instant in seconds since 1970, in UTC: ``2026-01-02 03:04:05.678 +0000 UTC``."""
    if not isfinite(seconds):
        return four_digits(seconds)
    try:
        instant = _EPOCH + timedelta(milliseconds=int(seconds * 1000))
    except OverflowError:
        return four_digits(seconds)
    fraction = f".{instant.microsecond:06d}".rstrip("0") if instant.microsecond else ""
    return f"{instant:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"
