"""Holding rules against a configuration. Pure: texts in, verdicts out.

Configurations are those of the archive, secrets hidden: a rule can ask whether a secret is there and of what kind it
is, and never what it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from netops.backup.compliance.rules import Rule, RuleException, Subject, find_exception, holds_for
from netops.backup.compliance.text import ConfigurationText, Line
from netops.model.compliance import ComplianceReason, ComplianceStatus

_MOST_LINES = 5
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one device."""

    rule: Rule
    status: ComplianceStatus
    reason: ComplianceReason | None = None
    wanted: str = ""
    """What is missing, or must not be there: as the rule writes it."""
    section: str = ""
    lines: tuple[Line, ...] = ()
    """Some lines at fault."""
    exception: RuleException | None = None
    """The device's, expired or not."""

    def detail(self) -> dict[str, Any]:
        """Give what is kept of it beside its status."""
        found: dict[str, Any] = {
            "reason": self.reason.value if self.reason else "",
            "wanted": self.wanted,
            "section": self.section,
            "lines": [[line.number, line.text] for line in self.lines],
        }
        if self.exception is not None:
            found["owner"] = self.exception.owner
            found["until"] = self.exception.until.isoformat()
            found["why"] = self.exception.reason
        return {key: value for key, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is there to judge a device by."""

    text: str | None
    """Its newest configuration; None when it was never backed up."""
    is_stale: bool = False
    """Its last good backup is too old to be believed."""


def judge(rules: Iterable[Rule], subject: Subject, evidence: Evidence, today: date) -> list[Verdict]:
    """Hold every rule that is for a device against it. Without a backup, or with an old one, each fails."""
    text = ConfigurationText.of(evidence.text) if evidence.text is not None else None
    verdicts = []
    for rule in rules:
        if not holds_for(rule.scope, subject):
            continue
        if text is None:
            verdict = Verdict(rule, ComplianceStatus.FAILS, ComplianceReason.NO_BACKUP)
        elif evidence.is_stale:
            verdict = Verdict(rule, ComplianceStatus.FAILS, ComplianceReason.STALE_BACKUP)
        elif all(text.find(pattern.compiled) for pattern in rule.only_if):
            verdict = _hold(rule, text)
        else:
            continue
        verdicts.append(_except(verdict, subject.name, today))
    return verdicts


def _except(verdict: Verdict, device: str, today: date) -> Verdict:
    """Put the device's exception beside a failure; it counts through its last day, and never for a missing backup."""
    exception = find_exception(verdict.rule, device)
    if verdict.status is not ComplianceStatus.FAILS or exception is None:
        return verdict
    is_judged = verdict.reason not in {ComplianceReason.NO_BACKUP, ComplianceReason.STALE_BACKUP}
    counts = is_judged and today <= exception.until
    status = ComplianceStatus.EXCEPTED if counts else ComplianceStatus.FAILS
    return replace(verdict, status=status, exception=exception)


def _hold(rule: Rule, text: ConfigurationText) -> Verdict:
    found_section = False
    for section in text.sections([pattern.compiled for pattern in rule.section]):
        found_section = True
        failure = next(_find_failures(rule, section), None)
        if failure is not None:
            header = section.header.text if rule.section else ""
            return replace(failure, section=_cut(header))
    if not found_section and rule.needs_section:
        wanted = " / ".join(pattern.text for pattern in rule.section)
        return Verdict(rule, ComplianceStatus.FAILS, ComplianceReason.NO_SECTION, wanted)
    return Verdict(rule, ComplianceStatus.PASSES)


def _find_failures(rule: Rule, text: ConfigurationText) -> Iterator[Verdict]:
    """Give everything that a rule finds wrong in one section, forbidden things first."""
    for wanted in rule.must_not_contain:
        line = text.find_line(wanted)
        if line is not None:
            yield _forbid(rule, wanted, [line])
    for pattern in rule.must_not_match:
        lines = []
        for line in text.find_all(pattern.compiled):
            lines.append(line)
            if len(lines) == _MOST_LINES:
                break
        if lines:
            yield _forbid(rule, pattern.text, lines)
    for wanted in rule.must_contain:
        if text.find_line(wanted) is None:
            yield _miss(rule, wanted)
    for pattern in rule.must_match:
        if text.find(pattern.compiled) is None:
            yield _miss(rule, pattern.text)
    if rule.any_of and not any(text.find(pattern.compiled) for pattern in rule.any_of):
        yield _miss(rule, " | ".join(pattern.text for pattern in rule.any_of))
    place = text.find_disorder([pattern.compiled for pattern in rule.in_order])
    if place is not None:
        yield _miss(rule, " → ".join(pattern.text for pattern in rule.in_order[: place + 1]))
    if rule.block and not text.has_block(rule.block):
        yield _miss(rule, " ⏎ ".join(rule.block))


def _forbid(rule: Rule, wanted: str, lines: Iterable[Line]) -> Verdict:
    shown = tuple(Line(line.number, _cut(line.text)) for line in lines)
    return Verdict(rule, ComplianceStatus.FAILS, ComplianceReason.FORBIDDEN, wanted, lines=shown)


def _miss(rule: Rule, wanted: str) -> Verdict:
    return Verdict(rule, ComplianceStatus.FAILS, ComplianceReason.MISSING, wanted)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + " …"
