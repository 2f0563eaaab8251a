"""The git command line on one bare repository: plumbing only, no hooks, no user's settings, no secrets in arguments."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netops.backup.errors import ArchiveError, DiskFull
from netops.i18n import _

BRANCH = "refs/heads/main"
_SECONDS = 600
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True, slots=True)
class Git:
    """One repository."""

    folder: Path
    signing_key: Path
    signers: Path

    def create(self) -> None:
        """Make the repository where there is none."""
        if (self.folder / "HEAD").exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._call(["init", "--quiet", "--bare", "--initial-branch=main", str(self.folder)], place=False)
        self._call(["config", "core.fsync", "all"])
        # A pack for each commit costs one fsync, a loose object each costs ten; gc puts the packs together.
        self._call(["config", "fastimport.unpackLimit", "1"])
        self._call(["config", "gc.auto", "0"])
        self._call(["config", "core.logAllRefUpdates", "true"])
        self._call(["config", "gc.reflogExpire", "never"])

    def run(self, *arguments: str, given: bytes = b"", check: bool = True, when: str = "") -> str:
        """Run a command and give what it prints, decoded; with ``check`` a failure is an error.

        ``when`` dates commits, as ``<seconds> +0000``.

        Raises:
            DiskFull: git found no room.
            ArchiveError: git failed.
        """
        return self._call(list(arguments), given, check=check, when=when).decode("utf-8", "surrogateescape")

    def read(self, *arguments: str) -> bytes | None:
        """Run a command and give the bytes it prints; None when it fails, as for what is not there."""
        done = self._start(list(arguments), b"")
        return done.stdout if done.returncode == 0 else None

    def read_many(self, names: Sequence[str]) -> list[tuple[str, bytes] | None]:
        """Give object id and content of each name, with one process for all; None for what is not there."""
        told = self.run_bytes("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        found: list[tuple[str, bytes] | None] = []
        at = 0
        for _name in names:
            end = told.index(b"\n", at)
            words = told[at:end].split()
            at = end + 1
            if words[-1] in {b"missing", b"ambiguous"}:
                found.append(None)
                continue
            size = int(words[-1])
            found.append((words[0].decode(), told[at : at + size]))
            at += size + 1
        return found

    def run_bytes(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run a command and give the bytes it prints.

        Raises:
            ArchiveError: git failed.
        """
        return self._call(list(arguments), given)

    @contextmanager
    def lines(self, *arguments: str, most: int = 0) -> Iterator[Iterator[str]]:
        """Give the lines a command prints as they come.

        Args:
            arguments: The command.
            most: The largest exit code that is no failure.

        Raises:
            ArchiveError: git failed, told once all lines were read.
        """
        command = [*self._base(), *arguments]
        with (
            tempfile.TemporaryFile() as told,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, env=_environment()) as process,
        ):
            output = process.stdout
            if output is None:
                raise ArchiveError(_("git does not answer"))
            try:
                yield (line.decode("utf-8", "replace").rstrip("\n") for line in output)
                if process.wait() > most:
                    told.seek(0)
                    raise _as_error(arguments, told.read().decode("utf-8", "replace"))
            finally:
                process.kill()

    def tidy(self, most_packs: int) -> bool:
        """Put the packs together when there are too many; tell whether there were."""
        packs = len(list((self.folder / "objects" / "pack").glob("*.pack")))
        if packs > most_packs:
            self.run("gc", "--quiet")
        return packs > most_packs

    def head(self, ref: str = BRANCH) -> str | None:
        """Give the commit a ref points to; None for none."""
        return self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", check=False).strip() or None

    def _base(self) -> list[str]:
        return [
            "git",
            "--git-dir",
            str(self.folder),
            "-c",
            "gpg.format=ssh",
            "-c",
            f"user.signingkey={self.signing_key}",
            "-c",
            f"gpg.ssh.allowedSignersFile={self.signers}",
            "-c",
            "core.hooksPath=/dev/null",
        ]

    def _start(
        self, arguments: Sequence[str], given: bytes, *, place: bool = True, when: str = ""
    ) -> subprocess.CompletedProcess[bytes]:
        base = self._base() if place else ["git"]
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when} if when else {}
        try:
            return subprocess.run(
                [*base, *arguments],
                input=given,
                capture_output=True,
                check=False,
                env=_environment() | dates,
                timeout=_SECONDS,
            )
        except FileNotFoundError:
            raise ArchiveError(_("git is not installed; the archive needs it")) from None
        except subprocess.TimeoutExpired:
            raise ArchiveError(_("git did not finish in %(seconds)d s") % {"seconds": _SECONDS}) from None

    def _call(
        self,
        arguments: list[str],
        given: bytes = b"",
        *,
        place: bool = True,
        check: bool = True,
        when: str = "",
    ) -> bytes:
        done = self._start(arguments, given, place=place, when=when)
        if done.returncode and check:
            raise _as_error(arguments, done.stderr.decode("utf-8", "replace"))
        return done.stdout


def _as_error(arguments: Sequence[str], told: str) -> ArchiveError:
    """Word what git told when it failed."""
    if any(text in told for text in _FULL):
        return DiskFull(_("no room for the archive; what is stored already is untouched"))
    verb = next((word for word in arguments if "=" not in word and not word.startswith("-")), "")
    words = {"command": verb, "reason": " ".join(told.split())[-300:]}
    return ArchiveError(_("git %(command)s failed: %(reason)s") % words)


def _environment() -> dict[str, str]:
    """Give git an environment in which nobody's own settings count."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": os.environ.get("NETOPS_GIT_SSH", "ssh -o BatchMode=yes"),
    }
