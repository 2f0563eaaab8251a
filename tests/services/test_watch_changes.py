"""A device that tells of a change is visited once it is quiet, in the name of who made it."""

from datetime import timedelta

import pytest

from fakes import START, FakeClock
from netops.backup.errors import DeviceBusy
from netops.backup.states import State
from netops.model.notification import Notification, NotificationVarbind
from netops.model.syslog import SyslogMessage
from netops.services.back_up_device import Outcome
from netops.services.fleet import WatchedDevice
from netops.services.watch_changes import WatchChanges, WhoChanged
from netops.settings.shell import OnChangeSettings
from netops.syslog.change_signs import load_change_signs
from services.fleets import settings

SIGNS = load_change_signs(None, [])
CHANGED = "%SYS-5-CONFIG_I: Configured from console by {} on vty0 ({})"


class Visits:
    """Remembers what it was asked for."""

    def __init__(self):
        self.made = []
        self.on_change = OnChangeSettings()
        self.outcome = Outcome(State("sw-1"))
        self.meanwhile = lambda: None

    def platform_of(self, device):
        return "cisco_ios" if device == "sw-1" else None

    def login_of(self, device):
        return "netops"

    async def visit(self, device, reason, who):
        self.made.append((device, reason, who))
        self.meanwhile()
        return self.outcome


@pytest.fixture
def visits():
    return Visits()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def watch(visits, clock):
    return WatchChanges(SIGNS, visits, clock)


def message(line):
    return SyslogMessage(START, "192.0.2.1", "udp", "plain", line, line)


@pytest.fixture
def tell(watch):
    def say(user="alice", address="10.0.0.5", device="sw-1"):
        watch.on_syslog(message(CHANGED.format(user, address)), device)

    return say


async def tick(watch):
    await watch.tick()
    await watch.settle()


async def test_it_is_visited_after_a_minute_of_quiet(watch, visits, clock, tell):
    tell()
    clock.wind(59)
    await tick(watch)
    assert visits.made == []
    tell()
    clock.wind(59)
    await tick(watch)
    assert (visits.made, watch.pending) == ([], 1)
    clock.wind(1)
    await tick(watch)
    [(device, reason, who)] = visits.made
    assert (device, who) == ("sw-1", WhoChanged("alice", "10.0.0.5", "alice from 10.0.0.5"))
    assert reason == "told of a change by alice from 10.0.0.5"
    assert (watch.pending, watch.recognised) == (0, {"syslog": 2})


async def test_one_that_is_never_quiet_is_visited_after_ten_minutes(watch, visits, clock, tell):
    for _minute in range(20):
        tell()
        clock.wind(30)
        await tick(watch)
    assert len(visits.made) == 1


async def test_of_several_people_the_last_is_the_author_and_all_are_told(watch, visits, clock, tell):
    tell("alice", "10.0.0.5")
    tell("bob", "10.0.0.6")
    tell("vty0", "10.0.0.7")
    clock.wind(60)
    await tick(watch)
    who = visits.made[0][2]
    assert who == WhoChanged("bob", "10.0.0.6", "alice from 10.0.0.5, bob from 10.0.0.6")


async def test_a_change_of_nobody_is_visited_too(watch, visits, clock, tell):
    tell("console", "x")
    clock.wind(60)
    await tick(watch)
    assert visits.made == [("sw-1", "told of a change", WhoChanged())]


async def test_strangers_and_devices_without_backup_are_left_alone(watch, visits, clock, tell):
    tell(device=None)
    tell(device="ups-1")
    watch.on_syslog(message("%LINK-3-UPDOWN: Interface Gi0/1, changed state to down"), "sw-1")
    clock.wind(60)
    await tick(watch)
    assert visits.made == []


async def test_it_can_be_switched_off(watch, visits, clock, tell):
    visits.on_change = OnChangeSettings(enabled=False)
    tell()
    assert watch.pending == 0


async def test_the_quiet_is_as_long_as_the_settings_say(watch, visits, clock, tell):
    visits.on_change = OnChangeSettings(quiet=timedelta(seconds=5))
    tell()
    clock.wind(5)
    await tick(watch)
    assert len(visits.made) == 1


async def test_what_our_own_visit_makes_it_tell_brings_no_other_visit(watch, visits, clock, tell):
    visits.meanwhile = lambda: (tell("netops", "10.0.0.1"), tell("console", "x"))
    tell()
    clock.wind(60)
    await tick(watch)
    tell("netops", "10.0.0.1")
    clock.wind(60)
    await tick(watch)
    assert len(visits.made) == 1
    clock.wind(60)
    tell("netops", "10.0.0.1")
    assert watch.pending == 1, "somebody uses our login"


async def test_a_person_who_changes_it_during_our_visit_brings_another(watch, visits, clock, tell):
    visits.meanwhile = lambda: tell("carol", "10.0.0.9") if len(visits.made) == 1 else None
    tell()
    clock.wind(60)
    await tick(watch)
    clock.wind(60)
    await tick(watch)
    assert [who.user for _device, _reason, who in visits.made] == ["alice", "carol"]


async def test_a_busy_device_is_visited_later_in_the_same_name(watch, visits, clock, tell):
    visits.outcome = Outcome(State("sw-1"), error=DeviceBusy("busy"))
    tell()
    clock.wind(60)
    await tick(watch)
    visits.outcome = Outcome(State("sw-1"))
    clock.wind(60)
    await tick(watch)
    clock.wind(60)
    await tick(watch)
    assert [who.user for _device, _reason, who in visits.made] == ["alice", "alice"]


async def test_a_nightly_visit_takes_the_name_and_no_other_follows(watch, visits, clock, tell):
    tell()
    assert watch.take("sw-1").user == "alice"
    assert watch.take("sw-1") == WhoChanged()
    clock.wind(60)
    await tick(watch)
    assert visits.made == []


async def test_a_trap_brings_a_visit(watch, visits, clock):
    varbinds = (
        NotificationVarbind("1.3.6.1.4.1.9.9.43.1.1.6.1.5.7", 2, 3),
        NotificationVarbind("1.3.6.1.4.1.9.9.43.1.1.6.1.8.7", 4, b"dave"),
    )
    trap = Notification(START, "192.0.2.1", 162, "2c", "c", "1.3.6.1.4.1.9.9.43.2.0.1", varbinds=varbinds)
    watch.on_notification(trap, WatchedDevice(1, settings(), None))
    watch.on_notification(trap, None)
    clock.wind(60)
    await tick(watch)
    assert [who.user for _device, _reason, who in visits.made] == ["dave"]
    assert watch.recognised == {"trap": 1}


async def test_a_flood_of_names_is_bounded(watch, visits, clock, tell):
    for number in range(1000):
        tell(f"user{number}", "10.0.0.5")
    clock.wind(60)
    await tick(watch)
    assert visits.made[0][2].told.count(",") == 9
