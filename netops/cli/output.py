"""How commands speak: tables and sentences for people, JSON for programs, one line for an error."""

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from netops.i18n import _

EXIT_FAILED = 1
EXIT_BAD_USE = 2

_QUIET_SECONDS = 2.0

JsonOption = Annotated[bool, typer.Option("--json", help=_("Print JSON for programs."))]


def print_json(value: Any) -> None:
    """Print one JSON value, in Unicode, with its keys in the order of the contract."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def say(text: str) -> None:
    """Print a sentence to standard output."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Print a sentence to standard error."""
    sys.stderr.write(text + "\n")


def fail(text: str, code: int = EXIT_FAILED) -> NoReturn:
    """Say why, and end the command."""
    complain(text)
    raise typer.Exit(code)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()
) -> None:
    """Print a table; nothing but its head when there are no rows.

    Args:
        title: Stands above it; "" for none.
        columns: Headings.
        rows: Cells; None is shown as an empty cell.
        right: Numbers of the columns that are aligned to the right.
    """
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False, markup=False, emoji=False).print(table)


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error once two seconds have passed, on a terminal only.

    Yields:
        A function to call with the steps done and all steps (0: unknown); without a call the bar just moves.
    """
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task(text, total=None)
    timer = threading.Timer(_QUIET_SECONDS, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, total: progress.update(task, completed=done, total=total or None)
    finally:
        timer.cancel()
        timer.join()  # it may be starting the bar at this very moment
        progress.stop()


def bits_per_second(value: float | None) -> str:
    """Word a rate in bit/s with an SI prefix: ``1 G``, ``100 M``."""
    if value is None:
        return ""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g}"


def octets(value: float | None) -> str:
    """Word an amount of memory or disk with a binary prefix: ``3.2 GiB``."""
    if value is None:
        return ""
    for prefix, exponent in (("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if value >= 1 << exponent:
            return f"{value / (1 << exponent):.1f} {prefix}"
    return f"{value:.0f} B"


def instant(text: str | None) -> str:
    """Word an ISO 8601 instant in this machine's time zone, which is named: ``2026-03-01 02:14:00 CET``."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def duration(seconds: float | None) -> str:
    """Word a span: ``41 d 3 h``, ``12 min``, ``40 s``."""
    if seconds is None:
        return ""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours % 24}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    if minutes:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(seconds)d s") % {"seconds": int(seconds)}
