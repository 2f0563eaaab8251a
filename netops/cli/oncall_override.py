"""``netops oncall override …``: somebody who has it for once.

Written to the database, which a running daemon asks whenever it has to know who is on call.
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
from netops.services.manage_oncall import OverrideRequest, add_override, take_back_override
from netops.services.show_oncall import describe_override
from netops.settings.oncall import OncallSettings
from netops.store.engine import read, write
from netops.store.queries.oncall import list_overrides

app = Commands(help=_("Overrides: somebody who has it for once."))


@app.verb("add", help=_("Give a schedule to a person for a time."))
def add(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help=_("Id of a schedule."))],
    person: Annotated[str, typer.Argument(metavar="PERSON", help=_("Id of the one who is to have it."))],
    *,
    end: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="TIME",
            help=_(
                "Until when, such as '2026-12-24 18:00', in the schedule's time zone unless it has an offset."
            ),
        ),
    ],
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help=_("From when on, in the same form; default: now."))
    ] = "",
    instead_of: Annotated[
        str, typer.Option("--instead-of", help=_("Only the hours that this person would have, by id."))
    ] = "",
    comment: Annotated[str, typer.Option(help=_("What the others should know."))] = "",
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a schedule to a person for a time."""
    request = OverrideRequest(schedule, person, start, end, name_author(author), instead_of, comment)
    with open_store(config) as (loaded, engine), write(engine) as connection:
        override = add_override(connection, loaded.oncall, request, SystemClock().now())
    row = describe_override(override)
    if as_json:
        print_json(row)
        return
    words = {
        "id": row["id"],
        "person": person,
        "schedule": schedule,
        "start": _when(loaded.oncall, row, "from"),
        "end": _when(loaded.oncall, row, "to"),
    }
    say(
        _("override %(id)d: %(person)s has schedule %(schedule)s from %(start)s to %(end)s") % words
        + "\n"
        + _("take it back with `netops oncall override remove %(id)d`") % words
    )


@app.verb("remove", help=_("Take an override back from now on."))
def remove(
    override_id: Annotated[int, typer.Argument(metavar="OVERRIDE", help=_("Number of an override."))],
    *,
    author: AuthorOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Take an override back from now on."""
    with open_store(config) as (_loaded, engine), write(engine) as connection:
        who, now = name_author(author), SystemClock().now()
        override = take_back_override(connection, override_id, who=who, now=now)
    if as_json:
        print_json(describe_override(override))
        return
    say(_("override %(id)d holds no more") % {"id": override_id})


@app.verb("list", help=_("List the overrides that were added and hold now or later."))
def list_(
    *,
    with_ended: Annotated[bool, typer.Option("--all", help=_("Also those that hold no more."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the overrides that were added and hold now or later."""
    with open_store(config) as (loaded, engine), read(engine) as connection:
        ending_after = None if with_ended else SystemClock().now()
        rows = [describe_override(one) for one in list_overrides(connection, ending_after=ending_after)]
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no overrides"))
        return
    heads = (
        _("Override"),
        _("Schedule"),
        _("Person"),
        _("Instead of"),
        _("From"),
        _("Until"),
        _("Author"),
        _("Comment"),
    )
    cells = [
        (
            row["id"],
            row["schedule"],
            row["person"],
            row["instead_of"],
            _when(loaded.oncall, row, "from"),
            _when(loaded.oncall, row, "removed_at" if row["removed_at"] else "to"),
            row["author"],
            row["comment"],
        )
        for row in rows
    ]
    print_table("", heads, cells)


def _when(oncall: OncallSettings, row: dict[str, Any], key: str) -> str:
    schedule = oncall.schedules.get(row["schedule"])
    zone = ZoneInfo((schedule.time_zone if schedule else None) or oncall.time_zone)
    return show_local(datetime.fromisoformat(row[key]), zone)
