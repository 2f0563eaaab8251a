"""Which devices are watched: from files, the command line, later the web and discovery, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from netops.errors import NetopsError
from netops.i18n import _
from netops.model.device import Device, DeviceSource
from netops.model.event import Event, EventKind
from netops.settings.addresses import check_address, check_name, has_placeholder
from netops.settings.devices import DeviceSettings
from netops.settings.diff import diff_devices
from netops.store.apply import Action, Change, apply_devices, plan_devices
from netops.store.queries.devices import delete_device, get_device, insert_device, list_devices
from netops.store.queries.events import append_event
from netops.store.queries.interfaces import delete_missing_interfaces
from netops.store.queries.inventory import delete_missing_of

_ACTIONS = {
    Action.ADDED: EventKind.DEVICE_ADDED,
    Action.CHANGED: EventKind.DEVICE_CHANGED,
    Action.REMOVED: EventKind.DEVICE_REMOVED,
}


class DeviceRefused(NetopsError):
    """The device cannot be added, changed or removed as asked."""


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """A device of the table whose settings could be read."""

    id: int
    source: DeviceSource
    settings: DeviceSettings


def apply_file_devices(
    connection: Connection, devices: Mapping[str, DeviceSettings], now: datetime
) -> list[Change]:
    """Make the table hold exactly the devices of the file; those of other sources stay."""
    changes = apply_devices(connection, dump_specs(devices), DeviceSource.FILE, now)
    for change in changes:
        if change.action in _ACTIONS:
            kept_id = None if change.action is Action.REMOVED else change.device_id
            append_event(
                connection,
                Event(
                    at=now,
                    kind=_ACTIONS[change.action],
                    device_id=kept_id,
                    device_name=change.name,
                    text=f"{change.action.value}, by source {DeviceSource.FILE.value}",
                    data={"source": DeviceSource.FILE.value, "before": change.before, "after": change.after},
                ),
            )
    return changes


def plan_file_devices(connection: Connection, devices: Mapping[str, DeviceSettings]) -> list[Change]:
    """Say what apply_file_devices would do, and do nothing."""
    return plan_devices(connection, dump_specs(devices), DeviceSource.FILE)


def dump_specs(devices: Mapping[str, DeviceSettings]) -> dict[str, dict[str, Any]]:
    """Give settings as the table keeps them."""
    return {name: device.model_dump(mode="json") for name, device in devices.items()}


def describe_change(change: Change) -> list[str]:
    """Word a change for people, a line for each key; a conflict says who holds the name."""
    if change.action is Action.CONFLICT:
        words = {"device": change.name, "source": change.holder.value if change.holder else "?"}
        return [_("%(device)s: left alone, the name belongs to source %(source)s") % words]
    before = {change.name: DeviceSettings.model_validate(change.before)} if change.before else {}
    after = {change.name: DeviceSettings.model_validate(change.after)} if change.after else {}
    return [str(line) for line in diff_devices(before, after)]


def add_device(
    connection: Connection, spec: Mapping[str, Any], source: DeviceSource, now: datetime
) -> StoredDevice:
    """Add one device that is not in the file.

    Raises:
        DeviceRefused: What is given is no device.
        StoreError: The name is taken.
    """
    try:
        settings = DeviceSettings.model_validate(spec)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DeviceRefused(_("this is no device: %(problems)s") % {"problems": problems}) from None
    check_words(settings)
    row = insert_device(
        connection, settings.name, source, settings.model_dump(mode="json"), now, enabled=settings.enabled
    )
    _note(connection, EventKind.DEVICE_ADDED, row, now, source)
    return StoredDevice(row.id or 0, source, settings)


def check_words(settings: DeviceSettings) -> None:
    """Hold a device from elsewhere to what the file of devices asks of a name and an address.

    Raises:
        DeviceRefused: One of them would be trouble.
    """
    for text, check in ((settings.name, check_name), (settings.address or "", check_address)):
        try:
            if not settings.local or text:
                check(text)
        except PydanticCustomError as error:
            words = {
                "text": text,
                "problem": error.message(),
                "hint": (error.context or {}).get("suggestion"),
            }
            message = _("%(text)s: %(problem)s") % words
            raise DeviceRefused(f"{message}; {words['hint']}" if words["hint"] else message) from None
    if not settings.name:
        raise DeviceRefused(
            _("%(text)s: %(problem)s") % {"text": '""', "problem": _("is not a name for a device")}
        )
    if has_placeholder(settings.name):
        raise DeviceRefused(_("%(text)s: a name for one device has no braces") % {"text": settings.name})


def remove_device(connection: Connection, name: str, now: datetime) -> Device:
    """Remove a device with all that was read from it; its events stay.

    Raises:
        NotFound: There is none of this name.
        DeviceRefused: It comes from the file, and would be back at the next start.
    """
    row = get_device(connection, name)
    if row.source is DeviceSource.FILE:
        raise DeviceRefused(
            _("%(device)s stands in the file of devices; remove it there, then run `netops device apply`")
            % {"device": name}
        )
    delete_device(connection, row.id or 0)
    _note(connection, EventKind.DEVICE_REMOVED, row, now, row.source)
    return row


def forget_missing(connection: Connection, name: str) -> int:
    """Delete the interfaces and things that a device no longer tells of; give how many they were.

    Raises:
        NotFound: There is no device of this name.
    """
    device_id = get_device(connection, name).id or 0
    return delete_missing_interfaces(connection, device_id) + delete_missing_of(connection, device_id)


def _note(connection: Connection, kind: EventKind, row: Device, now: datetime, source: DeviceSource) -> None:
    kept_id = None if kind is EventKind.DEVICE_REMOVED else row.id
    text = f"{kind.value.removeprefix('device_')}, by source {source.value}"
    data = {"source": source.value}
    append_event(
        connection, Event(at=now, kind=kind, device_id=kept_id, device_name=row.name, text=text, data=data)
    )


def read_devices(connection: Connection) -> tuple[list[StoredDevice], list[str]]:
    """Give every device that is to be watched, and a line for each whose stored settings cannot be read."""
    devices, complaints = [], []
    for row in list_devices(connection, enabled=True):
        try:
            settings = DeviceSettings.model_validate(row.spec)
        except ValidationError as error:
            count = error.error_count()
            complaints.append(f"{row.name}: its stored settings cannot be read ({count} mistakes)")
            continue
        devices.append(StoredDevice(row.id or 0, row.source, settings))
    return devices, complaints
