"""``netops events …``: rules about traps and syslog messages, listed and tried out. Works without the daemon."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import EXIT_FAILED, JsonOption, print_json, print_table, say
from netops.cli.problems import end_with_problems
from netops.errors import NetopsError
from netops.events.compiling import compile_rules
from netops.events.facts import SeenInterface, Sender, SyslogFacts
from netops.events.rules import EventRule, EventRules, Taken, Verdict
from netops.i18n import _
from netops.settings.durations import format_duration
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.loader import load_settings
from netops.snmp.names import Names
from netops.syslog.parser import parse

app = Commands()

_LONGEST_LINE = 65_536
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help=_("Syslog messages, a line each; - reads standard input."))
]
DeviceOption = Annotated[
    str, typer.Option("--device", help=_("The device they come from, for rules that name devices or sites."))
]

AliasOption = Annotated[
    str,
    typer.Option("--alias", help=_("The description (ifAlias) of the interface that a message is about.")),
]


@app.verb("list", help=_("List all event rules in the order in which they are asked."))
def list_(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List all event rules in the order in which they are asked."""
    rules, _sites = _load(config, as_json=as_json)
    if as_json:
        print_json([_describe_rule(rule) for rule in rules.rules])
        return
    heads = (_("Rule"), _("Looks at"), _("Alert"), _("Severity"), _("Ends after"), _("From"))
    print_table("", heads, [_rule_cells(rule) for rule in rules.rules])


@app.verb("test", help=_("Tell which rule takes each syslog message of a file, and what comes of it."))
def run_test(
    file: FileArgument,
    *,
    device: DeviceOption = "device",
    alias: AliasOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell which rule takes each syslog message of a file, and what comes of it.

    Exits with 1 when no rule takes any of them. Nothing is polled here: what rules ask of an interface's
    description is answered by ``alias``.
    """
    rules, sites = _load(config, as_json=as_json)
    sender = Sender(
        "192.0.2.1", device, sites.get(device, ""), lambda which: SeenInterface(str(which), alias)
    )
    told = []
    for received in _read_lines(file):
        message = parse(
            received, received_at=datetime.now(UTC), source_address=sender.source, transport="udp"
        )
        told.append((message.line, rules.judge_syslog(SyslogFacts(message, sender))))
    if as_json:
        print_json([{"line": line, **_describe_verdict(verdict)} for line, verdict in told])
    else:
        for line, verdict in told:
            say(line)
            for text in _word_verdict(verdict):
                say(f"  {text}")
    if not any(verdict.taken or verdict.ends for _line, verdict in told):
        raise typer.Exit(EXIT_FAILED)


def _load(config: Path, *, as_json: bool) -> tuple[EventRules, dict[str, str]]:
    problems: list[Problem] = []
    try:
        loaded = load_settings(config)
    except SettingsErrors as errors:
        end_with_problems(errors, as_json=as_json)
    rules = compile_rules(loaded.events, loaded.events_file, Names(), problems)
    if problems:
        end_with_problems(SettingsErrors(problems), as_json=as_json)
    return rules, {name: one.site for name, one in loaded.devices.items()}


def _read_lines(file: Path) -> Iterator[bytes]:
    """Give the lines that hold something.

    Raises:
        NetopsError: The file cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        words = {"file": file, "reason": error.strerror or type(error).__name__}
        raise NetopsError(_("%(file)s: cannot be read: %(reason)s") % words) from None
    for line in content.split(b"\n"):
        if line.strip():
            yield line[:_LONGEST_LINE]


def _rule_cells(rule: EventRule) -> tuple[str, ...]:
    source = "netops" if rule.is_shipped else "events.yaml"
    if rule.record_only:
        return rule.name, rule.on, _("(only recorded)"), "", "", source
    return rule.name, rule.on, rule.alert, rule.severity, format_duration(rule.ends_after), source


def _describe_rule(rule: EventRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "on": rule.on,
        "alert": None if rule.record_only else rule.alert,
        "severity": rule.severity,
        "ends_after_seconds": rule.ends_after.total_seconds(),
        "clears": rule.clear is not None,
        "poll": rule.poll,
        "record_only": rule.record_only,
        "shipped": rule.is_shipped,
    }


def _describe_verdict(verdict: Verdict) -> dict[str, Any]:
    taken = verdict.taken
    return {
        "rule": taken.rule.name if taken else None,
        "record_only": bool(taken and taken.rule.record_only),
        "labels": taken.labels() if taken else {},
        "annotations": taken.annotations() if taken else {},
        "ends": [
            {"alert": one.rule.alert, "rule": one.rule.name, "labels": one.paired()} for one in verdict.ends
        ],
    }


def _word_verdict(verdict: Verdict) -> Iterator[str]:
    taken = verdict.taken
    for one in verdict.ends:
        words = {"rule": one.rule.name, "alert": one.rule.alert, "labels": _write_labels(one.paired())}
        yield _("%(rule)s: ends %(alert)s %(labels)s") % words
    if taken is not None:
        words = {"rule": taken.rule.name, "labels": _write_labels(taken.labels())}
        form = _("%(rule)s: recorded") if taken.rule.record_only else _("%(rule)s: alert %(labels)s")
        yield form % words
        yield from _texts(taken)
    elif not verdict.ends:
        yield _("no rule")


def _texts(taken: Taken) -> Iterator[str]:
    for text in taken.annotations().values():
        if text:
            yield f"  {text}"


def _write_labels(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in labels.items()) + "}"
