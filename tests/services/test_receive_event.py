"""A notification becomes an event of the device it is about."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from fakes import START
from netops.model.access import CommunityCredential, SnmpAccess
from netops.model.device import DeviceSource
from netops.model.event import EventKind
from netops.model.notification import Notification, NotificationVarbind
from netops.services.fleet import Fleet, WatchedDevice
from netops.services.manage_devices import add_device
from netops.services.receive_event import ReceiveEvent, describe_notification, find_sender
from netops.snmp.names import Names
from netops.store.engine import read, write
from netops.store.queries.events import list_events
from netops.store.writer import Writer
from services.fleets import settings

LINK_DOWN = Notification(
    received_at=START,
    source_address="192.0.2.1",
    source_port=5000,
    version="2c",
    credential="traps",
    trap_oid="1.3.6.1.6.3.1.1.5.3",
    varbinds=(NotificationVarbind("1.3.6.1.2.1.2.2.1.1.7", 0x02, 7),),
)


@pytest.fixture(scope="module")
def names():
    return Names()


@pytest.fixture
def fleet():
    made = Fleet(concurrency=1, per_site=1)
    for number, name in enumerate(("relay", "sw-1"), 1):
        access = SnmpAccess(f"192.0.2.{number}", CommunityCredential("2c", "x"))
        made.devices[name] = WatchedDevice(number, settings(name, address=access.host), access)
    made.devices["here"] = WatchedDevice(3, settings("here", address=None, local=True), None)
    return made


def test_the_sender_is_found_by_its_address(fleet):
    assert find_sender(fleet, LINK_DOWN).name == "relay"


def test_behind_a_relay_the_device_it_is_about_is_found(fleet):
    assert find_sender(fleet, replace(LINK_DOWN, agent_address=IPv4Address("192.0.2.2"))).name == "sw-1"


def test_a_stranger_behind_a_known_relay_is_the_relays(fleet):
    assert find_sender(fleet, replace(LINK_DOWN, agent_address=IPv4Address("203.0.113.1"))).name == "relay"


def test_a_stranger_is_nobody(fleet):
    assert find_sender(fleet, replace(LINK_DOWN, source_address="203.0.113.1")) is None


def test_the_event_speaks_in_the_names_of_the_mib(fleet, names):
    event = describe_notification(LINK_DOWN, fleet.devices["sw-1"], names)
    assert event.kind is EventKind.NOTIFICATION_RECEIVED
    assert event.text == "IF-MIB::linkDown from 192.0.2.1: IF-MIB::ifIndex.7=7"
    assert event.data["variables"] == [{"name": "IF-MIB::ifIndex.7", "value": "7"}]
    assert event.device_name == "sw-1"


def test_a_notification_of_nobody_without_an_oid_is_still_an_event(names):
    event = describe_notification(replace(LINK_DOWN, trap_oid="", varbinds=()), None, names)
    assert (event.text, event.device_id, event.device_name) == ("? from 192.0.2.1", None, "")


def test_a_flood_of_variables_is_cut(names):
    many = tuple(NotificationVarbind(f"1.3.6.1.4.1.99.{n}", 0x04, b"x" * 100) for n in range(500))
    event = describe_notification(replace(LINK_DOWN, varbinds=many), None, names)
    assert len(event.text) <= 500
    assert len(event.data["variables"]) == 50


async def test_the_event_is_stored_also_when_its_device_was_removed(fleet, names, engine, writer):
    with write(engine) as connection:
        stored = add_device(connection, settings("relay").model_dump(mode="json"), DeviceSource.CLI, START)
    assert stored.id == 1
    service = ReceiveEvent(fleet=fleet, writer=writer, names=names)
    assert service.receive(LINK_DOWN)
    assert service.receive(replace(LINK_DOWN, source_address="192.0.2.2"))
    await writer.submit_and_wait(lambda connection: None)
    with read(engine) as connection:
        second, first = list_events(connection, kind=EventKind.NOTIFICATION_RECEIVED).events
    assert (first.device_id, first.device_name) == (1, "relay")
    assert (second.device_id, second.device_name) == (None, "sw-1")
    assert service.received == {"2c": 2}


async def test_a_full_queue_refuses_and_counts(fleet, names, engine, clock):
    full = Writer(engine, queue_limit=1, clock=clock)
    full.submit(lambda connection: None)
    assert ReceiveEvent(fleet=fleet, writer=full, names=names).receive(LINK_DOWN) is False
    assert full.rejected_total == 1
    await full.stop(0)
