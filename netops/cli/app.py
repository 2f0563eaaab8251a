"""The tree of commands, and the one place where an error becomes a line and an exit code."""

import io
import sys
from typing import Any

import typer

from netops.cli import (
    alert,
    backup,
    check,
    compliance,
    db,
    device,
    discover,
    poll,
    profile,
    rules,
    run,
    simulate,
    traffic,
    walk,
)
from netops.cli.commands import Commands
from netops.cli.grammar import reword
from netops.cli.output import EXIT_BAD_USE, EXIT_FAILED, complain
from netops.errors import NetopsError
from netops.i18n import _
from netops.settings.errors import SettingsError

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What every misuse of a command raises; typer has no public name for it."""

app = Commands(
    name="netops",
    help=_("netops watches a network and its machine room."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.verb(
    "run",
    help=_(
        "Start the daemon, which runs until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reads the files again."
    ),
)(run.run)
app.verb("check", help=_("Check every file in configs/ and alerts/ and list all mistakes at once."))(
    check.check
)
app.verb("poll", help=_("Print what a device tells about itself over SNMP."))(poll.poll)
app.verb(
    "walk",
    help=_("Print every variable below some OIDs, in the device's order; with --json one object a line."),
)(walk.walk)
app.verb(
    "discover",
    help=_("Look for devices in networks, and print those not watched yet as YAML for devices.yaml."),
)(discover.discover)
app.add_typer(device.app, name="device")
app.add_typer(profile.app, name="profile")
app.add_typer(rules.app, name="rules")
app.add_typer(alert.app, name="alert")
app.add_typer(traffic.app, name="traffic")
app.add_typer(db.app, name="db")
app.add_typer(backup.app, name="backup")
app.add_typer(compliance.app, name="compliance")
app.verb("simulate", help=_("Run simulated SNMP agents on loopback addresses until Ctrl-C."))(
    simulate.simulate
)


def _complain_of_use(error: Any) -> None:
    """Say in one line what is wrong with a command, and where its help is; help asked by no word at all is whole."""
    problem = reword(" ".join(error.format_message().split()).rstrip("."))
    if not problem or type(error).__name__ == "NoArgsIsHelpError":
        complain(error.format_message())
        return
    command = error.ctx.command_path if error.ctx is not None else app.info.name
    complain(_("%(problem)s; see `%(command)s --help`") % {"problem": problem, "command": command})


def run_command_line() -> None:
    """Run the command that was asked for.

    Exits with 0 for success, 1 for a failed check, 2 for bad use or settings.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or a pipe may not be Unicode; a character it lacks must not end the command.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except _UsageError as error:
        _complain_of_use(error)
        sys.exit(EXIT_BAD_USE)
    except typer.Abort:
        complain(_("nothing was done"))
        sys.exit(EXIT_FAILED)
    except SettingsError as error:
        complain(str(error))
        sys.exit(EXIT_BAD_USE)
    except NetopsError as error:
        complain(str(error))
        sys.exit(EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
