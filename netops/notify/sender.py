"""What every sender is: a message and an address in, an answer out, or an error that says whether to try again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from netops.errors import NetopsError
from netops.model.message import Message


class SendFailed(NetopsError):
    """A message was not taken.

    Args:
        message: What happened, in one line without secrets.
        is_permanent: Whether another attempt with the same address can never succeed.
        retry_after: How long the receiver asked to wait; None when it did not say.
        answer: What the receiver said, cut to a readable length and without secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        is_permanent: bool = False,
        retry_after: timedelta | None = None,
        answer: str = "",
    ) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.retry_after = retry_after
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer:
    """That a receiver took a message, in its own words."""

    text: str
    """Such as ``250 2.0.0 queued as 4F1`` or ``errcode 0``; without secrets."""


class Sender(Protocol):
    """Sends over one channel. Belongs to one event loop; ``close`` gives back what it holds."""

    async def send(self, message: Message, address: str) -> Answer:
        """Send one message to one address; it ends when the receiver has answered.

        Args:
            message: What to tell.
            address: Where to: an e-mail address, a telephone number, a user id to mention; may be empty for a
                channel that is a group chat of its own.

        Raises:
            SendFailed: It was refused, or nobody answered.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
