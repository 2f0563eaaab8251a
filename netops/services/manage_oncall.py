"""What people add to the plan of on-call: overrides and maintenance windows. Each is stored with its record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from netops.alerting.maintenance import ActiveWindow, make_window, make_windows
from netops.errors import NetopsError
from netops.i18n import _
from netops.model.event import Event, EventKind
from netops.model.oncall import MaintenanceWindow, OncallOverride
from netops.model.wall_time import place_instant
from netops.oncall.from_settings import make_plan
from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Override
from netops.settings.devices import DeviceSettings
from netops.settings.errors import SettingsError
from netops.settings.loader import LoadedSettings
from netops.settings.maintenance import MaintenanceSettings
from netops.settings.oncall import OncallSettings
from netops.settings.parts import did_you_mean
from netops.settings.resolve import explain_refusal
from netops.settings.wall_clock import parse_local_instant
from netops.store.queries.events import append_event
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

LONGEST_OVERRIDE = timedelta(days=366)
_REMEMBERED = timedelta(days=3 * 366)


class OncallRefused(NetopsError):
    """What was asked for cannot be done."""


@dataclass(frozen=True, slots=True)
class OverrideRequest:
    """Somebody who is to have it for once."""

    schedule: str
    person: str
    start: str
    """A local time in the schedule's zone, or with an offset; empty for now."""
    end: str
    author: str
    instead_of: str = ""
    comment: str = ""


# --- what decisions are made with


def read_plan(connection: Connection | None, loaded: LoadedSettings, now: datetime) -> OncallPlan:
    """Give the plan of the file with the overrides that were added since; None where there is no database yet."""
    added: dict[str, list[Override]] = {}
    for row in list_overrides(connection, ending_after=now - _REMEMBERED) if connection else ():
        ends_at = min(row.ends_at, row.removed_at or row.ends_at)
        if row.starts_at < ends_at:
            override = Override(row.person, row.starts_at, ends_at, row.instead_of, row.id)
            added.setdefault(row.schedule, []).append(override)
    return make_plan(loaded.oncall, language=loaded.settings.language or "en", overrides=added)


def read_windows(
    connection: Connection, oncall: OncallSettings, devices: Mapping[str, DeviceSettings], now: datetime
) -> tuple[ActiveWindow, ...]:
    """Give the maintenance windows of the file and those that were added since.

    Args:
        connection: Reads the store.
        oncall: The file.
        devices: All that are watched, by name; groups and sites are looked up here.
        now: Windows that were ended before are left out.
    """
    added = (
        make_window(str(row.id), _read_spec(row), oncall.time_zone, devices, ended_at=row.ended_at)
        for row in list_windows(connection, ended_after=now)
    )
    return (*make_windows(oncall.maintenance, oncall.time_zone, devices), *added)


def _read_spec(row: MaintenanceWindow) -> MaintenanceSettings:
    return MaintenanceSettings.model_validate(row.spec)


# --- overrides


def add_override(
    connection: Connection, oncall: OncallSettings, request: OverrideRequest, now: datetime
) -> OncallOverride:
    """Store an override; a start that is over becomes now.

    Raises:
        SettingsError: A name is unknown, or a time is none.
        OncallRefused: It would change nothing, is too long, or nobody is named as its author.
    """
    _require_known(request.schedule, oncall.schedules, _('unknown schedule "%(name)s"'))
    for person in (request.person, *([request.instead_of] if request.instead_of else [])):
        _require_known(person, oncall.people, _('unknown person "%(name)s"'))
    if request.person == request.instead_of:
        raise OncallRefused(_("%(person)s cannot stand in for the same person") % {"person": request.person})
    _require_author(request.author)
    zone = ZoneInfo(oncall.schedules[request.schedule].time_zone or oncall.time_zone)
    start = max(now, read_instant(request.start, zone)) if request.start else now
    end = read_instant(request.end, zone)
    if not now < end or not start < end:
        raise OncallRefused(_("the end must be later than the start, and than now"))
    if end - start > LONGEST_OVERRIDE:
        raise OncallRefused(_("the time must be longer than nothing and no longer than a year"))
    override = OncallOverride(
        schedule=request.schedule,
        person=request.person,
        instead_of=request.instead_of,
        starts_at=start,
        ends_at=end,
        author=request.author,
        comment=request.comment,
        added_at=now,
    )
    override.id = insert_override(connection, override)
    _record(connection, EventKind.OVERRIDE_ADDED, now, request.author, _tell_override(override))
    return override


