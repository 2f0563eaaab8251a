"""``netops check``: every file of settings and of rules, all mistakes at once."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from netops.backup.platform_files import load_platforms
from netops.cli.output import EXIT_BAD_USE, JsonOption, complain, print_json, say
from netops.i18n import _, ngettext
from netops.profiles.loader import load_profiles
from netops.services.check_compliance import load_rules_of
from netops.services.check_drift import find_strange_members
from netops.services.check_rules import find_rule_files, load_rules, match_patterns
from netops.services.run_backups import find_strange_platforms, platform_folder
from netops.settings.alerting import AlertingSettings
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.loader import LoadedSettings, load_settings
from netops.syslog.change_signs import load_change_signs

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="NETOPS_CONFIG", help=_("The file of settings."))
]
DEFAULT_CONFIG = Path("configs/netops.yaml")


def check(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check every file in configs/ and alerts/ and list all mistakes at once."""
    problems: list[Problem] = []
    loaded: LoadedSettings | None = None
    try:
        loaded = load_settings(config)
        rule_files = find_rule_files(loaded)
        load_profiles(loaded.profiles_folder, problems)
        load_change_signs(loaded.change_signs_folder, problems)
        platforms = load_platforms(platform_folder(config))
        problems += find_strange_platforms(loaded, platforms)
        load_rules_of(loaded, platforms, problems)
        problems += find_strange_members(loaded)
    except SettingsErrors as errors:
        problems += errors.problems
        # What the settings say of rule files cannot be known; where they say nothing, these are looked at.
        rule_files = match_patterns(AlertingSettings().rule_files, config.parent)
    rules = 0
    try:
        rules = sum(len(list(file.rules())) for file in load_rules(rule_files))
    except SettingsErrors as errors:
        problems += errors.problems
    if problems or loaded is None:
        end_with_problems(SettingsErrors(problems), as_json=as_json)
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
    if rule_files:
        words = {"count": rules}
        say(
            ngettext(
                "the rule files are right: %(count)d rule", "the rule files are right: %(count)d rules", rules
            )
            % words
        )


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
