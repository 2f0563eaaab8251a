"""``netops device …``: the devices that are watched."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from sqlalchemy import Engine

from netops.cli.commands import Commands
from netops.cli.config_option import DEFAULT_CONFIG, ConfigOption
from netops.cli.control import Daemon, find_daemon
from netops.cli.device_thresholds import NameArgument, thresholds
from netops.cli.facts_tables import print_checks
from netops.cli.output import (
    EXIT_FAILED,
    JsonOption,
    complain,
    duration,
    instant,
    print_json,
    print_table,
    progress_bar,
    say,
)
from netops.cli.poll import end_with_errors, print_facts
from netops.cli.stores import open_store
from netops.cli.target import parse_place
from netops.cli.words import event_word, item_word
from netops.clock import SystemClock
from netops.errors import NetopsError
from netops.i18n import _, ngettext
from netops.model.device import DeviceSource
from netops.services.manage_devices import (
    add_device,
    apply_file_devices,
    describe_change,
    forget_missing,
    plan_file_devices,
    remove_device,
)
from netops.services.show_devices import describe_stored_device, list_stored_devices
from netops.settings.devices import DeviceSettings
from netops.settings.loader import LoadedSettings
from netops.store.engine import read, write

app = Commands()

app.verb("thresholds", help=_("Show which thresholds hold for a device, and where each comes from."))(
    thresholds
)


def _state_word(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return _("disabled")
    return {True: _("up"), False: _("unreachable"), None: _("not polled yet")}[row["reachable"]]


@app.verb("list", help=_("List all devices with their state."))
def list_(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List all devices with their state."""
    with open_store(config) as (_loaded, engine), read(engine) as connection:
        rows = list_stored_devices(connection, SystemClock().now())
    if as_json:
        print_json(rows)
        return
    if not rows:
        say(_("no devices yet; add them to the file of devices, or with `netops device add`"))
        return
    heads = (
        _("Device"),
        _("State"),
        _("Since"),
        _("Address"),
        _("Site"),
        _("Source"),
        _("Polled"),
        _("Up"),
        _("Error"),
    )
    cells = [
        (
            row["name"],
            _state_word(row),
            instant(row["since"]),
            row["address"] or _("this machine"),
            row["site"],
            row["source"],
            _("%(span)s ago") % {"span": duration(row["polled_seconds_ago"])} if row["polled_at"] else "",
            duration(row["uptime_seconds"]),
            row["error"],
        )
        for row in rows
    ]
    print_table("", heads, cells, right=(7,))


