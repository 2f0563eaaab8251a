"""What a poll changed: pure, from what was known and what was read to events and rows to write."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from netops.model.event import EventKind
from netops.model.identity import IdentityReading
from netops.model.interface import Interface, InterfaceReading, InterfaceStatus
from netops.model.reading import PollResult, Reach, SystemReading

_TICKS_WRAP = timedelta(seconds=2**32 / 100)
_BOOT_SLACK = timedelta(seconds=120)  # agents round their uptime, and clocks drift


class KnownInterface(NamedTuple):
    """The stored columns of an interface, to see at a glance whether a poll changed any."""

    if_index: int
    name: str
    description: str
    alias: str
    type: str
    speed_bps: int | None
    mtu: int | None
    mac: str | None
    admin_status: InterfaceStatus
    oper_status: InterfaceStatus
    duplex: str | None


def known_from(reading: InterfaceReading | Interface) -> KnownInterface:
    """Take the stored columns out of a reading, or out of a stored row."""
    return KnownInterface(
        reading.if_index,
        reading.name,
        reading.description,
        reading.alias,
        reading.type,
        reading.speed_bps,
        reading.mtu,
        reading.mac,
        reading.admin_status,
        reading.oper_status,
        reading.duplex,
    )


_TOLD = ("alias", "description", "speed_bps", "mtu", "mac", "admin_status", "oper_status", "duplex", "type")


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be stored."""

    kind: EventKind
    text: str
    subject: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class InterfaceChanges:
    """What one poll changed about the interfaces of one device."""

    added: list[InterfaceReading] = field(default_factory=list)
    changed: list[InterfaceReading] = field(default_factory=list)
    returned: list[InterfaceReading] = field(default_factory=list)
    """They were missing; their other columns may have changed too."""
    missing: list[str] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)


def decide_interface_changes(
    known: Mapping[str, KnownInterface],
    missing: Iterable[str],
    readings: Iterable[InterfaceReading],
    *,
    complete: bool,
    first: bool,
) -> InterfaceChanges:
    """Compare the interfaces of a poll with those stored.

    Args:
        known: Key to stored columns, the missing ones too.
        missing: Keys already marked missing.
        readings: This poll's.
        complete: The subject was read to its end; otherwise absence proves nothing.
        first: The device was never read before: its interfaces are its beginning, not news.
    """
    changes = InterfaceChanges()
    away = set(missing)
    seen = set()
    for reading in readings:
        seen.add(reading.key)
        before = known.get(reading.key)
        if before is None:
            changes.added.append(reading)
            if not first:
                changes.events.append(
                    NewEvent(EventKind.INTERFACE_ADDED, f"{reading.key}: new interface", reading.key)
                )
            continue
        after = known_from(reading)
        if reading.key in away:
            changes.returned.append(reading)
            changes.events.append(
                NewEvent(EventKind.INTERFACE_RETURNED, f"{reading.key}: is back", reading.key)
            )
        if before != after:
            if reading.key not in away:
                changes.changed.append(reading)
            changes.events += _tell(reading.key, before, after)
    if complete:
        for key in known:
            if key not in seen and key not in away:
                changes.missing.append(key)
                changes.events.append(
                    NewEvent(EventKind.INTERFACE_MISSING, f"{key}: the device no longer lists it", key)
                )
    return changes


def _tell(key: str, before: KnownInterface, after: KnownInterface) -> list[NewEvent]:
    events = []
    if before.if_index != after.if_index:
        moved = {"before": before.if_index, "after": after.if_index}
        text = f"{key}: ifIndex moved from {before.if_index} to {after.if_index}"
        events.append(NewEvent(EventKind.INTERFACE_INDEX_MOVED, text, key, moved))
    differing = {
        name: (_plain(getattr(before, name)), _plain(getattr(after, name)))
        for name in _TOLD
        if getattr(before, name) != getattr(after, name)
    }
    if differing:
        words = ", ".join(f"{name} {_word(old)} → {_word(new)}" for name, (old, new) in differing.items())
        data = {name: {"before": old, "after": new} for name, (old, new) in differing.items()}
        events.append(NewEvent(EventKind.INTERFACE_CHANGED, f"{key}: {words}", key, data))
    return events


def _plain(value: Any) -> Any:
    return value.label if isinstance(value, InterfaceStatus) else value


