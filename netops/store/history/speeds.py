"""The speed of an interface over time; a month in which it changed is judged by both."""

import numpy as np
from sqlalchemy import Connection, select

from netops.store.history.samples import Floats, Ints
from netops.store.tables import HISTORY_SPEED


def read_speeds(connection: Connection, interface_id: int, at: Ints) -> Floats:
    """Give the speed in bit/s that an interface had at each instant (milliseconds); NaN where it is unknown.

    What was before the first note is taken to be as the first note says.
    """
    query = (
        select(HISTORY_SPEED.c.since, HISTORY_SPEED.c.speed_bps)
        .where(HISTORY_SPEED.c.interface_id == interface_id)
        .order_by(HISTORY_SPEED.c.since)
    )
    rows = connection.execute(query).all()
    if not rows:
        return np.full(len(at), np.nan)
    since = np.array([row.since for row in rows], np.int64)
    speeds = np.array([np.nan if row.speed_bps is None else row.speed_bps for row in rows], np.float64)
    return speeds[np.maximum(np.searchsorted(since, at, side="right") - 1, 0)]
