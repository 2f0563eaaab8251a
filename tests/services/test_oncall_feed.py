"""Calendars behind signed addresses."""

from datetime import timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from icalendar import Calendar

from fakes import START, FakeClock
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Rotation, Schedule
from netops.security.links import LinkSigner
from netops.services.oncall_feed import VALID_FOR, OncallFeed, make_link
from netops.settings.errors import SettingsError
from netops.web.oncall_feed import create_oncall_feed

UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)
PLAN = OncallPlan(
    people={name: Person(name, name.title(), "en", UTC) for name in ("ana", "bo")},
    schedules={"net": Schedule("net", UTC, (Rotation(("ana", "bo"), START.replace(tzinfo=None), DAY),))},
)
SIGNER = LinkSigner(b"k" * 32)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def client(clock):
    app = FastAPI()
    app.include_router(create_oncall_feed(OncallFeed(SIGNER, clock, lambda: PLAN)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://netops") as client:
        yield client


def link(name):
    return make_link("http://netops/", SIGNER, PLAN, name, START)


async def test_a_person_gets_only_the_shifts_of_that_person(client):
    answer = await client.get(link("ana"))
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.text).walk("VEVENT")
    assert len(events) == 90
    assert {str(event["summary"]) for event in events} == {"on call: Ana (net)"}


async def test_a_schedule_gets_the_shifts_of_everybody(client):
    events = Calendar.from_ical((await client.get(link("net"))).text).walk("VEVENT")
    assert len(events) == 180


async def test_an_address_for_one_opens_no_other(client):
    ana = link("ana")
    assert "person:ana" in unquote(ana)
    answer = await client.get(ana.replace("person%3Aana", "person%3Abo"))
    assert answer.status_code == 404
    assert (await client.get(ana[:-6] + ".ics")).status_code == 404


async def test_an_address_ends_after_years(client, clock):
    clock.wind(VALID_FOR.total_seconds())
    assert (await client.get(link("ana"))).status_code == 410


def test_nobody_gets_an_address_who_is_not_there():
    with pytest.raises(SettingsError, match='no schedule or person "anna"; did you mean "ana"'):
        link("anna")
