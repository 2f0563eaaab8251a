"""What the store knows of devices, as plain values for the command line and the web."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from netops.model.address import AddressReading
from netops.model.arp import ArpReading
from netops.model.component import ComponentReading
from netops.model.device import Device, DeviceState
from netops.model.forwarding import ForwardingReading
from netops.model.identity import IdentityReading
from netops.model.interface import InterfaceReading
from netops.model.neighbour import NeighbourReading
from netops.model.reading import (
    PollResult,
    ProcessorReading,
    SensorReading,
    SpaceReading,
    SystemReading,
)
from netops.model.service_check import ServiceCheckReading
from netops.model.supply import SupplyReading
from netops.model.vlan import VlanReading
from netops.services.facts import describe_poll
from netops.store.queries.devices import get_device, get_state, get_states, list_devices
from netops.store.queries.events import list_events
from netops.store.queries.interfaces import list_interfaces
from netops.store.queries.inventory import list_items
from netops.store.readings import list_latest, unpack

_LATEST_EVENTS = 10


def list_stored_devices(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Give every device with its state, in the order of names."""
    states = get_states(connection)
    return [_row(device, states.get(device.id or 0), now) for device in list_devices(connection)]


def describe_stored_device(connection: Connection, name: str, now: datetime) -> dict[str, Any]:
    """Give the object of ``netops poll --json`` from the latest poll, and what the inventory adds to it.

    Raises:
        NotFound: There is no such device.
    """
    device = get_device(connection, name)
    device_id = device.id or 0
    state = get_state(connection, device_id)
    latest = _latest(connection, device_id, device.name, now)
    facts = describe_poll(latest)
    watched = {check["name"] for check in device.spec.get("checks", ())}
    # What was read before a check was taken out of the settings may still be stored.
    facts["checks"] = [_check(check, now) for check in latest.checks or () if check.name in watched]
    if state and state.error:
        subject, _colon, text = state.error.partition(": ")
        facts["errors"].append({"subject": subject, "kind": state.error_kind, "error": text})
    facts["inventory"] = _row(device, state, now)
    facts["missing_interfaces"] = [
        {"key": row.key, "missing_since": _instant(row.missing_since)}
        for row in list_interfaces(connection, device_id, missing=True)
    ]
    facts["missing"] = [
        {"kind": item.kind.value, "name": item.name, "missing_since": _instant(item.missing_since)}
        for item in list_items(connection, device_id)
        if item.missing_since is not None
    ]
    page = list_events(connection, device=device.name, limit=_LATEST_EVENTS)
    facts["events"] = [
        {"at": _instant(event.at), "kind": event.kind.value, "subject": event.subject, "text": event.text}
        for event in page.events
    ]
    return facts


_SHAPES: dict[str, Any] = {
    "system": SystemReading,
    "identity": IdentityReading,
    "interfaces": list[InterfaceReading],
    "sensors": list[SensorReading],
    "supplies": list[SupplyReading],
    "processors": list[ProcessorReading],
    "memory": list[SpaceReading],
    "storage": list[SpaceReading],
    "components": list[ComponentReading],
    "vlans": list[VlanReading],
    "neighbours": list[NeighbourReading],
    "addresses": list[AddressReading],
    "forwarding": list[ForwardingReading],
    "arp": list[ArpReading],
    "checks": list[ServiceCheckReading],
}
"""Subject to what its stored reading unpacks to; subjects that nobody shows are left out."""


def _latest(connection: Connection, device_id: int, name: str, now: datetime) -> PollResult:
    result = PollResult(name, now)
    for subject, row in list_latest(connection, device_id).items():
        if subject in _SHAPES:
            setattr(result, subject, unpack(row.payload, _SHAPES[subject]))
    return result


def _row(device: Device, state: DeviceState | None, now: datetime) -> dict[str, Any]:
    polled_at = state.polled_at if state else None
    return {
        "name": device.name,
        "source": device.source.value,
        "enabled": device.enabled,
        "address": device.spec.get("address"),
        "port": device.spec.get("port"),
        "site": device.spec.get("site"),
        "tags": device.spec.get("tags", []),
        "credential": device.spec.get("credential"),
        "reachable": state.reachable if state else None,
        "snmp": state.snmp.value if state else "unknown",
        "icmp": state.icmp.value if state else "unknown",
        "since": _instant(state.since) if state else None,
        "polled_at": _instant(polled_at),
        "polled_seconds_ago": round((now - polled_at).total_seconds()) if polled_at else None,
        "poll_seconds": state.poll_seconds if state else None,
        "uptime_seconds": state.uptime_seconds if state else None,
        "error_kind": state.error_kind if state else "",
        "error": state.error if state else "",
        "description": device.description,
    }


def _check(check: ServiceCheckReading, now: datetime) -> dict[str, Any]:
    certificate = check.certificate
    return {
        "name": check.name,
        "type": check.type,
        "is_up": check.is_up,
        "duration_seconds": round(check.duration_seconds, 3),
        "failure": check.failure,
        "detail": check.detail,
        "status_code": check.status_code,
        "certificate": None
        if certificate is None
        else {
            "not_after": _instant(certificate.not_after),
            "days_left": (certificate.not_after - now).days,
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "is_trusted": certificate.is_trusted,
            "distrust": certificate.distrust,
        },
    }


def _instant(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
