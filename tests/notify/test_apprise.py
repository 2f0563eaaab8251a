"""Apprise itself, beside a receiver of its JSON notifications; and a machine without it."""

import logging
import sys

import pytest

from notify.channels import TOKEN, everything_told, fail, sender_of
from notify.messages import ACKNOWLEDGE, make_message
from notify.sinks import HANG, Give, Sink

# One of Apprise's own imports, on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def services(*sinks, **more):
    urls = [f"json://127.0.0.1:{sink.port}/{TOKEN}" for sink in sinks]
    return sender_of(type="apprise", urls=urls, **more)


async def test_apprise_tells_its_service_title_and_text():
    async with Sink() as sink, services(sink) as sender:
        answer = await sender.send(make_message(), "")
    assert answer.text == "apprise: true"
    body = sink.arrivals[0].json
    assert body["title"] == "CRITICAL: core-sw-1 does not answer"
    assert body["message"].endswith(ACKNOWLEDGE)
    assert body["type"] == "failure"


async def test_one_address_of_two_that_fails_is_a_failure_worth_another_attempt(caplog):
    caplog.set_level(logging.DEBUG)
    async with Sink() as good, Sink(Give(500, TOKEN)) as bad, services(good, bad) as sender:
        failed = await fail(sender, make_message())
    assert not failed.is_permanent
    assert TOKEN not in everything_told(failed, caplog.text)


async def test_a_service_that_hangs_is_left_at_the_deadline():
    async with Sink(HANG) as sink, services(sink, timeout="300ms") as sender:
        failed = await fail(sender, make_message())
    assert (str(failed), failed.is_permanent) == ("no complete answer within 0.3 seconds", False)


async def test_an_address_that_apprise_does_not_know_is_permanent_and_not_told():
    async with sender_of(type="apprise", urls=[f"nosuch://{TOKEN}"]) as sender:
        failed = await fail(sender, make_message())
    assert failed.is_permanent
    assert TOKEN not in everything_told(failed, "")


async def test_without_apprise_the_channel_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    async with sender_of(type="apprise", urls=["json://127.0.0.1"]) as sender:
        failed = await fail(sender, make_message())
    assert failed.is_permanent
    assert str(failed) == "Apprise is not installed; `pip install 'netops[apprise]'` does it"
