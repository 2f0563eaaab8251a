"""The page behind the link of a message, with hostile texts, in both languages."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from fakes import START
from netops.alerting.known_alert import Acknowledgement, KnownAlert
from netops.model.alert import AlertStatus
from netops.security.links import LinkExpired, LinkWrong
from netops.services.acknowledge_link import Linked
from netops.services.make_message import Reader
from netops.services.manage_alerts import AlertRefused
from netops.web.acknowledge import create_acknowledge
from netops.web.pages import Pages

HOSTILE = "<script>alert(1)</script>"
ALERT = KnownAlert(
    "f1",
    "f",
    "g",
    "Down",
    {"device": "core-1", "severity": "critical"},
    {"summary": "core-1 is down", "description": HOSTILE},
    AlertStatus.FIRING,
    1.0,
    START,
    START,
)


class FakeLinks:
    def __init__(self):
        self.linked = Linked(Reader("Ana", "en", "Asia/Shanghai"), (ALERT,))
        self.failure = None
        self.taken = []

    def look(self, _token):
        if self.failure:
            raise self.failure
        return self.linked

    async def acknowledge(self, linked, *, who, seconds, comment):
        if not who:
            raise AlertRefused("say who asks for it")
        self.taken.append((who, seconds, comment))
        return len(linked.firing)


@pytest.fixture
def links():
    return FakeLinks()


@pytest.fixture
async def client(links):
    app = FastAPI()
    app.include_router(create_acknowledge(links, Pages()))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://netops") as client:
        yield client


async def test_looking_shows_the_alert_in_the_zone_of_its_reader_and_changes_nothing(client, links):
    page = await client.get("/acknowledge/x")
    assert page.status_code == 200
    assert "core-1 is down" in page.text
    assert "2026-03-01 20:00 (Asia/Shanghai)" in " ".join(page.text.split())
    assert links.taken == []


async def test_hostile_texts_stand_as_text(client):
    page = await client.get("/acknowledge/x")
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"


async def test_a_program_that_looks_for_a_preview_changes_nothing(client, links):
    await client.head("/acknowledge/x")
    await client.get("/acknowledge/x", headers={"User-Agent": "Slackbot-LinkExpanding 1.0"})
    assert links.taken == []


async def test_the_button_acknowledges_for_the_reader_whatever_name_is_sent_along(client, links):
    page = await client.post(
        "/acknowledge/x", data={"hours": "4", "who": "Mallory", "comment": " on my way "}
    )
    assert "Ana has this alert for 4 h" in page.text
    assert links.taken == [("Ana", 4 * 3600, "on my way")]


async def test_in_a_group_chat_whoever_opens_it_says_the_name(client, links):
    links.linked = Linked(Reader("", "en", "UTC"), (ALERT,))
    assert 'name="who"' in (await client.get("/acknowledge/x")).text
    assert (await client.post("/acknowledge/x", data={"hours": "1"})).status_code == 409
    await client.post("/acknowledge/x", data={"hours": "1", "who": " Bo  Li "})
    assert links.taken == [("Bo Li", 3600, "")]


@pytest.mark.parametrize("hours", ["0", "25", "x", "-1", "1e9"])
async def test_no_other_time_can_be_asked_for(client, links, hours):
    assert (await client.post("/acknowledge/x", data={"hours": hours})).status_code == 422
    assert links.taken == []


async def test_the_page_speaks_chinese_to_who_reads_chinese(client, links):
    links.linked = Linked(Reader("李雷", "zh_CN", "Asia/Shanghai"), (ALERT,))
    page = await client.get("/acknowledge/x", headers={"Accept-Language": "en"})
    assert 'lang="zh-CN"' in page.text
    assert "确认" in page.text


async def test_in_a_group_chat_the_browser_chooses_the_language(client, links):
    links.linked = Linked(Reader("", "en", "UTC"), (ALERT,))
    page = await client.get("/acknowledge/x", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert 'lang="zh-CN"' in page.text


async def test_what_somebody_has_or_is_over_says_so(client, links):
    over = KnownAlert(
        "f1", "f", "g", "Down", {}, {}, AlertStatus.RESOLVED, 1.0, START, START, START + timedelta(minutes=1)
    )
    links.linked = Linked(Reader("Ana", "en", "UTC"), (over,))
    page = (await client.get("/acknowledge/x")).text
    assert "All of this is over" in page
    assert "<form" not in page
    taken = KnownAlert(
        "f1",
        "f",
        "g",
        "Down",
        {},
        {},
        AlertStatus.FIRING,
        1.0,
        START,
        START,
        acknowledgement=Acknowledgement("Bo", START, START),
    )
    links.linked = Linked(Reader("Ana", "en", "UTC"), (taken,))
    assert "Bo has it" in (await client.get("/acknowledge/x")).text


@pytest.mark.parametrize(("failure", "status"), [(LinkExpired("over"), 410), (LinkWrong("wrong"), 404)])
async def test_a_link_that_is_over_or_wrong_says_what_to_do(client, links, failure, status):
    links.failure = failure
    page = await client.get("/acknowledge/x")
    assert page.status_code == status
    assert str(failure) in page.text
