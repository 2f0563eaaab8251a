"""PostgreSQL's own programs: pg_dump and pg_restore, fed without a password on the command line."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from netops.errors import StoreError
from netops.i18n import _

DUMP_MAGIC = b"PGDMP"
KEPT_ASIDE = "before_restore_"
"""How the schemas begin that a restore keeps aside."""

_ENVIRONMENT = {"host": "PGHOST", "port": "PGPORT", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
                "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "passfile": "PGPASSFILE", "password": "PGPASSWORD",
                "user": "PGUSER", "dbname": "PGDATABASE", "options": "PGOPTIONS", "service": "PGSERVICE"}  # fmt: skip
_COPIED_VERSION = re.compile(r"^COPY \S*alembic_version \([^)]*\) FROM stdin;\n(\S+)\n", re.MULTILINE)


class ProgramMissing(StoreError):
    """A program of PostgreSQL's client package is not installed."""


def dump(url: URL, target: Path, progress: Callable[[int, int], None] | None) -> None:
    """Write one consistent custom-format dump of everything but what earlier restores kept aside.

    ``progress`` gets the bytes written so far and 0, for pg_dump does not tell how many there will be.
    """
    program = _find("pg_dump")
    arguments = ["--format=custom", f"--exclude-schema={KEPT_ASIDE}*", "--no-password", f"--file={target}"]

    def look() -> None:
        if progress is not None and target.exists():
            progress(target.stat().st_size, 0)

    _run([program, *arguments], url, look)
    look()


def read_dump_revision(source: Path) -> str | None:
    """Read netops's schema revision out of a dump; None when there is none in it.

    Raises:
        StoreError: pg_restore cannot read the dump.
    """
    arguments = ["--data-only", "--table=alembic_version", "--file=-", str(source)]
    found = _COPIED_VERSION.search(_run([_find("pg_restore"), *arguments], None))
    return found.group(1) if found else None


def verify_dump(source: Path) -> None:
    """Read a dump from its first byte to its last.

    Raises:
        StoreError: It is cut short or damaged.
    """
    _run([_find("pg_restore"), f"--file={os.devnull}", str(source)], None)


def load(source: Path, url: URL, look: Callable[[], None] = lambda: None) -> None:
    """Restore a dump into an empty schema, all of it or nothing."""
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]
    _run([_find("pg_restore"), *arguments, f"--dbname={url.database or ''}", str(source)], url, look)


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        words = _(
            "%(program)s is not installed; install PostgreSQL's client programs (Debian: postgresql-client)"
        )
        raise ProgramMissing(words % {"program": program})
    return path


def _run(command: Sequence[str], url: URL | None, look: Callable[[], None] = lambda: None) -> str:
    """Run a program to its end and give what it wrote; its complaint becomes a StoreError."""
    environment = dict(os.environ) | {"LC_ALL": "C"} | (_environment(url) if url is not None else {})
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - a program found on the path, with our own arguments
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints
        )
        try:
            while _is_running(process):
                look()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        complaints.seek(0)
        said = complaints.read().decode("utf-8", "replace").strip()
        if process.returncode != 0:
            reason = said.splitlines()[0] if said else f"exit {process.returncode}"
            raise StoreError(
                _("%(program)s failed: %(reason)s") % {"program": Path(command[0]).name, "reason": reason}
            )
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return True
    return False


def _environment(url: URL) -> dict[str, str]:
    given: dict[str, object] = {name: value for name, value in url.query.items() if isinstance(value, str)}
    named = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
    }
    given |= {name: value for name, value in named.items() if value is not None}
    return {_ENVIRONMENT[name]: str(value) for name, value in given.items() if name in _ENVIRONMENT}
