"""The key that signs the archive: an SSH key made at first start, and signatures over files beside git's own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from netops.backup.errors import ArchiveError
from netops.backup.files import disk_errors, write_whole
from netops.i18n import _

IDENTITY = "netops@archive"
NAMESPACE = "netops-manifest"


@dataclass(frozen=True, slots=True)
class Signer:
    """The signing key of one archive."""

    folder: Path

    @property
    def key(self) -> Path:
        """The private key's file."""
        return self.folder / "signing_key"

    @property
    def signers(self) -> Path:
        """The file that says which keys are believed, in the form of ``ssh-keygen``'s ALLOWED SIGNERS."""
        return self.folder / "allowed_signers"

    def create(self) -> None:
        """Make the key where there is none."""
        if not self.key.exists():
            with disk_errors():
                self.folder.mkdir(parents=True, exist_ok=True)
            half_made = self.folder / f".signing_key.{os.getpid()}"
            half_made.unlink(missing_ok=True)
            _keygen("-q", "-t", "ed25519", "-N", "", "-C", IDENTITY, "-f", str(half_made))
            public = half_made.with_name(half_made.name + ".pub")
            with disk_errors():
                public.replace(self.key.with_name("signing_key.pub"))
                half_made.replace(self.key)
        if not self.signers.exists():
            kind, key, *_comment = self.key.with_name("signing_key.pub").read_text(encoding="ascii").split()
            line = f'{IDENTITY} namespaces="git,{NAMESPACE}" {kind} {key}\n'
            write_whole(self.signers, line.encode(), mode=0o644)

    def sign(self, content: bytes) -> bytes:
        """Give a detached signature over bytes."""
        return _keygen("-q", "-Y", "sign", "-f", str(self.key), "-n", NAMESPACE, "-", given=content)

    def is_signed(self, content: bytes, signature: Path) -> bool:
        """Tell whether a signature file fits bytes and a believed key."""
        command = [
            "-Y",
            "verify",
            "-f",
            str(self.signers),
            "-I",
            IDENTITY,
            "-n",
            NAMESPACE,
            "-s",
            str(signature),
        ]
        return _run(command, content).returncode == 0


def _run(arguments: list[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments], input=given, capture_output=True, check=False, timeout=60
        )
    except FileNotFoundError:
        raise ArchiveError(_("ssh-keygen is not installed; the archive's signatures need it")) from None


def _keygen(*arguments: str, given: bytes = b"") -> bytes:
    done = _run(list(arguments), given)
    if done.returncode:
        words = {"reason": " ".join(done.stderr.decode("utf-8", "replace").split())[-200:]}
        raise ArchiveError(_("ssh-keygen failed: %(reason)s") % words)
    return done.stdout
