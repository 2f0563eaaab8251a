"""Whether two facts are one: numbers, texts, and which row of ours stands for which of theirs."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from bench.corpus.recorded import plain

Row = dict[str, Any]

KINDS: dict[str, frozenset[str]] = {
    "power": frozenset({"power", "apparent_power"}),
    "power_consumed": frozenset({"energy"}),
    "fanspeed": frozenset({"fan", "percent", "load"}),
    "load": frozenset({"load", "percent"}),
    "charge": frozenset({"charge", "percent"}),
    "percent": frozenset({"percent", "load", "charge"}),
    "dbm": frozenset({"optical_power"}),
    "signal": frozenset({"optical_power", "count"}),
    "loss": frozenset({"percent", "count"}),
    "delay": frozenset({"count", "runtime"}),
    "cooling": frozenset({"power", "count"}),
    "waterflow": frozenset({"airflow", "count"}),
    "power_factor": frozenset({"percent", "count"}),
}
"""Their sensor class to the kinds of ours that may carry it; a class that is not here is a kind of the same name."""

MINUTES = frozenset({"runtime"})
"""Classes that they count in minutes, and we in seconds."""


def near(ours: float | None, theirs: float | None, absolute: float = 0.1) -> bool:
    """Within one per cent, or within ``absolute`` where that is more."""
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= max(absolute, abs(theirs) * 0.01)


def within(ours: object, theirs: object) -> bool:
    """Either text stands in the other; a single character stands for itself only."""
    left, right = plain(ours), plain(theirs)
    if not left or not right:
        return False
    return left == right or (min(len(left), len(right)) > 1 and (left in right or right in left))


def letters(text: object) -> str:
    """Fold a word to its letters and digits: ``lowerLayerDown`` and ``lower_layer_down`` are one."""
    return re.sub(r"[^\w]|_", "", plain(text))


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|\d+", plain(text)))


def alike(ours: object, theirs: object) -> float:
    """0 … 1: the share of words that two names have in common; it settles ties only."""
    left, right = _words(str(ours or "")), _words(str(theirs or ""))
    return len(left & right) / len(left | right) if left | right else 0.0


def pair(
    theirs: Sequence[Row], ours: Sequence[Row], fit: Callable[[Row, Row], float | None]
) -> dict[int, Row]:
    """Give each row of theirs at most one of ours, best fits first; None from ``fit`` is no fit at all."""
    fits = [
        (-value, at, other)
        for at, row in enumerate(theirs)
        for other, mine in enumerate(ours)
        if (value := fit(row, mine)) is not None
    ]
    found: dict[int, Row] = {}
    taken: set[int] = set()
    for _value, at, other in sorted(fits):
        if at not in found and other not in taken:
            found[at] = ours[other]
            taken.add(other)
    return found


def same_kind(theirs: str, ours: object) -> bool:
    return ours in KINDS.get(theirs, {theirs})


def sensor_value(sensor: Row, value: object) -> float | None:
    """Give a number of ours in the unit of their sensor."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value / 60 if sensor["class"] in MINUTES else value


def fit_sensor(theirs: Row, ours: Row) -> float | None:
    """How well a sensor of ours stands for one of theirs; None where kind or value differ."""
    named = alike(ours.get("name"), f"{theirs.get('group', '')} {theirs['descr']}")
    if theirs["class"] != "state":
        if not same_kind(theirs["class"], ours.get("kind")):
            return None
        return 1 + named if near(sensor_value(theirs, ours.get("value")), theirs["value"]) else None
    if ours.get("kind") != "state":
        return None
    said = ours.get("state") if ours.get("state") is not None else ours.get("value")
    if letters(said) and letters(said) == letters(theirs.get("state")):
        return 3 + named
    if theirs.get("state") is None and ours.get("value") == theirs["value"]:
        return 2 + named
    level = plain(ours.get("level"))
    return 1 + named if level and level == plain(theirs.get("level")) else None


def used_percent(row: Row) -> float | None:
    """Per cent used of a memory pool or a disk of ours, as told or worked out."""
    told = row.get("used_percent")
    if told is not None:
        return float(told)
    total, used = row.get("total_bytes"), row.get("used_bytes")
    return 100 * used / total if total and used is not None else None


def texts_of(value: object) -> list[str]:
    """Give every text and number in a row of ours, folded."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts_of(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts_of(inner)]
    return [] if value is None or isinstance(value, bool) else [plain(value)]
