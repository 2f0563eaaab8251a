"""A platform: all that netops knows of an OS family's command line, as plain values."""

import re
from dataclasses import dataclass
from typing import Literal

Mode = Literal["shell", "exec"]
Confirm = Literal["enter", "quiet"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to fetch: the first of its ways that the device does not refuse."""

    ways: tuple[str, ...]
    """Commands, or with ``is_file`` paths, best first. ``{password}`` stands for the login's password."""
    is_optional: bool = False
    is_file: bool = False
    """Copied with SCP or SFTP instead of printed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to type where a device asks something at login."""

    when: re.Pattern[str]
    send: str


@dataclass(frozen=True, slots=True)
class Platform:
    """One OS family. Patterns are searched line by line (``re.MULTILINE``); see docs/backup.md for each key."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    netmiko: str = "generic"
    mode: Mode = "shell"
    prompt: re.Pattern[str] = re.compile(r"\S.{0,120}[#>$%]")
    """Matches a whole prompt, without blanks around it."""
    confirm: Confirm = "enter"
    """How the end of an answer is proven: a second prompt after Enter, or a second of silence."""
    newline: str = "\n"
    enable: str = ""
    """The command to the privileged mode, sent at a prompt that matches ``unprivileged``; empty for none."""
    unprivileged: re.Pattern[str] = re.compile(r">\s*$")
    answers: tuple[Answer, ...] = ()
    setup: tuple[str, ...] = ()
    pagers: tuple[re.Pattern[str], ...] = ()
    noise: re.Pattern[str] | None = None
    """Messages that a device writes into the middle of an answer, between two pages."""
    configuration: tuple[Step, ...] = ()
    startup: tuple[Step, ...] = ()
    facts: tuple[Step, ...] = ()
    starts: re.Pattern[str] | None = None
    """The configuration begins with the first line that matches; what stands before it is a heading."""
    ends: re.Pattern[str] | None = None
    """The end marker: without it nothing counts as a backup. Searched in the last lines."""
    errors: tuple[re.Pattern[str], ...] = ()
    volatile: tuple[re.Pattern[str], ...] = ()
    """What changes by itself, in configuration and facts; taken out before comparing and storing."""
    volatile_facts: tuple[re.Pattern[str], ...] = ()
    secrets: tuple[re.Pattern[str], ...] = ()
    """Each group of each match is hidden."""
    is_json: bool = False
    """The configuration is JSON, and laid out a value a line, so that differences can be read."""
    resalted: bool = False
    """The device encrypts its secrets anew for each reader, so only the masked text tells of a change."""
    comment: str = "!"
    exit: tuple[str, ...] = ("exit",)
