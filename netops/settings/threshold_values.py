"""One threshold as devices.yaml has it: levels to warn at, the level to end at, and for how long it must hold.

Each kind knows its unit and the side that its bare keys mean: a temperature is too high, a charge too low.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, WithJsonSchema, model_serializer

from netops.i18n import _
from netops.settings.durations import Timeout, Wait, parse_duration
from netops.settings.parts import Conflict, Part, Switch, refuse

Side = Literal["high", "low"]
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)
_LEVEL_KEYS = ("warning", "critical", "clear")


def _read_number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return float(value)
    raise refuse(_("must be a number"), _("write it without a unit, such as 30 or -3.5"))


Number = Annotated[
    float,
    BeforeValidator(_read_number),
    WithJsonSchema({"type": ["number", "string"], "x-values": "number"}),
]
Share = Annotated[
    float,
    BeforeValidator(_read_number),
    WithJsonSchema({"type": ["number", "string"], "x-values": "percent, 0 to 100"}),
]


class Levels(NamedTuple):
    """What one side of a threshold says; durations are seconds, shares percent, None what it leaves out."""

    side: Side
    warning: float | None
    critical: float | None
    warning_clear: float | None
    critical_clear: float | None
    """As far from its own level as the warning's is, so that both end with the same play."""


class LeanPart(Part):
    """A part whose stored form holds only what was said, by the keys of the file."""

    @model_serializer(mode="wrap")
    def _leave_out_nothing(self, handler: ModelWrapValidatorHandler[Any]) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        return {
            (fields[name].alias or name) if name in fields else name: value
            for name, value in values.items()
            if value not in (None, {}, False)
        }


class NumberBounds(LeanPart):
    """The levels of one side."""

    warning: Number | None = Field(default=None, description="Level of the alert of severity warning.")
    critical: Number | None = Field(default=None, description="Level of the alert of severity critical.")
    clear: Number | None = Field(
        default=None,
        description="Level at which the milder alert ends; the other ends as far from its own. Default: where it begins.",
    )


class Threshold(LeanPart):
    """What all kinds have in common."""

    plain: ClassVar[Side | None] = "high"
    """The side that bare keys mean; None where they would leave it open."""
    most: ClassVar[float | None] = None

    hold: Wait | None = Field(
        default=None, alias="for", description="How long it must be so. Default: that of the kind."
    )
    off: Switch = Field(
        default=False,
        description="With true neither a threshold nor the rule that comes with netops watches it.",
    )

    def sides(self) -> Iterator[Levels]:
        """Give what it says of each side."""
        if self.plain is not None:
            yield from _levels(self.plain, self)
        for side in _SIDES:
            part = getattr(self, side, None)
            if part is not None:
                yield from _levels(side, part)

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Hold the levels of each side in their order, and ask for at least one."""
        plain = [key for key in _LEVEL_KEYS if given.get(key) is not None]
        sides = [side for side in _SIDES if isinstance(given.get(side), dict) and side in cls.model_fields]
        if given.get("off") is True:
            for key in given.keys() & cls.model_fields.keys() - {"off"} | given.keys() & {"for"}:
                yield Conflict((key,), _("stands beside off: true"), _("keep one of them"), at_key=True)
            return
        if plain and cls.plain in sides:
            message = _("stands beside %(keys)s, which mean the same side") % {"keys": ", ".join(plain)}
            yield Conflict((cls.plain,), message, _("keep one of them"), at_key=True)
        if not sides and not any(given.get(key) is not None for key in ("warning", "critical")):
            yield Conflict((), _("names no level"), _("add warning, critical or off: true"))
        if cls.plain is not None:
            yield from cls._check_order(cls.plain, given, ())
        for side in sides:
            if not any(given[side].get(key) is not None for key in ("warning", "critical")):
                yield Conflict((side,), _("names no level"), _("add warning or critical"))
            yield from cls._check_order(side, given[side], (side,))
        yield from cls._check_sides(given)

    @classmethod
    def _check_order(cls, side: Side, given: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[Conflict]:
        levels = {key: level for key in _LEVEL_KEYS if (level := _as_float(given.get(key))) is not None}
        for key, level in levels.items():
            if cls.most is not None and not 0 <= level <= cls.most:
                bounds = {"minimum": 0, "maximum": f"{cls.most:g}"}
                yield Conflict((*place, key), _("must be between %(minimum)s and %(maximum)s") % bounds)
        sign = 1 if side == "high" else -1
        warning, critical, clear = (levels.get(key) for key in _LEVEL_KEYS)
        if warning is not None and critical is not None and sign * warning >= sign * critical:
            message = _("must be below critical") if side == "high" else _("must be above critical")
            yield Conflict((*place, "warning"), message)
        mildest = warning if warning is not None else critical
        if clear is not None and mildest is not None and sign * clear >= sign * mildest:
            message = (
                _("must be below the level it ends")
                if side == "high"
                else _("must be above the level it ends")
            )
            yield Conflict((*place, "clear"), message)

    @classmethod
    def _check_sides(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """See that something lies between too low and too high."""
        ends: dict[Side, list[float]] = {"high": [], "low": []}
        for side in _SIDES:
            parts = [given.get(side), given if cls.plain == side else None]
            for part in parts:
                if isinstance(part, dict | Mapping):
                    told = (_as_float(part.get(key)) for key in ("warning", "critical"))
                    ends[side] += [level for level in told if level is not None]
        if ends["high"] and ends["low"] and max(ends["low"]) >= min(ends["high"]):
            place = ("low",) if "low" in given else ("high",)
            yield Conflict(place, _("nothing would be left between low and high"))


_SIDES: tuple[Side, ...] = ("high", "low")


def _as_float(value: Any) -> float | None:
    """Read a level as it is written, whatever its unit; None for what is none."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    if _NUMBER.fullmatch(value):
        return float(value)
    try:
        return parse_duration(value).total_seconds()
    except ValueError:
        return None


