"""Silences: asked for, ended, and never deleted."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from netops.errors import NotFound
from netops.i18n import _
from netops.model.alert import Silence
from netops.store.tables import SILENCE


def insert_silence(connection: Connection, silence: Silence) -> int:
    """Store a new silence and give its id."""
    row = silence.model_dump(exclude={"id"})
    return int(connection.execute(insert(SILENCE).values(row).returning(SILENCE.c.id)).scalar_one())


def list_silences(connection: Connection, *, ending_after: datetime | None = None) -> list[Silence]:
    """Give the silences that have not ended at an instant, or all, in the order in which they were asked for."""
    query = select(SILENCE).order_by(SILENCE.c.id)
    if ending_after is not None:
        query = query.where(SILENCE.c.ends_at > ending_after)
    return [Silence(**row) for row in connection.execute(query).mappings()]


def get_silence(connection: Connection, silence_id: int) -> Silence:
    """Give one silence.

    Raises:
        NotFound: There is no such silence.
    """
    row = connection.execute(select(SILENCE).where(SILENCE.c.id == silence_id)).mappings().first()
    if row is None:
        raise NotFound(_("there is no silence %(id)d") % {"id": silence_id})
    return Silence(**row)


def end_silence(connection: Connection, silence_id: int, now: datetime, who: str) -> bool:
    """End a silence before its time; False when it had ended already."""
    is_it = (SILENCE.c.id == silence_id) & (SILENCE.c.ends_at > now)
    changed = connection.execute(update(SILENCE).where(is_it).values(ends_at=now, ended_by=who))
    return changed.rowcount == 1
