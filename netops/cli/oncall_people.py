"""``netops oncall contacts|test|confirm|report``: whether messages reach people, and what that costs them."""

from typing import Annotated, Any

import typer

from netops.cli.asking import parse_span
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.output import EXIT_FAILED, JsonOption, complain, instant, print_json, print_table, say
from netops.cli.stores import open_store
from netops.clock import SystemClock
from netops.i18n import _, ngettext
from netops.services.manage_oncall import read_plan
from netops.services.measure_fatigue import measure_fatigue
from netops.services.verify_contacts import confirm_code, list_contacts, send_codes
from netops.settings.durations import format_duration
from netops.settings.durations import parse_duration as read_duration
from netops.store.engine import read, write

PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help=_("Id of a person of oncall.yaml."))]
_MOST_SHOWN = 15


def contacts(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List where people are reached, and whether that was proved."""
    with open_store(config) as (loaded, engine), read(engine) as connection:
        rows = list_contacts(connection, read_plan(connection, loaded, SystemClock().now()))
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no contacts; docs/oncall.md tells how to write them"))
        return
    heads = (_("Person"), _("Name"), _("Channel"), _("Address"), _("From severity"), _("Verified"))
    cells = [
        (
            row["person"],
            row["name"],
            row["channel"],
            row["address"],
            row["at_least"],
            instant(row["verified_at"]) if row["verified_at"] else _("never"),
        )
        for row in rows
    ]
    print_table("", heads, cells)


def send_test(person: PersonArgument, *, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Send a code to every contact of a person; the daemon delivers it."""
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), write(engine) as connection:
        channels = send_codes(connection, read_plan(connection, loaded, now), person, now)
    words = {"count": len(channels), "person": person, "channels": ", ".join(channels)}
    say(
        ngettext(
            "%(count)d code is on its way to %(person)s (%(channels)s); "
            "`netops oncall confirm %(person)s CODE` notes that it came",
            "%(count)d codes are on their way to %(person)s (%(channels)s); "
            "`netops oncall confirm %(person)s CODE` notes each that came",
            len(channels),
        )
        % words
    )


def confirm(
    person: PersonArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help=_("The code that came."))],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Note that messages reach a person, who tells the code that came."""
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), write(engine) as connection:
        channel = confirm_code(connection, read_plan(connection, loaded, now), person, code, now)
    if channel is None:
        message = _("%(person)s was sent no such code within an hour; `netops oncall test` sends new ones")
        complain(message % {"person": person})
        raise typer.Exit(EXIT_FAILED)
    say(_("messages over %(channel)s reach %(person)s") % {"channel": channel, "person": person})


def report(
    *,
    since: Annotated[str, typer.Option("--since", help=_("How far to look back, such as 7d."))] = "30d",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell what being on call cost: messages by person and shift, what was taken and how soon, the noisiest rules."""
    now = SystemClock().now()
    with open_store(config) as (loaded, engine), read(engine) as connection:
        plan = read_plan(connection, loaded, now)
        facts = measure_fatigue(connection, plan, now - parse_span(since), now)
    if as_json:
        print_json(facts)
        return
    _print_report(facts)


def _print_report(facts: dict[str, Any]) -> None:
    whole = facts["alerts"]
    words = {"fired": whole["fired"], "taken": whole["acknowledged"]}
    say(_("%(fired)d alerts fired, %(taken)d of them were acknowledged") % words)
    print_table(
        _("People"),
        (_("Person"), _("Name"), _("Messages"), _("At night")),
        [(row["person"], row["name"], row["messages"], row["at_night"]) for row in facts["people"]],
    )
    print_table(
        _("Shifts with the most messages"),
        (_("Schedule"), _("Person"), _("From"), _("To"), _("Messages")),
        [
            (row["schedule"], row["person"], instant(row["from"]), instant(row["to"]), row["messages"])
            for row in facts["shifts"][:_MOST_SHOWN]
        ],
    )
    print_table(
        _("Rules that fired most"),
        (_("Rule"), _("Fired"), _("Acknowledged"), _("Until taken"), _("Until over"), _("Flapped")),
        [
            (
                row["rule"],
                row["fired"],
                row["acknowledged"],
                _span(row["median_seconds_to_acknowledge"]),
                _span(row["median_seconds_to_resolve"]),
                row["flapped"] or "",
            )
            for row in facts["rules"][:_MOST_SHOWN]
        ],
    )


def _span(seconds: float | None) -> str:
    return "" if seconds is None else format_duration(read_duration(str(round(seconds))))
