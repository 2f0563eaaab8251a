"""What is known of each device's backups beside the archive: the last attempt, what is held, what waits for a person.

One small file per device, written whole, so that commands and the daemon see the same.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from netops.backup.errors import ArchiveError, DeviceBusy
from netops.backup.files import disk_errors, write_whole
from netops.backup.known_hosts import HostKeys
from netops.i18n import _

_LONGEST_NAME = 180
"""Bytes of a file name without its ending; disks take 255."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one device. Instants are ISO 8601 texts in UTC; empty texts for what never was."""

    name: str
    device_id: str = ""
    attempted_at: str = ""
    outcome: str = ""
    """``changed``, ``unchanged``, ``failed`` or ``held``; empty before the first attempt."""
    reason: str = ""
    """The ``reason`` of netops.backup.errors, when it failed."""
    message: str = ""
    good_at: str = ""
    """When the last good backup was fetched, changed or not."""
    changed_at: str = ""
    revision: str = ""
    size: int = 0
    """Bytes of the last good running-config."""
    sha256: str = ""
    """Of the masked running-config."""
    seconds: float = 0.0
    has_unsaved_changes: bool | None = None
    waits_for: str = ""
    """A fingerprint of the login that was refused: the device is left alone until it changes or a person says so."""

    def age_seconds(self, now: datetime) -> float | None:
        """Give how old the last good backup is; None before the first."""
        return (now - datetime.fromisoformat(self.good_at)).total_seconds() if self.good_at else None


class States:
    """All states of one archive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> State:
        """Give a device's state; a bare one before its first attempt.

        Raises:
            ArchiveError: Its file is damaged.
        """
        path = self._path(name, "json")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return State(name)
        except ValueError:
            raise ArchiveError(
                _("%(path)s: is damaged; remove it, and the next backup makes it anew") % {"path": path}
            ) from None
        known = {field.name for field in fields(State)}
        return State(**{key: value for key, value in values.items() if key in known})

    def write(self, state: State) -> None:
        """Keep a state."""
        text = json.dumps(asdict(state), ensure_ascii=False, indent=1)
        write_whole(self._path(state.name, "json"), text.encode("utf-8", "surrogatepass"))

    def rename(self, old: str, new: str) -> None:
        """Have a state, and the trusted host key, go on under another name."""
        self.write(replace(self.read(old), name=new))
        with disk_errors():
            self._path(old, "json").unlink(missing_ok=True)
            key = self.host_keys(old).path
            if key.exists():
                key.replace(self.host_keys(new).path)

    def host_keys(self, name: str) -> HostKeys:
        """Give where a device's host key is kept."""
        return HostKeys(self._folder / "known_hosts" / file_name(name))

    def held_path(self, name: str) -> Path:
        """Give where a configuration that waits for a person is kept, sealed."""
        return self._path(name, "held")

    @contextlib.contextmanager
    def visiting(self, name: str) -> Iterator[None]:
        """Be the only session with a device, among threads and processes.

        Raises:
            DeviceBusy: There is one already.
        """
        path = self._path(name, "lock")
        with disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DeviceBusy(_("%(device)s: is being backed up already") % {"device": name}) from None
            yield
        finally:
            os.close(descriptor)

    def _path(self, name: str, kind: str) -> Path:
        return self._folder / "states" / f"{file_name(name)}.{kind}"


def file_name(name: str) -> str:
    """Give a file name for a device's: one that is no folder and no hidden file, and no longer than disks take."""
    quoted = quote(name, safe="")
    if quoted.startswith("."):
        quoted = "%2E" + quoted[1:]
    if len(quoted) > _LONGEST_NAME:
        digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        quoted = f"{quoted[: _LONGEST_NAME - 33]}-{digest[:32]}"
    return quoted
