"""The nightly manifest: every device with its outcome, signed, in the archive. "Unchanged" and "failed" are evidence too."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from netops.backup.archive import Archive
from netops.backup.states import State


def manifest_path(day: date) -> str:
    """Give where a day's manifest is, without its ending."""
    return f"manifests/{day.year}/{day.isoformat()}"


def make_manifest(states: Iterable[State], at: datetime, head: str) -> dict[str, Any]:
    """Put a manifest together.

    Args:
        states: Of every device that should be backed up, visited or not.
        at: Now.
        head: The archive's newest commit.
    """
    devices = [
        {
            "device": state.name,
            "id": state.device_id,
            "outcome": state.outcome or "never visited",
            "reason": state.reason,
            "attempted_at": state.attempted_at,
            "good_at": state.good_at,
            "revision": state.revision,
            "sha256": state.sha256,
        }
        for state in sorted(states, key=lambda state: state.name)
    ]
    return {"made_at": at.isoformat(), "archive": head, "devices": devices}


def write_manifest(archive: Archive, states: Iterable[State], at: datetime) -> str:
    """Sign and store the manifest of a night; give its commit."""
    manifest = make_manifest(states, at, archive.git.head() or "")
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    path = manifest_path(at.date())
    signature = archive.signer.sign(text.encode())
    good = sum(row["outcome"] in {"changed", "unchanged"} for row in manifest["devices"])
    message = f"Manifest of {at.date().isoformat()}: {good} of {len(manifest['devices'])} devices\n"
    return archive.write_files(
        {f"{path}.json": text, f"{path}.json.sig": signature.decode("ascii")}, message, at
    )
