"""Files that are there whole or not at all, whatever is killed in between."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netops.backup.errors import ArchiveError, DiskFull
from netops.i18n import _

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Word what the disk refuses.

    Raises:
        DiskFull: There is no room.
        ArchiveError: Anything else.
    """
    try:
        yield
    except OSError as error:
        words = {"path": error.filename or "", "reason": error.strerror or type(error).__name__}
        if error.errno in _FULL:
            raise DiskFull(
                _("no room to write %(path)s; what is stored already is untouched") % words
            ) from error
        raise ArchiveError(_("cannot write %(path)s: %(reason)s") % words) from error


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file in place of another, durable when this returns.

    Raises:
        DiskFull: There is no room; the old file stands.
        ArchiveError: The disk refuses.
    """
    with disk_errors():
        replace_whole(path, content, mode=mode)


def replace_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file in place of another, durable when this returns; what fails leaves the old one as it was.

    Raises:
        OSError: The disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
