import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from netops.model.interface import InterfaceStatus
from netops.store.queries.interfaces import (
    READING_COLUMNS,
    insert_interfaces,
    list_interfaces,
    mark_missing,
    update_interfaces,
)
from peers.rows import LATER, NOW, make_device, make_interface


def test_interface_comes_back_with_every_column_of_its_reading(connection: Connection):
    device = make_device(connection)
    reading = make_interface(
        7, alias="上联 uplink", mac="00:11:22:aa:bb:cc", duplex="full", mtu=2**32 - 1, last_change=NOW
    )
    insert_interfaces(connection, device, [reading], NOW)
    (row,) = list_interfaces(connection, device)
    assert row.key == reading.key
    assert {name: getattr(row, name) for name in READING_COLUMNS} == {
        name: getattr(reading, name) for name in READING_COLUMNS
    }
    assert (row.first_seen, row.changed_at, row.missing_since) == (NOW, NOW, None)


def test_change_touches_only_the_named_interface_of_the_named_device(connection: Connection):
    one, two = make_device(connection, "one"), make_device(connection, "two")
    for device in (one, two):
        insert_interfaces(connection, device, [make_interface(1), make_interface(2)], NOW)
    update_interfaces(
        connection, one, [make_interface(1, oper_status=InterfaceStatus.UP, if_index=70)], LATER
    )
    changed = {
        (row.device_id, row.key): (row.oper_status, row.if_index, row.first_seen)
        for device in (one, two)
        for row in list_interfaces(connection, device)
        if row.changed_at == LATER
    }
    assert changed == {(one, "Gi0/1"): (InterfaceStatus.UP, 70, NOW)}


def test_missing_interface_keeps_its_first_time_until_it_is_back(connection: Connection):
    device = make_device(connection)
    insert_interfaces(connection, device, [make_interface(1), make_interface(2)], NOW)
    mark_missing(connection, device, ["Gi0/1", "Gi0/99"], NOW)
    mark_missing(connection, device, ["Gi0/1"], LATER)
    (missing,) = list_interfaces(connection, device, missing=True)
    assert (missing.key, missing.missing_since) == ("Gi0/1", NOW)
    update_interfaces(connection, device, [make_interface(1)], LATER)
    assert list_interfaces(connection, device, missing=True) == []
    assert len(list_interfaces(connection, device, missing=False)) == 2


def test_nothing_to_store_is_no_statement(connection: Connection):
    insert_interfaces(connection, 9, [], NOW)
    update_interfaces(connection, 9, [], NOW)
    mark_missing(connection, 9, [], NOW)


def test_second_interface_of_a_key_is_refused(connection: Connection):
    device = make_device(connection)
    with pytest.raises(IntegrityError):
        insert_interfaces(connection, device, [make_interface(1), make_interface(1)], NOW)


def test_list_is_in_the_order_of_if_index(connection: Connection):
    device = make_device(connection)
    insert_interfaces(connection, device, [make_interface(n) for n in (10, 9, 2)], NOW)
    assert [row.if_index for row in list_interfaces(connection, device)] == [2, 9, 10]
