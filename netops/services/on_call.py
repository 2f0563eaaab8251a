"""Who is on call, as decisions about messages ask it: routes and the plan of ``oncall.yaml``."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from netops.alerting.routes import Route as AlertRoute
from netops.alerting.routes import find_routes, make_routes
from netops.alerting.silences import word_matcher
from netops.i18n import _
from netops.model.severity import Severity
from netops.oncall.escalation import Nobody, NobodyBecause, decide_recipients, next_position
from netops.oncall.escalation import Position as PolicyPosition
from netops.oncall.plan import OncallPlan
from netops.oncall.quiet import find_quiet_end
from netops.services.make_message import Reader
from netops.services.told_values import Recipient, Route, StepFound
from netops.settings.oncall import OncallSettings


class OnCallBook:
    """What is asked of the settings about people (netops.services.told_values.OnCall)."""

    def __init__(self, settings: OncallSettings, plan: OncallPlan, *, language: str = "en") -> None:
        self.plan = plan
        self._routes = make_routes(settings.routes)
        self._language = language
        self._zone = settings.time_zone
        self._found: dict[tuple[tuple[str, str], ...], tuple[Route, ...]] = {}

    def list_routes(self, labels: Mapping[str, str]) -> Sequence[Route]:
        """Give where an alert of these labels leads to; empty where nobody is to be told."""
        place = tuple(sorted(labels.items()))
        if place not in self._found:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            routes = find_routes(self._routes, labels)
            self._found[place] = tuple(_as_route(route, labels) for route in routes)
        return self._found[place]

    def find_step(self, policy: str, step: int, severity: str, at: datetime) -> StepFound:
        """Give whom a step of a policy tells at an instant; steps count from 1."""
        known = self.plan.policies.get(policy)
        if known is None or not 0 < step <= len(known.steps):
            return StepFound()
        wanted = known.steps[step - 1]
        decision = decide_recipients(
            self.plan, wanted, at=at, severity=Severity.read(severity), number=step - 1
        )
        recipients = tuple(
            Recipient(
                one.channel,
                one.address,
                one.person.id if one.person else "",
                tuple((contact.channel, contact.address) for contact in one.fallbacks),
                one.postponed_until,
            )
            for one in decision.recipients
        )
        return StepFound(recipients, tuple(map(word_nobody, decision.nobody)), wanted.wait)

    def find_quiet_end(self, person: str, severity: str, at: datetime) -> datetime | None:
        """Give the end of the quiet hours that keep something this grave from a person now; None for no such."""
        known = self.plan.people.get(person)
        return find_quiet_end(known, Severity.read(severity), at) if known else None

    def step_after(self, policy: str, step: int, round_: int) -> tuple[int, int] | None:
        """Give the step and round after these; None when the policy is spent, or gone."""
        known = self.plan.policies.get(policy)
        if known is None or step > len(known.steps):
            return None
        if step == 0:
            return 1, round_
        following = next_position(known, PolicyPosition(step - 1, round_ - 1))
        return (following.step + 1, following.round + 1) if following else None

    def reader_of(self, person: str) -> Reader:
        """Give who reads what is sent to a person; a group chat reads the language of the installation."""
        known = self.plan.people.get(person)
        if known is None:
            return Reader(person, self._language, self._zone)
        return Reader(known.name, known.language, known.zone.key)


_MOST_REMEMBERED = 50_000
_SPECIAL = frozenset('",={}\0')
_LONGEST_KEY = 1000


def _as_route(route: AlertRoute, labels: Mapping[str, str]) -> Route:
    conditions = ",".join(map(word_matcher, route.matchers))
    group = ",".join(f"{name}={_quote(value)}" for name, value in route.group_of(labels))
    return Route(
        # Not the route's place: a route put in before it must not begin its groups anew.
        _shorten(f"{route.policy}{{{conditions}}}{{{group}}}"),
        route.policy,
        route.group_wait,
        route.group_interval,
        route.remind_every,
    )


def _quote(value: str) -> str:
    """Write a value so that it cannot pass for another label of the group, and can be stored."""
    return json.dumps(value, ensure_ascii=False) if _SPECIAL.intersection(value) else value


def _shorten(key: str) -> str:
    """Give a key that fits into an index; PostgreSQL takes no more than 2,704 bytes into one."""
    whole = key.encode()
    if len(whole) <= _LONGEST_KEY:
        return key
    return f"{whole[:_LONGEST_KEY].decode(errors='ignore')}…{hashlib.sha256(whole).hexdigest()}"


def word_nobody(nobody: Nobody) -> str:
    """Word why a part of a step found nobody."""
    words = {"target": str(nobody.target), "person": nobody.person}
    if nobody.because is NobodyBecause.GAP:
        return _("%(target)s: nobody is on call") % words
    if nobody.because is NobodyBecause.NO_CONTACTS:
        return _("%(target)s: %(person)s has no contacts") % words
    if nobody.because is NobodyBecause.NOT_GRAVE_ENOUGH:
        return _("%(target)s: every contact of %(person)s asks for something graver") % words
    return _("%(target)s: there is no such schedule, person or team") % words
