"""The outbox, groups, notices and verified addresses, in both databases."""

from dataclasses import replace
from datetime import timedelta

from netops.alerting.known_alert import NewNotice
from netops.model.delivery import AlertGroup, AttemptOutcome, DeliveryStatus, Verification
from netops.model.message import MessageKind, ToldBecause
from netops.services.on_call import _LONGEST_KEY
from netops.store.queries.alert_groups import list_groups, store_groups
from netops.store.queries.alerts import upsert_alerts
from netops.store.queries.deliveries import (
    NewDelivery,
    Told,
    WaitingAddress,
    append_attempt,
    change_delivery,
    count_told,
    get_delivery,
    hasten,
    insert_delivery,
    lease,
    list_attempts,
    list_deliveries,
    list_due,
    list_open,
    list_sent_since,
    list_told,
    list_told_of,
    list_told_to_groups,
    list_tried_since,
    list_waiting_addresses,
    list_who_was_told,
    merge,
)
from netops.store.queries.notices import append_notices, delete_notices, list_notices
from netops.store.queries.verifications import list_verifications, store_verification
from peers.rows import LATER, NOW
from store.queries.test_alerts import ALERT

FIRES = Told(ALERT.fingerprint, ALERT.active_at, ToldBecause.FIRES)
HOUR = timedelta(hours=1)


def put(connection, address="ann@x.net", now=NOW, **more):
    return insert_delivery(connection, NewDelivery("mail", address, **{"told": (FIRES,), **more}), now)


def test_a_delivery_is_read_back_with_what_it_tells_of(connection):
    upsert_alerts(connection, [ALERT])
    made = put(connection, person="ann", fallbacks=(("sms", "+49"),), told=(FIRES, FIRES))
    delivery = get_delivery(connection, made)
    assert (delivery.person, delivery.fallbacks, delivery.next_at) == ("ann", [["sms", "+49"]], NOW)
    assert list_told_of(connection, [made]) == [FIRES]
    ((told, row),) = list_told(connection, made)
    assert (told, row["labels"]["device"]) == (FIRES, "交换机-1")
    assert count_told(connection, [made]) == {made: 1}
    assert get_delivery(connection, made + 1) is None


def test_addresses_that_something_waits_for_come_with_when_it_is_due(connection):
    put(connection, "late@x.net", not_before=NOW + HOUR)
    put(connection, "bob@x.net")
    put(connection, "late@x.net", LATER)
    assert list_waiting_addresses(connection, "mail") == [
        WaitingAddress("late@x.net", LATER),
        WaitingAddress("bob@x.net", NOW),
    ]
    assert list_waiting_addresses(connection, "sms") == []
    assert [one.created_at for one in list_due(connection, "mail", "late@x.net", LATER)] == [LATER]
    assert len(list_due(connection, "mail", "late@x.net", NOW + HOUR, limit=1)) == 1


def test_an_attempt_is_begun_by_one_worker_only(connection):
    made = put(connection)
    assert lease(connection, made)
    assert not lease(connection, made)
    assert [one.status for one in list_open(connection)] == [DeliveryStatus.SENDING]
    change_delivery(connection, made, status=DeliveryStatus.SENT, ended_at=LATER)
    assert list_open(connection) == []
    assert [one.id for one in list_sent_since(connection, NOW)] == [made]
    assert list_sent_since(connection, LATER) == []


def test_a_digest_takes_the_place_of_thousands(connection):
    parts = [get_delivery(connection, put(connection, told=())) for _number in range(1100)]
    digest = merge(connection, parts, LATER)
    assert [(one.id, one.kind) for one in list_open(connection)] == [(digest, MessageKind.DIGEST)]
    assert len(list_deliveries(connection, limit=2000)) == 1101
    ids = [part.id for part in parts]
    assert (list_told_of(connection, ids), list_attempts(connection, ids), count_told(connection, ids)) == (
        [],
        {},
        {},
    )


