"""Quiet that is planned ahead: maintenance windows, once or again and again."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice, pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from netops.i18n import _
from netops.model.condition import ConditionWrong, parse_condition
from netops.model.recurrence import RecurrenceWrong, parse_recurrence
from netops.settings.conditions import Conditions
from netops.settings.durations import WindowLength, parse_duration
from netops.settings.history import TimeZone
from netops.settings.parts import Conflict, Part, Text, as_text, refuse
from netops.settings.people import Address
from netops.settings.schedules import find_wrong_end
from netops.settings.wall_clock import LocalInstant, parse_local_instant


def _check_rule(text: str) -> str:
    try:
        parse_recurrence(text)
    except RecurrenceWrong as error:
        raise refuse(str(error), error.suggestion) from error
    return text


RecurrenceText = Annotated[
    str,
    BeforeValidator(as_text),
    AfterValidator(_check_rule),
    WithJsonSchema({"type": "string", "x-values": "RRULE of RFC 5545"}),
]
_LOOKED_AT = 100
"""How many occurrences are compared: enough for every pattern that people plan."""
Names = Annotated[tuple[Text, ...], Field(max_length=1000)]


class MaintenanceSettings(Part):
    """A window in which alerts are kept quiet."""

    name: Text = Field(description="What it is called where an alert is shown.")
    match: Conditions = Field(default=(), description="Conditions on labels; all must be met.")
    devices: Names = Field(default=(), description="Names of devices.")
    groups: Names = Field(default=(), description="Groups of devices.yaml: every device of theirs.")
    sites: Names = Field(default=(), description="Sites: every device there.")
    start: LocalInstant = Field(
        alias="from",
        description="When it begins, in its time zone unless it says otherwise; with rrule, the first time.",
    )
    end: LocalInstant | None = Field(default=None, alias="to", description="When it ends, once.")
    rrule: RecurrenceText | None = Field(
        default=None,
        description="How it comes again, such as `FREQ=WEEKLY;BYDAY=SU` or `FREQ=MONTHLY;BYDAY=1SA`.",
    )
    duration: WindowLength | None = Field(
        default=None, description="With rrule: how long it lasts each time."
    )
    time_zone: TimeZone | None = Field(
        default=None, description="Zone of its times. Default: `time_zone` of this file."
    )
    comment: Address = Field(default="", description="Why.")

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse a window of no length or of two, and one that keeps everything quiet."""
        if given.get("rrule") is None:
            if given.get("duration") is not None:
                yield Conflict(("duration",), _("needs rrule"), _("give to: in its place"))
            elif given.get("to") is None:
                yield Conflict((), _("has no end"), _("give to:, or rrule: and duration:"))
        else:
            if given.get("to") is not None:
                yield Conflict(("to",), _("goes not together with rrule"), _("give duration: in its place"))
            if given.get("duration") is None:
                yield Conflict((), _("has no duration"), _("say how long it lasts each time, such as 2h"))
        yield from find_wrong_end(given)
        yield from _find_wrong_recurrence(given)
        if _means_everything(given):
            message = _("would keep every alert quiet")
            yield Conflict((), message, _("name devices, groups or sites, or give a match"))


def _find_wrong_recurrence(given: Mapping[str, Any]) -> Iterator[Conflict]:
    """Refuse a raw window that never comes, and one that begins anew before it has ended."""
    try:
        rule = parse_recurrence(str(given["rrule"]))
        first = parse_local_instant(str(given.get("from"))).replace(tzinfo=None)
        starts = list(islice(rule.find_starts(first, ZoneInfo("UTC")), _LOOKED_AT))
        duration = parse_duration(str(given.get("duration")))
    except (KeyError, RecurrenceWrong, PydanticCustomError):
        return  # told by its own type
    except ValueError:
        duration = timedelta(0)
    if not starts:
        yield Conflict(("rrule",), _("never comes"))
    elif any(later - sooner <= duration for sooner, later in pairwise(starts)):
        message = _("leaves no time between one occurrence and the next")
        yield Conflict(("duration",), message, _("make it shorter, or use a silence"))


def _means_everything(given: Mapping[str, Any]) -> bool:
    """Say whether a raw window names neither devices nor a condition that an alert without labels fails."""
    if any(given.get(key) for key in ("devices", "groups", "sites")):
        return False
    match = given.get("match")
    try:
        conditions = [parse_condition(str(text)) for text in (match if isinstance(match, list) else ())]
    except ConditionWrong:
        return False  # told by its own type
    return all(condition.accepts("") for condition in conditions)
