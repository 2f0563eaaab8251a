"""The one clock. Instants are aware UTC ``datetime``; spans for pacing come from ``monotonic``.

Whatever decides takes the clock as an argument, so that a test can wind it.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the parts ask of time."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never jump, from an unnamed origin."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never jump, from an unnamed origin."""
        return time.monotonic()
