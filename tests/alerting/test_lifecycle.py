"""What is stored and told of alerts, decided from plain values."""

from dataclasses import replace
from datetime import timedelta
from math import nan

import pytest

from fakes import START
from netops.alerting.alerts import AlertInstance, AlertState
from netops.alerting.known_alert import Acknowledgement, KnownAlert
from netops.alerting.labels import Labels
from netops.alerting.lifecycle import Situation, as_remembered, decide_changes, make_fingerprint
from netops.alerting.silences import ActiveSilence, parse_matchers
from netops.model.alert import AlertStatus

MINUTE = timedelta(minutes=1)
FIRING = AlertInstance(
    "a.yaml",
    "g",
    "Down",
    Labels({"alertname": "Down", "device": "sw-1", "severity": "major"}),
    {"summary": "sw-1 is down"},
    0.0,
    AlertState.FIRING,
    START,
    START,
)
PENDING = replace(FIRING, state=AlertState.PENDING, fired_at=None)


class Book:
    """What is stored, and a clock that goes on a minute with each evaluation."""

    def __init__(self):
        self.alerts = {}
        self.now = START

    def see(self, *alerts, **more):
        """Evaluate and store; gives the kinds of events."""
        self.changes = decide_changes(self.alerts, Situation(alerts, **more), self.now)
        self.alerts = dict(self.changes.book)
        self.now += MINUTE
        return [event.kind.value for event in self.changes.events]

    @property
    def only(self) -> KnownAlert:
        (alert,) = self.alerts.values()
        return alert

    def acknowledge(self, until):
        alert = self.only
        taken = Acknowledgement("ann", self.now, until)
        self.alerts[alert.fingerprint] = replace(alert, acknowledgement=taken)


def silence(until):
    return ActiveSilence(7, parse_matchers(["device=sw-1"]), START, until)


def test_the_fingerprint_is_of_the_labels_whatever_their_order():
    assert make_fingerprint({"a": "1", "b": "2"}) == make_fingerprint({"b": "2", "a": "1"})
    assert make_fingerprint({"a": "1", "b": "2"}) != make_fingerprint({"a": "1b", "": "2"})


def test_a_pending_alert_is_stored_and_not_told():
    book = Book()
    assert book.see(PENDING) == []
    assert [alert.status for alert in book.changes.stored] == [AlertStatus.PENDING]


def test_a_pending_alert_that_ends_leaves_no_trace():
    book = Book()
    book.see(PENDING)
    assert book.see() == []
    assert (book.changes.stored, len(book.changes.dropped), book.alerts) == ((), 1, {})


def test_it_fires_and_is_resolved_once_each():
    book = Book()
    book.see(PENDING)
    assert book.see(FIRING) == ["fired"]
    assert book.see(FIRING) == []
    assert book.see() == ["resolved"]
    assert book.changes.events[0].data == {"reason": "read"}
    assert book.changes.stored[0].resolved_at == START + 3 * MINUTE
    assert book.see() == []


def test_deciding_again_after_a_failed_write_comes_out_the_same():
    book = Book()
    first = decide_changes(book.alerts, Situation([FIRING]), START)
    assert decide_changes(book.alerts, Situation([FIRING]), START) == first


def test_nothing_is_stored_when_nothing_changed():
    book = Book()
    book.see(FIRING)
    assert not decide_changes(book.alerts, Situation([FIRING]), START + MINUTE)


@pytest.mark.parametrize(("seconds", "is_stored"), [(59, False), (60, True)])
def test_a_value_that_moves_is_stored_once_a_minute(seconds, is_stored):
    book = Book()
    book.see(FIRING)
    moved = Situation([replace(FIRING, value=2.0)])
    assert bool(decide_changes(book.alerts, moved, START + timedelta(seconds=seconds))) is is_stored


def test_a_value_that_is_no_number_is_stored_as_none_and_restored_as_such():
    book = Book()
    book.see(replace(FIRING, value=nan))
    assert book.only.value is None
    assert as_remembered(book.only).value != as_remembered(book.only).value


