"""``netops check``: every file of settings and of rules, all mistakes at once."""

from netops.backup.platform_files import load_platforms
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import JsonOption, print_json, say
from netops.cli.problems import end_with_problems
from netops.events.compiling import compile_rules
from netops.i18n import _, ngettext
from netops.profiles.loader import load_profiles
from netops.services.check_compliance import load_rules_of
from netops.services.check_drift import find_strange_members
from netops.services.check_rules import find_rule_files, load_rules, match_patterns
from netops.services.run_backups import find_strange_platforms, platform_folder
from netops.settings.alerting import AlertingSettings
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.loader import LoadedSettings, load_settings
from netops.settings.oncall import find_doubts
from netops.snmp.names import Names
from netops.syslog.change_signs import load_change_signs


def check(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check every file in configs/ and alerts/ and list all mistakes at once."""
    problems: list[Problem] = []
    loaded: LoadedSettings | None = None
    try:
        loaded = load_settings(config)
        rule_files = find_rule_files(loaded)
        load_profiles(loaded.profiles_folder, problems)
        load_change_signs(loaded.change_signs_folder, problems)
        compile_rules(loaded.events, loaded.events_file, Names(), problems)
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
    if loaded.oncall_file.exists():
        say(_("%(file)s is right") % {"file": loaded.oncall_file})
        for doubt in find_doubts(loaded.oncall):
            say(f"{loaded.oncall_file}: {doubt}")
    if loaded.events_file.exists():
        say(_("%(file)s is right") % {"file": loaded.events_file})
    if rule_files:
        words = {"count": rules}
        say(
            ngettext(
                "the rule files are right: %(count)d rule", "the rule files are right: %(count)d rules", rules
            )
            % words
        )
