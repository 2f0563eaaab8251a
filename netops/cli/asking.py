"""What commands by which people ask for something have in common: who asks, and for how long."""

import getpass
from datetime import timedelta
from typing import Annotated

import typer

from netops.i18n import _
from netops.settings.durations import parse_duration

AuthorOption = Annotated[
    str | None, typer.Option("--author", help=_("Who asks for it; default: the user of this machine."))
]


def parse_span(text: str) -> timedelta:
    """Read an option's duration; a wrong one is bad use."""
    try:
        return parse_duration(text)
    except ValueError as error:
        words = {"text": text}
        raise typer.BadParameter(_('"%(text)s" is no time; write it like 30m, 8h or 2d') % words) from error


def name_author(author: str | None) -> str:
    """Give who asks: as told, else the user of this machine."""
    return author or getpass.getuser()
