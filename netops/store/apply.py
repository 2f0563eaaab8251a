"""Devices that come as a whole set from one source: compared with the table, and brought in line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from netops.model.device import Device, DeviceSource
from netops.store.queries.devices import delete_device, insert_device, list_devices, update_device

Specs = Mapping[str, Mapping[str, Any]]
"""Device name to what its source says of it, as JSON values. The key ``enabled`` (default true) decides the
column of that name."""


class Action(StrEnum):
    """What applying does with one device."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    CONFLICT = "conflict"
    """The name belongs to another source; the device is left alone."""


@dataclass(frozen=True, slots=True)
class Change:
    """One device that differs between a source and the table."""

    action: Action
    name: str
    device_id: int | None
    """None for a device yet to be added."""
    holder: DeviceSource | None = None
    """For a conflict: the source that has the name."""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def decide_changes(devices: list[Device], specs: Specs, source: DeviceSource) -> list[Change]:
    """Compare a source's devices with the table's; pure. Removals come first, so that names are free."""
    by_name = {device.name: device for device in devices}
    removed = [
        Change(Action.REMOVED, device.name, device.id, before=device.spec)
        for device in devices
        if device.source is source and device.name not in specs
    ]
    others = []
    for name, given in specs.items():
        spec = _as_stored(given)
        device = by_name.get(name)
        if device is None:
            others.append(Change(Action.ADDED, name, None, after=spec))
        elif device.source is not source:
            others.append(Change(Action.CONFLICT, name, device.id, device.source, device.spec, spec))
        elif device.spec != spec or device.enabled != _is_enabled(spec):
            others.append(Change(Action.CHANGED, name, device.id, before=device.spec, after=spec))
    return removed + others


def plan_devices(connection: Connection, specs: Specs, source: DeviceSource) -> list[Change]:
    """Say what apply_devices would do, and do nothing."""
    return decide_changes(list_devices(connection), specs, source)


def apply_devices(connection: Connection, specs: Specs, source: DeviceSource, now: datetime) -> list[Change]:
    """Make the table hold exactly these devices of a source; those of other sources stay as they are.

    Doing it twice changes nothing more. A changed device keeps its id, state and history; an added one has its
    id in the change.
    """
    done = []
    for change in plan_devices(connection, specs, source):
        device_id = change.device_id
        match change.action:
            case Action.REMOVED if device_id is not None:
                delete_device(connection, device_id)
            case Action.CHANGED if device_id is not None and change.after is not None:
                enabled = _is_enabled(change.after)
                update_device(connection, device_id, now, spec=change.after, enabled=enabled)
            case Action.ADDED if change.after is not None:
                enabled = _is_enabled(change.after)
                device = insert_device(connection, change.name, source, change.after, now, enabled=enabled)
                device_id = device.id
        done.append(Change(change.action, change.name, device_id, change.holder, change.before, change.after))
    return done


def _as_stored(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Give a spec as it will be read back from a JSON column: lists for tuples, texts for keys."""
    stored: dict[str, Any] = json.loads(json.dumps(spec))
    return stored


def _is_enabled(spec: Mapping[str, Any]) -> bool:
    return spec.get("enabled") is not False
