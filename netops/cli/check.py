"""``netops check``: every file of settings, all mistakes at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from netops.cli.output import EXIT_BAD_USE, JsonOption, complain, print_json, say
from netops.i18n import _, ngettext
from netops.profiles.loader import load_profiles
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.loader import load_settings

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="NETOPS_CONFIG", help=_("The file of settings."))
]
DEFAULT_CONFIG = Path("configs/netops.yaml")


def check(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check every file in configs/ and list all mistakes at once."""
    try:
        loaded = load_settings(config)
        problems: list[Problem] = []
        load_profiles(loaded.profiles_folder, problems)
        if problems:
            raise SettingsErrors(problems)
    except SettingsErrors as errors:
        tell_problems(errors, as_json=as_json)
        raise typer.Exit(EXIT_BAD_USE) from None
    if as_json:
        print_json([])
        return
    count = len(loaded.devices)
    words = {"count": count, "config": config, "devices": loaded.devices_file}
    say(
        ngettext(
            "%(config)s and %(devices)s are right: %(count)d device",
            "%(config)s and %(devices)s are right: %(count)d devices",
            count,
        )
        % words
    )


def tell_problems(errors: SettingsErrors, *, as_json: bool) -> None:
    """List every mistake: a line each and their number, or an array for programs."""
    if as_json:
        print_json([asdict(problem) for problem in errors.problems])
        return
    complain(str(errors))
    count = len(errors.problems)
    complain(ngettext("%(count)d mistake", "%(count)d mistakes", count) % {"count": count})
