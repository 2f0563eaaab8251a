"""What the commands of ``netops backup`` share."""

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from netops.backup.errors import ArchiveError
from netops.backup.files import disk_errors
from netops.clock import SystemClock
from netops.i18n import _
from netops.services.run_backups import Backups, open_backups
from netops.settings.loader import load_settings

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=_("Name of a device."))]
AtOption = Annotated[
    str, typer.Option("--at", help=_("A revision, or a date like 2026-11-24, instead of the newest."))
]
PartOption = Annotated[
    str, typer.Option("--part", help=_("Another part than running-config, such as startup-config."))
]


@contextmanager
def backups_of(config: Path) -> Iterator[Backups]:
    """Open the archive of the settings."""
    yield open_backups(load_settings(config), SystemClock())


def id_of(backups: Backups, name: str) -> str:
    """Give a device's id in the archive.

    Raises:
        ArchiveError: It was never backed up.
    """
    device_id = backups.archive.find_id(name)
    if device_id is None:
        state = backups.service.states.read(name)
        message = _("%(device)s: was never backed up") % {"device": name}
        raise ArchiveError(f"{message}; {state.message}" if state.message else message)
    return device_id


def who() -> str:
    """Give who runs this command."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def audit(backups: Backups, what: str, name: str, **details: Any) -> None:
    """Append to the archive's audit log: who did what, when; never a secret."""
    entry = {"at": SystemClock().now().isoformat(), "who": who(), "what": what, "device": name, **details}
    with disk_errors():
        path = backups.archive.folder / "audit.log"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
