"""Long lists cut so that each piece fits into one statement."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

AT_ONCE = 500
"""So many values in one statement; SQLite of some builds takes no more than 999."""
_Value = TypeVar("_Value")


def in_portions(values: Sequence[_Value]) -> Iterable[Sequence[_Value]]:
    """Cut values into pieces of at most AT_ONCE, in their order."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
