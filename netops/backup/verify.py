"""Proving the archive from outside: every commit and manifest signed, none missing, the remotes in step."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from netops.backup.archive import Archive, device_place
from netops.backup.errors import ArchiveError
from netops.backup.git import BRANCH
from netops.backup.manifest import manifest_path
from netops.backup.remotes import Remote, read_remote_head
from netops.backup.signing import IDENTITY
from netops.i18n import _


@dataclass(slots=True)
class Findings:
    """What a look at the archive found."""

    commits: int = 0
    manifests: int = 0
    sealed: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)
    """A sentence for each thing that is not as it should be."""


def verify(archive: Archive, remotes: Iterable[Remote], today: date) -> Findings:
    """Look at everything.

    Args:
        archive: The archive.
        remotes: Their heads are compared with ours.
        today: Nights up to the one before are looked for.
    """
    findings = Findings(head=archive.git.head() or "")
    if not findings.head:
        findings.faults.append(_("the archive is empty"))
        return findings
    _check_objects(archive, findings)
    _check_commits(archive, findings)
    _check_manifests(archive, today, findings)
    _check_devices(archive, findings)
    for remote in remotes:
        _check_remote(archive, remote, findings)
    return findings


def _check_objects(archive: Archive, findings: Findings) -> None:
    try:
        archive.git.run("fsck", "--full", "--no-dangling", "--no-progress")
    except ArchiveError as error:
        findings.faults.append(str(error))


def _check_commits(archive: Archive, findings: Findings) -> None:
    """Have git check each signature against the believed keys; G is good, all else is told."""
    with archive.git.lines("log", "--format=%H %G? %GS", BRANCH) as lines:
        for line in lines:
            commit, verdict, *signer = line.split(" ", 2)
            findings.commits += 1
            if verdict != "G" or signer != [IDENTITY]:
                words = {"commit": commit[:12], "verdict": verdict}
                findings.faults.append(
                    _("commit %(commit)s has no good signature of this archive (%(verdict)s)") % words
                )


def _check_manifests(archive: Archive, today: date, findings: Findings) -> None:
    listed = archive.git.run("ls-tree", "-r", "--name-only", BRANCH, "manifests", check=False).split()
    days = sorted(date.fromisoformat(Path(path).stem) for path in listed if path.endswith(".json"))
    for day in days:
        findings.manifests += 1
        if not _is_signed(archive, f"{manifest_path(day)}.json"):
            findings.faults.append(
                _("the manifest of %(day)s has no good signature") % {"day": day.isoformat()}
            )
        findings.faults.extend(_check_manifest(archive, day))
    night = days[0] if days else today
    while (night := night + timedelta(days=1)) < today:
        if night not in days:
            findings.faults.append(_("no manifest of the night of %(day)s") % {"day": night.isoformat()})


def _check_manifest(archive: Archive, day: date) -> Iterable[str]:
    """Look for the revisions that a manifest names."""
    content = archive.git.read("cat-file", "blob", f"{BRANCH}:{manifest_path(day)}.json")
    try:
        devices = json.loads(content or b"")["devices"]
    except (ValueError, KeyError):
        yield _("the manifest of %(day)s cannot be read") % {"day": day.isoformat()}
        return
    revisions = {row["revision"] for row in devices if row["revision"]}
    if revisions:
        told = archive.git.run("cat-file", "--batch-check", given="\n".join(revisions).encode())
        for line in told.splitlines():
            if line.endswith(" missing"):
                words = {"day": day.isoformat(), "commit": line.split()[0][:12]}
                yield _("the manifest of %(day)s names commit %(commit)s, which is gone") % words


def _is_signed(archive: Archive, path: str) -> bool:
    content = archive.git.read("cat-file", "blob", f"{BRANCH}:{path}")
    signature = archive.git.read("cat-file", "blob", f"{BRANCH}:{path}.sig")
    if content is None or signature is None:
        return False
    with tempfile.NamedTemporaryFile() as file:
        file.write(signature)
        file.flush()
        return archive.signer.is_signed(content, Path(file.name))


def _check_devices(archive: Archive, findings: Findings) -> None:
    """Look for the newest complete text of every device."""
    index = archive.index()
    read = archive.git.read_many([f"{BRANCH}:{device_place(device_id)}/about.json" for device_id in index])
    for (device_id, about), content in zip(index.items(), read, strict=True):
        seal = json.loads(content[1]).get("sealed", "") if content else ""
        if not archive.sealed_path(device_id, seal).exists():
            words = {"device": about["name"]}
            findings.faults.append(_("%(device)s: the complete text of its newest revision is gone") % words)
        else:
            findings.sealed += 1


def _check_remote(archive: Archive, remote: Remote, findings: Findings) -> None:
    words = {"remote": remote.name, "head": findings.head[:12]}
    try:
        head = read_remote_head(archive, remote)
    except ArchiveError as error:
        findings.faults.append(_("remote %(remote)s: %(reason)s") % {**words, "reason": error})
        return
    if head != findings.head:
        words["theirs"] = (head or "—")[:12]
        findings.faults.append(_("remote %(remote)s has %(theirs)s, and the archive %(head)s") % words)
