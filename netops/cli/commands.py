"""The kind of command netops is made of: its help is in the reader's language.

The help is laid out by the width of characters on a terminal, where a Chinese one takes two columns.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

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


class Entry(NamedTuple):
    """A command that is loaded when it is asked for."""

    name: str
    place: str
    """``module:name`` in this package: of a function that is the command, or of a noun's ``Commands``."""
    help: str


class Shelf(dict[str, Any]):
    """Commands by name, each loaded when it is taken: what one command needs, no other waits for."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        super().__init__(dict.fromkeys(self.entries))

    def __getitem__(self, name: str) -> Any:
        command = super().__getitem__(name)
        if command is None:
            command = self[name] = _load(self.entries[name])
        return command

    def get(self, name: str, default: Any = None) -> Any:
        """Give a command; ``default`` where there is none of this name."""
        return self[name] if name in self else default  # noqa: SIM401 - dict's own would not load it

    def items(self) -> Any:
        """Give all commands with their names, which loads every one."""
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        """Give all commands, which loads every one."""
        return [self[name] for name in self]


def _load(entry: Entry) -> Any:
    module, _colon, name = entry.place.partition(":")
    found = getattr(import_module(f"netops.cli.{module}"), name)
    if isinstance(found, Commands):
        group = get_group(found)
        group.name, group.help = entry.name, entry.help
        return group
    alone = Commands()
    alone.verb(entry.name, help=entry.help)(found)
    return get_group(alone).commands[entry.name]


class Root(Group):
    """The group of all commands."""

    shelf: ClassVar[Sequence[Entry]] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Shelf(self.shelf)


class Commands(typer.Typer):
    """A noun of the command line with its verbs; or, with a shelf, the tree of them all."""

    def __init__(self, *, help: str = "", shelf: Sequence[Entry] = (), **settings: Any) -> None:  # noqa: A002 - Typer's own name for it
        plain: dict[str, Any] = {"rich_markup_mode": None, "pretty_exceptions_enable": False}
        # Typer takes a class and no instance of one, so a tree is a class of its own.
        kind: type[TyperGroup] = type("Tree", (Root,), {"shelf": tuple(shelf)}) if shelf else Group
        super().__init__(help=help, cls=kind, no_args_is_help=True, **plain, **settings)
        if shelf:
            self.callback()(_do_nothing)

    def verb(self, name: str, *, help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: A002
        """Make a function the command of this name."""
        return self.command(name, cls=Command, help=help)


def _do_nothing() -> None:
    """Stand where Typer wants a function for a tree whose commands it does not know."""


def _list_summaries(group: TyperGroup) -> list[tuple[str, str]]:
    if isinstance(group.commands, Shelf):
        return [(entry.name, entry.help) for entry in group.commands.entries.values()]
    return [(name, verb.help or "") for name, verb in group.commands.items() if not verb.hidden]


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
        _print_section(console, _("Commands"), _list_summaries(command))
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
