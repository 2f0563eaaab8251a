"""The tree of commands, and the one place where an error becomes a line and an exit code."""

import io
import sys
from typing import Any

import typer

from netops.cli.commands import Commands, Entry
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
    shelf=(
        Entry(
            "run",
            "run:run",
            _(
                "Start the daemon, which runs until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reads the files again."
            ),
        ),
        Entry(
            "check",
            "check:check",
            _("Check every file in configs/ and alerts/ and list all mistakes at once."),
        ),
        Entry("poll", "poll:poll", _("Print what a device tells about itself over SNMP.")),
        Entry(
            "walk",
            "walk:walk",
            _("Print every variable below some OIDs, in the device's order; with --json one object a line."),
        ),
        Entry(
            "discover",
            "discover:discover",
            _("Look for devices in networks, and print those not watched yet as YAML for devices.yaml."),
        ),
        Entry("device", "device:app", _("The devices that are watched.")),
        Entry(
            "profile",
            "profile:app",
            _("What is known of devices: the profiles that come with netops, and your own."),
        ),
        Entry("rules", "rules:app", _("Alert rules.")),
        Entry("alert", "alert:app", _("Alerts: what is wrong now, who has it, and what is kept quiet.")),
        Entry("oncall", "oncall:app", _("On call: who has it, the shifts and gaps ahead, and overrides.")),
        Entry("events", "events:app", _("Rules about traps and syslog messages.")),
        Entry("traffic", "traffic:app", _("What interfaces carried, over time.")),
        Entry("db", "db:app", _("The database.")),
        Entry(
            "backup",
            "backup:app",
            _("The configurations of devices: fetched, kept, compared and given back."),
        ),
        Entry(
            "compliance",
            "compliance:app",
            _("Compliance: the configurations of devices, held against rules."),
        ),
        Entry(
            "simulate",
            "simulate:simulate",
            _("Run simulated SNMP agents on loopback addresses until Ctrl-C."),
        ),
    ),
)
"""Each command with where it is made: ``module:name`` in this package, loaded when the command is asked for."""


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