@app.verb("show", help=_("Show what is known of a device, as of its latest poll."))
def show(name: NameArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what is known of a device, as of its latest poll."""
    with open_store(config) as (_loaded, engine), read(engine) as connection:
        facts = describe_stored_device(connection, name, SystemClock().now())
    if as_json:
        print_json(facts)
        return
    about = facts["inventory"]
    since = _("since %(since)s") % {"since": instant(about["since"])} if about["since"] else ""
    say(f"{name}  {_state_word(about)} {since}".rstrip())
    for label, value in (
        (_("address"), about["address"]),
        (_("site"), about["site"]),
        (_("source"), about["source"]),
        (_("polled"), instant(about["polled_at"])),
        (_("error"), about["error"]),
    ):
        if value:
            say(f"  {label}: {value}")
    print_facts(facts)
    print_checks(facts["checks"])
    if facts["missing_interfaces"]:
        missing = [(row["key"], instant(row["missing_since"])) for row in facts["missing_interfaces"]]
        print_table(_("Missing interfaces"), (_("Interface"), _("Since")), missing)
    if facts["missing"]:
        gone = [
            (item_word(row["kind"]), row["name"], instant(row["missing_since"])) for row in facts["missing"]
        ]
        print_table(_("No longer told of"), (_("What"), _("Name"), _("Since")), gone)
    if facts["events"]:
        events = [(instant(row["at"]), event_word(row["kind"]), row["text"]) for row in facts["events"]]
        print_table(_("Latest events"), (_("When"), _("What"), _("Text")), events)


@app.verb("poll", help=_("Have the running daemon poll a device now."))
def poll(name: NameArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Have the running daemon poll a device now."""
    with (
        open_store(config) as (loaded, _engine),
        _require_daemon(loaded) as daemon,
        progress_bar(_("Polling %(host)s") % {"host": name}),
    ):
        facts = daemon.ask("POST", f"/devices/{quote(name, safe='')}/poll")
    refusals = [error for error in facts["errors"] if error["subject"] == "reachability"]
    if as_json:
        print_json(facts)
    elif not refusals:
        print_facts(facts)
    if refusals:
        complain(f"{name}: {refusals[0]['error']}")
        raise typer.Exit(EXIT_FAILED)
    end_with_errors(name, facts["errors"])


@app.verb("add", help=_("Watch one more device, kept in the database instead of the file."))
def add(
    name: NameArgument,
    address: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help=_("Address or name."))],
    *,
    credential: Annotated[str, typer.Option(help=_("Name of a credential in netops.yaml."))],
    site: Annotated[str | None, typer.Option(help=_("Where it stands."))] = None,
    tag: Annotated[list[str] | None, typer.Option(help=_("A word to find it by; may be repeated."))] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Watch one more device, kept in the database instead of the file."""
    place = parse_place(address)
    with open_store(config) as (loaded, engine):
        loaded.settings.credential(credential)  # an unknown name is told before anything is written
        settings = DeviceSettings(
            name=name,
            address=place.host,
            port=place.port,
            credential=credential,
            site=site or loaded.settings.site_name,
            tags=tuple(tag or ()),
            interval=loaded.settings.polling.interval,
        )
        spec = settings.model_dump(mode="json")
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                daemon.ask("POST", "/devices", json={"spec": spec})
        else:
            with write(engine) as connection:
                add_device(connection, spec, DeviceSource.CLI, SystemClock().now())
    say(_("%(device)s is watched from now on") % {"device": name})


@app.verb("remove", help=_("Watch a device no more, and delete what was read from it; its events stay."))
def remove(
    name: NameArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Watch a device no more, and delete what was read from it; its events stay."""
    if not yes:
        typer.confirm(_("Delete %(device)s with its interfaces and readings?") % {"device": name}, abort=True)
    with open_store(config) as (loaded, engine):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                daemon.ask("DELETE", f"/devices/{quote(name, safe='')}")
        else:
            with write(engine) as connection:
                remove_device(connection, name, SystemClock().now())
    say(_("%(device)s is removed") % {"device": name})


@app.verb(
    "forget",
    help=_("Delete the interfaces, components, sensors and neighbours that a device no longer tells of."),
)
def forget(
    name: NameArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Delete the interfaces, components, sensors and neighbours that a device no longer tells of."""
    if not yes:
        typer.confirm(_("Delete all that %(device)s no longer tells of?") % {"device": name}, abort=True)
    with open_store(config) as (loaded, engine):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                count = int(daemon.ask("POST", f"/devices/{quote(name, safe='')}/forget")["forgotten"])
        else:
            with write(engine) as connection:
                count = forget_missing(connection, name)
    if as_json:
        print_json({"device": name, "forgotten": count})
        return
    words = {"device": name, "count": count}
    say(
        ngettext(
            "%(device)s: %(count)d thing is forgotten", "%(device)s: %(count)d things are forgotten", count
        )
        % words
    )


@app.verb("apply", help=_("Bring the daemon, or the database when none runs, in line with the files."))
def apply(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only say what would change."))] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Bring the daemon, or the database when none runs, in line with the files."""
    with open_store(config) as (loaded, engine), progress_bar(_("Applying the files")):
        daemon = find_daemon(loaded.settings.control_socket)
        if daemon:
            with daemon:
                changes = daemon.ask("POST", "/apply", dry_run=str(dry_run).lower())["changes"]
        else:
            changes = _apply_to_store(engine, loaded, dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "changes": changes})
        return
    for change in changes:
        say(change)
    count = len(changes)
    words = {"count": count}
    if dry_run:
        say(ngettext("%(count)d change would be made", "%(count)d changes would be made", count) % words)
    else:
        say(ngettext("%(count)d change made", "%(count)d changes made", count) % words)


def _apply_to_store(engine: Engine, loaded: LoadedSettings, *, dry_run: bool) -> list[str]:
    if dry_run:
        with read(engine) as connection:
            changes = plan_file_devices(connection, loaded.devices)
    else:
        with write(engine) as connection:
            changes = apply_file_devices(connection, loaded.devices, SystemClock().now())
    return [line for change in changes for line in describe_change(change)]


def _require_daemon(loaded: LoadedSettings) -> Daemon:
    socket: Path = loaded.settings.control_socket
    daemon = find_daemon(socket)
    if daemon is None:
        words = {"socket": socket}
        raise NetopsError(_("no daemon listens on %(socket)s; start it with `netops run`") % words)
    return daemon
