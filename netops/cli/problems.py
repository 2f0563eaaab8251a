"""How mistakes in files are told."""

from dataclasses import asdict
from typing import NoReturn

import typer

from netops.cli.output import EXIT_BAD_USE, complain, print_json
from netops.i18n import ngettext
from netops.settings.errors import SettingsErrors


def end_with_problems(errors: SettingsErrors, *, as_json: bool) -> NoReturn:
    """List mistakes in files, and end the command with the exit code for them."""
    tell_problems(errors, as_json=as_json)
    raise typer.Exit(EXIT_BAD_USE) from None


def tell_problems(errors: SettingsErrors, *, as_json: bool) -> None:
    """List every mistake: a line each and their number, or an array for programs."""
    if as_json:
        print_json([asdict(problem) for problem in errors.problems])
        return
    complain(str(errors))
    count = len(errors.problems)
    complain(ngettext("%(count)d mistake", "%(count)d mistakes", count) % {"count": count})
