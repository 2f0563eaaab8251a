"""``netops alert maintenance …``: quiet that is planned ahead.

Written to the database, which a running daemon asks before it tells of an alert.
"""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from netops.cli.asking import AuthorOption, name_author
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import JsonOption, print_json, print_table, say
from netops.cli.stores import open_store
from netops.clock import SystemClock
from netops.i18n import _
from netops.oncall.gaps import show_local
from netops.services.manage_oncall import add_window, stop_window
from netops.services.show_oncall import list_all_windows
from netops.store.engine import read, write
from netops.store.queries.oncall import list_windows

app = Commands(help=_("Maintenance windows: quiet that is planned ahead."))


@app.verb("add", help=_("Keep alerts quiet at a time ahead, once or again and again."))
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("What the window is called."))],
    *,
    start: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="TIME",
            help=_("When it begins, such as '2026-12-24 18:00'; with --rrule, the first time."),
        ),
    ],
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help=_("When it ends, once."))] = None,
    rrule: Annotated[
        str | None, typer.Option("--rrule", help=_("How it comes again, such as 'FREQ=WEEKLY;BYDAY=SU'."))
    ] = None,
    span: Annotated[
        str | None, typer.Option("--for", help=_("With --rrule: how long it lasts each time, such as 2h."))
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help=_("Zone of its times; default: that of oncall.yaml."))
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option("--match", help=_("A condition on labels; may be given more than once.")),
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option("--device", help=_("A device; may be given more than once."))
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", help=_("A group of devices; may be given more than once."))
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option("--site", help=_("A site; may be given more than once."))
    ] = None,
    comment: Annotated[str, typer.Option(help=_("Why."))],
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep alerts quiet at a time ahead, once or again and again."""
    given = {
        "name": name,
        "match": match,
        "devices": device,
        "groups": group,
        "sites": site,
        "from": start,
        "to": end,
        "rrule": rrule,
        "duration": span,
        "time_zone": time_zone,
        "comment": comment,
    }
    spec = {key: value for key, value in given.items() if value}
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), write(engine) as connection:
        window = add_window(connection, loaded.oncall, spec, who=name_author(author), now=now)
    row = list_all_windows(loaded.oncall, [window], now)[-1]
    if as_json:
        print_json(row)
        return
    words = {"id": row["id"], "times": _word_times(row)}
    say(
        _("maintenance window %(id)s: %(times)s") % words
        + "\n"
        + _("end it with `netops alert maintenance end %(id)s`") % words
    )


@app.verb("end", help=_("End a maintenance window, now and for all times to come."))
def end_(
    window_id: Annotated[int, typer.Argument(metavar="WINDOW", help=_("Number of a maintenance window."))],
    *,
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """End a maintenance window, now and for all times to come."""
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), write(engine) as connection:
        window = stop_window(connection, window_id, who=name_author(author), now=now)
    if as_json:
        print_json(list_all_windows(loaded.oncall, [window], now)[-1])
        return
    say(_("maintenance window %(id)d has ended") % {"id": window_id})


@app.verb("list", help=_("List the maintenance windows that hold now or come again."))
def list_(
    *,
    with_ended: Annotated[bool, typer.Option("--all", help=_("Also those that are over."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the maintenance windows that hold now or come again."""
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), read(engine) as connection:
        rows = list_all_windows(loaded.oncall, list_windows(connection), now)
    if not with_ended:
        rows = [row for row in rows if row["now"] or row["next"]]
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no maintenance windows"))
        return
    heads = (_("Window"), _("Name"), _("What"), _("Times"), _("Author"), _("Comment"))
    cells = [
        (row["id"], row["name"], _word_subjects(row), _word_times(row), row["author"], row["comment"])
        for row in rows
    ]
    print_table("", heads, cells)


def _word_subjects(row: dict[str, Any]) -> str:
    pieces = [*row["match"]]
    for label, key in ((_("devices"), "devices"), (_("groups"), "groups"), (_("sites"), "sites")):
        if row[key]:
            pieces.append(f"{label}: {', '.join(row[key])}")
    return "; ".join(pieces)


def _word_times(row: dict[str, Any]) -> str:
    """Word the span that holds now, or else the next one, and how it comes again."""
    zone = ZoneInfo(row["time_zone"])
    span = row["now"] or row["next"]
    if span is None:
        return _("over")
    words = {key: show_local(datetime.fromisoformat(value), zone) for key, value in span.items()}
    text = (_("now, until %(to)s") if row["now"] else _("%(from)s to %(to)s")) % words
    return f"{text}; {row['rrule']}" if row["rrule"] else text