def test_a_digest_is_as_old_as_the_first_try_of_its_parts(connection):
    made = put(connection)
    lease(connection, made)
    append_attempt(connection, made, LATER, AttemptOutcome.TEMPORARY, "busy")
    tried = get_delivery(connection, made)
    assert list_tried_since(connection, [tried]) == {made: LATER}
    digest = get_delivery(
        connection, merge(connection, [tried, get_delivery(connection, put(connection))], NOW + HOUR)
    )
    assert digest.created_at == LATER
    assert list_tried_since(connection, [digest]) == {}


def test_what_a_clock_holds_up_is_hastened_and_quiet_hours_are_kept(connection):
    before = NOW - HOUR
    at_once, quiet, tried = (
        put(connection, "a"),
        put(connection, "b", not_before=NOW + HOUR),
        put(connection, "c"),
    )
    change_delivery(connection, tried, attempts=1, next_at=LATER)
    hasten(connection, "mail", before)
    due = {one.id: one.next_at for one in list_open(connection)}
    assert due == {at_once: before, quiet: NOW + HOUR, tried: before}


def test_who_was_told_is_found_by_alert_and_episode_and_by_group(connection):
    first = put(connection, group_key="hq")
    merged = put(connection, group_key="lab")
    change_delivery(connection, merged, status=DeliveryStatus.MERGED)
    names = [ALERT.fingerprint, *(f"{number:016}" for number in range(1100))]
    found = list_who_was_told(connection, names)
    assert {name: [one.id for one, _told in pairs] for name, pairs in found.items()} == {
        ALERT.fingerprint: [first]
    }
    assert list_who_was_told(connection, names, LATER) == {}
    assert list(list_told_to_groups(connection, names, NOW)) == [("hq", NOW, FIRES), ("lab", NOW, FIRES)]
    assert list(list_told_to_groups(connection, names, LATER)) == []
    assert [one.id for one in list_deliveries(connection, fingerprint=ALERT.fingerprint)] == [merged, first]


def test_notices_are_kept_in_order_until_they_are_deleted(connection):
    notices = [
        NewNotice(because, ALERT.fingerprint, NOW, NOW)
        for because in (ToldBecause.FIRES, ToldBecause.RESOLVED)
    ]
    append_notices(connection, notices, NOW)
    first, second = list_notices(connection)
    assert [first.because, second.because] == [ToldBecause.FIRES, ToldBecause.RESOLVED]
    delete_notices(connection, [first.id, *range(10_000, 11_100)])
    assert list_notices(connection) == [second]


def test_a_group_is_stored_again_and_goes_even_with_the_longest_key(connection):
    key = "".join(chr(0x4E00 + number % 20_000) for number in range(0, _LONGEST_KEY // 3 * 61, 61))
    group = AlertGroup(key=key, policy="net", step=1, told_at=NOW, next_at=LATER)
    store_groups(connection, {key: group})
    store_groups(connection, {key: AlertGroup(key=key, policy="net", step=2, told_at=LATER)})
    (kept,) = list_groups(connection)
    assert (kept.step, kept.told_at, kept.next_at) == (2, LATER, None)
    store_groups(connection, {key: None})
    assert list_groups(connection) == []


def test_a_new_code_takes_the_place_of_an_old_one(connection):
    row = Verification(
        person="ann", channel="mail", address="ann@x.net", code_hash="1", sent_at=NOW, attempts=3
    )
    store_verification(connection, row)
    store_verification(connection, Verification(**{**row.model_dump(), "code_hash": "2", "attempts": 0}))
    (kept,) = list_verifications(connection, "ann")
    assert (kept.code_hash, kept.attempts, kept.sent_at) == ("2", 0, NOW)
    assert list_verifications(connection, "bob") == []


def test_an_alert_of_another_episode_is_not_what_was_told(connection):
    upsert_alerts(connection, [replace(ALERT, active_at=LATER)])
    assert list_told(connection, put(connection)) == []
