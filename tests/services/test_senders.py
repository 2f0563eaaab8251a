"""Whose an address is, and whom a message goes to."""

from types import SimpleNamespace

import pytest

from fakes import START, FakeClock
from netops.model.access import CommunityCredential, SnmpAccess
from netops.model.address import AddressReading
from netops.model.syslog import SyslogMessage
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.receive_syslog import ReceiveSyslog
from netops.services.senders import Senders
from services.fleets import settings


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def fleet():
    made = Fleet(concurrency=1, per_site=1)
    for number, name in enumerate(("sw-1", "sw-2"), 1):
        add(made, number, name, f"192.0.2.{number}")
    return made


def add(fleet, number, name, host):
    access = SnmpAccess(host, CommunityCredential("2c", "x"))
    fleet.devices[name] = WatchedDevice(number, settings(name, address=host), access)


def polled(fleet, name, *addresses):
    readings = [AddressReading(address, 24, 1) for address in addresses]
    return SimpleNamespace(device=fleet.devices[name], result=SimpleNamespace(addresses=readings))


def message(source, host=""):
    return SyslogMessage(START, source, "udp", "plain", "text", "text", host=host)


def test_a_device_is_found_by_where_it_is_polled_and_by_addresses_it_told(fleet, clock):
    senders = Senders(fleet, clock)
    senders.on_poll(polled(fleet, "sw-1", "10.255.0.1", "192.0.2.2", "10.0.0.254"))
    senders.on_poll(polled(fleet, "sw-2", "10.0.0.254", "2001:db8::2"))
    assert senders.find("192.0.2.1") == "sw-1"
    assert senders.find("10.255.0.1") == "sw-1"
    assert senders.find("192.0.2.2") == "sw-2", "where it is polled counts more"
    assert senders.find("2001:DB8:0::2") == "sw-2"
    assert senders.find("10.0.0.254") is None, "an address of two is nobody's"
    assert senders.find("203.0.113.9") is None
    assert senders.find("garbage") is None


def test_a_device_that_was_added_or_is_gone_is_noticed(fleet, clock):
    senders = Senders(fleet, clock)
    assert senders.find("192.0.2.3") is None
    add(fleet, 3, "sw-3", "192.0.2.3")
    del fleet.devices["sw-1"]
    clock.wind(10)
    assert senders.find("192.0.2.3") == "sw-3"
    assert senders.find("192.0.2.1") is None


def test_a_relays_message_is_of_the_host_it_names_and_nobody_else_may_name_one(fleet, clock):
    fleet.devices["sw-2"].identity["sys_name"] = "core.example.net"
    service = ReceiveSyslog(Senders(fleet, clock), ["198.51.100.1"])
    heard = []
    service.listeners.append(lambda _message, device: heard.append(device))
    for source, host in [
        ("198.51.100.1", "SW-1"),
        ("198.51.100.1", "core.example.net"),
        ("198.51.100.1", "192.0.2.2"),
        ("198.51.100.1", "stranger"),
        ("203.0.113.1", "sw-1"),
        ("192.0.2.1", "sw-2"),
    ]:
        service.receive(message(source, host))
    assert heard == ["sw-1", "sw-2", "sw-2", None, None, "sw-1"]
    assert service.strangers == 2


def test_a_listener_that_fails_keeps_no_other_from_hearing(fleet, clock, caplog):
    service = ReceiveSyslog(Senders(fleet, clock), [])
    heard = []

    def fail(_message, _device):
        raise ValueError

    service.listeners += [fail, lambda message, device: heard.append((message.text, device))]
    service.receive(message("192.0.2.1"))
    assert heard == [("text", "sw-1")]
    assert "could not be handled" in caplog.text
