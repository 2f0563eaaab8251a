"""Gaps in schedules, found before they come, and the words that tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from netops.oncall.plan import OncallPlan
from netops.oncall.schedule import Gap, Schedule
from netops.oncall.shifts import find_gaps

LOOK_AHEAD = timedelta(days=14)
"""How far ahead gaps are told of."""
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class ComingGaps:
    """The gaps of one schedule in a time ahead."""

    schedule: Schedule
    gaps: tuple[Gap, ...]


def find_coming_gaps(
    schedules: Mapping[str, Schedule], now: datetime, ahead: timedelta = LOOK_AHEAD
) -> list[ComingGaps]:
    """Give the schedules in which nobody has it at some time from now on, with their gaps in order."""
    found = []
    for schedule in schedules.values():
        gaps = tuple(find_gaps(schedule, now, now + ahead))
        if gaps:
            found.append(ComingGaps(schedule, gaps))
    return found


def find_used_schedules(plan: OncallPlan) -> dict[str, Schedule]:
    """Give the schedules that a policy asks; the gaps of the others hurt nobody."""
    asked = {
        target.name
        for policy in plan.policies.values()
        for step in policy.steps
        for target in step.targets
        if target.kind == "schedule"
    }
    return {name: schedule for name, schedule in plan.schedules.items() if name in asked}


def word_gaps(coming: ComingGaps, language: NullTranslations) -> str:
    """Write a note about gaps ahead, a line each, in the schedule's time zone.

    Args:
        coming: What to tell.
        language: The reader's words; netops.i18n gives them.
    """
    count = len(coming.gaps)
    words = {"schedule": coming.schedule.name, "count": count}
    lines = [
        language.ngettext(
            "Nobody is on call in schedule %(schedule)s at %(count)d time ahead:",
            "Nobody is on call in schedule %(schedule)s at %(count)d times ahead:",
            count,
        )
        % words
    ]
    for gap in coming.gaps[:_MOST_TOLD]:
        words = {
            "start": show_local(gap.starts_at, coming.schedule.zone),
            "end": show_local(gap.ends_at, coming.schedule.zone),
        }
        lines.append(language.gettext("from %(start)s to %(end)s") % words)
    if count > _MOST_TOLD:
        more = count - _MOST_TOLD
        lines.append(language.ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
    return "\n".join(lines)


def show_local(at: datetime, zone: ZoneInfo) -> str:
    """Write an instant as clocks of a zone show it: ``2026-03-01 02:14 CET``."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
