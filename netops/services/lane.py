"""One channel while it works: its pace, and which address is served next."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from netops.model.delivery import Delivery
from netops.notify.pace import RateLimit
from netops.notify.sender import Sender
from netops.store.queries.deliveries import WaitingAddress

Write = Callable[[Connection], None]
_TOLERANCE = timedelta(minutes=1)
"""By less a clock is only put right."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way that messages leave."""

    name: str
    sender: Sender
    timeout: timedelta
    most_per_minute: int
    is_shared: bool = False
    """Whether the limit is for the whole channel, as with a robot of a group chat, and not for each address."""


class Lane:
    """One channel while it works: its pace, and what of it must rest."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.limit = RateLimit(channel.most_per_minute)
        self.resting: dict[str, tuple[int, datetime]] = {}
        """Address to how often in a row it failed, and until when it is left alone."""
        self.fails_since: datetime | None = None
        """Since when nothing was taken and something was not; None while it works."""
        self.unsettled: list[Write] = []
        """What came of attempts and could not be stored yet; nothing more leaves before it is."""
        self.is_resumed = False
        """Whether attempts that a former worker of this channel left without an answer wait again."""
        self.wake = asyncio.Event()
        self.seen_at: datetime | None = None
        """What the clock said when it last looked for work."""
        self.is_stopping = False
        self.task: asyncio.Task[None] | None = None

    def key_of(self, address: str) -> str:
        """Give what the limit counts by."""
        return "" if self.channel.is_shared else address

    def held_up_since(self, delivery: Delivery) -> datetime | None:
        """Give since when a message that was never tried waits for a channel that takes nothing; None for no such."""
        if self.fails_since is None or delivery.attempts:
            return None
        return max(self.fails_since, delivery.next_at)

    def choose(self, waiting: Iterable[WaitingAddress], now: datetime) -> tuple[str | None, datetime | None]:
        """Choose the address that is served next; without one, give when something is due.

        What is due for one address at the same time leaves as one message: because its limit held it back, or quiet
        hours, or because the address did not answer.
        """
        next_at: datetime | None = None
        for address, due_at in waiting:
            until = due_at
            if due_at <= now:
                _times, until = self.resting.get(address, (0, now))
                until = max(until, self.limit.next_free(self.key_of(address), now))
                if until <= now:
                    return address, None
            next_at = min(next_at or until, until)
        return None, next_at

    def note_clock(self, now: datetime) -> bool:
        """Say whether the clock was set back, or not looked at before; what waits by it waits no longer then."""
        former, self.seen_at = self.seen_at, now
        if former is not None and now < former - _TOLERANCE:
            self.resting.clear()
            return True
        return former is None
