"""Host keys, a file per device: trusted at first sight, then strictly.

A key that differs is kept beside the trusted one (``NAME.new``) until a person accepts it.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from netops.backup.files import write_whole


@dataclass(frozen=True, slots=True)
class HostKeys:
    """The host key of one device."""

    path: Path

    @property
    def _pending(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def trusted(self) -> str | None:
        """Give the trusted key as ``algorithm base64``; None before the first visit."""
        return _read_key(self.path)

    def pending(self) -> str | None:
        """Give a changed key that waits for a person; None for none."""
        return _read_key(self._pending)

    def trust(self, host: str, port: int, key: str) -> None:
        """Remember a key, in the form that OpenSSH reads."""
        _write_key(self.path, host, port, key)

    def hold(self, host: str, port: int, key: str) -> None:
        """Keep a changed key aside."""
        _write_key(self._pending, host, port, key)

    def accept(self) -> bool:
        """Trust the changed key; False when none waits."""
        if self.pending() is None:
            return False
        self._pending.replace(self.path)
        return True


def fingerprint(key: str) -> str:
    """Give a key's fingerprint as ``ssh-keygen -l`` writes it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _write_key(path: Path, host: str, port: int, key: str) -> None:
    place = host if port == 22 else f"[{host}]:{port}"
    write_whole(path, f"{place} {key}\n".encode())


def _read_key(path: Path) -> str | None:
    try:
        words = path.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return None
    return " ".join(words[1:3]) if len(words) >= 3 else None
