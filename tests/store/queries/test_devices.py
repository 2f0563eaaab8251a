import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from netops.errors import NotFound, StoreError
from netops.model.device import Device, DeviceSource, DeviceState
from netops.model.event import Event, EventKind
from netops.model.reading import Reach
from netops.store.queries.devices import (
    delete_device,
    find_device,
    find_device_by_id,
    get_device,
    get_state,
    get_states,
    insert_device,
    list_devices,
    update_device,
    update_identity,
    upsert_state,
)
from netops.store.queries.events import append_event, list_events
from netops.store.queries.interfaces import insert_interfaces, list_interfaces
from netops.store.readings import list_latest, upsert_latest
from peers.rows import LATER, NOW, make_device, make_interface

SPEC = {"address": "10.0.0.1", "tags": ["核心", "core"], "port": 161, "nested": {"a": None, "b": 1.5}}


def test_device_comes_back_as_it_went_in(connection: Connection):
    made = insert_device(connection, "核心-1", DeviceSource.FILE, SPEC, NOW, enabled=False)
    found = get_device(connection, "核心-1")
    assert found == made
    assert (found.source, found.spec, found.enabled) == (DeviceSource.FILE, SPEC, False)
    assert (found.created_at, found.created_at.utcoffset()) == (NOW, NOW.utcoffset())
    assert found.id is not None
    assert find_device_by_id(connection, found.id) == made


def test_absent_device_is_named(connection: Connection):
    assert find_device(connection, "sw-9") is None
    assert find_device_by_id(connection, 9) is None
    with pytest.raises(NotFound, match="sw-9: no such device"):
        get_device(connection, "sw-9")


def test_taken_name_is_refused_naming_its_source_and_the_transaction_goes_on(connection: Connection):
    make_device(connection, "sw-1")
    with pytest.raises(StoreError, match="sw-1: exists already, from source file"):
        insert_device(connection, "sw-1", DeviceSource.CLI, {}, NOW)
    other = make_device(connection, "sw-2")
    with pytest.raises(StoreError, match="sw-1: exists already"):
        update_device(connection, other, LATER, name="sw-1")
    assert [device.name for device in list_devices(connection)] == ["sw-1", "sw-2"]


def test_list_is_in_order_filtered_and_paged(connection: Connection):
    for name in ("c", "a", "d", "b"):
        insert_device(
            connection,
            name,
            DeviceSource.CLI if name == "d" else DeviceSource.WEB,
            {},
            NOW,
            enabled=name != "a",
        )

    def names(devices: list[Device]) -> str:
        return "".join(device.name for device in devices)

    assert names(list_devices(connection)) == "abcd"
    assert names(list_devices(connection, limit=2)) == "ab"
    assert names(list_devices(connection, after="b", limit=2)) == "cd"
    assert names(list_devices(connection, source=DeviceSource.WEB, enabled=True)) == "bc"
    assert names(list_devices(connection, enabled=False)) == "a"


def test_renamed_device_keeps_its_id_and_all_else(connection: Connection):
    device_id = make_device(connection, "old")
    update_device(connection, device_id, LATER, name="new")
    device = get_device(connection, "new")
    assert (device.id, device.spec, device.created_at, device.updated_at) == (
        device_id,
        {"address": "10.0.0.1"},
        NOW,
        LATER,
    )
    update_device(connection, device_id, LATER, spec={}, enabled=False)
    device = get_device(connection, "new")
    assert (device.spec, device.enabled) == ({}, False)


def test_change_of_an_absent_device_is_told(connection: Connection):
    with pytest.raises(NotFound, match="id 9"):
        update_device(connection, 9, NOW, enabled=False)
    assert delete_device(connection, 9) is False


def test_removed_device_takes_what_is_its_own_and_leaves_its_events(connection: Connection):
    device_id = make_device(connection)
    upsert_state(connection, DeviceState(device_id=device_id))
    upsert_latest(connection, device_id, "system", NOW, b"")
    insert_interfaces(connection, device_id, [make_interface(1)], NOW)
    append_event(
        connection, Event(at=NOW, kind=EventKind.DEVICE_ADDED, device_id=device_id, device_name="sw-1")
    )
    assert delete_device(connection, device_id)
    assert get_states(connection) == {}
    assert list_latest(connection, device_id) == {}
    assert list_interfaces(connection, device_id) == []
    (event,) = list_events(connection, device="sw-1").events
    assert (event.device_id, event.device_name) == (None, "sw-1")


def test_id_of_a_removed_device_is_never_given_again(connection: Connection):
    """Archives and history name a device by its id."""
    first = make_device(connection)
    delete_device(connection, first)
    assert make_device(connection) > first


def test_identity_touches_no_other_column(connection: Connection):
    device_id = make_device(connection)
    update_identity(connection, device_id, {"vendor": "华为", "serial": "S1"}, LATER)
    update_identity(connection, device_id, {}, NOW)
    update_identity(connection, 99, {"vendor": "x"}, NOW)
    device = get_device(connection, "sw-1")
    assert (device.vendor, device.serial, device.spec) == ("华为", "S1", {"address": "10.0.0.1"})
    assert device.updated_at == LATER
    with pytest.raises(ValueError, match="spec"):
        update_identity(connection, device_id, {"spec": "x"}, NOW)


def test_state_replaces_the_state_before(connection: Connection):
    device_id = make_device(connection)
    assert get_state(connection, device_id) is None
    upsert_state(
        connection, DeviceState(device_id=device_id, snmp=Reach.NO, failures=3, error="no answer", since=NOW)
    )
    after = DeviceState(
        device_id=device_id,
        snmp=Reach.YES,
        reachable=True,
        since=LATER,
        polled_at=LATER,
        answered_at=LATER,
        poll_seconds=0.125,
        uptime_seconds=1e9,
        booted_at=NOW,
    )
    upsert_state(connection, after)
    assert get_state(connection, device_id) == after
    assert get_states(connection) == {device_id: after}


def test_state_of_an_absent_device_is_refused(connection: Connection):
    with pytest.raises(IntegrityError):
        upsert_state(connection, DeviceState(device_id=99))
