"""The plan of on-call while settings, devices and people change it at once."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from fakes import FakeClock
from netops.services import keep_oncall
from netops.services.keep_oncall import KeepOncall
from netops.settings.oncall import OncallSettings
from services.fleets import settings


@pytest.fixture
def devices():
    return {}


def load(person):
    people = {person: {"name": person, "contacts": [{"channel": "hook", "address": "x"}]}}
    channels = {"hook": {"type": "webhook", "url": "http://127.0.0.1:9/"}}
    oncall = OncallSettings.model_validate({"channels": channels, "people": people})
    return SimpleNamespace(oncall=oncall, settings=SimpleNamespace(language="en"), devices={})


def plan_of(keeping):
    return sorted(keeping.book.plan.people)


async def test_a_plan_of_former_settings_does_not_come_after_one_of_newer_ones(engine, devices, monkeypatch):
    """A look for overrides that was under way at a reload put the former plan back, until something changed again."""
    former, newer = load("ann"), load("bob")
    keeping = KeepOncall(former, engine=engine, clock=FakeClock(), list_devices=lambda: devices)
    await keeping.start()
    has_begun, may_go_on = threading.Event(), threading.Event()

    def read_slowly(connection, loaded, now, read_plan=keep_oncall.read_plan):
        if loaded is former:
            has_begun.set()
            may_go_on.wait(0.2)  # as long as the other one is not made meanwhile
        plan = read_plan(connection, loaded, now)
        if loaded is newer:
            may_go_on.set()
        return plan

    monkeypatch.setattr(keep_oncall, "read_plan", read_slowly)
    devices["sw-1"] = settings()
    looking = asyncio.create_task(keeping.run())
    await asyncio.to_thread(has_begun.wait)
    await asyncio.gather(keeping.change(newer), looking)
    assert plan_of(keeping) == ["bob"]
