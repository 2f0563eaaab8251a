"""Who is told of what, and who next: told as stories with a wound clock, from plain values."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from fakes import START
from netops.alerting.known_alert import Acknowledgement, KnownAlert
from netops.model.alert import AlertStatus
from netops.model.message import ToldBecause
from netops.services.telling import decide_telling
from netops.services.told_values import Before, Earlier, Heard, Pending, Recipient, Route, StepFound

MINUTE = timedelta(minutes=1)


@dataclass
class OneTeam:
    """One policy of two steps: ann first, bob after ten minutes; tests put others in their place."""

    steps: dict = field(default_factory=lambda: {1: ["ann"], 2: ["bob"]})
    rounds: int = 1
    group_wait: timedelta = timedelta(0)
    quiet_until: dict = field(default_factory=dict)
    quiet_until_of: dict = field(default_factory=dict)
    """Only for what is over."""
    is_routed: bool = True
    second_wait: timedelta | None = None
    """Of a second route, which every alert takes too."""

    def list_routes(self, labels):
        if not self.is_routed:
            return []
        if self.second_wait is not None:
            return [self._route("first", self.group_wait), self._route("second", self.second_wait)]
        return [Route(f"net{{{labels['site']}}}", "net", self.group_wait, MINUTE, 240 * MINUTE)]

    def _route(self, key, wait):
        return Route(key, "net", wait, MINUTE, 240 * MINUTE)

    def find_quiet_end(self, person, severity, at):
        return self.quiet_until_of.get(person)

    def find_step(self, policy, step, severity, at):
        people = self.steps.get(step, [])
        recipients = [
            Recipient("mail", f"{name}@example.net", name, (("sms", name),), self.quiet_until.get(name))
            for name in people
        ]
        return StepFound(tuple(recipients), () if people else (f"step {step} is empty",), 10 * MINUTE)

    def step_after(self, policy, step, round_):
        if step < len(self.steps):
            return step + 1, round_
        return (1, round_ + 1) if round_ < self.rounds else None


class Story:
    """Alerts, what was told of them, and a clock."""

    def __init__(self, on_call=None):
        self.on_call = on_call or OneTeam()
        self.now = START
        self.alerts: dict[str, KnownAlert] = {}
        self.groups, self.told, self.notices = {}, {}, []
        self.numbers = 0
        self.all, self.heard = [], {}

    def fire(self, name, severity="major", site="hq", because=ToldBecause.FIRES, **more):
        labels = {"alertname": "Down", "device": name, "site": site, "severity": severity}
        self.alerts[name] = KnownAlert(
            name, "f", "g", "Down", labels, {}, AlertStatus.FIRING, 1.0, self.now, self.now, **more
        )
        self.notice(name, because)

    def notice(self, name, because):
        self.numbers += 1
        self.notices.append((self.numbers, self.now, because, self.alerts[name]))

    def end(self, name):
        alert = self.alerts.pop(name)
        over = replace(alert, status=AlertStatus.RESOLVED, resolved_at=self.now)
        self.numbers += 1
        self.notices.append((self.numbers, self.now, ToldBecause.RESOLVED, over))

    def acknowledge(self, name, minutes=60):
        until = self.now + minutes * MINUTE
        self.alerts[name] = replace(
            self.alerts[name], acknowledgement=Acknowledgement("ann", self.now, until)
        )

    def tell(self, after=0):
        """Let minutes pass and decide; gives who is told of what."""
        self.now += after * MINUTE
        pending = [
            Pending(number, at, because, alert.active_at, self.alerts.get(alert.fingerprint, alert))
            if because is not ToldBecause.RESOLVED
            else Pending(number, at, because, alert.active_at, alert)
            for number, at, because, alert in self.notices
        ]
        telling = decide_telling(
            pending, self.alerts.values(), Before(self.groups, self.told, self.heard), self.on_call, self.now
        )
        self.notices = [one for one in self.notices if one[0] not in telling.handled]
        for key, group in telling.groups.items():
            if group is None:
                del self.groups[key]
            else:
                self.groups[key] = group
        said = []
        for delivery in telling.deliveries:
            for told in delivery.told:
                place = delivery.group_key, told.fingerprint, told.active_at, told.because
                self.heard[Heard(*place)] = self.now
                said.append(f"{delivery.person}: {told.fingerprint} {told.because}")
                if told.because is not ToldBecause.RESOLVED:
                    recipient = Recipient(delivery.channel, delivery.address, delivery.person)
                    self.told.setdefault(told.fingerprint, []).append(Earlier(recipient, told.active_at))
        self.last = telling
        self.all += telling.deliveries
        return said


def test_the_first_is_told_at_once_and_the_second_when_nobody_acknowledges():
    story = Story()
    story.fire("sw-1")
    assert story.tell() == ["ann: sw-1 fires"]
    assert story.tell(after=9) == []
    assert story.last.next_at == START + 10 * MINUTE
    assert story.tell(after=1) == ["bob: sw-1 still_fires"]


def test_an_acknowledgement_stops_the_escalation():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.acknowledge("sw-1")
    assert story.tell(after=10) == []
    assert story.tell(after=10) == []


def test_an_acknowledgement_that_expires_begins_with_the_first_again():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.acknowledge("sw-1", minutes=15)
    story.tell(after=10)
    story.now += 5 * MINUTE
    story.alerts["sw-1"] = replace(story.alerts["sw-1"], acknowledgement=None)
    story.notice("sw-1", ToldBecause.STILL_FIRES)
    assert story.tell() == ["ann: sw-1 still_fires"]
    assert story.tell(after=10) == ["bob: sw-1 still_fires"]


def test_everybody_who_was_told_hears_that_it_is_over():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.tell(after=10)
    story.now += MINUTE
    story.end("sw-1")
    assert sorted(story.tell()) == ["ann: sw-1 resolved", "bob: sw-1 resolved"]
    story.tell(after=2)
    assert not story.groups


def test_what_nobody_heard_of_is_over_without_a_word():
    story = Story()
    story.fire("sw-1", silence_id=3)
    assert story.tell() == []
    story.end("sw-1")
    assert story.tell() == []
    assert not story.notices


def test_alerts_of_one_group_that_come_together_leave_together():
    story = Story()
    story.fire("sw-1")
    story.fire("sw-2")
    story.fire("sw-9", site="other")
    story.tell()
    assert [len(one.told) for one in story.last.deliveries] == [2, 1]


def test_what_comes_later_waits_for_company_and_what_is_graver_does_not():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.now += timedelta(seconds=10)
    story.fire("sw-2")
    assert story.tell() == []
    story.fire("sw-3", severity="critical")
    assert story.tell() == ["ann: sw-2 fires", "ann: sw-3 fires"]


def test_what_waited_for_company_is_told_after_the_interval_of_the_group():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.fire("sw-2")
    assert story.tell() == []
    assert story.last.next_at == START + MINUTE
    assert story.tell(after=1) == ["ann: sw-2 fires"]


def test_the_first_message_of_a_group_can_wait_for_more():
    story = Story(OneTeam(group_wait=2 * MINUTE))
    story.fire("sw-1")
    assert story.tell(after=1) == []
    story.fire("sw-2")
    assert story.tell(after=1) == ["ann: sw-1 fires", "ann: sw-2 fires"]


def test_an_alert_that_ended_before_it_was_told_is_told_once_as_over():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.fire("sw-2")
    story.end("sw-2")
    assert story.tell(after=1) == ["ann: sw-2 fires", "ann: sw-2 resolved"]
    assert len(story.last.deliveries) == 1


def test_an_empty_step_is_skipped_at_once_and_reported():
    story = Story(OneTeam(steps={1: [], 2: ["bob"]}))
    story.fire("sw-1")
    assert story.tell() == ["bob: sw-1 fires"]
    assert story.last.nobody == [("net", 1, "step 1 is empty")]
    assert not story.last.untold


def test_a_policy_that_finds_nobody_is_reported_and_tried_again_until_it_does():
    story = Story(OneTeam(steps={1: [], 2: []}))
    story.fire("sw-1")
    assert story.tell() == []
    assert story.last.untold == ["net"]
    story.on_call.steps[1] = ["ann"]
    assert story.tell(after=1) == ["ann: sw-1 still_fires"]


def test_a_policy_is_repeated_as_often_as_it_says_and_then_only_reminds():
    story = Story(OneTeam(rounds=2))
    story.fire("sw-1")
    said = [story.tell(after=minutes)[0].split(":")[0] for minutes in (0, 10, 10, 10)]
    assert said == ["ann", "bob", "ann", "bob"]
    assert story.tell(after=230) == []
    assert story.tell(after=10) == ["ann: sw-1 still_fires"]


def test_a_new_alert_goes_to_everybody_who_was_told_of_its_group_so_far():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.tell(after=10)
    story.fire("sw-2")
    assert sorted(story.tell(after=1)) == ["ann: sw-2 fires", "bob: sw-2 fires"]


def test_quiet_hours_put_a_message_off_and_the_message_says_until_when():
    morning = START + 600 * MINUTE
    story = Story(OneTeam(quiet_until={"ann": morning}))
    story.fire("sw-1")
    story.tell()
    (delivery,) = story.last.deliveries
    assert delivery.not_before == morning


def test_what_became_quiet_before_it_was_told_is_not_told():
    story = Story()
    story.fire("sw-1")
    story.alerts["sw-1"] = replace(story.alerts["sw-1"], window="move")
    assert story.tell() == []
    assert not story.notices
    assert story.tell(after=30) == []


def test_a_silenced_alert_is_not_escalated():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.alerts["sw-1"] = replace(story.alerts["sw-1"], silence_id=3)
    assert story.tell(after=10) == []


def test_only_what_nobody_has_is_escalated():
    story = Story()
    story.fire("sw-1")
    story.fire("sw-2")
    story.tell()
    story.acknowledge("sw-1")
    assert story.tell(after=10) == ["bob: sw-2 still_fires"]


def test_alerts_that_no_route_takes_are_counted():
    story = Story(OneTeam(is_routed=False))
    story.fire("sw-1")
    assert story.tell() == []
    assert story.last.unrouted == 1
    assert not story.notices


def test_what_burns_when_a_route_comes_is_told():
    story = Story(OneTeam(is_routed=False))
    story.fire("sw-1")
    story.tell()
    story.on_call.is_routed = True
    assert story.tell() == ["ann: sw-1 still_fires"]
    assert story.tell(after=1) == []


def test_a_storm_of_thousands_is_one_message_to_each_person():
    story = Story()
    for number in range(5000):
        story.fire(f"sw-{number}")
    assert len(story.tell()) == 5000
    assert len(story.last.deliveries) == 1


def test_the_same_decision_twice_is_the_same_so_that_a_failed_write_can_be_repeated():
    story = Story()
    story.fire("sw-1")
    pending = [Pending(1, START, ToldBecause.FIRES, START, story.alerts["sw-1"])]
    before = Before({}, {})
    first = decide_telling(pending, story.alerts.values(), before, story.on_call, START)
    again = decide_telling(pending, story.alerts.values(), before, story.on_call, START)
    assert (first.deliveries, first.groups, first.handled) == (again.deliveries, again.groups, again.handled)


def test_an_alert_that_takes_two_routes_is_told_on_both_whatever_their_pace():
    """What the first had told was deleted before the second was due, and nobody heard of it there."""
    story = Story(OneTeam(second_wait=timedelta(seconds=30)))
    story.fire("sw-1")
    story.tell()
    story.fire("sw-2")
    for _number in range(3):
        story.tell(after=1)
    told = [(one.group_key, told.fingerprint) for one in story.all for told in one.told]
    assert sorted(told) == [("first", "sw-1"), ("first", "sw-2"), ("second", "sw-1"), ("second", "sw-2")]


def test_on_two_routes_everybody_hears_once_that_it_is_over():
    story = Story(OneTeam(second_wait=timedelta(0)))
    story.fire("sw-1")
    story.tell()
    story.now += MINUTE
    story.end("sw-1")
    assert story.tell() == ["ann: sw-1 resolved"]


def test_a_last_step_that_is_empty_ends_the_policy_and_does_not_begin_it_anew_every_few_minutes():
    story = Story(OneTeam(steps={1: ["ann"], 2: []}))
    story.fire("sw-1")
    assert story.tell() == ["ann: sw-1 fires"]
    assert story.tell(after=10) == []
    assert story.last.nobody == [("net", 2, "step 2 is empty")]
    assert not story.last.untold
    assert [said for _number in range(20) for said in story.tell(after=10)] == []
    assert story.tell(after=40) == ["ann: sw-1 still_fires"]


def test_a_last_step_that_is_empty_goes_on_to_the_next_round():
    story = Story(OneTeam(steps={1: ["ann"], 2: []}, rounds=2))
    story.fire("sw-1")
    story.tell()
    assert story.tell(after=10) == ["ann: sw-1 still_fires"]
    assert [said for _number in range(20) for said in story.tell(after=10)] == []


def test_a_new_alert_of_which_no_former_step_may_be_told_goes_on_to_the_next_one():
    class OnlyCritical(OneTeam):
        def find_step(self, policy, step, severity, at):
            found = super().find_step(policy, step, severity, at)
            if step == 1 and severity != "critical":
                return replace(found, recipients=(), nobody=("ann asks for something graver",))
            return found

    story = Story(OnlyCritical())
    story.fire("sw-1", severity="critical")
    assert story.tell() == ["ann: sw-1 fires"]
    story.fire("sw-2", severity="minor")
    assert story.tell(after=1) == ["bob: sw-2 fires"]


def test_good_news_does_not_wake_who_was_told_before_the_quiet_hours_began():
    morning = START + 600 * MINUTE
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.on_call.quiet_until_of = {"ann": morning}
    story.now += 2 * MINUTE
    story.end("sw-1")
    assert story.tell() == ["ann: sw-1 resolved"]
    assert [one.not_before for one in story.last.deliveries] == [morning]


def test_a_clock_that_is_set_back_holds_up_neither_what_is_new_nor_the_next_step():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.now -= 300 * MINUTE
    story.fire("sw-2")
    assert story.tell() == []
    assert story.tell(after=1) == ["ann: sw-2 fires"]
    assert sorted(story.tell(after=9)) == ["bob: sw-1 still_fires", "bob: sw-2 still_fires"]


def test_what_waits_when_the_clock_is_set_back_is_told_in_its_time():
    story = Story(OneTeam(group_wait=2 * MINUTE))
    story.fire("sw-1")
    story.now -= 300 * MINUTE
    assert story.tell() == []
    assert story.last.next_at == story.now + 2 * MINUTE


def test_a_group_that_nobody_escalates_any_longer_goes_when_nothing_of_it_is_left():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.acknowledge("sw-1")
    story.tell(after=10)
    del story.alerts["sw-1"]
    story.tell(after=10)
    assert not story.groups


def test_a_policy_that_became_shorter_than_the_step_it_is_at_begins_anew():
    story = Story(OneTeam(steps={1: ["ann"], 2: ["bob"], 3: ["cleo"]}))
    story.fire("sw-1")
    for minutes in (0, 10, 10):
        story.tell(after=minutes)
    story.on_call.steps = {1: ["ann"]}
    assert story.tell(after=240) == ["ann: sw-1 still_fires"]


def test_what_was_told_before_the_clock_was_set_back_is_not_taken_for_what_is_to_be_told_now():
    story = Story()
    story.fire("sw-1")
    story.tell()
    story.tell(after=10)  # told as still firing, at an instant that will come again
    story.now -= 300 * MINUTE
    story.notice("sw-1", ToldBecause.STILL_FIRES)
    story.tell()
    assert sorted(story.tell(after=1)) == ["ann: sw-1 still_fires", "bob: sw-1 still_fires"]
