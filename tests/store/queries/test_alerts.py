"""Alerts and silences in both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from netops.alerting.known_alert import Acknowledgement, KnownAlert, NewAlertEvent
from netops.alerting.lifecycle import AlertChanges
from netops.errors import NotFound
from netops.model.alert import AlertEventKind, AlertStatus, Silence
from netops.store.engine import read, write
from netops.store.queries.alerts import (
    find_alerts,
    get_alert,
    list_active_alerts,
    list_alert_events,
    list_alerts,
    store_changes,
)
from netops.store.queries.silences import end_silence, get_silence, insert_silence, list_silences
from peers.rows import NOW

ALERT = KnownAlert(
    "0123456789abcdef",
    "a.yaml",
    "g",
    "Down",
    {"alertname": "Down", "device": "交换机-1"},
    {"summary": "关闭"},
    AlertStatus.FIRING,
    1.5,
    NOW,
    NOW + timedelta(minutes=1),
    hides=("a", "b"),
    acknowledgement=Acknowledgement("ann", NOW, NOW + timedelta(hours=1), "on my way"),
)
FIRED = NewAlertEvent(AlertEventKind.FIRED, ALERT.fingerprint, NOW, data={"value": 1.5})


def store(engine, *alerts, dropped=(), events=()):
    with write(engine) as connection:
        store_changes(connection, AlertChanges(alerts, tuple(dropped), tuple(events)), NOW)


def test_an_alert_is_read_back_as_it_was_stored(engine):
    store(engine, ALERT, events=[FIRED])
    with read(engine) as connection:
        assert list_active_alerts(connection) == {ALERT.fingerprint: ALERT}
        (event,) = list_alert_events(connection, ALERT.fingerprint)
    assert (event.kind, event.at, event.active_at) == (AlertEventKind.FIRED, NOW, NOW)
    assert event.data == {"value": 1.5}


def test_storing_an_episode_again_replaces_it(engine):
    store(engine, ALERT)
    store(engine, replace(ALERT, value=None, status=AlertStatus.RESOLVED, resolved_at=NOW))
    with read(engine) as connection:
        assert list_active_alerts(connection) == {}
        (alert,) = list_alerts(connection, statuses=list(AlertStatus))
    assert (alert.value, alert.resolved_at) == (None, NOW)


def test_another_episode_is_another_row_and_the_latest_is_found(engine):
    later = replace(ALERT, active_at=NOW + timedelta(hours=1))
    store(engine, replace(ALERT, status=AlertStatus.RESOLVED), later)
    with read(engine) as connection:
        assert len(list_alerts(connection, statuses=list(AlertStatus))) == 2
        assert find_alerts(connection, ALERT.fingerprint[:4]) == [later]


def test_a_dropped_episode_is_gone_and_the_others_are_not(engine):
    later = replace(ALERT, active_at=NOW + timedelta(hours=1))
    store(engine, ALERT, later)
    store(engine, dropped=[ALERT])
    with read(engine) as connection:
        assert list_alerts(connection, statuses=list(AlertStatus)) == [later]


@pytest.mark.parametrize("prefix", ["", "f", "0", "0%"])
def test_an_id_must_mean_one_alert(engine, prefix):
    store(engine, ALERT, replace(ALERT, fingerprint="0fff"))
    with read(engine) as connection, pytest.raises(NotFound):
        get_alert(connection, prefix)


class Stopped(Exception):
    """Ends a transaction before its commit."""


def store_and_stop(engine):
    with write(engine) as connection:
        store_changes(connection, AlertChanges((ALERT,), (), (FIRED,)), NOW)
        raise Stopped


def test_a_failed_transaction_stores_neither_alert_nor_record(engine):
    with pytest.raises(Stopped):
        store_and_stop(engine)
    with read(engine) as connection:
        assert (list_active_alerts(connection), list_alert_events(connection)) == ({}, [])


def test_a_silence_is_ended_once_and_stays(engine):
    asked = Silence(
        matchers=["device=a"], author="ann", comment="c", starts_at=NOW, ends_at=NOW + timedelta(hours=1)
    )
    with write(engine) as connection:
        made = insert_silence(connection, asked)
        assert insert_silence(connection, asked) != made
    later = NOW + timedelta(minutes=1)
    with write(engine) as connection:
        assert end_silence(connection, made, later, "bob")
        assert not end_silence(connection, made, later, "eve")
    with read(engine) as connection:
        assert (get_silence(connection, made).ends_at, get_silence(connection, made).ended_by) == (
            later,
            "bob",
        )
        assert len(list_silences(connection, ending_after=later)) == 1
        assert len(list_silences(connection)) == 2
        with pytest.raises(NotFound):
            get_silence(connection, 99)
