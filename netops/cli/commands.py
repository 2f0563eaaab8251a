"""The kind of command netops is made of: its help is in the reader's language.

The help is laid out by the width of characters on a terminal, where a Chinese one takes two columns.
"""

import io
import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from typer.core import TyperCommand, TyperGroup

from netops.cli.grammar import reword, reword_notes
from netops.i18n import _

_LEFT_MARGIN = 2


class Command(TyperCommand):
    """A command whose help is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, text, arguments and options."""
        formatter.write(_render_help(self, ctx, formatter.width))


class Group(TyperGroup):
    """A group of commands: its help is ours, and so is what is said about bad use."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write usage, text, options and commands."""
        formatter.write(_render_help(self, ctx, formatter.width))

    def invoke(self, ctx: Any) -> Any:
        """Run the command. A reader who went away (``netops walk … | head``) is no failure; typer would call it 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still buffered goes nowhere, or Python would complain of it at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None


class Commands(typer.Typer):
    """A noun of the command line with its verbs."""

    def __init__(self, *, help: str, **settings: Any) -> None:  # noqa: A002 - Typer's own name for it
        plain: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
        super().__init__(help=help, cls=Group, no_args_is_help=True, **plain, **settings)

    def verb(self, name: str, *, help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: A002
        """Make a function the command of this name."""
        return self.command(name, cls=Command, help=help)


def _render_help(command: Any, context: Any, width: int) -> str:
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, highlight=False, markup=False, emoji=False, color_system=None)
    pieces = [context.command_path, *(_word_piece(piece) for piece in command.collect_usage_pieces(context))]
    console.print(_("Usage: %(command)s") % {"command": " ".join(pieces)})
    if command.help:
        console.print()
        console.print(Padding(command.help, (0, 0, 0, _LEFT_MARGIN)))
    records: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            name = record[0] if parameter.param_type_name == "option" else record[0].rpartition(" <")[0]
            records[parameter.param_type_name].append((name or record[0], reword_notes(record[1])))
    _print_section(console, _("Arguments"), records["argument"])
    _print_section(console, _("Options"), records["option"])
    if isinstance(command, TyperGroup):
        visible = [(name, verb.help or "") for name, verb in command.commands.items() if not verb.hidden]
        _print_section(console, _("Commands"), visible)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _word_piece(piece: str) -> str:
    """Word one part of a usage line; what must be given stands bare, as in manuals, where Typer sets braces."""
    return piece[1:-1] if piece.startswith("{") and piece.endswith("}") else reword(piece)


def _print_section(console: Console, title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    console.print()
    console.print(_("%(title)s:") % {"title": title})
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(left, right)
    console.print(Padding(table, (0, 0, 0, _LEFT_MARGIN)))
