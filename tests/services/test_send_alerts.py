"""Our alerts to Alertmanagers: again and again, and what ended for a while after."""

from dataclasses import replace

from fakes import START, FakeClock
from netops.errors import NetopsError
from netops.services.send_alerts import AGAIN, KEEP_TELLING, SendAlerts
from services.test_make_message import ALERT


class World:
    def __init__(self):
        self.clock, self.book, self.posts, self.fails = FakeClock(), {"f1": ALERT}, [], False
        self.service = SendAlerts(self.post, self.clock, lambda: self.book, "")
        self.service.targets = ["http://a"]

    async def post(self, _target, alerts):
        if self.fails:
            raise NetopsError("refused")
        self.posts.append([one["endsAt"] > self.clock.now().isoformat() for one in alerts])

    async def run(self, after=0.0):
        """Give, of what is sent, whether each fires; None when nothing is."""
        self.clock.wind(after)
        self.posts.clear()
        await self.service.run()
        return self.posts[0] if self.posts else None


async def test_what_fires_is_sent_again_and_its_end_for_a_while():
    world = World()
    assert await world.run() == [True]
    assert await world.run() is None
    assert await world.run(AGAIN.total_seconds()) == [True]
    world.book = {}
    assert await world.run() == [False]
    assert await world.run(KEEP_TELLING.total_seconds()) == [False]
    assert await world.run(AGAIN.total_seconds()) is None
    assert not world.service._ended


async def test_what_is_behind_a_dead_device_is_not_sent_and_what_came_behind_it_does_not_end():
    """That its device cannot be reached says nothing good of it."""
    world = World()
    world.book["f2"] = replace(ALERT, fingerprint="f2", behind="core")
    assert await world.run() == [True]
    world.book = {"f1": replace(ALERT, behind="core")}
    assert await world.run(AGAIN.total_seconds()) == [True]
    assert world.service._ended == {}


async def test_a_refusal_is_counted_logged_once_and_tried_again(caplog):
    world = World()
    world.fails = True
    await world.run()
    await world.run(AGAIN.total_seconds())
    assert world.service.failures == {"http://a": 2}
    assert len(caplog.records) == 1
    world.fails = False
    assert await world.run(AGAIN.total_seconds()) == [True]
    assert world.clock.now() > START
