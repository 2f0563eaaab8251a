"""What goes of alerts, their record and messages about them, and what stays because it is open, in both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from netops.alerting.known_alert import NewNotice
from netops.model.alert import AlertEvent, AlertEventKind, AlertStatus
from netops.model.delivery import AttemptOutcome, DeliveryStatus
from netops.model.message import ToldBecause
from netops.store.queries.alerts import append_alert_events, list_alert_events, list_alerts, upsert_alerts
from netops.store.queries.deliveries import (
    NewDelivery,
    Told,
    append_attempt,
    change_delivery,
    insert_delivery,
    list_attempts,
    list_deliveries,
    list_told_of,
)
from netops.store.queries.notices import append_notices
from netops.store.queries.old_alerts import delete_alert_events, delete_alerts, delete_deliveries
from peers.rows import NOW
from store.queries.test_alerts import ALERT

DAY = timedelta(days=1)
OLD = replace(
    ALERT,
    fingerprint="0ld",
    status=AlertStatus.RESOLVED,
    active_at=NOW - 9 * DAY,
    resolved_at=NOW - 8 * DAY,
    acknowledgement=None,
)
BEFORE = NOW - 7 * DAY


def put(connection, alert=OLD, status=DeliveryStatus.SENT):
    told = (Told(alert.fingerprint, alert.active_at, ToldBecause.FIRES),)
    made = insert_delivery(connection, NewDelivery("mail", "ann@x.net", told=told), alert.active_at)
    append_attempt(connection, made, alert.active_at, AttemptOutcome.TAKEN, "250")
    change_delivery(connection, made, status=status, ended_at=alert.active_at)
    return made


def record(connection, *kinds, alert=OLD):
    append_alert_events(
        connection,
        [
            AlertEvent(
                at=alert.active_at, kind=kind, fingerprint=alert.fingerprint, active_at=alert.active_at
            )
            for kind in kinds
        ],
    )


def drop(connection):
    return [drop(connection, BEFORE, 10) for drop in (delete_deliveries, delete_alerts, delete_alert_events)]


def test_what_is_over_goes_with_all_that_belongs_to_it(connection):
    upsert_alerts(connection, [OLD])
    record(connection, AlertEventKind.FIRED, AlertEventKind.RESOLVED)
    made = put(connection)
    assert drop(connection) == [1, 1, 2]
    assert list_alerts(connection, statuses=list(AlertStatus)) == []
    assert (list_alert_events(connection), list_deliveries(connection)) == ([], [])
    assert (list_attempts(connection, [made]), list_told_of(connection, [made])) == ({}, [])


def test_what_is_not_old_enough_stays_and_portions_are_kept_to(connection):
    younger = replace(OLD, active_at=NOW - 7 * DAY, resolved_at=NOW - 6 * DAY)
    upsert_alerts(connection, [OLD, younger, replace(OLD, fingerprint="1")])
    put(connection, younger)
    assert delete_alerts(connection, BEFORE, 1) == 1
    assert drop(connection) == [0, 1, 0]
    assert [alert.active_at for alert in list_alerts(connection, statuses=list(AlertStatus))] == [
        younger.active_at
    ]


def test_of_what_still_fires_nothing_goes_however_old(connection):
    """When it is over, those who were told must hear of it."""
    burning = replace(OLD, status=AlertStatus.FIRING, resolved_at=None)
    upsert_alerts(connection, [burning])
    record(connection, AlertEventKind.FIRED)
    put(connection)
    assert drop(connection) == [0, 0, 0]


def test_what_flaps_on_is_open_until_it_has_settled(connection):
    record(connection, AlertEventKind.FIRED, AlertEventKind.FLAPPING)
    put(connection)
    assert drop(connection) == [0, 0, 1]
    record(connection, AlertEventKind.FLAPPING_OVER)
    assert drop(connection) == [1, 0, 2]


@pytest.mark.parametrize("status", [DeliveryStatus.WAITING, DeliveryStatus.SENDING])
def test_a_message_that_has_not_left_stays_with_the_alert_it_tells_of(connection, status):
    upsert_alerts(connection, [OLD])
    put(connection, status=status)
    assert drop(connection)[:2] == [0, 0]


def test_what_is_still_to_be_told_stays(connection):
    upsert_alerts(connection, [OLD])
    put(connection)
    notice = NewNotice(ToldBecause.RESOLVED, OLD.fingerprint, OLD.active_at, OLD.active_at)
    append_notices(connection, [notice], NOW)
    assert drop(connection)[:2] == [0, 0]


def test_a_record_of_no_alert_goes_by_its_age(connection):
    events = [AlertEvent(at=at, kind=AlertEventKind.SILENCE_ADDED, who="ann") for at in (NOW - 9 * DAY, NOW)]
    append_alert_events(connection, events)
    assert drop(connection) == [0, 0, 1]
