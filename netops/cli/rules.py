"""``netops rules …``: alert rules, checked, tested and listed. Works without the daemon."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from netops.alerting.rules import AlertingRule, Rule, RuleGroup
from netops.alerting.spans import format_span
from netops.alerting.testing.runner import Mismatch
from netops.cli.check import end_with_problems
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import (
    EXIT_FAILED,
    JsonOption,
    complain,
    print_json,
    print_table,
    progress_bar,
    say,
)
from netops.i18n import _, ngettext
from netops.services.check_rules import find_rule_files, load_rules, run_test_files
from netops.settings.errors import SettingsErrors
from netops.settings.loader import load_settings

app = Commands(help=_("Alert rules."))

RuleFilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE …", help=_("Rule files; default: those that the settings name.")),
]
TestFilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE …", help=_("Test files, as promtool reads them."))
]


def _choose(files: Sequence[Path] | None, config: Path) -> Sequence[Path]:
    return files or find_rule_files(load_settings(config))


@app.verb("check", help=_("Check rule files and list all mistakes at once."))
def check(
    files: RuleFilesArgument = None, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Check rule files and list all mistakes at once."""
    try:
        found = load_rules(_choose(files, config))
    except SettingsErrors as errors:
        end_with_problems(errors, as_json=as_json)
    if as_json:
        print_json([])
        return
    for file in found:
        count = len(list(file.rules()))
        words = {"file": file.name, "count": count}
        say(ngettext("%(file)s: %(count)d rule", "%(file)s: %(count)d rules", count) % words)
    if not found:
        say(_("the settings name no rule file that is there"))


@app.verb("test", help=_("Run tests of rules, and show what comes out otherwise than expected."))
def run_tests(files: TestFilesArgument, *, as_json: JsonOption = False) -> None:
    """Run tests of rules, and show what comes out otherwise than expected."""
    try:
        with progress_bar(_("Testing")) as progress:
            run = run_test_files(files, progress)
    except SettingsErrors as errors:
        end_with_problems(errors, as_json=as_json)
    if as_json:
        print_json(
            {"tests": run.scenarios, "mismatches": [_describe_mismatch(one) for one in run.mismatches]}
        )
    else:
        for mismatch in run.mismatches:
            _show_mismatch(mismatch)
    if run.mismatches:
        if not as_json:
            count = len(run.mismatches)
            words = {"count": count}
            complain(
                ngettext("%(count)d thing came out otherwise", "%(count)d things came out otherwise", count)
                % words
            )
        raise typer.Exit(EXIT_FAILED)
    if not as_json:
        words = {"count": run.scenarios}
        say(ngettext("%(count)d test passed", "%(count)d tests passed", run.scenarios) % words)


@app.verb("list", help=_("List all rules."))
def list_(
    files: RuleFilesArgument = None, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """List all rules."""
    try:
        found = load_rules(_choose(files, config))
    except SettingsErrors as errors:
        end_with_problems(errors, as_json=as_json)
    rules = [pair for file in found for pair in file.rules()]
    if as_json:
        print_json([_describe_rule(group, rule) for group, rule in rules])
        return
    if not rules:
        say(_("no rules"))
        return
    heads = (_("Rule"), _("Severity"), _("For"), _("Group"), _("File"), _("Summary"))
    print_table("", heads, [_rule_cells(group, rule) for group, rule in rules])


def _rule_cells(group: RuleGroup, rule: Rule) -> tuple[str, ...]:
    if not isinstance(rule, AlertingRule):
        return rule.name, "", "", group.name, group.file, " ".join(rule.expression.text.split())
    severity = rule.labels["severity"].text if "severity" in rule.labels else ""
    summary = rule.annotations["summary"].text if "summary" in rule.annotations else ""
    return rule.name, severity, format_span(rule.hold_ms), group.name, group.file, summary


def _describe_rule(group: RuleGroup, rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": group.file,
        "group": group.name,
        "interval_seconds": None if group.interval_ms is None else group.interval_ms / 1000,
        "name": rule.name,
        "type": "alert" if isinstance(rule, AlertingRule) else "record",
        "expr": rule.expression.text,
    }
    if isinstance(rule, AlertingRule):
        return {
            **told,
            "for_seconds": rule.hold_ms / 1000,
            "keep_firing_for_seconds": rule.keep_firing_ms / 1000,
            "labels": {name: text.text for name, text in rule.labels.items()},
            "annotations": {name: text.text for name, text in rule.annotations.items()},
        }
    return {**told, "labels": dict(rule.labels)}


def _describe_mismatch(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "file": mismatch.file,
        "line": mismatch.line,
        "test": mismatch.test,
        "subject": mismatch.subject,
        "expected": list(mismatch.expected),
        "got": list(mismatch.got),
        "reason": mismatch.reason,
    }


def _show_mismatch(mismatch: Mismatch) -> None:
    """Show a mismatch like a diff: what is missing behind -, what came instead behind +."""
    where = f"{mismatch.file}:{mismatch.line}: "
    name = _('test "%(test)s", ') % {"test": mismatch.test} if mismatch.test else ""
    complain(where + name + mismatch.subject + (f": {mismatch.reason}" if mismatch.reason else ""))
    if mismatch.reason:
        return
    expected = "\n".join(mismatch.expected).splitlines()
    got = "\n".join(mismatch.got).splitlines()
    for line in difflib.ndiff(expected, got):
        if not line.startswith("?"):
            complain("  " + line)
