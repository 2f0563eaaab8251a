"""``netops compliance …``: configurations held against rules. Works without the daemon."""

import sys
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from netops.backup.compliance.report import (
    ReportRow,
    count_statuses,
    make_rows,
    word_finding,
    word_severity,
    word_status,
    write_csv,
    write_html,
)
from netops.backup.compliance.rules import Rule
from netops.backup.platform_files import load_platforms
from netops.cli.backups import backups_of
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import EXIT_FAILED, JsonOption, complain, print_json, print_table, say
from netops.cli.stores import open_store
from netops.clock import SystemClock
from netops.i18n import _, get_language, ngettext
from netops.model.compliance import ComplianceStatus
from netops.services.check_compliance import CheckCompliance, load_rules_of
from netops.services.run_backups import Backups, platform_folder
from netops.settings.errors import Problem, SettingsError, SettingsErrors
from netops.settings.loader import LoadedSettings, load_settings
from netops.store.engine import read
from netops.store.queries.compliance import list_checks, list_results

app = Commands()


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    CSV = "csv"
    HTML = "html"


FormatOption = Annotated[Format, typer.Option("--format", help=_("text, csv or html."))]
EverythingOption = Annotated[
    bool, typer.Option("--all", help=_("Show the rules that are kept too; csv and json always do."))
]
DevicesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="DEVICE", help=_("Names of devices; without any, all."))
]


def _load_rules(loaded: LoadedSettings) -> list[Rule]:
    problems: list[Problem] = []
    rules = load_rules_of(loaded, load_platforms(platform_folder(loaded.config_file)), problems)
    if problems:
        raise SettingsErrors(problems)
    return rules


def _require_known(backups: Backups, names: Sequence[str]) -> None:
    known = backups.devices()
    for name in names:
        if name not in known:
            raise SettingsError(_("%(device)s: is not backed up, so it cannot be judged") % {"device": name})


@app.verb(
    "check", help=_("Hold the newest configurations against the rules now. Exit code 1 when a rule fails.")
)
def check(
    devices: DevicesArgument = None,
    *,
    style: FormatOption = Format.TEXT,
    everything: EverythingOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Hold the newest configurations against the rules now."""
    clock = SystemClock()
    with backups_of(config) as backups:
        rules = _load_rules(backups.loaded)
        _require_known(backups, devices or ())
        judged = list(CheckCompliance(backups, rules, clock).check(devices or None))
        site = backups.loaded.settings.site_name
    results = [result for one in judged for result in one.results()]
    rows = make_rows(results, {rule.id: rule for rule in rules}, get_language(), stored=False)
    _show(rows, style, site=site, at=clock.now(), everything=everything, as_json=as_json)


@app.verb("report", help=_("Show what the rules said, now or on a date, as the daemon keeps it."))
def report(
    devices: DevicesArgument = None,
    *,
    at: Annotated[
        str, typer.Option("--at", help=_("An instant or a date like 2026-11-24, to its end."))
    ] = "",
    style: FormatOption = Format.TEXT,
    everything: EverythingOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show what the rules said, now or on a date, as the daemon keeps it."""
    instant = _read_instant(at) if at else None
    with open_store(config) as (loaded, engine), read(engine) as connection:
        results = list_results(connection, at=instant, devices=devices or ())
        checks = list_checks(connection)
        problems: list[Problem] = []
        # Only for titles in the reader's language: a mistake in the rules of today must not hide yesterday's report.
        rules = load_rules_of(loaded, load_platforms(platform_folder(config)), problems)
        site = loaded.settings.site_name
    if not results and not checks:
        complain(_("the daemon has judged no device yet"))
        raise typer.Exit(EXIT_FAILED)
    rows = make_rows(results, {rule.id: rule for rule in rules}, get_language(), stored=True)
    shown_at = instant or max((one.checked_at for one in checks.values()), default=SystemClock().now())
    _show(rows, style, site=site, at=shown_at, everything=everything, as_json=as_json)


def _read_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(_('"%(at)s" is no date like 2026-11-24') % {"at": text}) from None
    if len(text) == 10:
        instant = instant.replace(hour=23, minute=59, second=59)
    return instant.astimezone()


@app.verb("rules", help=_("List the compliance rules."))
def rules_(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the compliance rules."""
    rules = _load_rules(load_settings(config))
    language = get_language()
    if as_json:
        print_json([_describe(rule, language) for rule in rules])
        return
    heads = (_("Rule"), _("Severity"), _("Title"), _("Holds for"), _("Reference"), _("Exceptions"))
    cells = [
        (
            rule.id,
            word_severity(rule.severity),
            rule.title_in(language),
            ", ".join((*rule.scope.platforms, *rule.scope.sites, *rule.scope.tags, *rule.scope.devices))
            or _("all"),
            rule.reference,
            len(rule.exceptions) or "",
        )
        for rule in rules
    ]
    print_table("", heads, cells, right=(5,))


def _describe(rule: Rule, language: str) -> dict[str, Any]:
    scope = rule.scope
    return {
        "rule": rule.id,
        "title": rule.title_in(language),
        "severity": rule.severity,
        "reference": rule.reference,
        "why": rule.why,
        "file": rule.file,
        "platforms": scope.platforms,
        "sites": scope.sites,
        "tags": scope.tags,
        "groups": scope.groups,
        "devices": scope.devices,
        "exceptions": [
            {
                "devices": one.devices,
                "owner": one.owner,
                "until": one.until.isoformat(),
                "reason": one.reason,
            }
            for one in rule.exceptions
        ],
    }


def _show(
    rows: Sequence[ReportRow], style: Format, *, site: str, at: datetime, everything: bool, as_json: bool
) -> None:
    if as_json:
        print_json([row.as_json() for row in rows])
    elif style is Format.CSV:
        sys.stdout.write(write_csv(rows))
    elif style is Format.HTML:
        sys.stdout.write(write_html(rows, site=site, at=at, language=get_language()))
    else:
        _show_text(rows, everything=everything)
    if count_statuses(rows)[ComplianceStatus.FAILS]:
        raise typer.Exit(EXIT_FAILED)


def _show_text(rows: Sequence[ReportRow], *, everything: bool) -> None:
    shown = [row for row in rows if everything or row.status is not ComplianceStatus.PASSES]
    heads = (_("Device"), _("Severity"), _("Rule"), _("Result"), _("Title"), _("Finding"))
    cells = [
        (
            row.device,
            word_severity(row.severity),
            row.rule,
            word_status(row.status),
            row.title,
            word_finding(row),
        )
        for row in shown
    ]
    if cells:
        print_table("", heads, cells)
    counts = count_statuses(rows)
    devices = len({row.device for row in rows})
    words = {
        "count": devices,
        "fails": counts[ComplianceStatus.FAILS],
        "excepted": counts[ComplianceStatus.EXCEPTED],
        "passes": counts[ComplianceStatus.PASSES],
    }
    say(
        ngettext(
            "%(count)d device: %(fails)d verdicts fail, %(excepted)d are excepted, %(passes)d pass",
            "%(count)d devices: %(fails)d verdicts fail, %(excepted)d are excepted, %(passes)d pass",
            devices,
        )
        % words
    )
