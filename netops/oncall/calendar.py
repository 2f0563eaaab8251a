"""Shifts as an iCalendar (RFC 5545), for the calendars that people look at."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from icalendar import Calendar, Event

from netops.i18n import _
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Shift, ShiftReason

PRODUCT = "-//netops//on call//EN"


def make_calendar(title: str, shifts: Iterable[Shift], plan: OncallPlan, now: datetime) -> str:
    """Write shifts as a calendar, its lines folded and ended as RFC 5545 asks.

    Times are in UTC, which every calendar shows in its own zone. A shift keeps its UID for as long as its schedule,
    person and start stay, so that a calendar that reads it again has it once.

    Args:
        title: The name that calendars show.
        shifts: What to write, in order.
        plan: Knows the names of people.
        now: When it is made.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    for shift in shifts:
        calendar.add_component(_make_event(shift, plan, now))
    return str(calendar.to_ical(), "utf-8")


def _make_event(shift: Shift, plan: OncallPlan, now: datetime) -> Event:
    person = plan.people.get(shift.person)
    words = {"person": person.name if person else shift.person, "schedule": shift.schedule}
    event = Event()
    seed = f"{shift.schedule}\0{shift.person}\0{shift.starts_at.isoformat()}".encode()
    event.add("uid", f"{hashlib.sha256(seed).hexdigest()[:32]}@netops")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("summary", _("on call: %(person)s (%(schedule)s)") % words)
    if shift.reason is ShiftReason.OVERRIDE:
        event.add("description", _("by an override"))
    event.add("transp", "TRANSPARENT")
    return event
