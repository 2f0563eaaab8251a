"""``netops alert …``: what is wrong now, who has it, and what is kept quiet.

What people do goes through the running daemon; without one it is written to the database, and the daemon acts on it
at its next start.
"""

import getpass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer

from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.control import find_daemon
from netops.cli.output import JsonOption, instant, print_json, print_table, say
from netops.cli.stores import open_store
from netops.cli.words import alert_event_word, alert_state_word
from netops.clock import SystemClock
from netops.i18n import _, ngettext
from netops.services.manage_alerts import (
    SilenceRequest,
    acknowledge,
    add_silence,
    comment_on,
    preview_silence,
    stop_silence,
)
from netops.services.show_alerts import (
    describe_alert,
    describe_stored_alert,
    list_stored_alerts,
    list_stored_silences,
)
from netops.settings.durations import parse_duration
from netops.store.engine import read, write

app = Commands(help=_("Alerts: what is wrong now, who has it, and what is kept quiet."))

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help=_("Id of an alert; its first digits are enough."))
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", help=_("Who asks for it; default: the user of this machine."))
]
MatchersArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="CONDITION …",
        help=_("Conditions on labels, such as device=core-1 or alertname=~Interface.*; all must be met."),
    ),
]


def _parse_span(text: str) -> timedelta:
    """Read an option's duration; a wrong one is bad use."""
    try:
        return parse_duration(text)
    except ValueError as error:
        words = {"text": text}
        raise typer.BadParameter(_('"%(text)s" is no time; write it like 30m, 8h or 2d') % words) from error


def _who(author: str | None) -> str:
    return author or getpass.getuser()


def _list_marks(row: dict[str, Any]) -> list[str]:
    """Word what is special about an alert."""
    marks = []
    if row["behind"]:
        marks.append(_("unreachable behind %(device)s") % {"device": row["behind"]})
    if row["hides"]:
        marks.append(_("behind it: %(devices)s") % {"devices": ", ".join(row["hides"])})
    if row["held"]:
        marks.append(_("no data"))
    if row["silence"]:
        marks.append(_("silence %(id)d") % {"id": row["silence"]})
    if row["acknowledged"]:
        marks.append(_("%(who)s has it") % {"who": row["acknowledged"]["by"]})
    return marks


def _print_alerts(rows: list[dict[str, Any]]) -> None:
    heads = (_("Id"), _("State"), _("Severity"), _("Since"), _("Device"), _("Rule"), _("What"), _("Notes"))
    cells = [
        (
            row["id"][:8],
            alert_state_word(row["state"]),
            row["severity"],
            instant(row["active_at"]),
            row["device"],
            row["rule"],
            row["annotations"].get("summary", ""),
            "; ".join(_list_marks(row)),
        )
        for row in rows
    ]
    print_table("", heads, cells)


