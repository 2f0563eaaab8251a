"""What the store has not taken yet: a file for each message, oldest first, in a folder that has a size."""

import logging
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

from netops.errors import StoreError
from netops.i18n import _

logger = logging.getLogger(__name__)

_ENDING = ".snappy"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message in the folder."""

    path: Path
    samples: int
    size: int


class DiskQueue:
    """Keeps messages in order, over restarts and kill -9; the oldest go when there is no room for the newest.

    Args:
        folder: Is made; no other program writes there.
        limit: Bytes that all messages may have together.

    Raises:
        StoreError: The folder cannot be made or read.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.dropped: Counter[str] = Counter({"overflow": 0, "refused": 0, "disk": 0})
        """Samples that never reach the store, by reason."""
        self.bytes = 0
        self._folder = folder
        self._limit = limit
        self._waiting: deque[Waiting] = deque()
        self._next = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.glob("*.tmp"):
                path.unlink()
            self._find_waiting()
        except OSError as error:
            words = {"path": folder, "reason": error.strerror}
            raise StoreError(
                _("%(path)s: cannot hold the queue of remote_write: %(reason)s") % words
            ) from error

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: bytes, samples: int) -> None:
        """Keep a message. One that cannot be written is dropped and counted; older ones make room for it."""
        while self._waiting and self.bytes + len(message) > self._limit:
            self._give_up(self._waiting[0], "overflow")
        path = self._folder / f"{self._next:016}-{samples}{_ENDING}"
        made = path.with_suffix(".tmp")
        try:
            made.write_bytes(message)
            made.replace(path)
        except OSError as error:
            logger.error("remote_write: %d samples are lost: %s", samples, error.strerror)
            self.dropped["disk"] += samples
            made.unlink(missing_ok=True)
            return
        self._next += 1
        self._waiting.append(Waiting(path, samples, len(message)))
        self.bytes += len(message)

    def oldest(self) -> Waiting | None:
        """Give the message that is to be sent next; None when there is none."""
        return self._waiting[0] if self._waiting else None

    def remove(self, waiting: Waiting) -> None:
        """Take a message out that was sent; one that had to make room meanwhile is gone already."""
        if self._waiting and self._waiting[0] is waiting:
            self._waiting.popleft()
            self.bytes -= waiting.size
            waiting.path.unlink(missing_ok=True)

    def refuse(self, waiting: Waiting) -> None:
        """Give up a message that the store will never take."""
        if self._waiting and self._waiting[0] is waiting:
            self._give_up(waiting, "refused")

    def _give_up(self, waiting: Waiting, reason: str) -> None:
        if not self.dropped[reason]:
            logger.error(
                "remote_write: samples are lost (%s); see netops_remote_write_dropped_samples_total", reason
            )
        self.dropped[reason] += waiting.samples
        self.remove(waiting)

    def _find_waiting(self) -> None:
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            number, _dash, samples = path.stem.partition("-")
            if number.isdecimal() and samples.isdecimal():
                size = path.stat().st_size
                self._waiting.append(Waiting(path, int(samples), size))
                self.bytes += size
                self._next = int(number) + 1