def _levels(side: Side, part: Any) -> Iterator[Levels]:
    warning, critical, clear = (_as_float(getattr(part, key, None)) for key in _LEVEL_KEYS)
    mildest = warning if warning is not None else critical
    if mildest is None:
        return
    play = None if clear is None else mildest - clear
    yield Levels(
        side,
        warning,
        critical,
        None if play is None or warning is None else warning - play,
        None if play is None or critical is None else critical - play,
    )


class NumberThreshold(Threshold):
    """Levels as plain numbers."""

    warning: Number | None = Field(default=None, description="Level of the alert of severity warning.")
    critical: Number | None = Field(default=None, description="Level of the alert of severity critical.")
    clear: Number | None = Field(
        default=None,
        description="Level at which the milder alert ends; the other ends as far from its own. Default: where it begins.",
    )


class ShareThreshold(NumberThreshold):
    """Levels in percent."""

    most = 100.0

    warning: Share | None = Field(default=None, description="Level of the alert of severity warning.")
    critical: Share | None = Field(default=None, description="Level of the alert of severity critical.")
    clear: Share | None = Field(
        default=None,
        description="Level at which the milder alert ends; the other ends as far from its own. Default: where it begins.",
    )


class HighThreshold(NumberThreshold):
    """Levels of a sensor; bare ones are those above which it is too high."""

    high: NumberBounds | None = Field(default=None, description="The same as bare levels.")
    low: NumberBounds | None = Field(default=None, description="Levels below which it is too low.")


class LowThreshold(NumberThreshold):
    """Levels of a sensor; bare ones are those below which it is too low."""

    plain = "low"

    high: NumberBounds | None = Field(default=None, description="Levels above which it is too high.")
    low: NumberBounds | None = Field(default=None, description="The same as bare levels.")


class TwoSidedThreshold(Threshold):
    """Levels of a sensor that is as wrong above as below, so that each side is named."""

    plain = None

    high: NumberBounds | None = Field(default=None, description="Levels above which it is too high.")
    low: NumberBounds | None = Field(default=None, description="Levels below which it is too low.")

    @classmethod
    def explain_unknown(cls, key: str) -> str:
        """Tell where a bare level belongs."""
        return _("put it under low or high") if key in _LEVEL_KEYS else super().explain_unknown(key)


class HighShareThreshold(HighThreshold):
    """The same in percent."""

    most = 100.0


class LowShareThreshold(LowThreshold):
    """The same in percent."""

    most = 100.0


class RuntimeThreshold(Threshold):
    """Times below which too little is left."""

    plain = "low"

    warning: Wait | None = Field(default=None, description="Time of the alert of severity warning.")
    critical: Wait | None = Field(default=None, description="Time of the alert of severity critical.")
    clear: Wait | None = Field(
        default=None,
        description="Time at which the milder alert ends; the other ends as far from its own. Default: where it begins.",
    )


class PingThreshold(Threshold):
    """Round trips above which it takes too long."""

    warning: Timeout | None = Field(default=None, description="Time of the alert of severity warning.")
    critical: Timeout | None = Field(default=None, description="Time of the alert of severity critical.")
    clear: Timeout | None = Field(
        default=None,
        description="Time at which the milder alert ends; the other ends as far from its own. Default: where it begins.",
    )
