"""What a poll changed, decided from plain values."""

from datetime import UTC, datetime, timedelta

import pytest

from netops.model.event import EventKind
from netops.model.interface import InterfaceReading, InterfaceStatus
from netops.model.reading import PollResult, Reach, ReachabilityReading, SubjectError, SystemReading
from netops.services.changes import (
    KnownState,
    decide_identity,
    decide_interface_changes,
    decide_state,
    known_from,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WRAP = timedelta(seconds=2**32 / 100)


def port(key: str = "Gi1/0/1", if_index: int = 1, **facts: object) -> InterfaceReading:
    return InterfaceReading(key, if_index, name=key, oper_status=InterfaceStatus.UP, **facts)  # type: ignore[arg-type]


def decide(
    known: list[InterfaceReading], read: list[InterfaceReading], *, missing=(), complete=True, first=False
):
    return decide_interface_changes(
        {reading.key: known_from(reading) for reading in known}, missing, read, complete=complete, first=first
    )


def kinds(events) -> list[EventKind]:
    return [event.kind for event in events]


def test_same_interfaces_change_nothing():
    changes = decide([port()], [port()])
    assert not (changes.added or changes.changed or changes.missing or changes.returned or changes.events)


def test_interfaces_of_a_first_poll_are_stored_but_are_no_news():
    changes = decide([], [port()], first=True)
    assert [reading.key for reading in changes.added] == ["Gi1/0/1"]
    assert changes.events == []


def test_new_interface_of_a_known_device_is_news():
    changes = decide([port()], [port(), port("Gi1/0/2", 2)])
    assert kinds(changes.events) == [EventKind.INTERFACE_ADDED]


def test_interface_that_vanished_is_marked_missing_once():
    known = [port(), port("Gi1/0/2", 2)]
    changes = decide(known, [port()])
    assert changes.missing == ["Gi1/0/2"]
    assert kinds(changes.events) == [EventKind.INTERFACE_MISSING]
    assert decide(known, [port()], missing={"Gi1/0/2"}).events == []


def test_half_a_table_makes_nothing_missing():
    changes = decide([port(), port("Gi1/0/2", 2)], [port()], complete=False)
    assert changes.missing == []
    assert changes.events == []


def test_missing_interface_that_returns_is_told_with_what_changed():
    changes = decide([port()], [port(alias="new use")], missing={"Gi1/0/1"})
    assert [reading.key for reading in changes.returned] == ["Gi1/0/1"]
    assert changes.changed == []
    assert kinds(changes.events) == [EventKind.INTERFACE_RETURNED, EventKind.INTERFACE_CHANGED]


def test_moved_if_index_is_an_event_of_its_own_and_keeps_the_key():
    changes = decide([port(if_index=1)], [port(if_index=10101)])
    assert [reading.key for reading in changes.changed] == ["Gi1/0/1"]
    assert kinds(changes.events) == [EventKind.INTERFACE_INDEX_MOVED]
    assert changes.events[0].data == {"before": 1, "after": 10101}


def test_status_change_names_both_states_as_the_mib_spells_them():
    down = port()
    down.oper_status = InterfaceStatus.LOWER_LAYER_DOWN
    (event,) = decide([port()], [down]).events
    assert event.text == "Gi1/0/1: oper_status up → lowerLayerDown"
    assert event.data == {"oper_status": {"before": "up", "after": "lowerLayerDown"}}


# --- reachability


def polled(*, snmp: Reach = Reach.YES, uptime: float | None = None, error: str = "") -> PollResult:
    refusal = SubjectError("reachability", "timeout", error) if error else None
    system = SystemReading(uptime_seconds=uptime) if uptime is not None else None
    return PollResult("sw-1", NOW, reachability=ReachabilityReading(snmp, error=refusal), system=system)


def test_first_answer_is_no_news():
    change = decide_state(KnownState(), polled(uptime=100), NOW)
    assert change.state.reachable is True
    assert change.state.since == NOW
    assert change.events == []


def test_silence_is_told_once_and_counted():
    up = KnownState(reachable=True, since=NOW - timedelta(days=1), answered_at=NOW - timedelta(minutes=1))
    silent = polled(snmp=Reach.NO, error="no SNMP answer")
    first = decide_state(up, silent, NOW)
    assert kinds(first.events) == [EventKind.DEVICE_UNREACHABLE]
    assert first.state.since == NOW
    second = decide_state(first.state, silent, NOW + timedelta(minutes=1))
    assert second.events == []
    assert second.state.failures == 2
    assert second.state.since == NOW


def test_refused_credential_counts_as_not_polled_although_somebody_answered():
    change = decide_state(KnownState(reachable=True), polled(snmp=Reach.YES, error="wrong community"), NOW)
    assert change.state.reachable is False
    assert change.state.error == "wrong community"


def test_return_tells_how_long_it_was_away():
    away = KnownState(reachable=False, since=NOW - timedelta(minutes=5), failures=5)
    change = decide_state(away, polled(uptime=3.0), NOW)
    assert kinds(change.events) == [EventKind.DEVICE_REACHABLE]
    assert change.events[0].data == {"unreachable_seconds": 300}
    assert change.state.failures == 0


@pytest.mark.parametrize(
    ("booted_before", "uptime_seconds", "is_reboot"),
    [
        (NOW - timedelta(days=10), 10 * 86_400, False),
        (NOW - timedelta(days=10), 10 * 86_400 - 119, False),
        (NOW - timedelta(days=10), 10 * 86_400 - 121, True),
        (NOW - timedelta(days=10), 60, True),
        (NOW - timedelta(days=10), 20 * 86_400, False),
        (NOW - WRAP - timedelta(hours=1), 3_600, False),
        (NOW - WRAP * 2 - timedelta(hours=1), 3_600 + 30, False),
        (NOW - WRAP - timedelta(hours=1), 3_000, True),
    ],
    ids=[
        "same",
        "rounding",
        "beyond rounding",
        "reboot",
        "knows better",
        "wrap",
        "two wraps",
        "reboot near a wrap",
    ],
)
def test_reboot_is_told_from_rounding_and_from_the_wrap_of_sysuptime(
    booted_before, uptime_seconds, is_reboot
):
    before = KnownState(reachable=True, booted_at=booted_before)
    change = decide_state(before, polled(uptime=uptime_seconds), NOW)
    assert kinds(change.events) == ([EventKind.DEVICE_REBOOTED] if is_reboot else [])


# --- identity


def test_identity_read_for_the_first_time_is_stored_without_an_event():
    columns, events = decide_identity({}, SystemReading(name="core-1", location="rack 1"))
    assert columns == {"sys_name": "core-1", "location": "rack 1"}
    assert events == []


def test_new_software_is_told_with_before_and_after():
    columns, (event,) = decide_identity({"description": "IOS 15"}, SystemReading(description="IOS 16"))
    assert columns == {"description": "IOS 16"}
    assert event.kind is EventKind.DEVICE_IDENTITY_CHANGED
    assert event.data == {"description": {"before": "IOS 15", "after": "IOS 16"}}
