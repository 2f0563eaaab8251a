"""A rule, and the device it is held against, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

SEVERITIES = ("critical", "major", "minor", "warning")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of RE2, as written and as compiled with ``(?m)``."""

    text: str
    compiled: Any


@dataclass(frozen=True, slots=True)
class RuleException:
    """Somebody answers for devices that do not keep a rule, until a day."""

    devices: tuple[str, ...]
    owner: str
    until: date
    """The last day it holds."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices a rule holds for; an empty part holds for all. Names may have ``*`` and ``?``."""

    platforms: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    except_devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Everything it asks for must hold, in every section that it speaks of."""

    id: str
    title: str
    titles: dict[str, str]
    """By language, where it is written in several."""
    severity: str
    file: str
    reference: str = ""
    why: str = ""
    scope: Scope = Scope()
    only_if: tuple[Pattern, ...] = ()
    """It holds only where each of these is found."""
    section: tuple[Pattern, ...] = ()
    needs_section: bool = False
    must_contain: tuple[str, ...] = ()
    must_not_contain: tuple[str, ...] = ()
    must_match: tuple[Pattern, ...] = ()
    must_not_match: tuple[Pattern, ...] = ()
    any_of: tuple[Pattern, ...] = ()
    """At least one must be found."""
    in_order: tuple[Pattern, ...] = ()
    block: tuple[str, ...] = ()
    exceptions: tuple[RuleException, ...] = ()

    def title_in(self, language: str) -> str:
        """Give the title in a language; as written first where it has none of it."""
        return self.titles.get(language, self.title)


@dataclass(frozen=True, slots=True)
class Subject:
    """A device, as far as rules ask for it."""

    name: str
    platform: str
    site: str = ""
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def holds_for(scope: Scope, subject: Subject) -> bool:
    """Tell whether a rule of this scope holds for a device."""
    return (
        _fits(scope.platforms, (subject.platform,))
        and _fits(scope.sites, (subject.site,))
        and _fits(scope.tags, subject.tags)
        and _fits(scope.groups, subject.groups)
        and _fits(scope.devices, (subject.name,))
        and not (scope.except_devices and _fits(scope.except_devices, (subject.name,)))
    )


def find_exception(rule: Rule, device: str) -> RuleException | None:
    """Give the exception of a device that holds longest, expired or not; None for none."""
    named = [one for one in rule.exceptions if _fits(one.devices, (device,))]
    return max(named, key=lambda one: one.until, default=None)


def _fits(patterns: Sequence[str], words: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(word, pattern) for pattern in patterns for word in words)
