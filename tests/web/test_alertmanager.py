"""What is taken of a posted alert, and what is refused before it can do harm."""

import httpx
import pytest
from fastapi import FastAPI

from netops.web.alertmanager import create_alertmanager


class FakeInbox:
    def __init__(self):
        self.taken = []

    async def receive(self, posted):
        self.taken += posted


@pytest.fixture
def inbox():
    return FakeInbox()


@pytest.fixture
async def client(inbox):
    app = FastAPI()
    app.include_router(create_alertmanager(inbox, None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_an_alert_is_taken_without_its_empty_labels(client, inbox):
    answer = await client.post("/api/v2/alerts", json=[{"labels": {"alertname": "A", "x": ""}}])
    assert answer.status_code == 200
    assert [one.labels for one in inbox.taken] == [{"alertname": "A"}]


@pytest.mark.parametrize("part", ["labels", "annotations"])
async def test_a_nul_is_refused_for_no_alert_at_all_could_be_stored_beside_it(client, inbox, part):
    """PostgreSQL takes none in a text, and all changes of an evaluation are one transaction."""
    posted = {"labels": {"alertname": "A"}, part: {"alertname": "A\0B"}}
    answer = await client.post("/api/v2/alerts", json=[posted])
    assert answer.status_code == 400
    assert "\0" not in answer.text
    assert not inbox.taken
