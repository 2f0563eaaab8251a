"""``netops profile …``: what is known of devices, and how to add to it."""

from pathlib import Path
from typing import Annotated

import typer

from netops.cli.check import end_with_problems
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.known import FolderOption, find_folder, load_own_profiles
from netops.cli.output import EXIT_BAD_USE, JsonOption, fail, print_json, print_table, say
from netops.cli.profile_device import draft, match, try_profile
from netops.cli.profile_text import print_profile, word_rule
from netops.i18n import _, ngettext
from netops.profiles.loader import check_files, load_profiles
from netops.services.show_profiles import describe_profile, list_profiles
from netops.settings.errors import Problem, SettingsErrors

app = Commands(help=_("What is known of devices: the profiles that come with netops, and your own."))
app.verb("match", help=_("Tell which profile a device gets and why, and what each table of it gives."))(match)
app.verb("test", help=_("Poll a device by a profile, whether it matches or not."))(try_profile)
app.verb("draft", help=_("Draft a profile from a walk of a device or a recording."))(draft)


@app.verb("list", help=_("List all profiles, with how their devices are known."))
def list_(
    *, profiles: FolderOption = None, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """List all profiles."""
    rows = list_profiles(load_own_profiles(find_folder(profiles, config)))
    if as_json:
        print_json(rows)
        return
    heads = (_("Profile"), _("From"), _("Known by"), _("Description"))
    cells = [
        (
            row["name"],
            _("you") if row["is_yours"] else "netops",
            word_rule(row["matches"]),
            row["description"],
        )
        for row in rows
    ]
    print_table("", heads, cells)


@app.verb("show", help=_("Show a profile as it is once merged with those it extends."))
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Name of a profile."))],
    *,
    profiles: FolderOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show one profile."""
    told = describe_profile(load_own_profiles(find_folder(profiles, config)), name)
    if as_json:
        print_json(told)
    else:
        print_profile(told)


@app.verb("check", help=_("Check your own profiles and list all mistakes at once."))
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE …", help=_("Files of profiles; default: all of your folder.")),
    ] = None,
    *,
    profiles: FolderOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Check profiles."""
    folder = find_folder(profiles, config)
    if profiles is not None and not profiles.is_dir():
        fail(_("%(path)s is no folder") % {"path": profiles}, EXIT_BAD_USE)
    problems: list[Problem] = []
    if files:
        # The others of the folder may be extended, so they are loaded; their mistakes are another question.
        count = len(check_files(files, load_profiles(folder), problems))
    else:
        count = len(load_profiles(folder, problems).users)
    if problems:
        end_with_problems(SettingsErrors(problems), as_json=as_json)
    if as_json:
        print_json([])
        return
    words = {"count": count, "where": ", ".join(map(str, files)) if files else folder}
    say(
        ngettext("%(where)s: %(count)d profile is right", "%(where)s: %(count)d profiles are right", count)
        % words
    )
