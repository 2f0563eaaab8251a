"""Silences: quiet that a person asked for, on the alerts that meet all of its matchers, until it expires."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from netops.alerting.errors import SilenceRefused
from netops.alerting.promql.matchers import Matcher, MatchKind
from netops.i18n import _
from netops.model.condition import ConditionWrong, parse_condition


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence with its conditions ready to be asked."""

    id: int
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime

    def is_active(self, now: datetime) -> bool:
        """Say whether it holds at an instant: from its start on, no longer at its end."""
        return self.starts_at <= now < self.ends_at

    def mutes(self, labels: Mapping[str, str]) -> bool:
        """Say whether an alert of these labels meets every matcher."""
        return meets(self.matchers, labels)


def meets(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Say whether labels meet every matcher."""
    return all(matcher.matches(labels.get(matcher.name, "")) for matcher in matchers)


def parse_matchers(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Read conditions such as ``device=core-1`` or ``alertname=~Interface.*``; quotes around the value may be there.

    Raises:
        SilenceRefused: One has no such form, there is none, or together they hold for every alert.
    """
    matchers = tuple(parse_matcher(text) for text in texts)
    if not matchers:
        raise SilenceRefused(_("a silence needs at least one condition, such as device=core-1"))
    if all(matcher.matches("") for matcher in matchers):
        raise SilenceRefused(
            _("these conditions also hold for an alert without any label, so for all"),
            _("name a value that must be there, such as device=core-1"),
        )
    return matchers


def parse_matcher(text: str) -> Matcher:
    """Read one condition such as ``device=core-1``; quotes around the value may be there.

    Raises:
        SilenceRefused: It has no such form.
    """
    try:
        condition = parse_condition(text)
    except ConditionWrong as error:
        raise SilenceRefused(str(error), error.suggestion) from error
    return Matcher(condition.label, MatchKind(condition.operator), condition.value)


def word_matcher(matcher: Matcher) -> str:
    """Write a condition as parse_matchers reads it."""
    return f"{matcher.name}{matcher.kind}{matcher.text}"


def find_silence(
    silences: Iterable[ActiveSilence], labels: Mapping[str, str], now: datetime
) -> ActiveSilence | None:
    """Give the silence that keeps an alert quiet: of several the one that lasts longest; None when it may be told."""
    muting = [one for one in silences if one.is_active(now) and one.mutes(labels)]
    return max(muting, key=lambda one: (one.ends_at, -one.id), default=None)
