"""Who is behind whom: chains, several ways, circles, and the return."""

from datetime import timedelta

from fakes import START
from netops.alerting.dependencies import OWN_UPLINK, Behind, Seen, decide_behind, list_hidden

LATER = START + timedelta(minutes=1)


def roots(seen, former=None, now=START):
    return {name: one.root for name, one in decide_behind(seen, former or {}, now).items()}


def dead(*parents):
    return Seen(False, START, parents)


def alive(*parents):
    return Seen(True, START, parents)


def test_a_dead_device_below_a_dead_parent_is_behind_it():
    assert roots({"core": dead(), "access": dead("core")}) == {"access": "core"}


def test_a_dead_device_below_a_live_parent_is_on_its_own():
    assert roots({"core": alive(), "access": dead("core")}) == {}


def test_a_live_device_below_a_dead_parent_is_not_behind():
    assert roots({"core": dead(), "access": alive("core")}) == {}


def test_a_parent_that_was_never_polled_is_not_to_blame():
    assert roots({"core": Seen(None, None), "access": dead("core")}) == {}


def test_a_parent_that_nobody_watches_is_passed_over():
    assert roots({"access": dead("gone")}) == {}
    assert roots({"core": dead(), "access": dead("gone", "core")}) == {"access": "core"}


def test_through_a_chain_the_nearest_to_us_is_the_root():
    seen = {"wan": dead(), "core": dead("wan"), "access": dead("core"), "printer": dead("access")}
    assert roots(seen) == {"core": "wan", "access": "wan", "printer": "wan"}


def test_one_open_way_of_two_is_enough():
    assert roots({"a": dead(), "b": alive(), "access": dead("a", "b")}) == {}
    assert roots({"a": dead(), "b": dead(), "access": dead("a", "b")}) == {"access": "a"}


def test_a_circle_of_dead_devices_has_one_root():
    assert roots({"a": dead("b"), "b": dead("a"), "c": dead("b")}) == {"b": "a", "c": "a"}


def test_after_the_return_a_device_waits_for_a_poll_of_its_own():
    down = {"core": dead(), "access": dead("core")}
    first = decide_behind(down, {}, START)
    returned = {"core": alive(), "access": dead("core")}
    second = decide_behind(returned, first, LATER)
    assert second == {"access": Behind("core", LATER)}
    still_polled_before = {"core": alive(), "access": Seen(False, LATER, ("core",))}
    third = decide_behind(still_polled_before, second, LATER + timedelta(minutes=1))
    assert third == second
    polled_after = {"core": alive(), "access": Seen(False, LATER + timedelta(seconds=1), ("core",))}
    assert decide_behind(polled_after, third, LATER + timedelta(minutes=2)) == {}


def test_a_device_that_answers_is_behind_nobody_at_once():
    first = decide_behind({"core": dead(), "access": dead("core")}, {}, START)
    assert decide_behind({"core": dead(), "access": alive("core")}, first, LATER) == {}


def test_a_removed_device_is_forgotten():
    assert decide_behind({}, {"access": Behind("core")}, START) == {}


def test_the_hidden_are_listed_by_their_root():
    behind = {"b": Behind("core"), "a": Behind("core"), "c": Behind("wan")}
    assert list_hidden(behind) == {"core": ["a", "b"], "wan": ["c"]}


def test_when_nearly_nobody_answers_our_own_uplink_is_to_blame():
    seen = {"a": dead(), "b": dead("a"), "c": dead(), "d": dead(), "e": alive()}
    assert set(roots(seen).values()) == {OWN_UPLINK}
    assert set(roots(seen)) == {"a", "b", "c", "d"}


def test_a_fleet_too_small_for_shares_never_blames_our_own_uplink():
    assert roots({"a": dead(), "b": dead(), "c": dead(), "d": dead()}) == {}


def test_just_below_the_share_each_device_stands_for_itself():
    seen = {name: dead() for name in "abc"} | {"d": alive(), "e": alive()}
    assert roots(seen) == {}


def test_devices_that_were_never_polled_do_not_count_as_answering():
    seen = {name: dead() for name in "abcde"} | {name: Seen(None, None) for name in "fghij"}
    assert set(roots(seen)) == set("abcde")


def test_after_our_own_uplink_returned_each_device_waits_for_a_poll_of_its_own():
    first = decide_behind({name: dead() for name in "abcde"}, {}, START)
    returned = {"a": dead()} | {name: alive() for name in "bcde"}
    assert decide_behind(returned, first, LATER) == {"a": Behind(OWN_UPLINK, LATER)}
    polled = {"a": Seen(False, LATER + timedelta(seconds=1))} | {name: alive() for name in "bcde"}
    assert decide_behind(polled, {"a": Behind(OWN_UPLINK, LATER)}, LATER + timedelta(minutes=1)) == {}


def test_after_a_restart_a_device_stays_behind_until_it_was_polled():
    """Else each of hundreds would be told as burning on its own before the first poll of its dead parent."""
    former = {"access": Behind("core"), "printer": Behind(OWN_UPLINK), "gone": Behind("core")}
    unseen = {"core": Seen(None, None), "access": Seen(None, None, ("core",)), "printer": Seen(None, None)}
    assert decide_behind(unseen, former, START) == {"access": Behind("core"), "printer": Behind(OWN_UPLINK)}
    assert roots({**unseen, "access": dead("core")}, former) == {"access": "core", "printer": OWN_UPLINK}
    assert roots({**unseen, "access": alive("core")}, former) == {"printer": OWN_UPLINK}


def test_a_clock_that_is_set_back_does_not_keep_a_device_behind_for_hours():
    former = {"access": Behind("core", START)}
    earlier = START - timedelta(hours=5)
    seen = {"core": alive(), "access": Seen(False, earlier, ("core",))}
    kept = decide_behind(seen, former, earlier)
    assert kept == {"access": Behind("core", earlier)}
    polled = {**seen, "access": Seen(False, earlier + timedelta(minutes=1), ("core",))}
    assert decide_behind(polled, kept, earlier + timedelta(minutes=1)) == {}
