"""Telling over a real database: what fails, what comes meanwhile, and a daemon that is killed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import START
from netops.alerting.known_alert import NewNotice
from netops.model.alert import AlertStatus
from netops.model.message import ToldBecause
from netops.oncall.plan import OncallPlan
from netops.services.on_call import OnCallBook
from netops.services.tell_people import TellPeople
from netops.settings.oncall import OncallSettings
from netops.store.engine import read
from netops.store.queries.alert_groups import list_groups
from netops.store.queries.alerts import upsert_alerts
from netops.store.queries.deliveries import list_deliveries, list_told_of
from netops.store.queries.notices import append_notices, list_notices
from services.test_make_message import ALERT
from services.test_telling import OneTeam

MINUTE = timedelta(minutes=1)
SITED = replace(ALERT, labels={**ALERT.labels, "site": "hq"})


class World:
    """The service over a database, with a plan that can be spoilt."""

    def __init__(self, engine, writer, clock):
        self.engine, self.writer, self.clock = engine, writer, clock
        self.on_call = OneTeam()
        self.restart()

    def restart(self):
        self.service = TellPeople(
            engine=self.engine,
            writer=self.writer,
            clock=self.clock,
            on_call=self.on_call,
            on_delivery=lambda: None,
        )

    async def happen(self, fingerprint, because=ToldBecause.FIRES):
        alert = replace(SITED, fingerprint=fingerprint)
        notice = NewNotice(because, fingerprint, alert.active_at, alert.active_at)

        def store(connection):
            upsert_alerts(connection, [alert])
            append_notices(connection, [notice], self.clock.now())

        await self.writer.submit_and_wait(store)
        self.service.on_notices()

    def told(self):
        with read(self.engine) as connection:
            return [
                (one.group_key, told.fingerprint)
                for one in reversed(list_deliveries(connection))
                for told in list_told_of(connection, [one.id])
            ]

    def kept(self):
        with read(self.engine) as connection:
            return len(list_notices(connection)), len(list_groups(connection))


@pytest.fixture
def world(engine, writer, clock):
    return World(engine, writer, clock)


async def test_what_is_told_is_deleted_with_the_delivery_it_led_to(world):
    await world.happen("f1")
    await world.service.tick()
    await world.service.tick()
    assert world.told() == [("net{hq}", "f1")]
    assert world.kept() == (0, 1)


async def test_a_mistake_in_deciding_loses_nothing_that_is_to_be_told(world):
    steps, world.on_call.steps = world.on_call.steps, None
    await world.happen("f1")
    with pytest.raises(TypeError):
        await world.service.tick()
    world.on_call.steps = steps
    await world.service.tick()
    assert world.told() == [("net{hq}", "f1")]


async def test_a_plan_that_changes_while_another_decision_is_made_is_asked(world):
    await world.service._turn.acquire()
    await world.happen("f1")
    waiting = asyncio.create_task(world.service.tick())
    await asyncio.sleep(0)
    world.service.change_on_call(OneTeam(steps={1: ["new"]}))
    world.service._turn.release()
    await waiting
    with read(world.engine) as connection:
        assert [one.person for one in list_deliveries(connection)] == ["new"]


async def test_an_alert_on_two_routes_is_told_on_each_once_whatever_happens_between(world):
    world.on_call.second_wait = 2 * MINUTE
    await world.happen("f1")
    await world.service.tick()
    assert world.told() == [("first", "f1")]
    world.clock.wind(70)
    world.restart()
    await world.service.tick()
    assert world.told() == [("first", "f1")], "the pace of the group has passed, yet it knows already"
    world.clock.wind(60)
    await world.service.tick()
    assert world.told() == [("first", "f1"), ("second", "f1")]
    assert world.kept() == (0, 2)


async def test_after_the_clock_was_set_back_it_is_asked_again_what_is_due(world):
    await world.happen("f1")
    await world.service.tick()
    world.clock.wind(-5 * 3600)
    await world.service.tick()
    assert world.service._next_at == START + 10 * MINUTE - 300 * MINUTE


async def test_without_any_route_nothing_piles_up_and_what_burns_is_told_once_one_is_there(world):
    """Else a year of alerts that are long over would be told on the day on which somebody writes a route."""
    world.service.change_on_call(OnCallBook(OncallSettings(), OncallPlan()))
    await world.happen("f1")
    await world.happen("f2")
    await world.service.tick()
    assert world.kept() == (0, 0)
    assert world.service.unrouted == 2
    over = replace(SITED, fingerprint="f2", status=AlertStatus.RESOLVED, resolved_at=START)
    await world.writer.submit_and_wait(lambda connection: upsert_alerts(connection, [over]))
    world.service.change_on_call(world.on_call)
    await world.service.tick()
    assert world.told() == [("net{hq}", "f1")]
