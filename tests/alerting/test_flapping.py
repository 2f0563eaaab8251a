"""An alert that comes and goes again and again, from plain values with a wound clock."""

from datetime import timedelta

from fakes import START
from netops.alerting.flapping import FlapLimits, decide_flapping, recall_flapping
from netops.alerting.known_alert import NewAlertEvent
from netops.model.alert import AlertEventKind

MINUTE = timedelta(minutes=1)
LIMITS = FlapLimits(3, 30 * MINUTE, 15 * MINUTE)
FIRED, RESOLVED = AlertEventKind.FIRED, AlertEventKind.RESOLVED


class Story:
    """What happens to one alert; remembers the record of it as the store does."""

    def __init__(self):
        self.flaps, self.record, self.now = {}, [], START

    def see(self, *kinds, after=MINUTE):
        """Let time pass, then let something happen; gives the kinds of what it leads to."""
        self.now += after
        events = [NewAlertEvent(kind, "f1", self.now) for kind in kinds]
        self.flaps, told = decide_flapping(self.flaps, events, LIMITS, self.now)
        self.record += [(self.now, event) for event in (*events, *told)]
        return [event.kind.value for event in told]

    def flap(self, times):
        return [kind for _number in range(times) for kind in (*self.see(FIRED), *self.see(RESOLVED))]


def test_an_alert_that_begins_a_third_time_flaps_and_it_is_told_once():
    story = Story()
    assert story.flap(2) == []
    assert story.see(FIRED) == ["flapping"]
    assert story.flap(5) == []


def test_an_alert_that_begins_seldom_does_not_flap():
    story = Story()
    for _number in range(10):
        assert story.see(FIRED, after=11 * MINUTE) == []
        assert story.see(RESOLVED, after=11 * MINUTE) == []


def test_flapping_is_over_when_nothing_changed_for_a_while_and_the_final_state_is_told():
    story = Story()
    story.flap(3)
    assert story.see(after=14 * MINUTE) == []
    assert story.see(after=MINUTE) == ["flapping_over"]
    assert story.record[-1][1].data == {"fires": False}
    assert not story.flaps


def test_an_alert_that_ends_its_flapping_by_burning_on_says_so():
    story = Story()
    story.flap(3)
    story.see(FIRED)
    assert story.see(after=15 * MINUTE) == ["flapping_over"]
    assert story.record[-1][1].data == {"fires": True}


def test_a_change_puts_the_end_of_flapping_off():
    story = Story()
    story.flap(3)
    assert story.see(FIRED, after=14 * MINUTE) == []
    assert story.see(after=14 * MINUTE) == []
    assert story.see(after=MINUTE) == ["flapping_over"]


def test_what_came_once_is_forgotten_after_a_while():
    story = Story()
    story.flap(1)
    story.see(after=40 * MINUTE)
    assert not story.flaps


def test_after_a_restart_the_record_gives_the_same_counts_at_every_moment():
    story = Story()
    for step in range(40):
        kind = FIRED if step % 2 == 0 else RESOLVED
        story.see(kind, after=(1 + step % 7) * MINUTE)
        story.see(after=(step % 5) * MINUTE)
        recalled = recall_flapping(story.record, LIMITS)
        assert {name: flap.is_flapping for name, flap in recalled.items() if flap.is_flapping} == {
            name: flap.is_flapping for name, flap in story.flaps.items() if flap.is_flapping
        }
        for name, flap in story.flaps.items():
            if flap.is_flapping:
                assert recalled[name].since == flap.since
                assert recalled[name].changed_at == flap.changed_at


def test_a_clock_that_is_set_back_does_not_hold_up_the_final_state():
    story = Story()
    story.flap(3)
    story.see(after=-300 * MINUTE)
    assert story.see(after=15 * MINUTE) == ["flapping_over"]


def test_a_clock_that_is_set_back_makes_nothing_flap():
    story = Story()
    story.flap(2)
    assert story.see(FIRED, after=-300 * MINUTE) == []
    assert not story.flaps["f1"].is_flapping


def test_the_end_of_a_former_episode_does_not_end_the_present_one():
    story = Story()
    story.flap(2)
    story.see(FIRED)
    former = NewAlertEvent(RESOLVED, "f1", story.now)
    story.now += MINUTE
    now = NewAlertEvent(FIRED, "f1", story.now)
    flaps, _told = decide_flapping(story.flaps, [now, former], LIMITS, story.now)
    assert flaps["f1"].is_firing
    recalled = recall_flapping([*story.record, (story.now, now), (story.now, former)], LIMITS)
    assert recalled["f1"].is_firing
