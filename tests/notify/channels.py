"""Channels as ``oncall.yaml`` has them, and what every test of a sender asks."""

import traceback
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import TypeAdapter

from netops.notify.registry import make_sender
from netops.notify.sender import SendFailed
from netops.settings.channels import ChannelSettings

CHANNEL: TypeAdapter[Any] = TypeAdapter(ChannelSettings)
TOKEN = "t0ken-of-the-robot-0123456789"
SECRET = "SEC-signing-secret-0123456789"


def read_channel(**values: Any) -> Any:
    return CHANNEL.validate_python({"timeout": "20s", **values})


@asynccontextmanager
async def sender_of(clock=None, **values: Any):
    sender = make_sender(read_channel(**values), clock)
    try:
        yield sender
    finally:
        await sender.close()


async def fail(sender, message, address="") -> SendFailed:
    """Send, and give the failure."""
    with pytest.raises(SendFailed) as caught:
        await sender.send(message, address)
    return caught.value


def everything_told(failed: SendFailed, log: str) -> str:
    """Give all that could reach a log, a page or the database: message, answer, traceback, log lines."""
    whole = "".join(traceback.format_exception(failed))
    return "\n".join([str(failed), failed.answer, repr(failed), whole, log])
