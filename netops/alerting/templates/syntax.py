"""What a template is made of."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number, true, false or nil."""

    value: Any


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    arguments: tuple["Operand", ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A value and the fields to follow from it: ``.Labels.device``, ``$labels.device``, ``(first $x).Value``."""

    base: "str | Pipeline"
    """The name of a variable, ``$`` and all; ``.`` for the present value; or what stands in brackets."""
    fields: tuple[str, ...] = ()


Operand = Literal | Call | Path


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``: each gives its value to the next one, as its last argument."""

    commands: tuple[Operand, ...]
    variables: tuple[str, ...] = ()
    """Set to the value: one, or index and element in a range."""
    is_declaration: bool = True
    """Whether the variables are new (``:=``) or there already (``=``)."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text that stays as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """``{{ pipeline }}``: prints its value, unless it only sets a variable."""

    pipeline: Pipeline


@dataclass(slots=True)
class Block:
    """``if``, ``with``, ``range``: what is done when the value is not empty, and what otherwise."""

    keyword: str
    pipeline: Pipeline
    body: "list[Piece]" = field(default_factory=list)
    otherwise: "list[Piece]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Jump:
    """``break`` or ``continue`` of a range."""

    keyword: str


Piece = Words | Output | Block | Jump
