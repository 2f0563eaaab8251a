"""Alerts of events over a real database: bounded, counted, ended, and there again after a restart."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from events.event_rules import NAMES, facts_of, make_rules, trap_of
from netops.errors import StoreError
from netops.services.apply_event_rules import ApplyEventRules
from netops.services.event_alerts import EventAlerts
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.poll_on_event import PollOnEvent
from netops.store.engine import read
from netops.store.queries.event_alerts import list_event_alerts
from netops.store.queries.events import list_events
from services.fleets import ACCESS, settings

RULES = """\
- name: door
  on: syslog
  match: {pattern: 'door (?P<door>\\w+) is open'}
  clear: {pattern: 'door (?P<door>\\w+) is shut'}
  labels: {door: '{door}'}
  summary: 'door {door} is open'
  at_most: 50
- {name: bell, on: syslog, match: {pattern: bell}, ends_after: 10m}
- {name: note, on: syslog, match: {pattern: note}, record_only: true, most_per_hour: 20, summary: 'a note'}
- name: link
  on: trap
  match: {notification: 'IF-MIB::linkDown'}
  labels: {interface: '{interface}'}
  poll: true
"""


class World:
    def __init__(self, engine, writer, clock) -> None:
        self.engine, self.writer, self.clock = engine, writer, clock
        self.fleet = Fleet(concurrency=1, per_site=1)
        self.device = self.fleet.devices["sw-1"] = WatchedDevice(1, settings("sw-1"), ACCESS)
        self.polled: list[str] = []
        self.news = 0

    async def start(self, rules: str = RULES) -> None:
        self.alerts = EventAlerts(self.engine, self.writer, self.clock)
        self.alerts.on_change = self.on_news
        await self.alerts.start()
        self.service = ApplyEventRules(
            make_rules(rules), fleet=self.fleet, alerts=self.alerts, writer=self.writer, names=NAMES,
            ask_poll=self.polled.append,
        )  # fmt: skip

    def on_news(self) -> None:
        self.news += 1

    def say(self, line: str) -> None:
        self.service.on_syslog(facts_of(line).message, "sw-1")

    async def firing(self) -> list[str]:
        await self.alerts.stop()
        return sorted(alert.rule for alert in self.alerts.list_firing(self.clock.now()))


@pytest.fixture
async def world(engine, writer, clock) -> AsyncIterator[World]:
    made = World(engine, writer, clock)
    await made.start()
    yield made
    await made.alerts.stop()


async def test_a_message_raises_and_another_ends_and_both_are_news(world):
    world.say("door north is open")
    assert await world.firing() == ["door"]
    world.say("door south is shut")
    assert await world.firing() == ["door"]
    world.say("door north is shut")
    assert await world.firing() == []
    (alert,) = world.alerts._shown.values()
    assert world.alerts.why_gone(alert.fingerprint) == "read"
    assert world.news == 2


async def test_what_is_not_stored_is_not_shown(world):
    world.say("door north is open")
    assert world.alerts.list_firing(world.clock.now()) == []


async def test_repetitions_are_one_alert_that_lives_on_and_counts(world):
    for _minute in range(30):
        world.say("bell")
        world.clock.wind(60)
    await world.alerts.stop()
    (alert,) = world.alerts.list_firing(world.clock.now())
    assert (alert.annotations["messages"], alert.fired_at) == ("30", world.clock.start)
    assert world.news == 1


async def test_without_another_message_it_ends_by_itself(world):
    world.say("bell")
    await world.firing()
    world.clock.wind(600)
    (alert,) = world.alerts._shown.values()
    assert await world.firing() == []
    assert world.alerts.why_gone(alert.fingerprint) == "no_longer_told"
    world.clock.wind(901)
    await world.alerts.tick()
    await world.alerts.stop()
    with read(world.engine) as connection:
        assert list_event_alerts(connection) == []


async def test_after_a_restart_it_fires_on_and_is_ended_by_its_message(world):
    world.say("door north is open")
    await world.alerts.stop()
    await world.start()
    assert [alert.active_at for alert in world.alerts.list_firing(world.clock.now())] == [world.clock.start]
    world.say("door north is shut")
    assert await world.firing() == []


async def test_a_storm_of_twenty_thousand_messages_is_bounded_and_stored_in_few_writes(world):
    before = world.writer.queue_depth
    for number in range(20_000):
        world.say(f"door d{number} is open")
        world.say("bell") if number % 100 == 0 else None
    assert world.writer.queue_depth - before <= 60, (
        "an event for each alert that began, and one write of alerts"
    )
    assert await world.firing() == ["bell", *["door"] * 50]
    assert world.alerts.dropped["door", "at_most"] == 19_950
    world.say("door d7 is shut")
    assert (await world.firing()).count("door") == 49, "what fires can still be ended"


async def test_a_storm_of_traps_is_one_alert_and_asks_for_polls(world):
    trap = trap_of("1.3.6.1.6.3.1.1.5.3", ("1.3.6.1.2.1.2.2.1.1.7", 2, 7))
    for _number in range(20_000):
        world.service.on_notification(trap, world.device)
    assert await world.firing() == ["link"]
    assert world.service.taken["link", "repeated"] == 19_999


async def test_what_is_recorded_only_is_an_event_and_bounded_by_the_hour(world):
    for _number in range(30):
        world.say("note")
    assert await world.firing() == []
    await world.writer.submit_and_wait(lambda connection: None)
    with read(world.engine) as connection:
        assert [event.text for event in list_events(connection).events] == ["a note"] * 20
    world.clock.wind(3600)
    world.say("note")
    assert world.service.taken["note", "recorded"] == 21


async def test_alerts_of_a_rule_or_device_that_is_gone_end_with_the_reason(world):
    world.say("bell")
    world.say("door north is open")
    world.service.change_rules(make_rules(RULES.replace("bell", "gong")))
    assert await world.firing() == ["door"]
    world.alerts.on_gone("sw-1")
    assert await world.firing() == []
    reasons = {alert.rule: alert.ended_because for alert in world.alerts._shown.values()}
    assert reasons == {"bell": "rule_removed", "door": "device_removed"}


async def test_a_store_that_refuses_is_tried_again(world, monkeypatch):
    async def refuse(_write: object) -> None:
        raise StoreError("full")

    with monkeypatch.context() as patch:
        patch.setattr(world.writer, "submit_and_wait", refuse)
        world.say("bell")
        assert await world.firing() == []
    assert world.alerts.write_failures >= 1
    await world.alerts.tick()
    assert await world.firing() == ["bell"]


# --- polls


async def test_polls_of_a_device_never_overlap_and_keep_their_distance(clock):
    begun: list[str] = []
    gate = asyncio.Event()

    async def poll(device: str) -> None:
        begun.append(device)
        await gate.wait()

    polls = PollOnEvent(poll, clock)
    for _number in range(1000):
        polls.ask("a")
    polls.ask("b")
    await asyncio.sleep(0)
    clock.wind(60)
    await polls.tick()
    assert begun == ["a", "b"], "the first still runs"
    gate.set()
    await asyncio.gather(*polls._tasks.values())
    await asyncio.sleep(0)
    await polls.tick()
    await asyncio.sleep(0)
    assert begun == ["a", "b", "a"], "once more for what came meanwhile"
    await asyncio.gather(*polls._tasks.values())
    await asyncio.sleep(0)
    polls.ask("a")
    await polls.tick()
    assert polls.polls == 3, "five seconds have not passed"
    clock.wind(timedelta(seconds=5).total_seconds())
    await polls.tick()
    assert polls.polls == 4
    await polls.settle()
