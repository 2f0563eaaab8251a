"""``netops oncall …``: who is on call, the shifts and gaps ahead, and overrides."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from netops.cli import oncall_override
from netops.cli.asking import parse_span
from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.oncall_people import confirm, contacts, report, send_test
from netops.cli.output import EXIT_FAILED, JsonOption, print_json, print_table, say
from netops.cli.stores import open_store
from netops.clock import SystemClock
from netops.errors import NothingKept
from netops.i18n import _
from netops.oncall.gaps import LOOK_AHEAD, find_coming_gaps, show_local
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Schedule, ShiftReason
from netops.security.links import LinkSigner, open_link_key
from netops.services.manage_oncall import read_instant, read_plan
from netops.services.oncall_feed import make_link, write_calendar
from netops.services.show_oncall import (
    describe_gap,
    describe_holder,
    describe_shift,
    list_shifts_of,
)
from netops.settings.errors import SettingsError
from netops.settings.loader import load_settings
from netops.settings.parts import did_you_mean
from netops.store.engine import read

_LONGEST_SPAN = timedelta(days=2 * 366)

app = Commands()
app.add_typer(oncall_override.app, name="override")
app.verb("contacts", help=_("List where people are reached, and whether that was proved."))(contacts)
app.verb("test", help=_("Send a code to every contact of a person; the daemon delivers it."))(send_test)
app.verb("confirm", help=_("Note that messages reach a person, who tells the code that came."))(confirm)
app.verb(
    "report",
    help=_(
        "Tell what being on call cost: messages by person and shift, what was taken and how soon, the noisiest rules."
    ),
)(report)

ScheduleArgument = Annotated[
    str | None, typer.Argument(metavar="SCHEDULE", help=_("Id of a schedule; without it, all of them."))
]


def _load_plan(config: Path, now: datetime) -> OncallPlan:
    """Give the plan; before the daemon's first run there are no overrides but those of the file."""
    try:
        with open_store(config) as (loaded, engine), read(engine) as connection:
            return read_plan(connection, loaded, now)
    except NothingKept:
        return read_plan(None, load_settings(config), now)


def _choose(plan: OncallPlan, name: str | None) -> list[Schedule]:
    """Give the schedule of a name, or all; a name that is none is bad use."""
    if name is None:
        if not plan.schedules:
            say(_("no schedules; docs/oncall.md tells how to write them"))
        return list(plan.schedules.values())
    if name not in plan.schedules:
        hint = did_you_mean(name, plan.schedules)
        raise SettingsError(_('unknown schedule "%(name)s"') % {"name": name} + (f"; {hint}" if hint else ""))
    return [plan.schedules[name]]


def _when(row: dict[str, Any], key: str) -> str:
    return show_local(datetime.fromisoformat(row[key]), ZoneInfo(row["time_zone"])) if key in row else ""


def _why(row: dict[str, Any]) -> str:
    if row.get("reason") != ShiftReason.OVERRIDE:
        return ""
    return _("by an override")


@app.verb("who", help=_("Say who is on call."))
def who(
    schedule: ScheduleArgument = None,
    *,
    moment: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help=_(
                "Not now, but at a time such as '2026-12-24 18:00', in the schedule's time zone unless it has an offset."
            ),
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say who is on call."""
    now = SystemClock().now()
    plan = _load_plan(config, now)
    rows = [
        describe_holder(plan, one, read_instant(moment, one.zone) if moment else now)
        for one in _choose(plan, schedule)
    ]
    if as_json:
        print_json(rows)
    elif rows:
        heads = (_("Schedule"), _("On call"), _("Id"), _("From"), _("Until"), _("Notes"))
        cells = [
            (
                row["schedule"],
                row["name"] if row["person"] else _("nobody"),
                row["person"],
                _when(row, "from"),
                _when(row, "to"),
                _why(row),
            )
            for row in rows
        ]
        print_table("", heads, cells)


@app.verb("shifts", help=_("List the shifts of a time."))
def shifts(
    schedule: ScheduleArgument = None,
    *,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help=_(
                "Where it begins, such as '2026-12-24 18:00', in the schedule's time zone unless it has an offset; default: now."
            ),
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TIME", help=_("Where it ends, in the same form; default: 14 days later.")
        ),
    ] = None,
    person: Annotated[str, typer.Option(help=_("Only those of this person, by id."))] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the shifts of a time."""
    now = SystemClock().now()
    plan = _load_plan(config, now)
    found = []
    for one in _choose(plan, schedule):
        begins = read_instant(start, one.zone) if start else now
        ends = read_instant(end, one.zone) if end else begins + LOOK_AHEAD
        _require_span(begins, ends)
        found += list_shifts_of(plan, [one], begins, ends, person)
    rows = [describe_shift(plan, shift) for shift in sorted(found, key=lambda shift: shift.starts_at)]
    if as_json:
        print_json(rows)
    elif rows:
        heads = (_("Schedule"), _("On call"), _("Id"), _("From"), _("Until"), _("Notes"))
        cells = [
            (row["schedule"], row["name"], row["person"], _when(row, "from"), _when(row, "to"), _why(row))
            for row in rows
        ]
        print_table("", heads, cells)
    elif plan.schedules:
        say(_("no shifts"))


def _require_span(start: datetime, end: datetime) -> None:
    if not start < end <= start + _LONGEST_SPAN:
        raise typer.BadParameter(_("the time must end after it begins, and be no longer than two years"))


@app.verb("gaps", help=_("List the times ahead in which nobody is on call; ends with 1 when there are any."))
def gaps(
    schedule: ScheduleArgument = None,
    *,
    ahead: Annotated[str, typer.Option(help=_("How far to look, such as 14d."))] = "14d",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the times ahead in which nobody is on call; ends with 1 when there are any."""
    now, span = SystemClock().now(), parse_span(ahead)
    plan = _load_plan(config, now)
    _require_span(now, now + span)
    chosen = {one.name: one for one in _choose(plan, schedule)}
    rows = [describe_gap(plan, gap) for one in find_coming_gaps(chosen, now, span) for gap in one.gaps]
    if as_json:
        print_json(rows)
    elif rows:
        cells = [(row["schedule"], _when(row, "from"), _when(row, "to")) for row in rows]
        print_table("", (_("Schedule"), _("From"), _("Until")), cells)
    elif chosen:
        say(_("no gaps"))
    if rows:
        raise typer.Exit(EXIT_FAILED)


@app.verb("ical", help=_("Print the shifts of a schedule or a person as an iCalendar."))
def ical(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help=_("Id of a schedule or a person; schedule:ID or person:ID where both have it."),
        ),
    ],
    *,
    ahead: Annotated[str, typer.Option(help=_("How far to look, such as 14d."))] = "180d",
    link: Annotated[
        bool,
        typer.Option("--link", help=_("Print an address of the web instead, for calendars to subscribe to.")),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Print the shifts of a schedule or a person as an iCalendar."""
    now, span = SystemClock().now(), parse_span(ahead)
    plan = _load_plan(config, now)
    _require_span(now, now + span)
    if link:
        web = load_settings(config).settings.web
        if web.url is None:
            raise SettingsError(_("web.url does not say where people reach the web; add it to netops.yaml"))
        say(make_link(web.url, LinkSigner(open_link_key(web.link_key_file)), plan, name, now))
        return
    sys.stdout.write(write_calendar(plan, name, now, span))
