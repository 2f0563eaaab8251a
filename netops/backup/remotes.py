"""Copies of the archive in other repositories: pushed, and how far behind they are."""

import json
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from netops.backup.archive import Archive
from netops.backup.errors import ArchiveError
from netops.backup.files import write_whole
from netops.backup.git import BRANCH


@dataclass(frozen=True, slots=True)
class Remote:
    """One other repository."""

    name: str
    url: str
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """How one push went."""

    remote: str
    head: str
    """What the remote has, as far as we know."""
    error: str
    """Empty when it has all."""
    behind_since: str
    """Since when it lacks something, ISO 8601 in UTC; empty when it lacks nothing."""


def push(archive: Archive, remote: Remote, now: datetime) -> Pushed:
    """Push the branch, never by force: a remote that holds other commits is told, not overwritten."""
    head = archive.git.head() or ""
    before = read_pushed(archive, remote.name)
    try:
        archive.git.run(*_ssh_options(remote), "push", "--quiet", remote.url, f"{BRANCH}:{BRANCH}")
        pushed = Pushed(remote.name, head, "", "")
    except ArchiveError as error:
        since = before.behind_since if before and before.behind_since else now.isoformat()
        pushed = Pushed(remote.name, before.head if before else "", str(error), since)
    text = json.dumps({"head": pushed.head, "error": pushed.error, "behind_since": pushed.behind_since})
    write_whole(_path(archive, remote.name), text.encode())
    return pushed


def read_pushed(archive: Archive, name: str) -> Pushed | None:
    """Give how the last push went; None before the first."""
    try:
        values = json.loads(_path(archive, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return Pushed(name, values.get("head", ""), values.get("error", ""), values.get("behind_since", ""))


def read_remote_head(archive: Archive, remote: Remote) -> str | None:
    """Ask a remote what its branch points to; None when it does not answer or has none.

    Raises:
        ArchiveError: It does not answer.
    """
    told = archive.git.run(*_ssh_options(remote), "ls-remote", remote.url, BRANCH)
    return told.split()[0] if told.strip() else None


def _ssh_options(remote: Remote) -> list[str]:
    if remote.key_file is None:
        return []
    return ["-c", f"core.sshCommand=ssh -o BatchMode=yes -i {shlex.quote(str(remote.key_file))}"]


def _path(archive: Archive, name: str) -> Path:
    return archive.folder / "remotes" / f"{name}.json"
