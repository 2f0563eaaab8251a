"""Evaluation beside a store that fails, a restart, and people: with a wound clock and a real database."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.rule_text import load
from fakes import START, FakeClock
from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.rule_set import RuleSet, to_milliseconds
from netops.errors import NotFound, StoreError
from netops.model.alert import AlertStatus
from netops.model.event import EventKind
from netops.model.reading import PollResult, SensorKind, SensorReading
from netops.services import evaluate_rules
from netops.services.alert_desk import AlertDesk
from netops.services.changes import KnownState, NewEvent
from netops.services.evaluate_rules import EvaluateRules
from netops.services.fleet import WatchedDevice
from netops.services.manage_alerts import AlertRefused
from netops.services.poll_device import PollOutcome
from netops.store.engine import open_engine, read
from netops.store.queries.alerts import list_active_alerts, list_alert_events, list_alerts
from netops.store.schema import upgrade
from netops.store.writer import Writer
from services.fleets import ACCESS, settings

RULE = """\
groups:
- name: g
  rules:
  - {{alert: A, expr: v > 5, for: {hold}, labels: {{severity: major}}}}
"""


class RefusingWriter:
    """A writer whose queue is full, or that takes its time, as long as it is told so."""

    def __init__(self, writer: Writer) -> None:
        self.is_full = False
        self.is_open = asyncio.Event()
        self.is_open.set()
        self._writer = writer

    async def submit_and_wait(self, write):
        if self.is_full:
            raise StoreError("full")
        await self.is_open.wait()
        await self._writer.submit_and_wait(write)


class World:
    """One service over a database; ``restart`` makes another over the same one."""

    def __init__(self, folder: Path, engine, writer: Writer) -> None:
        self.folder, self.engine = folder, engine
        self.writer = RefusingWriter(writer)
        self.clock = FakeClock()
        self.own_at: list[object] = []
        self.parents = {"a": ()}

    async def start(self, *, hold: str = "0s", text: str = RULE, keeps_homeless: bool = False) -> None:
        rules = RuleSet([load(self.folder, text.format(hold=hold))])
        self.head = Head(rules.needs)
        self.service = EvaluateRules(
            rules,
            self.head,
            engine=self.engine,
            writer=self.writer,  # type: ignore[arg-type] # only its one method is asked
            clock=self.clock,
            take_own=lambda now: lambda: self.own_at.append(now),
            list_parents=lambda: self.parents,
        )
        self.desk = AlertDesk(self.service, self.clock)
        await self.service.start(keeps_homeless=keeps_homeless)

    async def see(self, value: float | None = None) -> None:
        if value is not None:
            labels = [Labels({"__name__": "v", "device": "a"})]
            self.head.take("a", to_milliseconds(self.clock.now()), labels, [value])
        await self.service.evaluate()
        self.clock.wind(60)

    def kinds(self) -> list[str]:
        with read(self.engine) as connection:
            return [event.kind.value for event in list_alert_events(connection)]

    def reasons(self) -> list[object]:
        with read(self.engine) as connection:
            return [event.data.get("reason") for event in list_alert_events(connection) if event.data][1:]

    def stored(self):
        with read(self.engine) as connection:
            return list_alerts(connection, statuses=list(AlertStatus))


@pytest.fixture
async def world(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    clock = FakeClock()
    writer = Writer(engine, clock=clock)
    await writer.start()
    yield World(tmp_path, engine, writer)
    await writer.stop()
    engine.dispose()


async def test_it_fires_and_is_resolved_with_its_record(world):
    await world.start()
    await world.see(9)
    (alert,) = world.stored()
    assert (alert.status, alert.severity, alert.value) == (AlertStatus.FIRING, "major", 9.0)
    assert world.service.count_alerts() == {("firing", "major"): 1.0}
    await world.see(1)
    (alert,) = world.stored()
    assert (alert.status, alert.resolved_at) == (AlertStatus.RESOLVED, START + timedelta(minutes=1))
    assert world.kinds() == ["fired", "resolved"]
    assert world.service.count_alerts() == {}


async def test_firing_alerts_are_counted_by_rule_and_device_and_a_storm_by_rule_only(world, monkeypatch):
    await world.start()
    for device, value in (("a", 9.0), ("b", 8.0), ("c", 1.0)):
        labels = [
            Labels({"__name__": "v", "device": device, "interface": interface})
            for interface in ("1", "2")[: 1 + (device == "b")]
        ]
        world.head.take(device, to_milliseconds(world.clock.now()), labels, [value] * len(labels))
    await world.see()
    assert world.service.count_firing() == {("A", "major", "a"): 1.0, ("A", "major", "b"): 2.0}
    monkeypatch.setattr(evaluate_rules, "MOST_FIRING", 1)
    assert world.service.count_firing() == {("A", "major", ""): 3.0}


async def test_what_is_only_pending_does_not_count_as_firing(world):
    await world.start(hold="5m")
    await world.see(9)
    assert world.service.count_alerts() == {("pending", "major"): 1.0}
    assert world.service.count_firing() == {}


async def test_a_pending_alert_that_ends_is_deleted(world):
    await world.start(hold="5m")
    await world.see(9)
    assert [alert.status for alert in world.stored()] == [AlertStatus.PENDING]
    await world.see(1)
    assert (world.stored(), world.kinds()) == ([], [])


async def test_what_could_not_be_stored_is_stored_later_and_told_once(world):
    await world.start()
    world.writer.is_full = True
    await world.see(9)
    assert (world.stored(), world.service.write_failures) == ([], 1)
    world.writer.is_full = False
    await world.see(9)
    await world.see(9)
    assert world.kinds() == ["fired"]


async def test_a_write_that_takes_long_stops_no_evaluation_and_is_not_stored_twice(world, monkeypatch):
    monkeypatch.setattr(evaluate_rules, "_STORE_SECONDS", 0.0)
    await world.start()
    world.writer.is_open.clear()
    for _minute in range(3):
        await world.see(9)
    assert (world.service.evaluations, world.kinds()) == (3, [])
    world.writer.is_open.set()
    await world.service.stop()
    await world.see(9)
    await world.service.stop()
    assert world.kinds() == ["fired"]


async def test_a_write_that_ends_amid_an_evaluation_is_not_stored_twice(world, monkeypatch):
    monkeypatch.setattr(evaluate_rules, "_STORE_SECONDS", 0.0)
    await world.start()
    world.writer.is_open.clear()
    await world.see(9)
    decide = world.service._decide

    def decide_while_the_write_ends(*words, **more):
        decided = decide(*words, **more)
        world.service.book = dict(decided[1].book)  # as the write does at its end
        return decided

    monkeypatch.setattr(world.service, "_decide", decide_while_the_write_ends)
    world.writer.is_open.set()
    await world.see(9)
    await world.service.stop()
    assert world.kinds() == ["fired"]


async def test_an_alert_that_ended_while_nothing_could_be_stored_is_told_as_over(world):
    await world.start()
    await world.see(9)
    world.writer.is_full = True
    await world.see(1)
    world.writer.is_full = False
    await world.see(1)
    assert world.kinds() == ["fired", "resolved"]


async def test_a_restart_tells_nothing_twice_and_keeps_timers(world):
    await world.start(hold="5m")
    await world.see(9)
    await world.see(9)
    await world.start(hold="5m")
    await world.see()
    for _minute in range(3):
        await world.see(9)
    assert world.kinds() == ["fired"]
    (alert,) = world.stored()
    assert (alert.active_at, alert.fired_at) == (START, START + timedelta(minutes=5))
    await world.start(hold="5m")
    await world.see()
    await world.see(9)
    assert world.kinds() == ["fired"]
    assert len(world.stored()) == 1


async def test_after_a_restart_without_its_rule_an_alert_is_over_for_that_reason(world):
    await world.start()
    await world.see(9)
    await world.start(text=RULE.replace("alert: A", "alert: B"))
    await world.see()
    assert world.reasons() == ["rule_removed"]


async def test_after_a_restart_with_broken_rules_alerts_stay_until_they_are_whole(world):
    await world.start()
    await world.see(9)
    await world.start(text=RULE.replace("alert: A", "alert: B"), keeps_homeless=True)
    await world.see()
    assert world.kinds() == ["fired"]
    await world.service.change_rules(RuleSet([load(world.folder, RULE.format(hold="0s"))]))
    await world.see(9)
    assert world.kinds() == ["fired"]
    await world.see(1)
    assert world.reasons() == ["read"]


@pytest.mark.parametrize(("is_watched", "reason"), [(False, "device_removed"), (True, "device_changed")])
async def test_an_alert_of_a_device_that_is_gone_is_over_for_that_reason(world, is_watched, reason):
    await world.start()
    await world.see(9)
    world.service.on_gone("a")
    world.parents = {"a": ()} if is_watched else {}
    world.head.take("a", to_milliseconds(world.clock.now()), (), ())
    await world.see()
    assert world.reasons() == [reason]


async def test_refused_rules_leave_the_former_in_force(world):
    await world.start()
    former = world.service.rules

    def refuse() -> None:
        raise StoreError("no room")

    with pytest.raises(StoreError):
        await world.service.change_rules(RuleSet([]), check=refuse)
    assert world.service.rules is former


async def test_rules_are_evaluated_when_due_and_at_once_after_news(world):
    await world.start()
    await world.service.tick()
    await world.service.tick()
    assert world.service.evaluations == 1
    world.service._has_news = True
    await world.service.tick()
    await world.service.tick()
    assert world.service.evaluations == 2
    world.clock.wind(60)
    await world.service.tick()
    assert world.service.evaluations == 3
    assert len(world.own_at) == 3


async def test_news_is_an_event_or_another_state_of_a_sensor(world):
    await world.start()

    def poll(state: str, *events: NewEvent) -> bool:
        world.service._has_news = False
        sensor = SensorReading("ups.source", SensorKind.STATE, "source", None, "", state, "ok")
        result = PollResult("a", START, sensors=[sensor])
        device = WatchedDevice(1, settings("a"), ACCESS)
        world.service.on_poll(PollOutcome(device, START, result, KnownState(), events=list(events)))
        return world.service._has_news

    event = NewEvent(EventKind.DEVICE_REBOOTED, "", "", {})
    told = [poll("mains"), poll("mains"), poll("battery"), poll("battery"), poll("battery", event)]
    assert told == [False, False, True, False, True]


async def test_a_failing_rule_is_logged_once_and_counted(world, caplog):
    text = "groups:\n- name: g\n  rules:\n  - {{alert: A, expr: 'v * on () group_left () v'}}\n"
    await world.start(text=text)
    labels = [Labels({"__name__": "v", "device": name}) for name in "ab"]
    for _minute in range(2):
        world.head.take("x", to_milliseconds(world.clock.now()), labels, [1.0, 2.0])
        await world.see()
    assert len(world.service.failures) == 1
    assert len([record for record in caplog.records if "rule A of" in record.message]) == 1


# --- people


async def test_an_acknowledgement_survives_evaluations_and_a_restart_and_expires(world):
    await world.start()
    await world.see(9)
    (alert,) = world.stored()
    await world.desk.acknowledge(alert.fingerprint[:6], who="ann", seconds=200, comment="on my way")
    await world.see(9)
    await world.start()
    await world.see(9)
    (alert,) = world.stored()
    assert alert.acknowledgement is not None
    assert (alert.acknowledgement.by, alert.acknowledgement.comment) == ("ann", "on my way")
    for _minute in range(3):
        await world.see(9)
    assert world.kinds() == ["fired", "acknowledged", "acknowledgement_expired"]


async def test_a_silence_marks_at_once_and_tells_what_burns_at_its_end(world):
    await world.start()
    await world.see(9)
    (alert,) = world.stored()
    made = await world.desk.silence(["device=a"], who="ann", seconds=3600, comment="cable")
    assert world.stored()[0].silence_id == made
    assert await world.desk.unsilence(made, who="bob") == [alert.fingerprint]
    assert world.stored()[0].silence_id is None
    assert world.kinds() == ["fired", "silence_added", "silenced", "silence_ended", "unsilenced"]


async def test_a_silence_that_expires_tells_what_burns(world):
    await world.start()
    await world.see(9)
    await world.desk.silence(["device=a"], who="ann", seconds=90, comment="cable")
    for _minute in range(3):
        await world.see(9)
    assert world.kinds() == ["fired", "silence_added", "silenced", "unsilenced"]


async def test_what_is_refused_stores_nothing(world):
    await world.start(hold="5m")
    await world.see(9)
    (alert,) = world.stored()
    with pytest.raises(AlertRefused, match="pending"):
        await world.desk.acknowledge(alert.fingerprint, who="ann", seconds=60, comment="")
    with pytest.raises(NotFound):
        await world.desk.comment("ffff", who="ann", text="x")
    with pytest.raises(AlertRefused):
        await world.desk.silence(["device=a"], who=" ", seconds=60, comment="c")
    with pytest.raises(NotFound):
        await world.desk.unsilence(1, who="ann")
    assert world.kinds() == []


async def test_ids_that_begin_alike_are_refused_with_their_number(world):
    text = RULE + "  - {{alert: B, expr: v > 5}}\n"
    await world.start(text=text)
    await world.see(9)
    with pytest.raises(NotFound):
        await world.desk.comment("", who="ann", text="x")
    with read(world.engine) as connection:
        assert len(list_active_alerts(connection)) == 2


# --- dependencies


async def test_a_restart_while_a_parent_is_dead_tells_nothing_of_what_is_behind_it(world):
    world.parents = {"core": (), "a": ("core",), "b": ("core",)}
    await world.start()

    def see_dead():
        for name in world.parents:
            world.service._seen[name] = False, world.clock.now()

    async def see_all():
        now = to_milliseconds(world.clock.now())
        for name in ("core", "a"):  # b has no alert of its own
            world.head.take(name, now, [Labels({"__name__": "v", "device": name})], [9.0])
        await world.see()

    see_dead()
    await see_all()
    before = world.kinds()
    assert sorted(before) == ["behind", "fired", "fired", "root_cause"]
    await world.start()
    await see_all()
    see_dead()
    await see_all()
    assert world.kinds() == before
    for name in world.parents:
        world.service._seen[name] = True, world.clock.now()
    await see_all()
    assert world.kinds()[len(before) :] == ["on_its_own"]


async def test_why_an_alert_ended_is_not_forgotten_while_the_database_takes_nothing(world):
    """A device that was exchanged says nothing of what the former one had."""
    await world.start()
    await world.see(9)
    world.service.on_gone("a")
    world.writer.is_full = True
    await world.see(1)
    world.writer.is_full = False
    await world.see(1)
    assert world.reasons() == ["device_changed"]
    await world.see(9)
    await world.see(1)
    assert world.reasons()[-1] == "read"


async def test_an_acknowledgement_that_could_not_be_read_back_is_not_overwritten(world, monkeypatch):
    await world.start()
    await world.see(9)
    (alert,) = world.stored()
    read_stored = world.service._read_stored

    def fail():
        raise StoreError("locked")

    monkeypatch.setattr(world.service, "_read_stored", fail)
    with pytest.raises(StoreError):
        await world.desk.acknowledge(alert.fingerprint, who="ann", seconds=3600, comment="")
    await world.see(8)
    monkeypatch.setattr(world.service, "_read_stored", read_stored)
    await world.see(7)
    await world.see(7)
    (alert,) = world.stored()
    assert alert.acknowledgement is not None
    assert world.service.tally.taken == {"A": 1}
