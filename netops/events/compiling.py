"""Makes rules of what files say: looks their names up in the MIB modules known, and puts the shipped ones behind."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from netops.events.rules import EventRule, EventRules, Expected, SyslogCondition, TrapCondition, Whose
from netops.i18n import _
from netops.model.placeholders import find_placeholders
from netops.settings.document import Document, KeyPath, read_document
from netops.settings.errors import Problem
from netops.settings.events import (
    COMMON_PLACEHOLDERS,
    SYSLOG_FACILITIES,
    SYSLOG_SEVERITIES,
    EventCondition,
    EventRuleSettings,
    EventsSettings,
)
from netops.settings.messages import explain
from netops.settings.parts import did_you_mean
from netops.settings.patterns import PatternError, compile_pattern
from netops.snmp.names import Names

SHIPPED_FOLDER = Path(str(resources.files("netops.events") / "shipped"))
TRAP_PLACEHOLDERS = COMMON_PLACEHOLDERS | {"trap"}
_ENDS_AFTER, _ENDS_AFTER_WITH_CLEAR = timedelta(minutes=15), timedelta(days=1)


def compile_rules(settings: EventsSettings, file: Path, names: Names, problems: list[Problem]) -> EventRules:
    """Make the rules in force; a rule with a mistake is left out, and the mistake joins ``problems``.

    Args:
        settings: What the operator's file says.
        file: That file, for the places of mistakes; it need not exist.
        names: The names of notifications and variables.
        problems: What was found so far.
    """
    document = read_document(file, []) if file.exists() else None
    shipped = load_shipped() if settings.shipped or settings.without else []
    known = [rule.name for rule in shipped]
    for number, name in enumerate(settings.without):
        if name not in known:
            message = _('no shipped rule is called "%(name)s"') % {"name": name}
            problems.append(
                _place(document, file, ("without", number), message, did_you_mean(name, known, or_all=False))
            )
    rules = []
    for number, rule in enumerate(settings.rules):
        maker = _Maker(rule, names, _Complaint(document, file, ("rules", number), problems))
        made = maker.make(is_shipped=False)
        if made is not None:
            rules.append(made)
    own = {rule.name for rule in settings.rules} | set(settings.without)
    if settings.shipped:
        for rule in shipped:
            complaint = _Complaint(None, SHIPPED_FOLDER, (rule.name,), problems)
            made = _Maker(rule, names, complaint).make(is_shipped=True) if rule.name not in own else None
            if made is not None:
                rules.append(made)
    return EventRules(rules)


def load_shipped() -> list[EventRuleSettings]:
    """Read the rules that come with netops, in the order of their files.

    Raises:
        ValueError: One is wrong; tests keep that from happening.
    """
    rules: list[EventRuleSettings] = []
    for path in sorted(SHIPPED_FOLDER.glob("*.yaml")):
        problems: list[Problem] = []
        document = read_document(path, problems)
        try:
            if document is not None:
                rules += EventsSettings.model_validate(document.value).rules
        except ValidationError as error:
            problems += explain(error, document) if document else []
        if problems:
            raise ValueError("\n".join(map(str, problems)))
    return rules


def _place(document: Document | None, file: Path, path: KeyPath, message: str, hint: str = "") -> Problem:
    if document is None:
        return Problem(str(file), 1, 1, ".".join(map(str, path)), message, hint)
    return document.problem(path, message, hint)


class _Complaint:
    """Takes what is wrong with one rule."""

    def __init__(self, document: Document | None, file: Path, path: KeyPath, problems: list[Problem]) -> None:
        self.count = 0
        self._document = document
        self._file = file
        self._path = path
        self._problems = problems

    def note(self, path: KeyPath, message: str, hint: str = "") -> None:
        self.count += 1
        self._problems.append(_place(self._document, self._file, (*self._path, *path), message, hint))


class _Maker:
    """Makes one rule."""

    def __init__(self, settings: EventRuleSettings, names: Names, complaint: _Complaint) -> None:
        self._settings = settings
        self._names = names
        self._complaint = complaint

    def make(self, *, is_shipped: bool) -> EventRule | None:
        """Give the rule; None when something is wrong with it."""
        settings = self._settings
        match = self._condition(("match",), settings.match)
        clear = self._condition(("clear",), settings.clear) if settings.clear else None
        is_trap = settings.on == "trap"
        columns = self._columns(("variables",), settings.variables)
        indexes = self._columns(("indexes",), settings.indexes)
        if is_trap:
            columns |= self._named_columns({*columns, *indexes, *TRAP_PLACEHOLDERS})
        if self._complaint.count:
            return None
        asked = settings.match
        return EventRule(
            name=settings.name,
            alert=settings.alert or settings.name,
            on=settings.on,
            match=match,
            clear=clear,
            pair=tuple(settings.labels) if settings.pair is None else settings.pair,
            severity=settings.severity,
            labels=settings.labels,
            summary=settings.summary,
            description=settings.description,
            ends_after=settings.ends_after or (_ENDS_AFTER_WITH_CLEAR if clear else _ENDS_AFTER),
            at_most=settings.at_most,
            most_per_hour=settings.most_per_hour,
            whose=Whose(
                frozenset(asked.devices), frozenset(asked.sites), asked.interface_alias, asked.strangers
            ),
            columns=columns,
            indexes=indexes,
            poll=settings.poll,
            record_only=settings.record_only,
            is_shipped=is_shipped,
        )

    def _condition(self, path: KeyPath, asked: EventCondition) -> TrapCondition | SyslogCondition:
        if self._settings.on == "syslog":
            return SyslogCondition(
                asked.pattern,
                asked.unless,
                None if asked.severity is None else SYSLOG_SEVERITIES.index(asked.severity),
                frozenset(SYSLOG_FACILITIES.index(one) for one in asked.facility),
                frozenset(one.lower() for one in asked.application),
                asked.find,
            )
        oids = [
            self._oid((*path, "notification", number), name) for number, name in enumerate(asked.notification)
        ]
        return TrapCondition(
            frozenset(oids),
            tuple(self._expected((*path, "where"), asked.where)),
            tuple(self._expected((*path, "where_not"), asked.where_not)),
        )

    def _expected(self, path: KeyPath, asked: Mapping[str, Sequence[str]]) -> Iterator[Expected]:
        for name, values in asked.items():
            patterns = [value[1:] for value in values if value.startswith("~")]
            for pattern in patterns:
                try:
                    compile_pattern(pattern)
                except PatternError as error:
                    self._complaint.note((*path, name), str(error))
            plain = frozenset(value for value in values if not value.startswith("~"))
            yield Expected(self._oid((*path, name), name), plain, tuple(patterns))

    def _columns(self, path: KeyPath, asked: Mapping[str, str]) -> dict[str, str]:
        return {name: self._oid((*path, name), column) for name, column in asked.items()}

    def _named_columns(self, known: set[str]) -> dict[str, str]:
        """Look up the placeholders that are names of variables themselves, such as ``{ifDescr}``."""
        settings = self._settings
        texts: dict[KeyPath, str] = {("labels", name): text for name, text in settings.labels.items()}
        texts |= {("summary",): settings.summary, ("description",): settings.description}
        found = {}
        for path, text in texts.items():
            for name in sorted(find_placeholders(text) - known):
                try:
                    found[name] = str(self._names.oid(name))
                except (LookupError, ValueError):
                    message = _("nothing is called {%(name)s}") % {"name": name}
                    self._complaint.note(path, message, _("name it under variables: or indexes:"))
        return found

    def _oid(self, path: KeyPath, name: str) -> str:
        """Look a name up; what is wrong with it is noted, and empty is given."""
        try:
            return str(self._names.oid(name))
        except LookupError as error:
            self._complaint.note(path, str(error.args[0]), _("write its OID in numbers"))
        except ValueError:
            self._complaint.note(path, _("is no object identifier"))
        return ""
