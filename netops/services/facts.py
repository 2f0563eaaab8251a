"""What a poll found, in the form of the command line's contract (``netops poll --json``)."""

from typing import Any

from netops.model.address import AddressReading
from netops.model.arp import ArpReading
from netops.model.component import ComponentReading
from netops.model.forwarding import ForwardingReading
from netops.model.identity import IdentityReading
from netops.model.interface import COUNTER_NAMES, InterfaceReading
from netops.model.neighbour import NeighbourReading
from netops.model.reading import PollResult, SensorReading, SpaceReading, SystemReading
from netops.model.vlan import VlanReading


def describe_poll(result: PollResult) -> dict[str, Any]:
    """Give one object with every subject of the contract; a subject nobody reads yet is an empty list."""
    return {
        "device": describe_device(result.system or SystemReading(), result.identity or IdentityReading()),
        "interfaces": [describe_interface(interface) for interface in result.interfaces or ()],
        "sensors": [_sensor(sensor) for sensor in result.sensors or ()],
        "processors": [
            {"name": processor.name, "load_percent": _rounded(processor.load_percent)}
            for processor in result.processors or ()
        ],
        "memory": [_space(space) for space in result.memory or ()],
        "storage": [_space(space) for space in result.storage or ()],
        "supplies": [
            {
                "name": supply.name,
                "kind": supply.kind,
                "level_percent": _rounded(supply.level_percent),
                "state": supply.state or None,
            }
            for supply in result.supplies or ()
        ],
        "components": [describe_component(component) for component in result.components or ()],
        "vlans": [describe_vlan(vlan) for vlan in result.vlans or ()],
        "neighbours": [describe_neighbour(neighbour) for neighbour in result.neighbours or ()],
        "addresses": [describe_address(address) for address in result.addresses or ()],
        "forwarding": [describe_forwarding(entry) for entry in result.forwarding or ()],
        "arp": [describe_arp(entry) for entry in result.arp or ()],
        "errors": [{"subject": e.subject, "kind": e.kind, "error": e.error} for e in result.errors],
    }


def describe_device(system: SystemReading, identity: IdentityReading) -> dict[str, Any]:
    """Give the identity of a device; what nobody could tell is None."""
    return {
        "profile": identity.profile or "generic",
        "vendor": identity.vendor or None,
        "model": identity.model or None,
        "os": identity.os or None,
        "os_version": identity.os_version or None,
        "serial": identity.serial or None,
        "name": system.name or None,
        "location": system.location or None,
        "contact": system.contact or None,
        "object_id": system.object_id or None,
        "description": system.description or None,
        "uptime_seconds": _rounded(system.uptime_seconds),
    }


def describe_interface(interface: InterfaceReading) -> dict[str, Any]:
    """Give one interface; counters that the device lacks are left out."""
    counters = dict(zip(COUNTER_NAMES, interface.counters, strict=False))
    rates = dict(zip(COUNTER_NAMES, interface.rates, strict=False))
    return {
        "key": interface.key,
        "if_index": interface.if_index,
        "name": interface.name,
        "description": interface.description,
        "alias": interface.alias,
        "type": interface.type,
        "speed_bps": interface.speed_bps,
        "mtu": interface.mtu,
        "mac": interface.mac,
        "admin_status": interface.admin_status.label,
        "oper_status": interface.oper_status.label,
        "duplex": interface.duplex,
        "last_change": interface.last_change.isoformat() if interface.last_change else None,
        "counters": {name: value for name, value in counters.items() if value is not None},
        "rates": {name: _rounded(value) for name, value in rates.items() if value is not None},
    }


def describe_component(component: ComponentReading) -> dict[str, Any]:
    """Give one component; what the device leaves empty is ""."""
    return {
        "index": component.index,
        "class": component.kind,
        "name": component.name,
        "description": component.description,
        "model": component.model,
        "serial": component.serial,
        "hardware": component.hardware,
        "firmware": component.firmware,
        "software": component.software,
        "manufacturer": component.manufacturer,
        "parent": component.parent,
        "is_fru": component.is_replaceable,
    }


def describe_vlan(vlan: VlanReading) -> dict[str, Any]:
    """Give one VLAN with its interfaces by key."""
    return {"id": vlan.id, "name": vlan.name, "interfaces": vlan.interfaces, "untagged": vlan.untagged}


def describe_neighbour(neighbour: NeighbourReading) -> dict[str, Any]:
    """Give one neighbour; what it does not tell is ""."""
    return {
        "protocol": neighbour.protocol,
        "local_interface": neighbour.local_interface,
        "remote_device": neighbour.remote_device,
        "remote_interface": neighbour.remote_interface,
        "remote_address": neighbour.remote_address,
        "remote_chassis": neighbour.remote_chassis,
        "remote_port": neighbour.remote_port,
        "remote_description": neighbour.remote_description,
    }


def describe_address(address: AddressReading) -> dict[str, Any]:
    """Give one address of the device."""
    return {
        "address": address.address,
        "prefix_length": address.prefix_length,
        "if_index": address.if_index,
    }


def describe_forwarding(entry: ForwardingReading) -> dict[str, Any]:
    """Give one station of a forwarding table."""
    return {
        "mac": entry.mac,
        "vlan": entry.vlan,
        "interface": entry.interface,
        "is_static": entry.is_static,
    }


def describe_arp(entry: ArpReading) -> dict[str, Any]:
    """Give one entry of the ARP or neighbour discovery cache."""
    return {"address": entry.address, "mac": entry.mac, "if_index": entry.if_index, "kind": entry.kind}


def _sensor(sensor: SensorReading) -> dict[str, Any]:
    limits = sensor.limits
    return {
        "key": sensor.key,
        "kind": sensor.kind.value,
        "name": sensor.name,
        "value": sensor.value,
        "unit": sensor.unit,
        "state": sensor.state,
        "level": sensor.level,
        "limits": {
            "low": limits.low,
            "low_warn": limits.low_warn,
            "high_warn": limits.high_warn,
            "high": limits.high,
        },
        "limits_from": sensor.limits_from,
    }


def _space(space: SpaceReading) -> dict[str, Any]:
    return {
        "name": space.name,
        "total_bytes": space.total_bytes,
        "used_bytes": space.used_bytes,
        "used_percent": _rounded(space.used_percent),
        "informative": space.informative,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
