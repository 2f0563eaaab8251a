"""Reads rules from YAML, with every mistake at its line (docs/compliance.md)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError

from netops.backup.compliance.rules import Pattern, Rule, RuleException, Scope
from netops.i18n import _
from netops.settings.document import Document, read_document
from netops.settings.errors import Problem
from netops.settings.messages import explain
from netops.settings.parts import Conflict, Part, Switch, Text, did_you_mean, refuse
from netops.settings.patterns import PatternError, compile_pattern

_ASKS = ("must_contain", "must_not_contain", "must_match", "must_not_match", "any_of", "in_order", "block")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _as_lines(value: Any) -> Any:
    return value.strip("\n").split("\n") if isinstance(value, str) else value


def _make_pattern(text: str) -> str:
    try:
        compile_pattern(f"(?m){text}")
    except PatternError as error:
        raise refuse(str(error), _("put it in single quotes")) from None
    return text


def _make_date(value: Any) -> Any:
    if not isinstance(value, str):
        raise refuse(_("is no date"), _("write it like 2026-12-31"))
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refuse(_("is no date"), _("write it like 2026-12-31")) from None


def _check_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise refuse(_("may hold letters, digits, dot, dash and underscore, 64 at most"))
    return text


PatternText = Annotated[Text, AfterValidator(_make_pattern)]
Patterns = Annotated[tuple[PatternText, ...], BeforeValidator(_as_list)]
Lines = Annotated[
    tuple[Annotated[Text, StringConstraints(strip_whitespace=True)], ...], BeforeValidator(_as_list)
]
Block = Annotated[
    tuple[Annotated[Text, StringConstraints(strip_whitespace=True)], ...], BeforeValidator(_as_lines)
]
Words = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
Day = Annotated[date, BeforeValidator(_make_date)]


class ExceptionPart(Part):
    """Devices for which a rule need not hold, and who answers for it until when."""

    devices: Words
    owner: Text
    until: Day
    reason: Text = ""


class RulePart(Part):
    """One rule."""

    id: Annotated[Text, AfterValidator(_check_id)]
    title: Text | dict[Literal["en", "zh_CN"], Text]
    severity: Literal["critical", "major", "minor", "warning"]
    reference: Text = ""
    why: Text = ""
    platforms: Words = ()
    sites: Words = ()
    tags: Words = ()
    groups: Words = ()
    devices: Words = ()
    except_devices: Words = ()
    only_if: Patterns = ()
    section: Patterns = ()
    needs_section: Switch = False
    must_contain: Lines = ()
    must_not_contain: Lines = ()
    must_match: Patterns = ()
    must_not_match: Patterns = ()
    any_of: Patterns = ()
    in_order: Patterns = ()
    block: Block = ()
    exceptions: tuple[ExceptionPart, ...] = ()

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Ask for something to hold."""
        if not any(given.get(key) for key in _ASKS) and not (
            given.get("section") and given.get("needs_section")
        ):
            yield Conflict(
                (), _("asks for nothing"), _("add must_match, must_not_match or another of its kind")
            )
        if given.get("needs_section") and not given.get("section"):
            yield Conflict(("needs_section",), _("needs %(key)s beside it") % {"key": "section"})

    def to_rule(self, file: str) -> Rule:
        """Make the rule."""
        titles = {"en": self.title} if isinstance(self.title, str) else dict(self.title)
        scope = Scope(self.platforms, self.sites, self.tags, self.groups, self.devices, self.except_devices)
        exceptions = tuple(
            RuleException(one.devices, one.owner, one.until, one.reason) for one in self.exceptions
        )
        return Rule(
            id=self.id,
            title=next(iter(titles.values())),
            titles={str(language): title for language, title in titles.items()},
            severity=self.severity,
            file=file,
            reference=self.reference,
            why=self.why,
            scope=scope,
            only_if=_compile(self.only_if),
            section=_compile(self.section),
            needs_section=self.needs_section,
            must_contain=self.must_contain,
            must_not_contain=self.must_not_contain,
            must_match=_compile(self.must_match),
            must_not_match=_compile(self.must_not_match),
            any_of=_compile(self.any_of),
            in_order=_compile(self.in_order),
            block=self.block,
            exceptions=exceptions,
        )


class RuleFile(Part):
    """Everything in one file."""

    title: Text = ""
    rules: tuple[dict[str, Any], ...] = Field(default=())


def _compile(texts: Sequence[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(text, compile_pattern(f"(?m){text}")) for text in texts)


def load_compliance_rules(
    paths: Iterable[Path], platforms: Iterable[str], problems: list[Problem]
) -> list[Rule]:
    """Read rules in the order of files; what is wrong is added to ``problems``, and the other rules are read.

    Args:
        paths: The files.
        platforms: Names of platforms that devices may have, to tell a misspelt one.
        problems: Where mistakes go.
    """
    known = sorted(platforms)
    rules: dict[str, Rule] = {}
    for path in paths:
        document = read_document(path, problems)
        if document is None:
            continue
        try:
            file = RuleFile.model_validate(document.value)
        except ValidationError as error:
            problems.extend(explain(error, document))
            continue
        for number, raw in enumerate(file.rules):
            rule = _read_rule(document, number, raw, path.name, problems)
            if rule is None:
                continue
            _check_platforms(document, number, rule, known, problems)
            if rule.id in rules:
                message = _('"%(id)s" is already a rule of %(file)s') % {
                    "id": rule.id,
                    "file": rules[rule.id].file,
                }
                problems.append(document.problem(("rules", number, "id"), message))
                continue
            rules[rule.id] = rule
    return list(rules.values())


def _read_rule(
    document: Document, number: int, raw: dict[str, Any], file: str, problems: list[Problem]
) -> Rule | None:
    try:
        return RulePart.model_validate(raw).to_rule(file)
    except ValidationError as error:
        problems.extend(explain(error, document, ("rules", number)))
        return None


def _check_platforms(
    document: Document, number: int, rule: Rule, known: Sequence[str], problems: list[Problem]
) -> None:
    for place, name in enumerate(rule.scope.platforms):
        if not set(name) & set("*?[") and name not in known:
            message = _('unknown platform "%(name)s"') % {"name": name}
            hint = did_you_mean(name, known, or_all=False)
            problems.append(document.problem(("rules", number, "platforms", place), message, hint))
