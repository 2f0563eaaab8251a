"""Alerts of another Prometheus: repeated, ended, and of a sender that falls silent."""

from datetime import timedelta

import pytest

from fakes import START, FakeClock
from netops.services.receive_alerts import HELD_FOR, RESOLVE_AFTER, PostedAlert, ReceiveAlerts
from netops.store.engine import open_engine
from netops.store.schema import upgrade
from netops.store.writer import Writer

MINUTE = timedelta(minutes=1)
LABELS = {"alertname": "BoilerHot", "severity": "major"}


class World:
    def __init__(self, engine, writer):
        self.engine, self.writer, self.clock = engine, writer, FakeClock()
        self.news = 0
        self.restart()

    def restart(self):
        self.service = ReceiveAlerts(self.engine, self.writer, self.clock)
        self.service.on_change = self.hear

    def hear(self):
        self.news += 1

    async def post(self, ends=None, starts=START, **labels):
        await self.service.receive([PostedAlert({**LABELS, **labels}, {"summary": "hot"}, starts, ends)])

    def firing(self):
        return [(one.active_at, one.is_held) for one in self.service.list_firing(self.clock.now())]


@pytest.fixture
async def world(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    writer = Writer(engine, clock=FakeClock())
    await writer.start()
    yield World(engine, writer)
    await writer.stop()
    engine.dispose()


async def test_an_alert_fires_from_when_its_sender_says_and_is_news_once(world):
    world.clock.wind(30)
    for _number in range(3):
        await world.post(ends=world.clock.now() + 4 * MINUTE)
        world.clock.wind(60)
    assert world.firing() == [(START, False)]
    assert world.news == 1


async def test_what_its_sender_says_is_over_is_over(world):
    await world.post()
    world.clock.wind(60)
    await world.post(ends=world.clock.now())
    assert world.firing() == []
    assert world.news == 2
    (fingerprint,) = world.service._alerts
    assert world.service.why_gone(fingerprint) == "read"


async def test_an_alert_of_a_silent_sender_is_held_and_let_go_after_an_hour(world):
    await world.post()
    world.clock.wind(RESOLVE_AFTER.total_seconds())
    assert world.firing() == [(START, True)]
    world.clock.wind(HELD_FOR.total_seconds() - 1)
    assert world.firing() == [(START, True)]
    world.clock.wind(1)
    assert world.firing() == []
    (fingerprint,) = world.service._alerts
    assert world.service.why_gone(fingerprint) == "sender_silent"


async def test_a_restarted_sender_that_counts_anew_does_not_make_it_begin_anew(world):
    await world.post(starts=START)
    world.clock.wind(60)
    await world.post(starts=world.clock.now())
    assert world.firing() == [(START, False)]


async def test_one_that_comes_back_after_it_was_over_is_another_episode(world):
    await world.post()
    world.clock.wind(60)
    await world.post(ends=world.clock.now())
    world.clock.wind(60)
    again = world.clock.now()
    await world.post(starts=again)
    assert world.firing() == [(again, False)]


async def test_an_instant_ahead_of_our_clock_counts_as_now(world):
    await world.post(starts=START + 60 * MINUTE)
    assert world.firing() == [(START, False)]


async def test_what_was_kept_is_there_after_a_restart(world):
    await world.post()
    world.restart()
    assert world.firing() == []
    await world.service.start()
    assert world.firing() == [(START, False)]


async def test_what_is_long_over_is_forgotten(world):
    await world.post(ends=START)
    world.clock.wind(16 * 60)
    await world.post(device="other")
    assert len(world.service._alerts) == 1


async def test_the_end_of_one_that_no_evaluation_has_seen_waits_for_an_evaluation(world):
    seen = []

    async def see():
        seen.append(world.firing())

    world.service.is_seen = lambda _fingerprint, _starts_at: bool(seen)
    world.service.see = see
    await world.post()
    await world.post(ends=world.clock.now())
    assert seen == [[(START, False)]]
    assert world.firing() == []
    await world.post(ends=world.clock.now())
    assert len(seen) == 1, "what is over needs no evaluation"
