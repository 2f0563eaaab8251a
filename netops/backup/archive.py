"""The archive: one bare git repository of masked texts, signed, with the complete texts sealed beside it.

    devices/<ab>/<id>/running-config, startup-config, facts/…    masked
    devices/<ab>/<id>/about.json                                 name, platform, sizes, which sealed file
    INDEX.md, index.json                                         names to ids
    manifests/<year>/<day>.json, .sig                            what every night brought

A device's id never changes, so its history outlives its names. There is one writer at a time, held by a lock file;
the branch moves only from the commit that was read (``update-ref`` with the old value), whoever else writes.
"""

import contextlib
import fcntl
import json
import os
import re
import secrets
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from netops.backup.errors import ArchiveError, ArchiveLocked, ArchiveMoved
from netops.backup.files import disk_errors, write_whole
from netops.backup.git import BRANCH, Git
from netops.backup.signing import IDENTITY, Signer
from netops.i18n import _
from netops.security.sealing import KeyRing, load_keys

_LOCK_SECONDS = 60.0
_LOCK_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Texts:
    """What is kept of one visit: part to text. Parts are running-config, startup-config and facts/<command>."""

    masked: Mapping[str, str]
    complete: Mapping[str, str] = field(repr=False)
    is_resalted: bool = False
    """Only the masked texts tell of a change."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of storing."""

    device_id: str
    revision: str
    """The commit that holds what the device has now."""
    is_new: bool
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and when a device was visited, and who changed it, where that is known."""

    at: datetime
    reason: str
    author: str = ""
    address: str = ""


class Archive:
    """One archive in one folder. Made whole at first use."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self.folder = folder.absolute()
        self.signer = Signer(self.folder / "keys")
        self.git = Git(self.folder / "archive.git", self.signer.key, self.signer.signers)
        self.keys: KeyRing = load_keys(key_file)
        self._thread_lock = threading.Lock()

    def prepare(self) -> None:
        """Make what is missing, and clear what a killed writer left.

        Raises:
            ArchiveError: It cannot be made.
        """
        with disk_errors():
            self.folder.mkdir(parents=True, exist_ok=True)
        with self.writing():
            self.signer.create()
            self.git.create()
            stale = self.git.run("for-each-ref", "--format=%(refname)", "refs/netops/staging").split()
            for ref in stale:
                self.git.run("update-ref", "-d", ref)
            if self.git.head() is None:
                signers = self.signer.signers.read_text(encoding="ascii")
                self._commit({"allowed_signers": signers}, "Begin the archive", IDENTITY, time.time())

    # --- names and ids

    def index(self) -> dict[str, dict[str, Any]]:
        """Give id to what is known of it: name, platform, site."""
        content = self.git.read("cat-file", "blob", f"{BRANCH}:index.json")
        return json.loads(content) if content else {}

    def find_id(self, name: str) -> str | None:
        """Give a device's id; None for a device that was never stored. An id itself is a name too."""
        index = self.index()
        return next(
            (i for i, about in index.items() if about["name"] == name), name if name in index else None
        )

    def rename(self, old: str, new: str, at: datetime) -> None:
        """Have a device's history go on under another name.

        Raises:
            ArchiveError: No such device, or the new name is taken.
        """
        with self.writing():
            index = self.index()
            device_id = self.find_id(old)
            words = {"old": old, "new": new}
            if device_id is None:
                raise ArchiveError(_("%(old)s: was never backed up") % words)
            if self.find_id(new) not in {None, device_id}:
                raise ArchiveError(_("%(new)s: has a history of its own") % words)
            index[device_id]["name"] = new
            self._commit(
                _index_files(index), f"Rename {_line(old)} to {_line(new)}", IDENTITY, at.timestamp()
            )

    # --- writing

    def store(self, name: str, texts: Texts, occasion: Occasion, *, platform: str, site: str = "") -> Stored:
        """Keep what a visit brought, when it differs from what is kept: one signed commit.

        Raises:
            DiskFull: No room; nothing changed.
            ArchiveLocked: Another writer does not let go.
            ArchiveMoved: Something else writes to the archive without its lock.
        """
        with self.writing():
            top, listed_now = self.git.read_many([BRANCH, f"{BRANCH}:index.json"])
            head = top[0] if top else ""
            index: dict[str, Any] = json.loads(listed_now[1]) if listed_now else {}
            device_id = next((i for i, about in index.items() if about["name"] == name), None)
            device_id = device_id or _new_id(index)
            place = device_place(device_id)
            before, old = self._read_latest(device_id, head)
            seal = self.keys.fingerprint(_pack(_without_facts(texts.complete)), f"backup/{device_id}")
            # Facts change by themselves (memory, licences in use): they come along with a change, and make none.
            is_same = _without_facts(old) == _without_facts(texts.masked) and (
                texts.is_resalted or (before or {}).get("sealed") == seal
            )
            listed = {"name": name, "platform": platform, "site": site}
            if is_same and index.get(device_id) == listed:
                return Stored(device_id, head, is_new=False)
            gone = set((before or {}).get("parts", ())) - set(texts.masked)
            files: dict[str, str | None] = {f"{place}/{part}": None for part in gone}
            files |= {f"{place}/{part}": text for part, text in texts.masked.items()}
            if not is_same:
                self._seal(device_id, seal, texts.complete)
                about = {"sealed": seal, "parts": sorted(texts.masked), "platform": platform}
                files[f"{place}/about.json"] = _write_json(about)
            if index.get(device_id) != listed:
                index[device_id] = listed
                files |= _index_files(index)
            added, removed = _count_changes(_without_facts(old), _without_facts(texts.masked))
            message = _message(
                name, device_id, occasion, added, removed, secret_only=not is_same and not added + removed
            )
            author = _author(occasion)
            revision = self._commit(files, message, author, occasion.at.timestamp(), head)
            return Stored(device_id, revision, is_new=not is_same, added=added, removed=removed)

    def _read_latest(self, device_id: str, head: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
        """Give what is said of a device, and its configurations, facts aside."""
        place = device_place(device_id)
        parts = ("running-config", "startup-config")
        names = [f"{head}:{place}/{part}" for part in ("about.json", *parts)]
        about, *texts = self.git.read_many(names) if head else [None, None, None]
        found = {part: each[1].decode("utf-8") for part, each in zip(parts, texts, strict=True) if each}
        return json.loads(about[1]) if about else None, found

    def write_files(self, files: Mapping[str, str | None], message: str, at: datetime) -> str:
        """Commit files of the archive's own, such as a manifest; give the commit."""
        with self.writing():
            return self._commit(files, message, IDENTITY, at.timestamp())

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer, among threads and processes.

        Raises:
            ArchiveLocked: Another writer does not let go.
        """
        with self._thread_lock, disk_errors():
            descriptor = os.open(self.folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(descriptor)
                yield
            finally:
                os.close(descriptor)

    def _commit(
        self, files: Mapping[str, str | None], message: str, author: str, at: float, old: str | None = None
    ) -> str:
        """Write files into a signed commit and move the branch there, from where it was read."""
        head = self.git.head() if old is None else old or None
        staging = f"refs/netops/staging/{secrets.token_hex(8)}"
        self.git.run("fast-import", "--quiet", "--done", given=_stream(staging, head, files))
        parents = ["-p", head] if head else []
        environment = f"{int(at)} +0000"
        commit = self.git.run(
            "-c",
            f"user.name={_who(author)[0]}",
            "-c",
            f"user.email={_who(author)[1]}",
            "-c",
            "committer.name=netops",
            "-c",
            f"committer.email={IDENTITY}",
            "commit-tree",
            "-S",
            *parents,
            "-F",
            "-",
            f"{staging}^{{tree}}",
            given=message.encode(),
            when=environment,
        ).strip()
        zero = "0" * 40
        moves = f"start\nupdate {BRANCH} {commit} {head or zero}\ndelete {staging}\nprepare\ncommit\n"
        try:
            self.git.run("update-ref", "--stdin", given=moves.encode())
        except ArchiveError as error:
            self.git.run("update-ref", "-d", staging, check=False)
            if self.git.head() != head:
                raise ArchiveMoved(
                    _("the archive moved while it was written to: something writes to it without its lock")
                ) from error
            raise
        return commit

    # --- reading

    def read_about(self, device_id: str, at: str = BRANCH) -> dict[str, Any] | None:
        """Give what a revision says of a device; None where it does not know it."""
        content = self.git.read("cat-file", "blob", f"{at}:{device_place(device_id)}/about.json")
        return json.loads(content) if content else None

    def read(self, device_id: str, part: str = "running-config", at: str = BRANCH) -> str | None:
        """Give a masked text as of a revision; None where it has none."""
        content = self.git.read("cat-file", "blob", f"{at}:{device_place(device_id)}/{part}")
        return None if content is None else content.decode("utf-8")

    def open_sealed(self, device_id: str, seal: str) -> dict[str, str]:
        """Give the complete texts of a revision, part to text.

        Raises:
            ArchiveError: The sealed file is gone.
            SealError: It does not open.
        """
        path = self.sealed_path(device_id, seal)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            words = {"id": device_id}
            raise ArchiveError(
                _("%(id)s: the complete text of this revision is no longer kept") % words
            ) from None
        return dict(json.loads(zlib.decompress(self.keys.open(sealed, f"backup/{device_id}/{seal}"))))

    def sealed_path(self, device_id: str, seal: str) -> Path:
        """Give where the sealed file of a revision is."""
        return self.folder / "sealed" / device_id[:2] / device_id / f"{seal}.sealed"

    def _seal(self, device_id: str, seal: str, complete: Mapping[str, str]) -> None:
        path = self.sealed_path(device_id, seal)
        if not path.exists():
            write_whole(path, self.keys.seal(zlib.compress(_pack(complete)), f"backup/{device_id}/{seal}"))


def part_name(command: str) -> str:
    """Give the file name of an extra command's output."""
    return "facts/" + (re.sub(r"[^\w.-]+", "-", command).strip("-.") or "output")[:80]


def _new_id(index: Mapping[str, Any]) -> str:
    while (device_id := secrets.token_hex(6)) in index:
        pass
    return device_id


def device_place(device_id: str) -> str:
    """Give a device's folder in the repository; in 256 folders, so that a commit rewrites little."""
    return f"devices/{device_id[:2]}/{device_id}"


def _without_facts(texts: Mapping[str, str]) -> dict[str, str]:
    return {part: text for part, text in texts.items() if not part.startswith("facts/")}


def _pack(complete: Mapping[str, str]) -> bytes:
    return json.dumps(dict(complete), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def _write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _index_files(index: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
    rows = sorted(
        (about["name"], device_id, about["platform"], about["site"]) for device_id, about in index.items()
    )
    table = "".join(f"| {' | '.join(_line(cell).replace('|', '/') for cell in row)} |\n" for row in rows)
    head = "| device | folder under devices/, behind its first two letters | platform | site |\n|---|---|---|---|\n"
    return {"index.json": _write_json(index), "INDEX.md": head + table}


def _count_changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[int, int]:
    """Count lines that came and went, over all parts; order aside, which is cheap on five megabytes too."""
    before = Counter(line for text in old.values() for line in text.split("\n"))
    after = Counter(line for text in new.values() for line in text.split("\n"))
    return sum((after - before).values()), sum((before - after).values())


def _message(
    name: str, device_id: str, occasion: Occasion, added: int, removed: int, *, secret_only: bool
) -> str:
    """Write a commit's message: in English like logs, for auditors everywhere (ADR 2)."""
    what = "only hidden values changed" if secret_only else f"{added} lines in, {removed} out"
    lines = [f"{_line(name)}: {what}", "", f"Fetched: {_line(occasion.reason)}", f"Device: {device_id}"]
    if occasion.author:
        lines.append(f"Changed-by: {_line(occasion.author)}")
    if occasion.address:
        lines.append(f"Changed-from: {_line(occasion.address)}")
    return "\n".join(lines) + "\n"


def _author(occasion: Occasion) -> str:
    return occasion.author or IDENTITY


def _who(author: str) -> tuple[str, str]:
    """Give name and mail for git, which refuses some characters in them."""
    clean = re.sub(r"[<>\n\r\0\"\\]", "", author).strip(" .,:;'") or "unknown"
    if clean == IDENTITY:
        return "netops", IDENTITY
    return clean, clean if "@" in clean else f"{re.sub(r'[^A-Za-z0-9._-]', '_', clean)}@device"


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _stream(staging: str, head: str | None, files: Mapping[str, str | None]) -> bytes:
    """Write what ``git fast-import`` reads: one commit on a staging ref, whose tree the signed commit takes."""
    parts = [f"feature done\ncommit {staging}\ncommitter netops <{IDENTITY}> 0 +0000\ndata 0\n".encode()]
    if head:
        parts.append(f"from {head}\n".encode())
    for path, text in files.items():
        quoted = json.dumps(path, ensure_ascii=False)
        if text is None:
            parts.append(f"D {quoted}\n".encode())
            continue
        content = text.encode("utf-8", "surrogatepass")
        parts.append(f"M 100644 inline {quoted}\ndata {len(content)}\n".encode() + content + b"\n")
    return b"".join([*parts, b"done\n"])


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise ArchiveLocked(
                    _("another process has been writing to the archive for %(seconds)d s; try again later")
                    % {"seconds": _LOCK_SECONDS}
                ) from None
            time.sleep(_LOCK_POLL_SECONDS)
