"""What a poll changed about the things a device has: pure, from what was known and what was read."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from netops.model.component import ComponentReading
from netops.model.event import EventKind
from netops.model.inventory import InventoryItem, ItemKind
from netops.model.reading import PollResult
from netops.services.changes import NewEvent

PATIENCE = 2
"""Complete readings in a row that must lack a thing before it counts as missing: values come and go."""


class Item(NamedTuple):
    """One thing as it is now."""

    key: str
    name: str
    facts: Mapping[str, Any]


class KnownItem(NamedTuple):
    """One thing as it is stored."""

    name: str
    facts: Mapping[str, Any]
    first_seen: datetime


Known = dict[tuple[ItemKind, str], KnownItem]


class Words(NamedTuple):
    """How a kind is told of: its events."""

    added: EventKind
    changed: EventKind
    missing: EventKind
    returned: EventKind


WORDS = {
    ItemKind.COMPONENT: Words(
        EventKind.COMPONENT_ADDED,
        EventKind.COMPONENT_CHANGED,
        EventKind.COMPONENT_MISSING,
        EventKind.COMPONENT_RETURNED,
    ),
    ItemKind.SENSOR: Words(
        EventKind.SENSOR_ADDED, EventKind.SENSOR_CHANGED, EventKind.SENSOR_MISSING, EventKind.SENSOR_RETURNED
    ),
    ItemKind.NEIGHBOUR: Words(
        EventKind.NEIGHBOUR_ADDED,
        EventKind.NEIGHBOUR_CHANGED,
        EventKind.NEIGHBOUR_MISSING,
        EventKind.NEIGHBOUR_RETURNED,
    ),
}


@dataclass(slots=True)
class InventoryMemory:
    """The inventory of one device, as the running daemon knows it."""

    known: Known = field(default_factory=dict)
    missing: set[tuple[ItemKind, str]] = field(default_factory=set)
    absences: dict[tuple[ItemKind, str], int] = field(default_factory=dict)
    """Complete readings in a row that lacked a thing that is not missing yet."""

    @classmethod
    def of(cls, rows: Iterable[InventoryItem]) -> "InventoryMemory":
        """Take over what is stored."""
        memory = cls()
        for row in rows:
            memory.known[row.kind, row.key] = KnownItem(row.name, row.facts, row.first_seen)
            if row.missing_since is not None:
                memory.missing.add((row.kind, row.key))
        return memory


@dataclass(slots=True)
class InventoryChanges:
    """What is to be written and told."""

    stored: list[tuple[ItemKind, Item, datetime]] = field(default_factory=list)
    """New, changed or back, with the time each was first seen."""
    missing: list[tuple[ItemKind, str]] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)


def decide_inventory(memory: InventoryMemory, result: PollResult, now: datetime) -> InventoryChanges:
    """Compare what a poll read with what is known, and know it from now on (``memory`` is changed).

    A kind that was not read in this poll, or not to its end, proves nothing missing. What a device has when
    it is first read is its beginning, not news.
    """
    changes = InventoryChanges()
    failed = {error.subject for error in result.errors}
    for kind, read in READERS.items():
        items = read(result)
        if items is None:
            continue
        first = not any(known_kind is kind for known_kind, _key in memory.known)
        seen = set()
        for item in items:
            seen.add((kind, item.key))
            _compare(kind, item, memory, changes, now, first=first)
        if SUBJECTS[kind] not in failed:
            _look_for_absent(kind, seen, memory, changes)
    return changes


def _compare(
    kind: ItemKind,
    item: Item,
    memory: InventoryMemory,
    changes: InventoryChanges,
    now: datetime,
    *,
    first: bool,
) -> None:
    identity = (kind, item.key)
    memory.absences.pop(identity, None)
    before = memory.known.get(identity)
    returned = identity in memory.missing
    if before is not None and before.name == item.name and before.facts == item.facts and not returned:
        return
    seen_since = before.first_seen if before else now
    memory.known[identity] = KnownItem(item.name, item.facts, seen_since)
    memory.missing.discard(identity)
    changes.stored.append((kind, item, seen_since))
    words = WORDS[kind]
    if before is None:
        if not first:
            changes.events.append(NewEvent(words.added, f"{item.name}: new", item.key, dict(item.facts)))
        return
    if returned:
        changes.events.append(NewEvent(words.returned, f"{item.name}: is back", item.key))
    differing = {
        name: {"before": before.facts.get(name), "after": item.facts.get(name)}
        for name in before.facts.keys() | item.facts.keys()
        if before.facts.get(name) != item.facts.get(name)
    }
    if differing:
        changes.events.append(_tell_change(words.changed, item, differing))


def _tell_change(kind: EventKind, item: Item, differing: Mapping[str, Mapping[str, Any]]) -> NewEvent:
    """Word a change; another serial number means that the thing itself is another."""
    words = ", ".join(
        f"{name} {_word(values['before'])} → {_word(values['after'])}" for name, values in differing.items()
    )
    serial = differing.get("serial")
    is_replaced = serial is not None and serial["before"] and serial["after"]
    return NewEvent(
        kind, f"{item.name}: {'replaced: ' if is_replaced else ''}{words}", item.key, dict(differing)
    )


def _word(value: Any) -> str:
    return "unknown" if value in (None, "") else str(value)


def _look_for_absent(
    kind: ItemKind, seen: set[tuple[ItemKind, str]], memory: InventoryMemory, changes: InventoryChanges
) -> None:
    for identity, known in memory.known.items():
        if identity[0] is not kind or identity in seen or identity in memory.missing:
            continue
        memory.absences[identity] = memory.absences.get(identity, 0) + 1
        if memory.absences[identity] < PATIENCE:
            continue
        del memory.absences[identity]
        memory.missing.add(identity)
        changes.missing.append(identity)
        text = f"{known.name}: the device no longer tells of it"
        changes.events.append(NewEvent(WORDS[kind].missing, text, identity[1]))


# --- readings as items


def _components(result: PollResult) -> list[Item] | None:
    if result.components is None:
        return None
    by_index = {component.index: component for component in result.components}
    items: dict[str, Item] = {}
    for component in result.components:
        key = _path(component, by_index)
        if key in items:
            key = f"{key} #{component.index}"
        facts = {
            "class": component.kind,
            "model": component.model,
            "serial": component.serial,
            "hardware": component.hardware,
            "firmware": component.firmware,
            "software": component.software,
        }
        items[key] = Item(key, component.name, {name: value for name, value in facts.items() if value})
    return list(items.values())


def _path(component: ComponentReading, by_index: Mapping[Any, ComponentReading]) -> str:
    """Give the names from the top down to a component; an agent's circle of parents is cut."""
    names, seen = [component.name], {component.index}
    at = component
    while at.parent is not None and at.parent in by_index and at.parent not in seen:
        seen.add(at.parent)
        at = by_index[at.parent]
        names.append(at.name)
    return " / ".join(reversed(names))


def _sensors(result: PollResult) -> list[Item] | None:
    if result.sensors is None:
        return None
    return [Item(sensor.key, sensor.name, {"kind": str(sensor.kind)}) for sensor in result.sensors]


def _neighbours(result: PollResult) -> list[Item] | None:
    if result.neighbours is None:
        return None
    items: dict[str, Item] = {}
    for neighbour in result.neighbours:
        told = neighbour.remote_device or neighbour.remote_address
        key = f"{neighbour.protocol}/{neighbour.local_interface}/{told}/{neighbour.remote_interface}"
        facts = {"remote_interface": neighbour.remote_interface, "remote_address": neighbour.remote_address}
        items[key] = Item(key, f"{told} on {neighbour.local_interface}", facts)
    return list(items.values())


READERS: dict[ItemKind, Callable[[PollResult], list[Item] | None]] = {
    ItemKind.COMPONENT: _components,
    ItemKind.SENSOR: _sensors,
    ItemKind.NEIGHBOUR: _neighbours,
}
SUBJECTS = {ItemKind.COMPONENT: "components", ItemKind.SENSOR: "sensors", ItemKind.NEIGHBOUR: "neighbours"}
"""The subject whose error says that a kind was not read to its end."""
