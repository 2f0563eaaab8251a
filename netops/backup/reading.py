"""Reading the archive: revisions, differences, and words in all configurations."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from netops.backup.archive import Archive, device_place
from netops.backup.errors import ArchiveError
from netops.backup.git import BRANCH
from netops.i18n import _

_FORMAT = "%H%x1f%ct%x1f%an%x1f%s%x1f%b%x1e"


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of one device."""

    commit: str
    at: datetime
    author: str
    subject: str
    fetched: str
    address: str
    """Where the author came from, as far as the device told."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that was searched for."""

    device: str
    device_id: str
    line: int
    text: str
    section: str
    """The header of the section it belongs to; empty for a line of its own."""


def read_revisions(archive: Archive, device_id: str, zone: datetime, most: int = 1000) -> list[Revision]:
    """Give a device's revisions, newest first; ``zone`` lends its time zone."""
    told = archive.git.run(
        "log",
        f"--format={_FORMAT}",
        f"--max-count={most}",
        BRANCH,
        "--",
        device_place(device_id),
    )
    revisions = []
    for entry in told.split("\x1e"):
        cells = entry.strip("\n").split("\x1f")
        if len(cells) == 5:
            said = dict(re.findall(r"^(Fetched|Changed-from): (.*)$", cells[4], re.MULTILINE))
            at = datetime.fromtimestamp(int(cells[1]), zone.tzinfo)
            fetched, address = said.get("Fetched", ""), said.get("Changed-from", "")
            revisions.append(Revision(cells[0], at, cells[2], cells[3], fetched, address))
    return revisions


def find_commit(archive: Archive, at: str) -> str:
    """Give the commit that a revision, or a date, names: the newest one not after it.

    Raises:
        ArchiveError: There is none.
    """
    if not at:
        return BRANCH
    if re.fullmatch(r"[0-9a-f]{7,40}", at) and (commit := archive.git.head(at)):
        return commit
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise ArchiveError(
            _('"%(at)s" is neither a revision nor a date like 2026-11-24') % {"at": at}
        ) from None
    if len(at) == 10:
        instant = instant.replace(hour=23, minute=59, second=59)
    before = str(int(instant.astimezone().timestamp()))
    commit = archive.git.run("rev-list", "--max-count=1", f"--before={before}", BRANCH).strip()
    if not commit:
        raise ArchiveError(_("the archive holds nothing from before %(at)s") % {"at": at})
    return commit


def make_diff(old: str, new: str, names: tuple[str, str], context: int = 3) -> str:
    """Give a unified difference whose heads name the section that each piece belongs to."""
    before, after = old.splitlines(), new.splitlines()
    pieces: list[str] = []
    for line in difflib.unified_diff(before, after, *names, n=context, lineterm=""):
        match = re.match(r"@@ -(\d+)", line)
        section = find_section(before, int(match[1]) - 1) if match else ""
        pieces.append(f"{line} {section}".rstrip() if match else line)
    return "\n".join(pieces)


def find_section(lines: list[str], number: int) -> str:
    """Give the header that a line stands under: the nearest line above that is less indented."""
    if not 0 <= number < len(lines):
        return ""
    depth = _depth(lines[number])
    for above in range(number - 1, -1, -1):
        line = lines[above]
        if line.strip() and _depth(line) < depth:
            return line.strip()
    return ""


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def search(archive: Archive, words: str, at: str, *, is_pattern: bool, ignore_case: bool) -> Iterator[Hit]:
    """Look for words, or a regular expression (POSIX, extended), in all running-configs as of a commit.

    Raises:
        ArchiveError: The expression is none.
    """
    options = ["-E" if is_pattern else "-F", *(["-i"] if ignore_case else [])]
    names = {device_id: about["name"] for device_id, about in archive.index().items()}
    # With -W git prints the block around each hit, from its header on, in the time it looks at the text anyway; with
    # --column only hits have three numbers in front of their text.
    arguments = ("grep", "-I", "-n", "-z", "-W", "--column", "--full-name", *options, "-e", words, at)
    headers: list[tuple[int, str]] = []
    """The lines that the next one may stand under, the deepest last."""
    before = ("", 0)
    with archive.git.lines(*arguments, "--", "devices/**/running-config", most=1) as lines:
        for entry in lines:
            place, _nul, rest = entry.partition("\0")
            cells = rest.split("\0")
            if len(cells) < 2 or not cells[0].isdigit():
                continue  # the dashes between two blocks
            number, text = int(cells[0]), cells[-1]
            if before != (place, number - 1):
                headers.clear()
            before = (place, number)
            if not text.strip() and len(cells) < 3:
                continue
            depth = _depth(text)
            while headers and headers[-1][0] >= depth:
                headers.pop()
            if len(cells) == 3:
                device_id = place.rpartition(":")[2].split("/")[2]
                section = headers[-1][1] if headers else ""
                yield Hit(names.get(device_id, device_id), device_id, number, text, section)
            headers.append((depth, text.strip()))


def read_around(
    archive: Archive, hits: Sequence[Hit], at: str, most: int
) -> list[tuple[list[str], list[str]]]:
    """Give the lines before and after each hit, so many at most on each side."""
    ids = sorted({hit.device_id for hit in hits})
    contents = archive.git.read_many([f"{at}:{device_place(each)}/running-config" for each in ids])
    texts = {
        each: content[1].decode("utf-8", "replace").split("\n")
        for each, content in zip(ids, contents, strict=True)
        if content
    }
    around = []
    for hit in hits:
        lines = texts.get(hit.device_id, [])
        around.append((lines[max(0, hit.line - 1 - most) : hit.line - 1], lines[hit.line : hit.line + most]))
    return around
