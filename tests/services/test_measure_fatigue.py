"""What being on call cost, from alerts, their record and what was sent."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from fakes import START
from netops.alerting.known_alert import KnownAlert
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus
from netops.model.delivery import DeliveryStatus
from netops.oncall.person import Person
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Rotation, Schedule
from netops.services.measure_fatigue import measure_fatigue
from netops.store.engine import open_engine, read, write
from netops.store.queries.alerts import append_alert_events, upsert_alerts
from netops.store.queries.deliveries import NewDelivery, change_delivery, insert_delivery
from netops.store.schema import upgrade

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = OncallPlan(
    people={name: Person(name, name.title(), "en", BERLIN) for name in ("ana", "bo")},
    schedules={
        "net": Schedule(
            "net", BERLIN, (Rotation(("ana", "bo"), START.replace(tzinfo=None, hour=9) - DAY, DAY),)
        )
    },
)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    yield engine
    engine.dispose()


def alert(name, rule, at, lasted=None):
    known = KnownAlert(name, "f", "g", rule, {}, {}, AlertStatus.FIRING, 1.0, at, at)
    return known if lasted is None else replace(known, status=AlertStatus.RESOLVED, resolved_at=at + lasted)


def store(engine, alerts=(), events=(), messages=()):
    with write(engine) as connection:
        upsert_alerts(connection, alerts)
        append_alert_events(connection, events)
        for person, at in messages:
            made = insert_delivery(connection, NewDelivery("mail", "x", person), at)
            change_delivery(connection, made, status=DeliveryStatus.SENT, ended_at=at)


def measure(engine):
    with read(engine) as connection:
        return measure_fatigue(connection, PLAN, START - DAY, START + DAY)


def taken(name, at, after):
    return AlertEvent(at=at + after, kind=AlertEventKind.ACKNOWLEDGED, fingerprint=name, active_at=at)


def test_rules_are_listed_by_how_often_they_fired_with_the_median_of_each_time(engine):
    alerts = [
        alert("a", "Down", START, 10 * MINUTE),
        alert("b", "Down", START + MINUTE, 30 * MINUTE),
        alert("c", "Hot", START),
        alert("d", "Down", START - 2 * DAY, MINUTE),
    ]
    events = [
        taken("a", START, 2 * MINUTE),
        taken("a", START, 9 * MINUTE),
        AlertEvent(at=START, kind=AlertEventKind.FLAPPING, fingerprint="c", active_at=START),
    ]
    store(engine, alerts, events)
    facts = measure(engine)
    assert [row["rule"] for row in facts["rules"]] == ["Down", "Hot"]
    down, hot = facts["rules"]
    assert (down["fired"], down["acknowledged"], down["acknowledged_share"]) == (2, 1, 0.5)
    assert down["median_seconds_to_acknowledge"] == 120
    assert down["median_seconds_to_resolve"] == 20 * 60
    assert (hot["flapped"], hot["median_seconds_to_resolve"]) == (1, None)
    assert (facts["alerts"]["fired"], facts["alerts"]["acknowledged"]) == (3, 1)


def test_messages_are_counted_for_each_person_and_those_of_the_night_by_the_clock_of_the_person(engine):
    night = START.replace(hour=21, minute=30)  # 22:30 in Berlin
    store(engine, messages=[("ana", START), ("ana", night), ("bo", START)])
    people = {row["person"]: row for row in measure(engine)["people"]}
    assert (people["ana"]["messages"], people["ana"]["at_night"]) == (2, 1)
    assert (people["bo"]["messages"], people["bo"]["at_night"]) == (1, 0)


def test_a_shift_counts_what_its_holder_got_in_it(engine):
    store(engine, messages=[("bo", START), ("bo", START + MINUTE), ("ana", START)])
    worst = measure(engine)["shifts"][0]
    assert (worst["person"], worst["messages"]) == ("bo", 2)


def test_without_anything_there_is_nothing_to_tell(engine):
    facts = measure(engine)
    assert (facts["people"], facts["rules"]) == ([], [])
    assert facts["alerts"]["acknowledged_share"] is None


def test_a_message_that_waited_for_the_end_of_quiet_hours_woke_nobody(engine):
    night, morning = START.replace(hour=21, minute=30), START.replace(hour=10)
    with write(engine) as connection:
        made = insert_delivery(connection, NewDelivery("mail", "x", "ana"), night)
        change_delivery(connection, made, status=DeliveryStatus.SENT, ended_at=morning)
    (row,) = measure(engine)["people"]
    assert (row["messages"], row["at_night"]) == (1, 0)
