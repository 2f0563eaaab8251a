"""The tree of commands, and the one place where an error becomes a line and an exit code."""

import sys

import typer

from netops.cli import check, db, device, poll, run, simulate, walk
from netops.cli.output import EXIT_BAD_USE, EXIT_FAILED, complain
from netops.errors import NetopsError
from netops.i18n import _
from netops.settings.errors import SettingsError

app = typer.Typer(
    name="netops",
    help=_("netops watches a network and its machine room."),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("poll")(poll.poll)
app.command("walk")(walk.walk)
app.add_typer(device.app, name="device")
app.add_typer(db.app, name="db")
app.command("simulate")(simulate.simulate)


def run_command_line() -> None:
    """Run the command that was asked for.

    Exits with 0 for success, 1 for a failed check, 2 for bad use or settings.
    """
    try:
        app()
    except SettingsError as error:
        complain(str(error))
        sys.exit(EXIT_BAD_USE)
    except NetopsError as error:
        complain(str(error))
        sys.exit(EXIT_FAILED)
    except BrokenPipeError:
        # The reader went away (``netops walk … | head``): nothing is wrong, and nothing more can be said.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
