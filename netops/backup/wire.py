"""What a dialogue needs of the other side: a byte stream, and how long it may take."""

from dataclasses import dataclass
from typing import Protocol


class Wire(Protocol):
    """A byte stream to a device."""

    def read(self, timeout: float) -> bytes:
        """Wait for bytes; empty when none came in time.

        Raises:
            ConnectionCut: It has ended.
        """
        ...

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...


@dataclass(slots=True)
class Limits:
    """How long a device may take."""

    read_seconds: float = 180.0
    """Silence."""
    login_seconds: float = 60.0
    session_seconds: float = 900.0
