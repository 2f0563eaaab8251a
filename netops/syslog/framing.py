"""Taking a TCP stream apart into messages (RFC 6587): octet counting or line ends, each frame as it comes. Pure.

A sender may hold any byte back for ever and send any other: what waits is never longer than one message.
"""

import re

from netops.errors import NetopsError
from netops.i18n import _
from netops.syslog.parser import LONGEST

LARGEST_COUNT = 1_000_000
"""A larger count is no message: the stream is out of step, and nothing after it can be believed."""
_COUNT = re.compile(rb"([1-9]\d{0,9}) (?=<)")
_MAYBE_COUNT = re.compile(rb"[1-9]\d{0,9} ?\Z")
_ENDS = re.compile(rb"[\n\0]")
_BETWEEN = re.compile(rb"[\r\n\0 ]*")


class FramingError(NetopsError):
    """A stream that is no syslog."""


class FrameReader:
    """One stream; ``feed`` it bytes as they come."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._waiting = b""
        self._skip = 0
        """Octets of a counted frame that are still to come and not wanted."""
        self._skips_line = False

    def feed(self, data: bytes) -> list[bytes]:
        """Give the messages that are whole now; one byte more than ``longest`` of a longer one, so that it shows.

        Raises:
            FramingError: A count that no message has; the stream must be closed.
        """
        self._waiting += data
        found: list[bytes] = []
        at = 0
        while at < len(self._waiting):
            after = self._step(at, found)
            if after is None:
                break
            at = after
        self._waiting = self._waiting[at:]
        return found

    def finish(self) -> list[bytes]:
        """Give what stood without its line end when the stream was closed; a counted frame that lacks octets is none."""
        rest, self._waiting = self._waiting, b""
        is_line = rest.strip() and not self._skip and not self._skips_line and not _COUNT.match(rest)
        return [rest] if is_line else []

    def _step(self, at: int, found: list[bytes]) -> int | None:
        """Take one frame, or a part of one that nobody wants, and give where it ends; None when more must come first."""
        waiting = self._waiting
        if self._skip:
            gone = min(self._skip, len(waiting) - at)
            self._skip -= gone
            return at + gone
        if self._skips_line:
            end = _ENDS.search(waiting, at)
            self._skips_line = end is None
            return end.end() if end else len(waiting)
        between = _BETWEEN.match(waiting, at)
        start = between.end() if between else at
        if start > at:
            return start
        count = _COUNT.match(waiting, at)
        if count is not None:
            return self._take_counted(int(count[1]), count.end(), found)
        return None if _MAYBE_COUNT.match(waiting, at) else self._take_line(at, found)

    def _take_counted(self, size: int, start: int, found: list[bytes]) -> int | None:
        if size > LARGEST_COUNT:
            raise FramingError(
                _("a message of %(size)d octets is announced; the stream is no syslog") % {"size": size}
            )
        wanted = min(size, self._longest + 1)
        if len(self._waiting) < start + wanted:
            return None
        found.append(self._waiting[start : start + wanted])
        self._skip = size - wanted
        return start + wanted

    def _take_line(self, start: int, found: list[bytes]) -> int | None:
        end = _ENDS.search(self._waiting, start, start + self._longest + 1)
        if end is not None:
            found.append(self._waiting[start : end.start()])
            return end.end()
        if len(self._waiting) - start <= self._longest:
            return None
        found.append(self._waiting[start : start + self._longest + 1])
        self._skips_line = True
        return start + self._longest + 1
