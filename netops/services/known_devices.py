"""What the store knows that tells devices apart, and whom they have for neighbours."""

import ipaddress

from sqlalchemy import Connection

from netops.errors import StoreError
from netops.model.address import AddressReading
from netops.model.neighbour import NeighbourReading
from netops.services.discover_devices import UNTELLING
from netops.services.same_device import Likeness
from netops.store.queries.devices import list_devices
from netops.store.readings import get_latest, unpack


def list_likenesses(connection: Connection) -> list[tuple[str, Likeness]]:
    """Give every device of the table by name, watched or not."""
    known = []
    for device in list_devices(connection):
        address = str(device.spec.get("address") or "")
        reached = frozenset({address} - {""})
        own = {each.address for each in _addresses(connection, device.id or 0)} - UNTELLING
        likeness = Likeness(
            device.sys_name, device.serial, device.vendor, b"", frozenset(own) | reached, reached
        )
        known.append((device.name, likeness))
    return known


def list_neighbour_addresses(connection: Connection) -> list[str]:
    """Give the management addresses of all devices' neighbours, those of known devices left out, in order."""
    taken = {address for _name, likeness in list_likenesses(connection) for address in likeness.addresses}
    found: dict[str, None] = {}
    for device in list_devices(connection):
        for neighbour in _neighbours(connection, device.id or 0):
            if neighbour.remote_address not in taken and _is_address(neighbour.remote_address):
                found[neighbour.remote_address] = None
    return list(found)


def _addresses(connection: Connection, device_id: int) -> list[AddressReading]:
    row = get_latest(connection, device_id, "addresses")
    try:
        return unpack(row.payload, list[AddressReading]) if row else []
    except StoreError:  # damaged: it tells nothing, and the next poll writes it anew
        return []


def _neighbours(connection: Connection, device_id: int) -> list[NeighbourReading]:
    row = get_latest(connection, device_id, "neighbours")
    try:
        return unpack(row.payload, list[NeighbourReading]) if row else []
    except StoreError:
        return []


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)
