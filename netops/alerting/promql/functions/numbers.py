"""Functions of one number: what they give for NaN, infinities and numbers outside their domain follows Go's math."""

import math
from collections.abc import Callable
from math import inf, isfinite, isnan, nan

NumberFunction = Callable[[float], float]


def _guarded(function: NumberFunction, *, too_large: float = inf) -> NumberFunction:
    """Give NaN outside the domain, where Python raises."""

    def guarded(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return too_large
        except ValueError:
            return nan

    return guarded


def _logarithm(function: NumberFunction) -> NumberFunction:
    def logarithm(value: float) -> float:
        if value == 0:
            return -inf
        return function(value) if value > 0 else nan

    return logarithm


def _atanh(value: float) -> float:
    return math.copysign(inf, value) if abs(value) == 1 else math.atanh(value)


def _sign(value: float) -> float:
    return value if isnan(value) else float((value > 0) - (value < 0))


def _sinh(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(inf, value)


NUMBER_FUNCTIONS: dict[str, NumberFunction] = {
    "abs": abs,
    "acos": _guarded(math.acos),
    "acosh": _guarded(math.acosh),
    "asin": _guarded(math.asin),
    "asinh": _guarded(math.asinh),
    "atan": math.atan,
    "atanh": _guarded(_atanh),
    "ceil": lambda value: float(math.ceil(value)) if isfinite(value) else value,
    "cos": _guarded(math.cos),
    "cosh": _guarded(math.cosh),
    "deg": math.degrees,
    "exp": _guarded(math.exp),
    "floor": lambda value: float(math.floor(value)) if isfinite(value) else value,
    "ln": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "log2": _logarithm(math.log2),
    "rad": math.radians,
    "sgn": _sign,
    "sin": _guarded(math.sin),
    "sinh": _sinh,
    "sqrt": _guarded(math.sqrt),
    "tan": _guarded(math.tan),
    "tanh": math.tanh,
}


def larger(one: float, other: float) -> float:
    """Give the larger of two; NaN where either is."""
    return nan if isnan(one) or isnan(other) else max(one, other)


def smaller(one: float, other: float) -> float:
    """Give the smaller of two; NaN where either is."""
    return nan if isnan(one) or isnan(other) else min(one, other)


def clamp(value: float, low: float, high: float) -> float:
    """Give the value, or the bound that it passes."""
    return larger(low, smaller(high, value))


def round_to(value: float, nearest: float = 1.0) -> float:
    """Round to a multiple of a number, halves up."""
    if not isfinite(value) or isnan(nearest):
        return value + nearest if isnan(nearest) else value
    if nearest == 0:
        return nan
    inverse = 1.0 / nearest
    scaled = value * inverse + 0.5
    return math.floor(scaled) / inverse if isfinite(scaled) and inverse else nan
