"""Keep what polls found: one write per poll, handed to the store's one writer."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from netops.model.device import DeviceState
from netops.model.event import Event
from netops.model.interface import Interface
from netops.model.inventory import InventoryItem
from netops.model.reading import SUBJECTS
from netops.services.changes import KnownState, NewEvent, known_from
from netops.services.fleet import WatchedDevice
from netops.services.inventory_changes import InventoryMemory
from netops.services.poll_device import PollOutcome
from netops.store.engine import read
from netops.store.history.write import write_history, write_speeds
from netops.store.queries.devices import (
    IDENTITY_COLUMNS,
    find_device_by_id,
    get_state,
    has_device,
    update_identity,
    upsert_state,
)
from netops.store.queries.events import append_events
from netops.store.queries.interfaces import (
    insert_interfaces,
    list_interfaces,
    mark_missing,
    update_interfaces,
)
from netops.store.queries.inventory import list_items, mark_items_missing, upsert_items
from netops.store.readings import pack, upsert_latest_many
from netops.store.writer import Writer

_AWAY = "reachability: "


class StoreKeeper:
    """Keeps polls in the store (netops.services.poll_device.Keeper)."""

    def __init__(self, engine: Engine, writer: Writer, *, keep_history: bool = True) -> None:
        self._keep_history = keep_history
        self._engine = engine
        self._writer = writer

    async def load(self, device: WatchedDevice) -> None:
        """Fill in what the store knows of a device: its interfaces, its state, its identity."""
        rows, state, identity, items = await asyncio.to_thread(_load, self._engine, device.id)
        device.inventory = InventoryMemory.of(items)
        device.interfaces = {row.key: known_from(row) for row in rows}
        device.missing = {row.key for row in rows if row.missing_since is not None}
        device.identity = identity
        if state is not None and device.state.answered_at is None:
            device.state = KnownState(
                reachable=state.reachable,
                since=state.since,
                answered_at=state.answered_at,
                failures=state.failures,
                booted_at=state.booted_at,
                # The row may tell of a failed subject too; only what keeps the device away is known state.
                error_kind=state.error_kind if state.reachable is False else "",
                error=state.error.removeprefix(_AWAY) if state.reachable is False else "",
            )

    def keep(self, outcome: PollOutcome) -> bool:
        """Hand a poll over to be written; False when it had to be refused, which is counted.

        After a refusal the device is compared with the store anew, so that no change stays untold.
        """
        taken = self._writer.submit(
            lambda connection: write_poll(connection, outcome, keep_history=self._keep_history)
        )
        if not taken:
            outcome.device.interfaces = None
        return taken


def _load(
    engine: Engine, device_id: int
) -> tuple[list[Interface], DeviceState | None, dict[str, str], list[InventoryItem]]:
    with read(engine) as connection:
        device = find_device_by_id(connection, device_id)
        identity = {column: getattr(device, column) for column in IDENTITY_COLUMNS} if device else {}
        state = get_state(connection, device_id)
        return list_interfaces(connection, device_id), state, identity, list_items(connection, device_id)


def write_poll(connection: Connection, outcome: PollOutcome, *, keep_history: bool = True) -> None:
    """Write one poll, its part of the history too. Nothing of a device that was removed meanwhile, but its events."""
    device, at = outcome.device, outcome.at
    is_there = has_device(connection, device.id)
    append_events(
        connection, as_events(outcome.events, at, device_id=device.id if is_there else None, name=device.name)
    )
    if not is_there:
        return
    upsert_state(connection, _state(outcome))
    update_identity(connection, device.id, outcome.identity, at)
    changes = outcome.interfaces
    insert_interfaces(connection, device.id, changes.added, at)
    update_interfaces(connection, device.id, changes.changed + changes.returned, at)
    mark_missing(connection, device.id, changes.missing, at)
    upsert_items(
        connection,
        [
            {"device_id": device.id, "kind": kind, "changed_at": at, "first_seen": seen, **item._asdict()}
            for kind, item, seen in outcome.inventory.stored
        ],
    )
    mark_items_missing(connection, device.id, outcome.inventory.missing, at)
    if keep_history:
        write_speeds(connection, device.id, changes.added + changes.changed + changes.returned, at)
        write_history(connection, device.id, outcome.result)
    result = outcome.result
    payloads = {
        subject: pack(reading) for subject in SUBJECTS if (reading := getattr(result, subject)) is not None
    }
    upsert_latest_many(connection, device.id, at, payloads)


def as_events(events: Sequence[NewEvent], at: datetime, *, device_id: int | None, name: str) -> list[Event]:
    """Give rows for the store."""
    return [
        Event(
            at=at,
            kind=event.kind,
            device_id=device_id,
            device_name=name,
            subject=event.subject,
            text=event.text,
            data=dict(event.data),
        )
        for event in events
    ]


def _state(outcome: PollOutcome) -> DeviceState:
    state, result = outcome.state, outcome.result
    error = result.reachability.error or (result.errors[0] if result.errors else None)
    return DeviceState(
        device_id=outcome.device.id,
        snmp=result.reachability.snmp,
        icmp=result.reachability.icmp,
        reachable=state.reachable,
        since=state.since,
        polled_at=outcome.at,
        answered_at=state.answered_at,
        poll_seconds=result.duration_seconds,
        failures=state.failures,
        error_kind=error.kind if error else "",
        error=f"{error.subject}: {error.error}" if error else "",
        uptime_seconds=result.system.uptime_seconds if result.system else None,
        booted_at=state.booted_at,
    )
