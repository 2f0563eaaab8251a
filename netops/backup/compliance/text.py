"""A configuration as rules look at it: lines, and the sections that indentation makes. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_BLANKS = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line at fault, or the header of a section."""

    number: int
    """From 1."""
    text: str


class ConfigurationText:
    """Some lines of a configuration: all of it, or one section.

    Lines are looked at without the blanks around them; a section is a line and those below it that are indented
    deeper, which holds for IOS, VRP, Comware, EOS, Junos with braces, FortiOS and their like.
    """

    def __init__(self, lines: Sequence[str], depths: Sequence[int], first: int = 1) -> None:
        self.lines = lines
        self._depths = depths
        self._first = first

    @classmethod
    def of(cls, text: str) -> "ConfigurationText":
        """Take a whole configuration."""
        raw = text.split("\n")
        depths = []
        for line in raw:
            blanks = _BLANKS.match(line)
            depths.append(len(blanks[0].expandtabs(8)) if blanks and line.strip() else -1)
        return cls([line.strip() for line in raw], depths)

    @cached_property
    def _joined(self) -> bytes:
        """All lines as RE2 takes them: of text it would make bytes anew for every search."""
        return "\n".join(self.lines).encode("utf-8", "replace")

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += (len(line) if line.isascii() else len(line.encode("utf-8", "replace"))) + 1
        return starts

    @cached_property
    def _known(self) -> dict[str, int]:
        return {line: number for number, line in reversed(list(enumerate(self.lines)))}

    def find_line(self, wanted: str) -> Line | None:
        """Find a line that is exactly this one, blanks around it aside."""
        number = self._known.get(wanted)
        return None if number is None else self._line(number)

    def find(self, pattern: Any) -> Line | None:
        """Find the first line that a pattern matches, anywhere in it; ``pattern`` is compiled with ``(?m)``."""
        return next(self.find_all(pattern), None)

    def find_all(self, pattern: Any) -> Iterator[Line]:
        """Find each line that a pattern matches."""
        for number in self._match(pattern):
            yield self._line(number)

    def _match(self, pattern: Any) -> Iterator[int]:
        """Give the numbers of the lines that match; all lines are searched at once, since most rules find nothing."""
        at, end = 0, len(self._joined)
        while at <= end and (found := pattern.search(self._joined, at)):
            number = bisect_right(self._starts, found.start()) - 1
            last = bisect_right(self._starts, max(found.start(), found.end() - 1)) - 1
            # A match with a line end in it is none; the lines it touches are looked at one by one.
            is_inside = b"\n" not in found[0]
            for each in range(number, last + 1):
                if is_inside or pattern.search(self.lines[each]):
                    yield each
            if last + 1 >= len(self._starts):
                return
            at = self._starts[last + 1]

    def sections(self, path: Sequence[Any]) -> Iterator["ConfigurationText"]:
        """Give each section whose header matches, header first; with several patterns, sections within sections."""
        if not path:
            yield self
            return
        for number in self._match(path[0]):
            section = self._section(number)
            if len(path) == 1:
                yield section
            else:
                yield from section.inside().sections(path[1:])

    def inside(self) -> "ConfigurationText":
        """Give a section without its header."""
        return ConfigurationText(self.lines[1:], self._depths[1:], self._first + 1)

    @property
    def header(self) -> Line:
        """The first line."""
        return self._line(0)

    def _section(self, number: int) -> "ConfigurationText":
        depth = self._depths[number]
        end = number + 1
        while end < len(self.lines) and (self._depths[end] > depth or self._depths[end] < 0):
            end += 1
        return ConfigurationText(self.lines[number:end], self._depths[number:end], self._first + number)

    def has_block(self, block: Sequence[str]) -> bool:
        """Tell whether lines stand here one behind the other, empty ones and comments aside."""
        mine = [line for line in self.lines if line and line not in _EMPTY]
        return any(mine[at : at + len(block)] == list(block) for at in range(len(mine) - len(block) + 1))

    def find_disorder(self, patterns: Sequence[Any]) -> int | None:
        """Give the place of the first pattern that no line after those before it matches; None when all stand in order."""
        number = 0
        for place, pattern in enumerate(patterns):
            while number < len(self.lines) and not pattern.search(self.lines[number]):
                number += 1
            if number == len(self.lines):
                return place
            number += 1
        return None

    def _line(self, number: int) -> Line:
        return Line(self._first + number, self.lines[number])


_EMPTY = frozenset(("!", "#"))
