from datetime import timedelta

import pytest

from fakes import START
from netops.model.component import ComponentReading
from netops.model.event import EventKind
from netops.model.inventory import InventoryItem, ItemKind
from netops.model.reading import PollResult, SensorKind, SensorReading, SubjectError
from netops.services.inventory_changes import InventoryMemory, decide_inventory

LATER = START + timedelta(hours=1)


def poll(*, components=None, sensors=None, failed=()):
    result = PollResult("core-1", START, components=components, sensors=sensors)
    result.errors += [SubjectError(subject, "timeout", "no answer") for subject in failed]
    return result


def supply(number, serial, **changes):
    facts = {"model": "PWR-1", "firmware": "1.0", "parent": 1} | changes
    return ComponentReading(10 + number, "powerSupply", f"Power Supply {number}", serial=serial, **facts)


CHASSIS = ComponentReading(1, "chassis", "Chassis", serial="C-1")
HARDWARE = [CHASSIS, supply(1, "A"), supply(2, "B")]


def sensor(key, name="Inlet"):
    return SensorReading(key, SensorKind.TEMPERATURE, name, 23.0, "°C")


def known(*polls):
    memory = InventoryMemory()
    for each in polls:
        decide_inventory(memory, each, START)
    return memory


def told(changes):
    return [(event.kind, event.text) for event in changes.events]


def test_what_a_device_has_at_first_is_stored_and_no_news():
    memory = InventoryMemory()
    changes = decide_inventory(memory, poll(components=HARDWARE, sensors=[sensor("t/1")]), START)
    assert changes.events == []
    assert [(kind, item.key) for kind, item, _seen in changes.stored] == [
        (ItemKind.COMPONENT, "Chassis"),
        (ItemKind.COMPONENT, "Chassis / Power Supply 1"),
        (ItemKind.COMPONENT, "Chassis / Power Supply 2"),
        (ItemKind.SENSOR, "t/1"),
    ]


def test_nothing_new_writes_nothing():
    memory = known(poll(components=HARDWARE, sensors=[sensor("t/1")]))
    changes = decide_inventory(memory, poll(components=HARDWARE, sensors=[sensor("t/1")]), LATER)
    assert (changes.stored, changes.missing, changes.events) == ([], [], [])


def test_a_replaced_power_supply_is_told_with_both_serials():
    memory = known(poll(components=HARDWARE))
    changes = decide_inventory(memory, poll(components=[CHASSIS, supply(1, "A"), supply(2, "Z")]), LATER)
    assert told(changes) == [(EventKind.COMPONENT_CHANGED, "Power Supply 2: replaced: serial B → Z")]
    assert changes.events[0].data == {"serial": {"before": "B", "after": "Z"}}
    (stored,) = changes.stored
    assert stored[2] == START  # the place has been known since


def test_new_firmware_is_told():
    memory = known(poll(components=HARDWARE))
    newer = [CHASSIS, supply(1, "A", firmware="1.1"), supply(2, "B")]
    assert told(decide_inventory(memory, poll(components=newer), LATER)) == [
        (EventKind.COMPONENT_CHANGED, "Power Supply 1: firmware 1.0 → 1.1")
    ]


def test_an_index_that_moved_is_no_change():
    """entPhysicalIndex is the agent's business; a module is where its names say."""
    memory = known(poll(components=HARDWARE))
    moved = [ComponentReading(7, "chassis", "Chassis", serial="C-1")]
    moved += [ComponentReading(each.index + 50, each.kind, each.name, model="PWR-1", firmware="1.0", serial=each.serial,
                               parent=7) for each in HARDWARE[1:]]  # fmt: skip
    assert told(decide_inventory(memory, poll(components=moved), LATER)) == []


def test_what_comes_later_is_told():
    memory = known(poll(components=HARDWARE))
    changes = decide_inventory(memory, poll(components=[*HARDWARE, supply(3, "D")]), LATER)
    assert told(changes) == [(EventKind.COMPONENT_ADDED, "Power Supply 3: new")]


def test_what_is_gone_twice_is_missing_once_and_may_return():
    memory = known(poll(components=HARDWARE))
    gone = poll(components=HARDWARE[:2])
    assert told(decide_inventory(memory, gone, LATER)) == []
    changes = decide_inventory(memory, gone, LATER)
    assert changes.missing == [(ItemKind.COMPONENT, "Chassis / Power Supply 2")]
    assert told(changes) == [
        (EventKind.COMPONENT_MISSING, "Power Supply 2: the device no longer tells of it")
    ]
    assert told(decide_inventory(memory, gone, LATER)) == []
    changes = decide_inventory(memory, poll(components=HARDWARE), LATER)
    assert told(changes) == [(EventKind.COMPONENT_RETURNED, "Power Supply 2: is back")]
    assert [item.key for _kind, item, _seen in changes.stored] == ["Chassis / Power Supply 2"]


def test_a_value_that_is_away_for_one_poll_is_no_news():
    memory = known(poll(sensors=[sensor("t/1"), sensor("t/2")]))
    for _ in range(5):
        assert told(decide_inventory(memory, poll(sensors=[sensor("t/1")]), LATER)) == []
        assert told(decide_inventory(memory, poll(sensors=[sensor("t/1"), sensor("t/2")]), LATER)) == []


@pytest.mark.parametrize("nothing", [poll(), poll(components=[], failed=["components"])])
def test_what_was_not_read_to_its_end_proves_nothing_missing(nothing):
    memory = known(poll(components=HARDWARE))
    for _ in range(3):
        changes = decide_inventory(memory, nothing, LATER)
        assert (changes.missing, changes.events) == ([], [])


def test_two_pieces_of_one_name_are_two_items():
    memory = InventoryMemory()
    twins = [
        CHASSIS,
        supply(1, "A"),
        ComponentReading(99, "powerSupply", "Power Supply 1", serial="Q", parent=1),
    ]
    changes = decide_inventory(memory, poll(components=twins), START)
    assert len({item.key for _kind, item, _seen in changes.stored}) == 3


def test_a_circle_of_parents_ends():
    circle = [ComponentReading(1, "module", "one", parent=2), ComponentReading(2, "module", "two", parent=1)]
    changes = decide_inventory(InventoryMemory(), poll(components=circle), START)
    assert {item.key for _kind, item, _seen in changes.stored} == {"two / one", "one / two"}


def test_what_is_stored_is_known_after_a_restart():
    rows = [
        InventoryItem(device_id=1, kind=ItemKind.SENSOR, key=key, name="Inlet", facts={"kind": "temperature"},
                      first_seen=START, changed_at=START, missing_since=since)
        for key, since in (("t/1", None), ("t/2", START))
    ]  # fmt: skip
    memory = InventoryMemory.of(rows)
    changes = decide_inventory(memory, poll(sensors=[sensor("t/1")]), LATER)
    assert (changes.stored, changes.events) == ([], [])
    changes = decide_inventory(memory, poll(sensors=[sensor("t/1"), sensor("t/2")]), LATER)
    assert [event.kind for event in changes.events] == [EventKind.SENSOR_RETURNED]
