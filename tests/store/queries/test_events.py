from datetime import timedelta

import pytest
from sqlalchemy import Connection

from netops.errors import StoreError
from netops.model.event import Event, EventKind
from netops.store.queries.devices import update_device
from netops.store.queries.events import append_event, append_events, list_events
from peers.rows import LATER, NOW, make_device


def make_event(number: int, **columns: object) -> Event:
    return Event(**{"at": NOW, "kind": EventKind.INTERFACE_CHANGED, "text": str(number)} | columns)


def test_event_comes_back_as_it_went_in(connection: Connection):
    device = make_device(connection)
    data = {"before": None, "after": "上", "count": 2**53}
    event = make_event(1, device_id=device, device_name="sw-1", subject="Gi0/1", data=data)
    append_event(connection, event)
    (found,) = list_events(connection).events
    assert found.id is not None
    assert found.model_dump(exclude={"id"}) == event.model_dump(exclude={"id"})


def test_pages_give_every_event_once_newest_first(connection: Connection):
    """Many share one instant, and one that was received late is older than its neighbours."""
    append_events(connection, [make_event(n, at=NOW + timedelta(seconds=n // 4)) for n in range(10)])
    append_event(connection, make_event(10, at=NOW - timedelta(hours=1)))
    texts, cursor, pages = [], None, 0
    while True:
        page = list_events(connection, limit=3, cursor=cursor)
        texts += [int(event.text) for event in page.events]
        pages += 1
        if (cursor := page.next_cursor) is None:
            break
    assert texts == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10]
    assert pages == 4


def test_last_full_page_says_that_it_is_the_last(connection: Connection):
    append_events(connection, [make_event(n) for n in range(3)])
    assert list_events(connection, limit=3).next_cursor is None
    assert list_events(connection, limit=2).next_cursor is not None


def test_filters_cut_at_their_edges(connection: Connection):
    append_events(
        connection, [make_event(0), make_event(1, at=LATER), make_event(2, kind=EventKind.DEVICE_ADDED)]
    )

    def texts(**filters: object) -> list[str]:
        return sorted(event.text for event in list_events(connection, **filters).events)  # type: ignore[arg-type]  # a shorthand

    assert texts(since=LATER) == ["1"]
    assert texts(since=NOW, until=LATER) == ["0", "2"]
    assert texts(kind=EventKind.DEVICE_ADDED) == ["2"]
    assert texts(device="sw-1") == []


def test_renamed_device_has_its_earlier_events_under_both_names(connection: Connection):
    device = make_device(connection, "old")
    append_event(connection, make_event(1, device_id=device, device_name="old"))
    append_event(connection, make_event(2, device_name="other"))
    update_device(connection, device, LATER, name="new")
    for name in ("old", "new"):
        assert [event.text for event in list_events(connection, device=name).events] == ["1"]


def test_nothing_to_append_is_no_statement(connection: Connection):
    append_events(connection, [])
    assert list_events(connection) == ([], None)


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01T00:00:00~1", "2026-01-01T00:00:00+00:00~x", "~"])
def test_strange_cursor_is_refused(connection: Connection, cursor: str):
    with pytest.raises(StoreError, match="not a cursor"):
        list_events(connection, cursor=cursor)