def take_back_override(
    connection: Connection, override_id: int, *, who: str, now: datetime
) -> OncallOverride:
    """End an override now, or never let it begin.

    Raises:
        NotFound: There is no such override.
        OncallRefused: It holds no more, or nobody is named.
    """
    override = get_override(connection, override_id)
    _require_author(who)
    if not remove_override(connection, override_id, now, who):
        raise OncallRefused(_("override %(id)d holds no more") % {"id": override_id})
    _record(connection, EventKind.OVERRIDE_REMOVED, now, who, _tell_override(override))
    return get_override(connection, override_id)


def read_instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a time that a person gave.

    Raises:
        SettingsError: It is none.
    """
    try:
        return place_instant(parse_local_instant(text), zone)
    except PydanticCustomError as error:
        message, suggestion = explain_refusal(error)
        raise SettingsError(f'"{text}" {message}; {suggestion}') from error


# --- maintenance windows


def add_window(
    connection: Connection, oncall: OncallSettings, spec: Mapping[str, Any], *, who: str, now: datetime
) -> MaintenanceWindow:
    """Store a maintenance window; ``spec`` is as an entry of the file.

    Raises:
        SettingsError: It is not right.
        OncallRefused: It is over already, or nobody is named.
    """
    _require_author(who)
    given = {"time_zone": oncall.time_zone, **spec}
    settings = check_window(given)
    times = make_window("", settings, oncall.time_zone, {}).times
    if times.find_span(now) is None and times.find_next(now) is None:
        raise OncallRefused(_("this window is over already"))
    window = MaintenanceWindow(spec=given, author=who, added_at=now)
    window.id = insert_window(connection, window)
    _record(connection, EventKind.MAINTENANCE_ADDED, now, who, {"window": window.id, **given})
    return window


def check_window(spec: Mapping[str, Any]) -> MaintenanceSettings:
    """Check a window as an entry of the file.

    Raises:
        SettingsError: With every mistake of it.
    """
    try:
        return MaintenanceSettings.model_validate(dict(spec))
    except ValidationError as error:
        lines = []
        for details in error.errors(include_url=False):
            context = details.get("ctx", {})
            place = f"{details['loc'][0]}: " if details["loc"] else ""
            text = str(context.get("message") or _("has a value that is not allowed here"))
            suggestion = context.get("suggestion")
            lines.append(place + text + (f"; {suggestion}" if suggestion else ""))
        raise SettingsError("\n".join(lines)) from error


def stop_window(connection: Connection, window_id: int, *, who: str, now: datetime) -> MaintenanceWindow:
    """End a window for good: now, when it holds, and for all times to come.

    Raises:
        NotFound: There is no such window.
        OncallRefused: It was ended before, or nobody is named.
    """
    window = get_window(connection, window_id)
    _require_author(who)
    if not end_window(connection, window_id, now, who):
        raise OncallRefused(_("maintenance window %(id)d was ended before") % {"id": window_id})
    _record(connection, EventKind.MAINTENANCE_ENDED, now, who, {"window": window_id, **window.spec})
    return get_window(connection, window_id)


# --- inside


def _require_known(name: str, known: Mapping[str, Any], message: str) -> None:
    if name not in known:
        hint = did_you_mean(name, known)
        raise SettingsError(message % {"name": name} + (f"; {hint}" if hint else ""))


def _require_author(who: str) -> None:
    if not who.strip():
        raise OncallRefused(_("say who asks for it"))


def _tell_override(override: OncallOverride) -> dict[str, Any]:
    return {
        "override": override.id,
        "schedule": override.schedule,
        "person": override.person,
        "instead_of": override.instead_of,
        "from": override.starts_at.isoformat(),
        "to": override.ends_at.isoformat(),
        "comment": override.comment,
    }


def _record(
    connection: Connection, kind: EventKind, now: datetime, who: str, data: Mapping[str, Any]
) -> None:
    text = f"{data.get('name') or data.get('schedule')}, by {who}"
    append_event(connection, Event(at=now, kind=kind, text=text, data={**data, "who": who}))
