"""Who is on call, shifts, gaps and overrides as plain values for the command line and the web."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from netops.alerting.maintenance import make_window
from netops.model.oncall import MaintenanceWindow, OncallOverride
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Gap, Schedule, Shift
from netops.oncall.shifts import list_shifts, who_is_on_call
from netops.settings.maintenance import MaintenanceSettings
from netops.settings.oncall import OncallSettings


def describe_holder(plan: OncallPlan, schedule: Schedule, at: datetime) -> dict[str, Any]:
    """Give the object of ``netops oncall who --json``; its person is None when nobody has it."""
    shift = who_is_on_call(schedule, at)
    if shift is None:
        return {"schedule": schedule.name, "person": None, "time_zone": schedule.zone.key}
    return describe_shift(plan, shift)


def describe_shift(plan: OncallPlan, shift: Shift) -> dict[str, Any]:
    """Give the object of ``netops oncall shifts --json``."""
    person = plan.people.get(shift.person)
    return {
        "schedule": shift.schedule,
        "person": shift.person,
        "name": person.name if person else "",
        "from": shift.starts_at.isoformat(),
        "to": shift.ends_at.isoformat(),
        "reason": shift.reason.value,
        "instead_of": shift.instead_of,
        "override": shift.override_id,
        "time_zone": plan.schedules[shift.schedule].zone.key,
    }


def list_shifts_of(
    plan: OncallPlan, schedules: Iterable[Schedule], start: datetime, end: datetime, person: str = ""
) -> list[Shift]:
    """Give the shifts of several schedules, of one person where one is named, by their starts."""
    shifts = [
        shift
        for schedule in schedules
        for shift in list_shifts(schedule, start, end)
        if person in {"", shift.person}
    ]
    order = list(plan.schedules)
    return sorted(shifts, key=lambda shift: (shift.starts_at, order.index(shift.schedule)))


def list_whole_shifts(
    plan: OncallPlan, schedules: Iterable[Schedule], start: datetime, end: datetime, person: str = ""
) -> list[Shift]:
    """Give the shifts that touch a span as list_shifts_of does, and each from its true start to its true end."""
    whole = []
    for shift in list_shifts_of(plan, schedules, start, end, person):
        is_cut = shift.starts_at == start or shift.ends_at == end
        whole.append((is_cut and who_is_on_call(plan.schedules[shift.schedule], shift.starts_at)) or shift)
    return whole


def describe_gap(plan: OncallPlan, gap: Gap) -> dict[str, Any]:
    """Give the object of ``netops oncall gaps --json``."""
    return {
        "schedule": gap.schedule,
        "from": gap.starts_at.isoformat(),
        "to": gap.ends_at.isoformat(),
        "time_zone": plan.schedules[gap.schedule].zone.key,
    }


def describe_override(override: OncallOverride) -> dict[str, Any]:
    """Give the object of ``netops oncall override list --json``."""
    return {
        "id": override.id,
        "schedule": override.schedule,
        "person": override.person,
        "instead_of": override.instead_of,
        "from": override.starts_at.isoformat(),
        "to": override.ends_at.isoformat(),
        "author": override.author,
        "comment": override.comment,
        "added_at": override.added_at.isoformat(),
        "removed_by": override.removed_by,
        "removed_at": override.removed_at.isoformat() if override.removed_at else None,
    }


def list_all_windows(
    oncall: OncallSettings, added: Iterable[MaintenanceWindow], now: datetime
) -> list[dict[str, Any]]:
    """Give the windows of the file and those added since, as ``netops alert maintenance list --json`` has them."""
    rows = [_describe_window(f"file:{one.name}", one, oncall.time_zone, now) for one in oncall.maintenance]
    for row in added:
        settings = MaintenanceSettings.model_validate(row.spec)
        described = _describe_window(str(row.id), settings, oncall.time_zone, now, ended_at=row.ended_at)
        ended_at = row.ended_at.isoformat() if row.ended_at else None
        rows.append(described | {"author": row.author, "ended_by": row.ended_by, "ended_at": ended_at})
    return rows


def _describe_window(
    window_id: str,
    settings: MaintenanceSettings,
    zone_name: str,
    now: datetime,
    *,
    ended_at: datetime | None = None,
) -> dict[str, Any]:
    """Tell a window with the span that holds now, and the next one."""
    times = make_window(window_id, settings, zone_name, {}, ended_at=ended_at).times
    current, following = times.find_span(now), times.find_next(now)
    return {
        "id": window_id,
        "name": settings.name,
        "match": list(settings.match),
        "devices": list(settings.devices),
        "groups": list(settings.groups),
        "sites": list(settings.sites),
        "rrule": settings.rrule,
        "time_zone": settings.time_zone or zone_name,
        "comment": settings.comment,
        "now": _tell_span(current),
        "next": _tell_span(following),
        "author": "",
        "ended_by": None,
        "ended_at": None,
    }


def _tell_span(span: tuple[datetime, datetime] | None) -> dict[str, str] | None:
    return {"from": span[0].isoformat(), "to": span[1].isoformat()} if span else None