def test_missing_data_is_told_as_held_and_read_again():
    book = Book()
    book.see(FIRING)
    assert book.see(replace(FIRING, is_held=True)) == ["held"]
    assert book.only.is_held
    assert book.see(FIRING) == ["read_again"]


def test_an_alert_that_ended_and_began_anew_between_two_writes_is_two_episodes():
    book = Book()
    book.see(FIRING)
    assert book.see(replace(PENDING, active_at=START + MINUTE)) == ["resolved"]
    assert [alert.status.value for alert in book.changes.stored] == ["pending", "resolved"]
    assert book.only.active_at == START + MINUTE


def test_of_two_rules_with_the_same_labels_the_one_that_is_further_counts():
    book = Book()
    assert book.see(replace(PENDING, rule="Other"), FIRING) == ["fired"]
    assert book.only.rule == "Down"


def test_a_removed_rule_or_device_is_named_as_the_reason():
    book = Book()
    book.see(FIRING)
    book.see(why_gone=lambda _alert: "rule_removed")
    assert book.changes.events[0].data == {"reason": "rule_removed"}


def test_an_alert_whose_rule_cannot_be_read_stays_as_it_is():
    book = Book()
    book.see(FIRING)
    kept = frozenset({book.only.fingerprint})
    assert book.see(kept=kept) == []
    assert book.only.status is AlertStatus.FIRING


def test_an_acknowledgement_is_kept_until_it_expires():
    book = Book()
    book.see(FIRING)
    book.acknowledge(until=START + 3 * MINUTE)
    assert book.see(FIRING) == []
    assert book.see(FIRING) == []
    assert book.only.acknowledgement is not None
    assert book.see(FIRING) == ["acknowledgement_expired"]
    assert book.changes.events[0].data == {"by": "ann"}
    assert book.only.acknowledgement is None
    assert book.see(FIRING) == []


def test_a_silence_is_told_when_it_begins_and_what_burns_when_it_ends():
    book = Book()
    book.see(FIRING)
    quiet = silence(until=START + 3 * MINUTE)
    assert book.see(FIRING, silences=[quiet]) == ["silenced"]
    assert book.see(FIRING, silences=[quiet]) == []
    assert book.only.silence_id == 7
    assert book.see(FIRING, silences=[quiet]) == ["unsilenced"]
    assert book.only.silence_id is None


def test_an_alert_that_fires_under_a_silence_is_told_as_silenced():
    book = Book()
    assert book.see(FIRING, silences=[silence(until=START + MINUTE)]) == ["fired", "silenced"]


def test_an_alert_behind_a_dead_parent_is_told_as_such_and_on_its_own_after():
    book = Book()
    assert book.see(FIRING, behind={"sw-1": "core"}) == ["fired", "behind"]
    assert book.only.behind == "core"
    assert book.see(FIRING) == ["on_its_own"]


def test_the_root_cause_is_told_with_the_list_once_and_again_when_it_grows():
    book = Book()
    assert book.see(FIRING, hidden={"sw-1": ["a"]}) == ["fired", "root_cause"]
    assert book.see(FIRING, hidden={"sw-1": ["a"]}) == []
    assert book.see(FIRING, hidden={"sw-1": ["a", "b"]}) == ["root_cause"]
    assert book.changes.events[0].data == {"devices": ["a", "b"]}
    assert book.see(FIRING, hidden={"sw-1": ["a"]}) == []
    assert book.only.hides == ("a",)


def test_a_stored_alert_goes_on_after_a_restart_as_if_nothing_had_been():
    book = Book()
    book.see(replace(FIRING, keep_firing_since=START))
    remembered = as_remembered(book.only)
    assert (remembered.active_at_ms, remembered.fired_at_ms) == (START.timestamp() * 1000,) * 2
    assert remembered.keep_firing_since_ms == START.timestamp() * 1000
    assert (remembered.file, remembered.group, remembered.rule) == ("a.yaml", "g", "Down")
