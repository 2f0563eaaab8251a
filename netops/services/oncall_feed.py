"""A calendar of shifts, for a command to print and for calendars of people to subscribe to by a signed link."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from netops.clock import Clock
from netops.i18n import _
from netops.oncall.calendar import make_calendar
from netops.oncall.plan import OncallPlan
from netops.security.links import LinkSigner
from netops.services.show_oncall import list_whole_shifts
from netops.settings.errors import SettingsError
from netops.settings.parts import did_you_mean

AHEAD = timedelta(days=180)
"""How far a feed looks."""
VALID_FOR = timedelta(days=5 * 366)
"""A link in a calendar is not renewed by anybody; to take all of them back, remove the key file."""


def split_name(plan: OncallPlan, name: str) -> tuple[str, str]:
    """Give the kind, schedule or person, and the id that a name such as ``net`` or ``person:ana`` means.

    Raises:
        SettingsError: There is no such schedule or person.
    """
    kind, colon, bare = name.partition(":")
    if not colon:
        kind, bare = ("schedule" if name in plan.schedules else "person"), name
    known: Mapping[str, object] = {"schedule": plan.schedules, "person": plan.people}.get(kind, {})
    if bare not in known:
        hint = did_you_mean(bare, [*plan.schedules, *plan.people])
        message = _('no schedule or person "%(name)s"') % {"name": name}
        raise SettingsError(message + (f"; {hint}" if hint else ""))
    return kind, bare


def write_calendar(plan: OncallPlan, name: str, now: datetime, ahead: timedelta) -> str:
    """Write the shifts of a schedule or a person as an iCalendar.

    Raises:
        SettingsError: There is no such schedule or person.
    """
    kind, bare = split_name(plan, name)
    schedules = [plan.schedules[bare]] if kind == "schedule" else list(plan.schedules.values())
    # A shift under way is given from its start, so that its entry stays the same until it is over.
    found = list_whole_shifts(plan, schedules, now, now + ahead, "" if kind == "schedule" else bare)
    title = bare if kind == "schedule" else plan.people[bare].name
    return make_calendar(_("on call: %(name)s") % {"name": title}, found, plan, now)


def make_link(base: str, signer: LinkSigner, plan: OncallPlan, name: str, now: datetime) -> str:
    """Give the address of a feed.

    Raises:
        SettingsError: There is no such schedule or person.
    """
    whole = ":".join(split_name(plan, name))
    token = signer.sign(_purpose(whole), 0, now + VALID_FOR)
    return f"{base.rstrip('/')}/oncall/{quote(whole, safe='')}/{token}.ics"


class OncallFeed:
    """The use case of a feed."""

    def __init__(self, signer: LinkSigner, clock: Clock, plan: Callable[[], OncallPlan]) -> None:
        self._signer = signer
        self._clock = clock
        self._plan = plan

    def read(self, name: str, token: str) -> str:
        """Give the calendar of a link; called in a thread.

        Raises:
            LinkWrong: It is not ours, or for another name.
            LinkExpired: Its time is over.
            SettingsError: The schedule or person is there no more.
        """
        now = self._clock.now()
        self._signer.read(_purpose(name), token, now)
        return write_calendar(self._plan(), name, now, AHEAD)


def _purpose(name: str) -> str:
    return f"calendar:{name}"
