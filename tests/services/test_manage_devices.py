"""Devices from files and commands, in one table."""

import pytest

from fakes import START
from netops.errors import NotFound, StoreError
from netops.model.device import DeviceSource
from netops.services.manage_devices import (
    DeviceRefused,
    add_device,
    apply_file_devices,
    describe_change,
    plan_file_devices,
    read_devices,
    remove_device,
)
from netops.store.engine import write
from netops.store.queries.devices import insert_device, list_devices
from netops.store.queries.events import list_events
from services.fleets import settings


@pytest.fixture
def connection(engine):
    with write(engine) as opened:
        yield opened


def add(connection, **more):
    return add_device(connection, settings(**more).model_dump(mode="json"), DeviceSource.CLI, START)


def kinds(connection):
    return [event.kind.value for event in list_events(connection).events]


def test_a_device_added_is_read_back_as_it_was_given(connection):
    stored = add(connection, tags=("a", "b"), port=1161)
    devices, complaints = read_devices(connection)
    assert (devices, complaints) == ([stored], [])
    assert stored.settings == settings(tags=("a", "b"), port=1161)
    assert kinds(connection) == ["device_added"]


def test_a_name_that_is_taken_is_refused(connection):
    add(connection)
    with pytest.raises(StoreError, match="exists already, from source cli"):
        add(connection)


@pytest.mark.parametrize(
    "more",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": "-x"},
        {"name": " a"},
        {"name": "a\n"},
        {"name": "sw-{n}"},
        {"address": "not an address"},
    ],
    ids=str,
)
def test_a_name_or_address_that_would_be_trouble_is_refused(connection, more):
    with pytest.raises(DeviceRefused):
        add(connection, **more)
    assert list_devices(connection) == []


def test_what_is_no_device_at_all_is_refused_in_one_line(connection):
    with pytest.raises(DeviceRefused, match="this is no device: ") as refusal:
        add_device(connection, {"nonsense": 1}, DeviceSource.CLI, START)
    assert "\n" not in str(refusal.value)


def test_a_device_of_the_file_is_removed_in_the_file_only(connection):
    apply_file_devices(connection, {"sw-1": settings()}, START)
    with pytest.raises(DeviceRefused, match="stands in the file of devices"):
        remove_device(connection, "sw-1", START)
    apply_file_devices(connection, {}, START)
    assert list_devices(connection) == []
    assert sorted(kinds(connection)) == ["device_added", "device_removed"]


def test_an_unknown_device_cannot_be_removed(connection):
    with pytest.raises(NotFound):
        remove_device(connection, "nobody", START)


def test_a_plan_changes_nothing_and_says_what_applying_does(connection):
    apply_file_devices(connection, {"a": settings("a"), "b": settings("b")}, START)
    wanted = {"a": settings("a", port=1161), "c": settings("c")}
    planned = plan_file_devices(connection, wanted)
    lines = [line for change in planned for line in describe_change(change)]
    assert lines == ["b: removed, was 192.0.2.1", "a.port: 161 → 1161", "c: added, 192.0.2.1"]
    assert [device.name for device in list_devices(connection)] == ["a", "b"]
    applied = apply_file_devices(connection, wanted, START)
    assert [change.action for change in applied] == [change.action for change in planned]
    assert apply_file_devices(connection, wanted, START) == []


def test_the_file_leaves_a_name_of_another_source_alone_and_says_so(connection):
    add(connection)
    (change,) = apply_file_devices(connection, {"sw-1": settings(port=9)}, START)
    assert describe_change(change) == ["sw-1: left alone, the name belongs to source cli"]
    assert read_devices(connection)[0][0].settings.port == 161


def test_stored_settings_that_cannot_be_read_spoil_no_other_device(connection):
    add(connection)
    insert_device(connection, "old", DeviceSource.CLI, {"strange": True}, START)
    devices, complaints = read_devices(connection)
    assert [device.settings.name for device in devices] == ["sw-1"]
    assert len(complaints) == 1
    assert complaints[0].startswith("old: its stored settings cannot be read")
