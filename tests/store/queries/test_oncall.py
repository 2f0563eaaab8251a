"""Overrides and windows that people added, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from netops.errors import NotFound
from netops.model.oncall import MaintenanceWindow, OncallOverride
from netops.store.engine import read, write
from netops.store.queries.oncall import (
    end_window,
    get_override,
    get_window,
    insert_override,
    insert_window,
    list_overrides,
    list_windows,
    remove_override,
)
from peers.rows import NOW

HOUR = timedelta(hours=1)


def override(start: int, end: int) -> OncallOverride:
    return OncallOverride(
        schedule="net",
        person="ana",
        starts_at=NOW + start * HOUR,
        ends_at=NOW + end * HOUR,
        author="li",
        added_at=NOW,
    )


def test_an_override_comes_back_as_it_was_stored(engine: Engine):
    with write(engine) as connection:
        made = insert_override(connection, override(0, 5))
    with read(engine) as connection:
        found = get_override(connection, made)
        assert found.model_dump() == override(0, 5).model_dump() | {"id": made}
        with pytest.raises(NotFound, match="there is no override 99"):
            get_override(connection, 99)


def test_an_override_is_taken_back_once_and_stays_on_record(engine: Engine):
    with write(engine) as connection:
        first, over = (
            insert_override(connection, override(0, 5)),
            insert_override(connection, override(-5, -1)),
        )
        assert remove_override(connection, first, NOW + HOUR, "zoe")
        assert not remove_override(connection, first, NOW + 2 * HOUR, "max")
        assert not remove_override(connection, over, NOW, "max")
    with read(engine) as connection:
        assert [(one.removed_by, one.removed_at) for one in list_overrides(connection)] == [
            ("zoe", NOW + HOUR),
            (None, None),
        ]


def test_only_overrides_that_hold_after_an_instant_are_listed(engine: Engine):
    with write(engine) as connection:
        for start, end in ((-5, 0), (-5, 1), (3, 4)):
            insert_override(connection, override(start, end))
        removed = insert_override(connection, override(0, 9))
        remove_override(connection, removed, NOW, "zoe")
    with read(engine) as connection:
        assert [one.id for one in list_overrides(connection, ending_after=NOW)] == [2, 3]
        assert [one.id for one in list_overrides(connection, ending_after=NOW - HOUR)] == [1, 2, 3, removed]


def test_a_window_keeps_its_text_and_ends_once(engine: Engine):
    spec = {"name": "网络割接", "devices": ["core-1"], "from": "2026-01-01 22:00", "to": "2026-01-02 02:00"}
    with write(engine) as connection:
        made = insert_window(connection, MaintenanceWindow(spec=spec, author="li", added_at=NOW))
        kept = insert_window(connection, MaintenanceWindow(spec=spec, author="li", added_at=NOW))
        assert end_window(connection, made, NOW + HOUR, "zoe")
        assert not end_window(connection, made, NOW + 2 * HOUR, "max")
    with read(engine) as connection:
        found = get_window(connection, made)
        assert (found.spec, found.ended_by, found.ended_at) == (spec, "zoe", NOW + HOUR)
        assert [one.id for one in list_windows(connection, ended_after=NOW + HOUR)] == [kept]
        assert [one.id for one in list_windows(connection, ended_after=NOW)] == [made, kept]
        with pytest.raises(NotFound, match="there is no maintenance window 99"):
            get_window(connection, 99)
