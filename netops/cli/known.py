"""What is known of devices, for commands that ask one: our profiles, and those of a folder."""

from pathlib import Path
from typing import Annotated

import typer

from netops.cli.output import EXIT_BAD_USE, complain
from netops.i18n import _
from netops.profiles.loader import Profiles, load_profiles
from netops.settings.errors import Problem

ProfilesOption = Annotated[
    Path, typer.Option("--profiles", metavar="FOLDER", help=_("Folder of your own profiles."))
]


def load_own_profiles(folder: Path) -> Profiles:
    """Load all profiles; a mistake in one of the operator's ends the command with its line."""
    problems: list[Problem] = []
    profiles = load_profiles(folder, problems)
    if problems:
        for problem in problems:
            complain(str(problem))
        raise typer.Exit(EXIT_BAD_USE)
    return profiles
