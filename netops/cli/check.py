"""``netops check``: every file of settings, all mistakes at once."""

from pathlib import Path
from typing import Annotated

import typer

from netops.backup.platform_files import load_platforms
from netops.cli.output import EXIT_BAD_USE, JsonOption, complain, print_json, say
from netops.i18n import _, ngettext
from netops.services.run_backups import find_strange_platforms, platform_folder
from netops.settings.errors import SettingsErrors
from netops.settings.loader import load_settings

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="NETOPS_CONFIG", help=_("The file of settings."))
]
DEFAULT_CONFIG = Path("configs/netops.yaml")


def check(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check every file in configs/ and list all mistakes at once."""
    try:
        loaded = load_settings(config)
        strange = find_strange_platforms(loaded, load_platforms(platform_folder(config)))
        if strange:
            raise SettingsErrors(strange)
    except SettingsErrors as errors:
        if as_json:
            print_json(
                [
                    {
                        "file": problem.file,
                        "line": problem.line,
                        "column": problem.column,
                        "key": problem.key,
                        "message": problem.message,
                        "suggestion": problem.suggestion,
                    }
                    for problem in errors.problems
                ]
            )
        else:
            complain(str(errors))
            count = len(errors.problems)
            complain(ngettext("%(count)d mistake", "%(count)d mistakes", count) % {"count": count})
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
