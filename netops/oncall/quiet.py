"""Quiet hours: until when somebody is told little."""

from datetime import datetime, timedelta

from netops.model.severity import Severity
from netops.model.wall_time import join_spans, to_instant, to_wall
from netops.oncall.person import Person

_WEEK = timedelta(weeks=1)


def find_quiet_end(person: Person, severity: Severity, at: datetime) -> datetime | None:
    """Give the end of a person's quiet hours when they keep back something this grave now; else None."""
    quiet = person.quiet_hours
    if quiet is None or severity.is_at_least(quiet.below):
        return None
    wall = to_wall(at, person.zone)
    for start, end in join_spans(quiet.hours.find_between(wall - _WEEK, wall + _WEEK)):
        if to_instant(start, person.zone) <= at < (ends_at := to_instant(end, person.zone)):
            return ends_at
    return None
