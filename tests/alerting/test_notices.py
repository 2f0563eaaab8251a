"""What of an alert's changes is told, decided from plain values over its whole life."""

from dataclasses import replace
from datetime import timedelta

from alerting.test_lifecycle import FIRING, Book
from fakes import START
from netops.alerting.alerts import AlertState
from netops.alerting.flapping import FlapLimits
from netops.alerting.silences import ActiveSilence, parse_matchers

MINUTE = timedelta(minutes=1)


class Told(Book):
    """A book that remembers how often alerts came, and gives what is told."""

    def __init__(self):
        super().__init__()
        self.flapping = {}

    def see(self, *alerts, **more):
        super().see(
            *alerts, flapping=self.flapping, flap_limits=FlapLimits(3, 30 * MINUTE, 15 * MINUTE), **more
        )
        self.flapping = self.changes.flapping
        return [notice.because.value for notice in self.changes.notices]


def again(book):
    """The same alert in a new episode."""
    return replace(FIRING, active_at=book.now, fired_at=book.now)


def silence(until):
    return ActiveSilence(7, parse_matchers(["device=sw-1"]), START, until)


def test_it_is_told_that_an_alert_fires_and_that_it_is_over_and_nothing_between():
    book = Told()
    assert book.see(FIRING) == ["fires"]
    assert book.see(FIRING) == []
    assert book.see(replace(FIRING, is_held=True)) == []
    assert book.see() == ["resolved"]


def test_what_is_only_pending_is_never_told():
    book = Told()
    pending = replace(FIRING, state=AlertState.PENDING, fired_at=None)
    assert book.see(pending) == []
    assert book.see() == []


def test_what_fires_in_a_silence_is_told_when_the_silence_ends():
    book = Told()
    quiet = silence(book.now + 2 * MINUTE)
    assert book.see(FIRING, silences=[quiet]) == []
    assert book.see(FIRING, silences=[quiet]) == []
    assert book.see(FIRING, silences=[quiet]) == ["still_fires"]


def test_what_begins_and_ends_in_a_maintenance_window_leaves_its_end_to_who_knew_of_it():
    book = Told()
    assert book.see(FIRING, window_of=lambda _labels: "move") == []
    assert book.see() == ["resolved"], "whether anybody had heard of it is asked later"


def test_what_burns_on_after_a_maintenance_window_is_told():
    book = Told()
    assert book.see(FIRING, window_of=lambda _labels: "move") == []
    assert book.only.window == "move"
    assert book.see(FIRING) == ["still_fires"]


def test_what_somebody_has_is_told_again_when_the_acknowledgement_expires():
    book = Told()
    book.see(FIRING)
    book.acknowledge(book.now + 2 * MINUTE)
    assert book.see(FIRING) == []
    assert book.see(FIRING) == []
    assert book.see(FIRING) == ["still_fires"]


def test_an_unsilenced_alert_that_somebody_has_is_not_told():
    book = Told()
    quiet = silence(book.now + MINUTE)
    book.see(FIRING, silences=[quiet])
    book.acknowledge(book.now + 10 * MINUTE)
    assert book.see(FIRING, silences=[quiet]) == []


def test_a_device_behind_a_dead_one_is_told_of_only_when_it_stands_on_its_own():
    book = Told()
    assert book.see(FIRING, behind={"sw-1": "core-1"}) == []
    assert book.see(FIRING) == ["still_fires"]


def test_a_root_cause_is_told_with_what_it_hides_and_again_when_that_grows():
    book = Told()
    assert book.see(FIRING, hidden={"sw-1": ["a"]}) == ["fires"]
    assert book.see(FIRING, hidden={"sw-1": ["a"]}) == []
    assert book.see(FIRING, hidden={"sw-1": ["a", "b"]}) == ["hides_more"]
    assert book.see(FIRING, hidden={"sw-1": ["b"]}) == []


def test_flapping_is_told_once_and_its_final_state_counts_from_the_first_flap():
    book = Told()
    for _number in range(2):
        assert book.see(again(book)) == ["fires"]
        assert book.see() == ["resolved"]
    began = book.now
    assert book.see(again(book)) == ["flaps"]
    assert book.only.is_flapping
    for _number in range(3):
        assert book.see() == []
        assert book.see(again(book)) == []
    assert book.see() == []
    book.now += 20 * MINUTE
    assert book.see() == ["resolved"]
    (notice,) = book.changes.notices
    assert notice.told_since == began
    assert notice.active_at > began


def test_flapping_that_ends_by_burning_on_is_told_as_firing():
    book = Told()
    for _number in range(3):
        last = again(book)
        book.see(last)
        book.see()
    last = again(book)
    book.see(last)
    book.now += 20 * MINUTE
    assert book.see(last) == ["still_fires"]
    assert not book.only.is_flapping
    assert book.see() == ["resolved"]


def test_an_alert_that_ended_and_began_anew_before_that_was_stored_burns_on_when_it_has_settled():
    """The end of the former episode is not the end of this one; else it would be told as resolved while it fires."""
    book = Told()
    for _number in range(2):
        book.see(again(book))
        book.see()
    book.see(again(book))
    last = again(book)
    assert book.see(last) == []
    book.now += 20 * MINUTE
    assert book.see(last) == ["still_fires"]


def test_what_began_to_flap_while_it_was_muted_is_told_when_it_no_longer_is():
    """It may flap on for days, and nobody would have heard of it."""
    book = Told()
    for _number in range(3):
        last = again(book)
        book.see(last, window_of=lambda _labels: "move")
        book.see(window_of=lambda _labels: "move")
    last = again(book)
    assert book.see(last, window_of=lambda _labels: "move") == []
    assert book.see(last) == ["flaps"]
