import asyncio
from datetime import timedelta

import pytest

from collectors.switch import SYSTEM, Switch, interface
from netops.collectors import COLLECTORS, PERIOD_SETTINGS, Visit, read_device
from netops.collectors.health import HealthCollector
from netops.collectors.ping import Echo
from netops.collectors.visit import DEFAULT_PERIODS
from netops.errors import (
    AccessDenied,
    AddressNotResolved,
    NoAnswer,
    PortClosed,
    UnsupportedAlgorithm,
    WrongCommunity,
)
from netops.model.reading import PollResult, Reach

HOST_RESOURCES = "1.3.6.1.2.1.25.2"
IF_TABLE = "1.3.6.1.2.1.2.2.1"


class FakePinger:
    def __init__(self, echo):
        self.echo = echo
        self.asked = []

    async def ping(self, host, **_options):
        self.asked.append(host)
        await asyncio.sleep(0)
        return self.echo


async def test_a_device_that_answers_is_reachable_and_its_subjects_are_filled():
    result = await Switch(interface(1, "a")).poll()
    assert result.reachability.snmp is Reach.YES
    assert result.reachability.snmp_rtt_seconds is not None
    assert result.reachability.error is None
    assert result.system is not None
    assert result.processors == result.memory == result.storage == []
    assert not result.errors


@pytest.mark.parametrize("error", [NoAnswer("silence"), PortClosed("closed"), AddressNotResolved("no name")])
async def test_a_silent_device_costs_one_request_and_says_why(error):
    switch = Switch(interface(1, "a"))
    switch.session.faults["1.3"] = error
    result = await switch.poll()
    assert result.reachability.snmp is Reach.NO
    assert (result.reachability.error.kind, result.reachability.error.error) == (error.kind, str(error))
    assert result.system is result.interfaces is result.memory is None
    assert switch.session.requests == 1


async def test_a_device_that_refuses_us_is_there_and_is_asked_nothing_more():
    switch = Switch(interface(1, "a"))
    switch.session.faults["1.3"] = WrongCommunity("wrong community")
    result = await switch.poll()
    assert result.reachability.snmp is Reach.YES
    assert result.reachability.error.kind == "wrong_community"
    assert switch.session.requests == 1


async def test_silence_in_mid_poll_keeps_what_came_before_and_asks_nothing_more():
    switch = Switch(interface(1, "a"))
    switch.session.faults[IF_TABLE] = NoAnswer("silence")
    result = await switch.poll()
    assert result.system is not None
    assert result.interfaces is result.memory is None
    assert [(error.subject, error.kind) for error in result.errors] == [("interfaces", "timeout")]
    assert switch.session.requests == 2


async def test_a_subject_that_is_denied_leaves_the_others():
    switch = Switch(interface(1, "a"))
    switch.session.faults[IF_TABLE] = AccessDenied("not in the view")
    result = await switch.poll()
    assert result.interfaces is None
    assert result.memory == []
    assert [(error.subject, error.kind) for error in result.errors] == [("interfaces", "access_denied")]


async def test_a_subject_is_not_asked_before_its_period_has_come():
    switch = Switch(interface(1, "a"))
    switch.periods["interfaces"] = timedelta(minutes=5)
    assert (await switch.poll()).interfaces is not None
    switch.wind()
    assert (await switch.poll()).interfaces is None
    switch.wind(239.5)
    assert (await switch.poll()).interfaces is not None, "a hair early is on time"


async def test_a_subject_that_was_met_with_silence_is_due_at_the_next_poll():
    switch = Switch(interface(1, "a"))
    switch.periods["interfaces"] = timedelta(minutes=5)
    switch.session.faults[IF_TABLE] = NoAnswer("silence")
    await switch.poll()
    switch.session.faults.clear()
    switch.wind()
    assert (await switch.poll()).interfaces is not None


@pytest.mark.parametrize("reach", list(Reach))
async def test_icmp_and_snmp_are_told_apart(reach):
    switch = Switch()
    switch.session.silent = True
    pinger = FakePinger(Echo(reach, 0.25 if reach is Reach.YES else None))
    visit = Visit(switch.memory, switch.clock, PollResult("sw-1", switch.clock.now()))
    result = await read_device(switch.session, visit, COLLECTORS, pinger=pinger, host="192.0.2.7")
    assert (result.reachability.snmp, result.reachability.icmp) == (Reach.NO, reach)
    assert result.reachability.icmp_rtt_seconds == (0.25 if reach is Reach.YES else None)
    assert pinger.asked == ["192.0.2.7"]


async def test_without_a_pinger_icmp_is_unknown():
    assert (await Switch().poll()).reachability.icmp is Reach.UNKNOWN


def test_the_system_group_comes_first_and_every_collector_has_its_period():
    assert COLLECTORS[0].subject == "system"
    slow = {"survey", "components", "addresses", "neighbours", "vlans", "arp", "forwarding"}
    fast = {"system", "interfaces", "interface_details", "health", "sensors", "checks"}
    assert set(PERIOD_SETTINGS) == fast | slow
    assert slow <= DEFAULT_PERIODS.keys()


async def test_a_device_without_servers_tables_is_not_asked_for_them_each_time():
    switch = Switch()
    await switch.poll()
    switch.session.asked.clear()
    switch.wind()
    await switch.poll()
    assert not [oid for oid in switch.session.asked if oid.startswith((HOST_RESOURCES, "1.3.6.1.4.1.2021"))]
    assert [oid for oid in switch.session.asked if oid.startswith(SYSTEM)]


class EndlessCollector:
    subject = "interfaces"
    period_setting = "interfaces"

    async def read(self, _session, _visit):
        await asyncio.Event().wait()


async def test_a_subject_that_never_ends_is_given_up_and_the_next_one_is_read(monkeypatch):
    """An agent that invents ever larger indexes keeps a walk going although each reply is in order."""
    monkeypatch.setattr("netops.collectors.poll.LONGEST_SECONDS", 0.05)
    switch = Switch(interface(1, "a"))
    collectors = (COLLECTORS[0], EndlessCollector(), HealthCollector())
    clock = switch.clock
    visit = Visit(switch.memory, clock, PollResult("sw-1", clock.now()))
    result = await read_device(switch.session, visit, collectors)
    assert [(error.subject, error.kind) for error in result.errors] == [("interfaces", "too_slow")]
    assert result.memory == []


async def test_an_algorithm_this_machine_lacks_is_the_reason_given():
    switch = Switch(interface(1, "a"))
    switch.session.faults["1.3"] = UnsupportedAlgorithm("no MD5 here")
    result = await switch.poll()
    assert result.reachability.error.kind == "unsupported_algorithm"
    assert switch.session.requests == 1
