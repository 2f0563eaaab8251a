"""How fast messages leave: a limit per address, and how long to wait after an attempt that failed. Pure."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
_JITTER = 0.25
_MINUTE = timedelta(minutes=1)


def decide_wait(attempts: int, retry_after: timedelta | None, random: Callable[[], float]) -> timedelta:
    """Give how long to wait after so many attempts that failed: twice as long each time, and as asked for.

    Args:
        attempts: How many were made, at least one.
        retry_after: How long the receiver asked to wait.
        random: Gives a number from 0 to 1; what waits together must not come back together.
    """
    doublings = min(max(attempts - 1, 0), 16)
    plain = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    spread = plain * (1 - _JITTER + 2 * _JITTER * random())
    return max(spread, retry_after or timedelta(0))


class RateLimit:
    """So many messages in any minute to one address."""

    def __init__(self, most_per_minute: int) -> None:
        self.most = most_per_minute
        self._sent: dict[str, deque[datetime]] = {}

    def next_free(self, address: str, now: datetime) -> datetime:
        """Give from when on one may leave."""
        recent = self._recent(address, now)
        return now if len(recent) < self.most else recent[0] + _MINUTE

    def note(self, address: str, now: datetime) -> None:
        """Count one that leaves."""
        self._recent(address, now).append(now)

    def _recent(self, address: str, now: datetime) -> deque[datetime]:
        sent = self._sent.setdefault(address, deque())
        # A clock that was set back leaves times ahead of now; they count for nothing.
        while sent and not timedelta(0) <= now - sent[0] < _MINUTE:
            sent.popleft()
        return sent
