"""The tree of commands, and the one place where an error becomes a line and an exit code."""

import importlib
import io
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import typer

from netops.cli.commands import Commands
from netops.cli.grammar import reword
from netops.cli.output import EXIT_BAD_USE, EXIT_FAILED, complain
from netops.errors import NetopsError
from netops.i18n import _
from netops.settings.errors import SettingsError

_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What every misuse of a command raises; typer has no public name for it."""

NAME = "netops"
VERBS: dict[str, Callable[[Commands], Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "run": lambda app: app.verb(
        "run",
        help=_(
            "Start the daemon, which runs until it is told to stop (SIGTERM, Ctrl-C). SIGHUP reads the files again."
        ),
    ),
    "check": lambda app: app.verb(
        "check", help=_("Check every file in configs/ and alerts/ and list all mistakes at once.")
    ),
    "poll": lambda app: app.verb("poll", help=_("Print what a device tells about itself over SNMP.")),
    "walk": lambda app: app.verb(
        "walk",
        help=_("Print every variable below some OIDs, in the device's order; with --json one object a line."),
    ),
    "discover": lambda app: app.verb(
        "discover",
        help=_("Look for devices in networks, and print those not watched yet as YAML for devices.yaml."),
    ),
    "simulate": lambda app: app.verb(
        "simulate", help=_("Run simulated SNMP agents on loopback addresses until Ctrl-C.")
    ),
}
"""Commands that stand alone, each a function of its name in a module of its name."""
COMMANDS = (
    "run",
    "check",
    "poll",
    "walk",
    "discover",
    "device",
    "profile",
    "rules",
    "alert",
    "traffic",
    "db",
    "backup",
    "simulate",
)
"""All, in the order of the help; those that are no verb are nouns, whose module has an ``app`` of its own."""


def build(names: Sequence[str] = COMMANDS) -> Commands:
    """Make the command line, or some of its commands.

    A command's module is imported here and not before: all of them together take a second to import, which is longer
    than most devices take for an answer.
    """
    app = Commands(
        name=NAME,
        help=_("netops watches a network and its machine room."),
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=app.info.help)(_start)  # else Typer makes a single command the whole command line
    for name in names:
        module = importlib.import_module(f"netops.cli.{name}")
        if name in VERBS:
            VERBS[name](app)(getattr(module, name))
        else:
            app.add_typer(module.app, name=name)
    return app


def _start() -> None:
    """Nothing comes before a command."""


@cache
def _whole() -> Commands:
    return build()


def __getattr__(name: str) -> Any:
    """Give ``app``, the whole command line, to whoever wants it."""
    if name == "app":
        return _whole()
    raise AttributeError(name)


def _complain_of_use(error: Any) -> None:
    """Say in one line what is wrong with a command, and where its help is; help asked by no word at all is whole."""
    problem = reword(" ".join(error.format_message().split()).rstrip("."))
    if not problem or type(error).__name__ == "NoArgsIsHelpError":
        complain(error.format_message())
        return
    command = error.ctx.command_path if error.ctx is not None else NAME
    complain(_("%(problem)s; see `%(command)s --help`") % {"problem": problem, "command": command})


def run_command_line() -> None:
    """Run the command that was asked for.

    Exits with 0 for success, 1 for a failed check, 2 for bad use or settings.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or a pipe may not be Unicode; a character it lacks must not end the command.
            stream.reconfigure(errors="backslashreplace")
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    app = build((asked,)) if asked in COMMANDS else _whole()
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
