"""Devices from a file: idempotent, and never at another source's cost."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from netops.model.device import DeviceSource, DeviceState
from netops.store.apply import Action, apply_devices, plan_devices
from netops.store.queries.devices import get_device, get_state, insert_device, list_devices, upsert_state
from peers.rows import LATER, NOW

FILE = DeviceSource.FILE
SPECS = {
    "sw-1": {"address": "10.0.0.1", "tags": ("a", "b")},
    "sw-2": {"address": "10.0.0.2", "enabled": False},
}


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as opened:
        yield opened


def test_first_apply_adds_and_second_does_nothing(connection: Connection):
    added = apply_devices(connection, SPECS, FILE, NOW)
    assert [(change.action, change.name) for change in added] == [
        (Action.ADDED, "sw-1"),
        (Action.ADDED, "sw-2"),
    ]
    assert [change.device_id for change in added] == [device.id for device in list_devices(connection)]
    assert not get_device(connection, "sw-2").enabled
    assert apply_devices(connection, SPECS, FILE, LATER) == []
    assert {device.updated_at for device in list_devices(connection)} == {NOW}


def test_changed_device_keeps_its_id_and_state(connection: Connection):
    apply_devices(connection, SPECS, FILE, NOW)
    device_id = get_device(connection, "sw-2").id
    assert device_id is not None
    upsert_state(connection, DeviceState(device_id=device_id, failures=2))
    (change,) = apply_devices(connection, SPECS | {"sw-2": {"address": "10.0.0.9"}}, FILE, LATER)
    assert (change.action, change.name, change.device_id) == (Action.CHANGED, "sw-2", device_id)
    assert change.before == SPECS["sw-2"]
    device = get_device(connection, "sw-2")
    assert (device.id, device.spec, device.enabled) == (device_id, {"address": "10.0.0.9"}, True)
    state = get_state(connection, device_id)
    assert state is not None
    assert state.failures == 2


def test_device_gone_from_its_file_is_removed_and_no_other(connection: Connection):
    insert_device(connection, "by-hand", DeviceSource.CLI, {}, NOW)
    apply_devices(connection, SPECS, FILE, NOW)
    changes = apply_devices(connection, {"sw-1": SPECS["sw-1"]}, FILE, LATER)
    assert [(change.action, change.name) for change in changes] == [(Action.REMOVED, "sw-2")]
    assert [device.name for device in list_devices(connection)] == ["by-hand", "sw-1"]


def test_name_of_another_source_is_a_conflict_and_left_alone(connection: Connection):
    before = insert_device(connection, "sw-1", DeviceSource.CLI, {"address": "192.0.2.1"}, NOW)
    changes = apply_devices(connection, SPECS, FILE, LATER)
    assert [(change.action, change.name, change.holder) for change in changes] == [
        (Action.CONFLICT, "sw-1", DeviceSource.CLI),
        (Action.ADDED, "sw-2", None),
    ]
    assert get_device(connection, "sw-1") == before


def test_plan_says_the_same_and_does_nothing(connection: Connection):
    planned = plan_devices(connection, SPECS, FILE)
    assert list_devices(connection) == []
    done = apply_devices(connection, SPECS, FILE, NOW)
    assert [(one.action, one.name, one.after) for one in planned] == [
        (one.action, one.name, one.after) for one in done
    ]


def test_empty_file_removes_all_of_its_own(connection: Connection):
    apply_devices(connection, SPECS, FILE, NOW)
    assert {change.action for change in apply_devices(connection, {}, FILE, NOW)} == {Action.REMOVED}
    assert list_devices(connection) == []
