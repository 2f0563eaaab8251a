"""What is wrong with the settings, worded for whoever edits the files."""

from collections.abc import Iterable
from dataclasses import dataclass

from netops.errors import NetopsError


class SettingsError(NetopsError):
    """A file in ``configs/`` is wrong, or asks for something it does not define."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one file. ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    key: str
    """The way to the value, such as ``devices[3].port``, lists counted from 0; empty for the whole file."""
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " + (f"{self.key}: " if self.key else "")
        return where + self.message + (f"; {self.suggestion}" if self.suggestion else "")


class SettingsErrors(SettingsError):
    """Every mistake of every file at once; its text has one line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