def _word(value: Any) -> str:
    return "unknown" if value in (None, "") else str(value)


# --- is it there, and since when


@dataclass(slots=True)
class KnownState:
    """How a device was, as of the poll before."""

    reachable: bool | None = None
    since: datetime | None = None
    answered_at: datetime | None = None
    failures: int = 0
    booted_at: datetime | None = None
    error_kind: str = ""
    error: str = ""


@dataclass(slots=True)
class StateChange:
    """How a device is now, and what is news about it."""

    state: KnownState
    events: list[NewEvent] = field(default_factory=list)


def decide_state(before: KnownState, result: PollResult, now: datetime) -> StateChange:
    """Compare a device's reachability and boot time with the poll before."""
    answered = (
        result.reachability.error is None and result.reachability.snmp is not Reach.NO
    )  # this host: UNKNOWN
    error = result.reachability.error
    state = KnownState(
        reachable=answered,
        since=before.since if before.reachable == answered and before.since else now,
        answered_at=now if answered else before.answered_at,
        failures=0 if answered else before.failures + 1,
        booted_at=before.booted_at,
        error_kind=error.kind if error and not answered else "",
        error=error.error if error and not answered else "",
    )
    change = StateChange(state)
    if before.reachable is not False and not answered:
        data = {
            "icmp": result.reachability.icmp.value,
            "reason": error.kind if error else "",
            "last_answer": before.answered_at.isoformat() if before.answered_at else None,
        }
        text = f"cannot be polled: {error.error if error else 'unknown reason'}"
        change.events.append(NewEvent(EventKind.DEVICE_UNREACHABLE, text, data=data))
    elif before.reachable is False and answered:
        seconds = round((now - before.since).total_seconds()) if before.since else None
        change.events.append(
            NewEvent(EventKind.DEVICE_REACHABLE, "answers again", data={"unreachable_seconds": seconds})
        )
    if answered and result.system and result.system.uptime_seconds is not None:
        _decide_boot(change, before, timedelta(seconds=result.system.uptime_seconds), now)
    return change


def _decide_boot(change: StateChange, before: KnownState, uptime: timedelta, now: datetime) -> None:
    booted = now - uptime
    if before.booted_at is None:
        change.state.booted_at = booted
        return
    later = booted - before.booted_at
    if later <= _BOOT_SLACK:
        # Small steps are rounding; a device that knows better now (hrSystemUptime) may say longer ago.
        change.state.booted_at = booted if later < -_BOOT_SLACK else before.booted_at
        return
    if later % _TICKS_WRAP < _BOOT_SLACK or _TICKS_WRAP - later % _TICKS_WRAP < _BOOT_SLACK:
        return  # sysUpTime went through 2**32 ticks (497 days); the device did not restart
    change.state.booted_at = booted
    text = f"restarted at {booted.isoformat(timespec='seconds')}"
    data = {"before": before.booted_at.isoformat(), "after": booted.isoformat()}
    change.events.append(NewEvent(EventKind.DEVICE_REBOOTED, text, data=data))


_IDENTITY = {"sys_name": "name", "location": "location", "contact": "contact", "object_id": "object_id",
             "description": "description"}  # fmt: skip
"""Columns of the device to fields of the system reading."""
_FROM_PROFILE = ("profile", "vendor", "model", "os", "os_version", "serial")


def decide_identity(
    before: Mapping[str, str], system: SystemReading, identity: IdentityReading | None = None
) -> tuple[dict[str, str], list[NewEvent]]:
    """Compare what a device says of itself with what is stored: (columns to write, events).

    What its profile reads may be missing in one poll (a table was not answered); that is no news.
    """
    after = {column: str(getattr(system, name)) for column, name in _IDENTITY.items()}
    if identity is not None:
        after |= {column: value for column in _FROM_PROFILE if (value := str(getattr(identity, column)))}
    changed = {column: value for column, value in after.items() if value != before.get(column, "")}
    news = {column: value for column, value in changed.items() if before.get(column) and column != "profile"}
    if not news:
        return changed, []
    words = ", ".join(f"{column} {before[column]!r} → {value!r}" for column, value in news.items())
    data = {column: {"before": before[column], "after": value} for column, value in news.items()}
    return changed, [NewEvent(EventKind.DEVICE_IDENTITY_CHANGED, words, data=data)]