@app.verb("list", help=_("List the alerts that are pending or firing, the gravest first."))
def list_(
    *,
    with_resolved: Annotated[bool, typer.Option("--all", help=_("Also those that are over."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the alerts that are pending or firing, the gravest first."""
    with open_store(config) as (_loaded, engine), read(engine) as connection:
        rows = list_stored_alerts(connection, with_resolved=with_resolved)
    if as_json:
        print_json(rows)
    elif rows:
        _print_alerts(rows)
    else:
        say(_("no alerts"))


@app.verb("show", help=_("Show one alert with all that happened to it."))
def show(alert: IdArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show one alert with all that happened to it."""
    with open_store(config) as (_loaded, engine), read(engine) as connection:
        facts = describe_stored_alert(connection, alert)
    if as_json:
        print_json(facts)
        return
    say(f"{facts['rule']}  {alert_state_word(facts['state'])}  {facts['severity']}".rstrip())
    for label, value in (
        (_("id"), facts["id"]),
        *facts["labels"].items(),
        *facts["annotations"].items(),
        (_("value"), facts["value"]),
        (_("since"), instant(facts["active_at"])),
        (_("fired"), instant(facts["fired_at"])),
        (_("over"), instant(facts["resolved_at"])),
        (_("notes"), "; ".join(_list_marks(facts))),
    ):
        if value not in {"", None}:
            say(f"  {label}: {value}")
    rows = [
        (instant(event["at"]), alert_event_word(event["kind"]), event["who"], event["text"])
        for event in facts["events"]
    ]
    print_table("", (_("Time"), _("Event"), _("Who"), _("Comment")), rows)


@app.verb("ack", help=_("Say that somebody has an alert, until a time."))
def ack(
    alert: IdArgument,
    *,
    span: Annotated[str, typer.Option("--for", help=_("For how long, such as 30m or 8h."))] = "8h",
    comment: Annotated[str, typer.Option(help=_("What the others should know."))] = "",
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say that somebody has an alert, until a time."""
    duration, who, now = _parse_span(span), _who(author), SystemClock().now()
    with open_store(config) as (loaded, engine):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            wish = {"who": who, "seconds": duration.total_seconds(), "comment": comment}
            with daemon:
                given = daemon.ask("POST", f"/alerts/{quote(alert, safe='')}/acknowledge", json=wish)["id"]
        else:
            with write(engine) as connection:
                given = acknowledge(
                    connection, alert, who=who, duration=duration, comment=comment, now=now
                ).fingerprint
        with read(engine) as connection:
            facts = describe_stored_alert(connection, given)
    if as_json:
        print_json(facts)
        return
    until = facts["acknowledged"]["until"] if facts["acknowledged"] else None
    say(
        _("%(who)s has alert %(id)s until %(until)s") % {"who": who, "id": given[:8], "until": instant(until)}
    )


@app.verb("comment", help=_("Add a comment to the record of an alert."))
def comment_(
    alert: IdArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("What to keep."))],
    *,
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add a comment to the record of an alert."""
    who = _who(author)
    with open_store(config) as (loaded, engine):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                path = f"/alerts/{quote(alert, safe='')}/comment"
                given = daemon.ask("POST", path, json={"who": who, "text": text})["id"]
        else:
            with write(engine) as connection:
                given = comment_on(connection, alert, who=who, text=text, now=SystemClock().now()).fingerprint
    say(_("the comment is kept with alert %(id)s") % {"id": given[:8]})


@app.verb("silence", help=_("Keep all alerts quiet that meet some conditions, until a time."))
def silence(
    matchers: MatchersArgument,
    *,
    span: Annotated[str, typer.Option("--for", help=_("For how long, such as 30m or 8h."))],
    comment: Annotated[str, typer.Option(help=_("Why."))],
    author: AuthorOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("Only list the alerts that it would keep quiet."))
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep all alerts quiet that meet some conditions, until a time."""
    request = SilenceRequest(matchers, _who(author), comment, _parse_span(span))
    with open_store(config) as (loaded, engine):
        with read(engine) as connection:
            hit = [describe_alert(alert) for alert in preview_silence(connection, matchers)]
        made: int | None = None
        daemon = None if dry_run else find_daemon(loaded.settings.control_socket)
        if daemon:
            wish = {
                "matchers": matchers,
                "who": request.author,
                "seconds": request.duration.total_seconds(),
                "comment": comment,
            }
            with daemon:
                made = int(daemon.ask("POST", "/silences", json=wish)["silence"])
        elif not dry_run:
            with write(engine) as connection:
                made = add_silence(connection, request, SystemClock().now())
    if as_json:
        print_json({"silence": made, "alerts": hit})
        return
    if made is not None:
        say(_("silence %(id)d begins; end it with `netops alert unsilence %(id)d`") % {"id": made})
    _say_hit(hit)


def _say_hit(hit: list[dict[str, Any]]) -> None:
    count = len(hit)
    say(
        ngettext("it concerns %(count)d alert now", "it concerns %(count)d alerts now", count)
        % {"count": count}
    )
    if hit:
        _print_alerts(hit)


@app.verb("unsilence", help=_("End a silence before its time, and list what still fires."))
def unsilence(
    silence_id: Annotated[int, typer.Argument(metavar="SILENCE", help=_("Number of a silence."))],
    *,
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a silence before its time, and list what still fires."""
    who = _who(author)
    with open_store(config) as (loaded, engine):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                path = f"/silences/{silence_id}/end"
                burning = list(daemon.ask("POST", path, json={"who": who})["burning"])
        else:
            with write(engine) as connection:
                ended = stop_silence(connection, silence_id, who=who, now=SystemClock().now())
                burning = [alert.fingerprint for alert in ended]
        with read(engine) as connection:
            rows = [row for row in list_stored_alerts(connection) if row["id"] in burning]
    if as_json:
        print_json({"silence": silence_id, "alerts": rows})
        return
    say(_("silence %(id)d has ended") % {"id": silence_id})
    if rows:
        say(_("these alerts fire on:"))
        _print_alerts(rows)


@app.verb("silences", help=_("List silences that have not ended."))
def silences(
    *,
    with_ended: Annotated[bool, typer.Option("--all", help=_("Also those that have ended."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List silences that have not ended."""
    with open_store(config) as (_loaded, engine), read(engine) as connection:
        rows = list_stored_silences(connection, SystemClock().now(), with_ended=with_ended)
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no silences"))
        return
    heads = (_("Silence"), _("Conditions"), _("From"), _("Until"), _("Author"), _("Comment"))
    cells = [
        (
            row["id"],
            " ".join(row["matchers"]),
            instant(row["starts_at"]),
            instant(row["ends_at"]),
            row["author"],
            row["comment"],
        )
        for row in rows
    ]
    print_table("", heads, cells)
