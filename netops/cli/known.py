"""What is known of devices, for commands that ask one: our profiles, and those of a folder."""

from pathlib import Path
from typing import Annotated

import typer

from netops.cli.config_option import DEFAULT_CONFIG
from netops.cli.output import EXIT_BAD_USE, complain
from netops.i18n import _
from netops.profiles.loader import Profiles, load_profiles
from netops.settings.errors import Problem
from netops.settings.loader import load_settings

ProfilesOption = Annotated[
    Path, typer.Option("--profiles", metavar="FOLDER", help=_("Folder of your own profiles."))
]

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--profiles",
        metavar="FOLDER",
        help=_("Folder of your own profiles; default: the one that netops.yaml names."),
    ),
]


def find_folder(folder: Path | None, config: Path) -> Path:
    """Give the operator's folder: as told, else by the settings, else the usual one where there are no settings.

    Raises:
        SettingsErrors: The settings are wrong.
    """
    if folder is not None:
        return folder
    if config == DEFAULT_CONFIG and not config.exists():
        return config.parent / "profiles"
    return load_settings(config).profiles_folder


def load_own_profiles(folder: Path) -> Profiles:
    """Load all profiles; a mistake in one of the operator's ends the command with its line."""
    problems: list[Problem] = []
    profiles = load_profiles(folder, problems)
    if problems:
        for problem in problems:
            complain(str(problem))
        raise typer.Exit(EXIT_BAD_USE)
    return profiles
