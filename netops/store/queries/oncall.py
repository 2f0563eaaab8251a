"""Overrides and maintenance windows that people added: asked for, taken back, and never deleted."""

from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from netops.errors import NotFound
from netops.i18n import _
from netops.model.oncall import MaintenanceWindow, OncallOverride
from netops.store.tables import MAINTENANCE_WINDOW, ONCALL_OVERRIDE


def insert_override(connection: Connection, override: OncallOverride) -> int:
    """Store a new override and give its id."""
    row = override.model_dump(exclude={"id"})
    made = connection.execute(insert(ONCALL_OVERRIDE).values(row).returning(ONCALL_OVERRIDE.c.id))
    return int(made.scalar_one())


def list_overrides(connection: Connection, *, ending_after: datetime | None = None) -> list[OncallOverride]:
    """Give overrides in the order in which they were added.

    Without ``ending_after`` all of them; with it those that hold after that instant.
    """
    query = select(ONCALL_OVERRIDE).order_by(ONCALL_OVERRIDE.c.id)
    if ending_after is not None:
        removed_at = ONCALL_OVERRIDE.c.removed_at
        query = query.where(ONCALL_OVERRIDE.c.ends_at > ending_after)
        query = query.where(or_(removed_at.is_(None), removed_at > ending_after))
    return [OncallOverride(**row) for row in connection.execute(query).mappings()]


def get_override(connection: Connection, override_id: int) -> OncallOverride:
    """Give one override.

    Raises:
        NotFound: There is no such override.
    """
    query = select(ONCALL_OVERRIDE).where(ONCALL_OVERRIDE.c.id == override_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(_("there is no override %(id)d") % {"id": override_id})
    return OncallOverride(**row)


def remove_override(connection: Connection, override_id: int, now: datetime, who: str) -> bool:
    """Take an override back from now on; False when it holds no more."""
    table = ONCALL_OVERRIDE
    is_it = (table.c.id == override_id) & table.c.removed_at.is_(None) & (table.c.ends_at > now)
    changed = connection.execute(update(table).where(is_it).values(removed_at=now, removed_by=who))
    return changed.rowcount == 1


def insert_window(connection: Connection, window: MaintenanceWindow) -> int:
    """Store a new maintenance window and give its id."""
    row = window.model_dump(exclude={"id"})
    made = connection.execute(insert(MAINTENANCE_WINDOW).values(row).returning(MAINTENANCE_WINDOW.c.id))
    return int(made.scalar_one())


def list_windows(connection: Connection, *, ended_after: datetime | None = None) -> list[MaintenanceWindow]:
    """Give windows in the order in which they were added; with ``ended_after`` not those ended before."""
    query = select(MAINTENANCE_WINDOW).order_by(MAINTENANCE_WINDOW.c.id)
    if ended_after is not None:
        ended_at = MAINTENANCE_WINDOW.c.ended_at
        query = query.where(or_(ended_at.is_(None), ended_at > ended_after))
    return [MaintenanceWindow(**row) for row in connection.execute(query).mappings()]


def get_window(connection: Connection, window_id: int) -> MaintenanceWindow:
    """Give one window.

    Raises:
        NotFound: There is no such window.
    """
    query = select(MAINTENANCE_WINDOW).where(MAINTENANCE_WINDOW.c.id == window_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(_("there is no maintenance window %(id)d") % {"id": window_id})
    return MaintenanceWindow(**row)


def end_window(connection: Connection, window_id: int, now: datetime, who: str) -> bool:
    """End a window for good from now on; False when that was done before."""
    is_it = (MAINTENANCE_WINDOW.c.id == window_id) & MAINTENANCE_WINDOW.c.ended_at.is_(None)
    changed = connection.execute(update(MAINTENANCE_WINDOW).where(is_it).values(ended_at=now, ended_by=who))
    return changed.rowcount == 1
