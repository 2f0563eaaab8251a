from datetime import timedelta

from sqlalchemy import Connection

from netops.model.inventory import ItemKind
from netops.store.queries.devices import delete_device
from netops.store.queries.inventory import (
    delete_missing_items,
    list_items,
    mark_items_missing,
    upsert_items,
)
from peers.rows import LATER, NOW, make_device


def item(device, key, kind=ItemKind.COMPONENT, **changes):
    plain = {"device_id": device, "kind": kind, "key": key, "name": key, "facts": {"serial": "A"}}
    return plain | {"first_seen": NOW, "changed_at": NOW} | changes


def rows(connection, device):
    return {(row.kind, row.key): row for row in list_items(connection, device)}


def test_items_come_back_as_they_were_stored(connection: Connection):
    device = make_device(connection)
    upsert_items(connection, [item(device, "机箱 / PSU 1"), item(device, "t/1", ItemKind.SENSOR)])
    found = rows(connection, device)
    assert set(found) == {(ItemKind.COMPONENT, "机箱 / PSU 1"), (ItemKind.SENSOR, "t/1")}
    row = found[ItemKind.COMPONENT, "机箱 / PSU 1"]
    assert (row.facts, row.first_seen, row.missing_since) == ({"serial": "A"}, NOW, None)
    assert [row.key for row in list_items(connection, device, kind=ItemKind.SENSOR)] == ["t/1"]


def test_a_changed_item_keeps_when_it_was_first_seen(connection: Connection):
    device = make_device(connection)
    upsert_items(connection, [item(device, "PSU 1")])
    upsert_items(connection, [item(device, "PSU 1", facts={"serial": "B"}, changed_at=LATER)])
    (row,) = rows(connection, device).values()
    assert (row.facts, row.first_seen, row.changed_at) == ({"serial": "B"}, NOW, LATER)


def test_only_the_named_item_of_the_named_device_goes_missing_and_may_come_back(connection: Connection):
    one, two = make_device(connection, "one"), make_device(connection, "two")
    for device in (one, two):
        upsert_items(connection, [item(device, "x"), item(device, "x", ItemKind.SENSOR)])
    mark_items_missing(connection, one, [(ItemKind.SENSOR, "x")], LATER)
    missing = {
        (device, kind): row.missing_since
        for device in (one, two)
        for (kind, _key), row in rows(connection, device).items()
    }
    assert missing == {
        (one, ItemKind.COMPONENT): None,
        (one, ItemKind.SENSOR): LATER,
        (two, ItemKind.COMPONENT): None,
        (two, ItemKind.SENSOR): None,
    }
    mark_items_missing(connection, one, [(ItemKind.SENSOR, "x")], LATER + timedelta(days=1))
    assert rows(connection, one)[ItemKind.SENSOR, "x"].missing_since == LATER
    upsert_items(connection, [item(one, "x", ItemKind.SENSOR)])
    assert rows(connection, one)[ItemKind.SENSOR, "x"].missing_since is None


def test_what_is_missing_too_long_is_forgotten(connection: Connection):
    device = make_device(connection)
    upsert_items(connection, [item(device, "old"), item(device, "new"), item(device, "there")])
    mark_items_missing(connection, device, [(ItemKind.COMPONENT, "old")], NOW)
    mark_items_missing(connection, device, [(ItemKind.COMPONENT, "new")], LATER)
    assert delete_missing_items(connection, LATER) == 1
    assert {key for _kind, key in rows(connection, device)} == {"new", "there"}


def test_items_go_with_their_device(connection: Connection):
    device = make_device(connection)
    upsert_items(connection, [item(device, "x")])
    delete_device(connection, device)
    assert list_items(connection, device) == []


def test_nothing_to_store_is_no_statement(connection: Connection):
    upsert_items(connection, [])
    mark_items_missing(connection, 1, [], NOW)
