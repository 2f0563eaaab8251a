"""A sign of life: given while alerts would be told, withheld otherwise."""

import pytest

from fakes import FakeClock
from netops.notify.outside import OutsideFailed
from netops.services.beat import Beat


class World:
    def __init__(self):
        self.evaluations, self.trouble, self.beats, self.failure = 0, "", 0, None
        self.beat = Beat(
            self.take,
            FakeClock(),
            count_evaluations=lambda: self.evaluations,
            find_trouble=lambda: self.trouble,
        )
        self.beat.url = "http://switch.example.net/secret-path"

    async def take(self, _url):
        if self.failure:
            raise self.failure
        self.beats += 1

    async def run(self, *, evaluates=True):
        self.evaluations += evaluates
        await self.beat.run()


@pytest.fixture
def world():
    return World()


async def test_it_is_given_while_rules_are_evaluated(world):
    for _number in range(3):
        await world.run()
    assert (world.beats, world.beat.withheld) == (3, 0)


async def test_it_is_withheld_when_rules_stand_still_for_three_intervals(world):
    await world.run()
    for _number in range(5):
        await world.run(evaluates=False)
    assert world.beats == 3
    assert world.beat.withheld == 3
    await world.run()
    assert world.beats == 4


async def test_it_is_withheld_while_the_database_takes_no_writes(world):
    world.trouble = "the database takes no writes"
    await world.run()
    assert (world.beats, world.beat.withheld) == (0, 1)


async def test_without_a_url_nothing_is_given(world):
    world.beat.url = ""
    await world.run()
    assert (world.beats, world.beat.withheld) == (0, 0)


async def test_a_switch_that_does_not_answer_is_counted_and_its_url_is_not_logged(world, caplog):
    world.failure = OutsideFailed("switch.example.net: ConnectError")
    await world.run()
    assert world.beat.failures == 1
    assert "secret-path" not in caplog.text
