"""Event rules in force: which of them take a message, and which let it end an alert."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

import re2

from netops.events.facts import Sender, SyslogFacts, TrapFacts, Variable, tidy
from netops.model.placeholders import fill_placeholders
from netops.settings.patterns import compile_pattern

LONGEST_LABEL = 200
Read = Callable[[str], str]
_SET_MEMORY = 64 << 20
"""What RE2 may use to look for all patterns at once; with too little it would find none."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a variable of a trap must be: one of some values, or hold one of some patterns."""

    column: str
    values: frozenset[str]
    patterns: tuple[str, ...] = ()

    def accepts(self, variable: Variable | None) -> bool:
        """Say whether a variable is so; one that was not sent is not."""
        if variable is None:
            return False
        return bool(self.values & variable.forms) or any(
            compile_pattern(pattern).search(variable.text) for pattern in self.patterns
        )


@dataclass(frozen=True, slots=True)
class TrapCondition:
    """Which traps are meant."""

    notifications: frozenset[str]
    where: tuple[Expected, ...] = ()
    where_not: tuple[Expected, ...] = ()

    def accepts(self, facts: TrapFacts) -> bool:
        """Say whether a trap is meant, whose OID is looked up before."""
        if not all(one.accepts(facts.variable(one.column)) for one in self.where):
            return False
        return not any(one.accepts(facts.variable(one.column)) for one in self.where_not)


@dataclass(frozen=True, slots=True)
class SyslogCondition:
    """Which syslog messages are meant."""

    pattern: str | None = None
    unless: str | None = None
    severity: int | None = None
    """This number or a lower one, which is graver."""
    facilities: frozenset[int] = frozenset()
    applications: frozenset[str] = frozenset()
    further: Mapping[str, str] = field(default_factory=dict)
    """Placeholder to a pattern of one group."""

    def find(self, facts: SyslogFacts) -> Mapping[str, str | None] | None:
        """Give the named groups of a message that is meant; None for another one."""
        message = facts.message
        if self.severity is not None and (message.severity is None or message.severity > self.severity):
            return None
        if self.facilities and message.facility not in self.facilities:
            return None
        if self.applications and message.application.lower() not in self.applications:
            return None
        found = compile_pattern(self.pattern).search(message.line) if self.pattern else None
        if self.pattern and found is None:
            return None
        if self.unless and compile_pattern(self.unless).search(message.line):
            return None
        groups: dict[str, str | None] = found.groupdict() if found else {}
        for name, pattern in self.further.items():
            further = compile_pattern(pattern).search(message.line)
            groups[name] = further[1] if further else None
        return groups


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which senders."""

    devices: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    interface_alias: str | None = None
    strangers: bool = False

    def accepts(self, sender: Sender, find_alias: Callable[[], str]) -> bool:
        """Say whether a sender is meant."""
        if not sender.device and not self.strangers:
            return False
        if self.devices and sender.device not in self.devices:
            return False
        if self.sites and sender.site not in self.sites:
            return False
        return self.interface_alias is None or bool(
            compile_pattern(self.interface_alias).search(find_alias())
        )


@dataclass(frozen=True, slots=True)
class EventRule:
    """One rule, its names looked up."""

    name: str
    alert: str
    on: str
    match: TrapCondition | SyslogCondition
    clear: TrapCondition | SyslogCondition | None
    pair: tuple[str, ...]
    severity: str
    labels: Mapping[str, str]
    summary: str
    description: str
    ends_after: timedelta
    at_most: int
    most_per_hour: int
    whose: Whose = field(default_factory=Whose)
    columns: Mapping[str, str] = field(default_factory=dict)
    """Placeholder to the column of a trap whose value it is."""
    indexes: Mapping[str, str] = field(default_factory=dict)
    """Placeholder to the column that its value stands behind."""
    poll: bool = False
    record_only: bool = False
    is_shipped: bool = False


class Taken(NamedTuple):
    """A rule and a message that it takes."""

    rule: EventRule
    sender: Sender
    read: Read

    def labels(self) -> dict[str, str]:
        """Give the labels of its alert; what the message does not tell is no label."""
        rule, sender = self.rule, self.sender
        found = {name: self._fill(text, LONGEST_LABEL) for name, text in rule.labels.items()}
        own = {
            "alertname": rule.alert,
            "device": sender.device,
            "site": sender.site,
            "severity": rule.severity,
        }
        return {name: value for name, value in (found | own).items() if value}

    def paired(self) -> dict[str, str]:
        """Give the labels in which an alert must agree that the message ends."""
        labels = self.rule.labels
        return {name: self._fill(labels[name], LONGEST_LABEL) for name in self.rule.pair}

    def annotations(self) -> dict[str, str]:
        """Give the texts of its alert."""
        texts = {"summary": self.rule.summary, "description": self.rule.description}
        return {name: self._fill(text, 2000) for name, text in texts.items() if text}

    def _fill(self, text: str, most: int) -> str:
        return tidy(fill_placeholders(text, self.read), most)


class Verdict(NamedTuple):
    """What rules say of a message."""

    taken: Taken | None
    """By the first rule that takes it."""
    ends: tuple[Taken, ...]
    """By every rule whose alerts it ends."""


class EventRules:
    """All rules in force, in the order in which they are asked."""

    def __init__(self, rules: Iterable[EventRule] = ()) -> None:
        self.rules = tuple(rules)
        self._by_trap: dict[str, list[tuple[EventRule, TrapCondition, bool]]] = {}
        self._syslog: list[tuple[EventRule, SyslogCondition, bool]] = []
        for rule, condition, is_end in _conditions(self.rules):
            if isinstance(condition, TrapCondition):
                for oid in condition.notifications:
                    self._by_trap.setdefault(oid, []).append((rule, condition, is_end))
            else:
                self._syslog.append((rule, condition, is_end))
        self._search = _PatternSet([condition.pattern for _rule, condition, _is_end in self._syslog])

    def wants(self, trap_oid: str) -> bool:
        """Say whether any rule looks at such traps."""
        return trap_oid in self._by_trap

    def judge_trap(self, facts: TrapFacts) -> Verdict:
        """Ask every rule about a trap."""
        taken, ends = None, []
        for rule, condition, is_end in self._by_trap.get(facts.notification.trap_oid, ()):
            if (taken is not None and not is_end) or not condition.accepts(facts):
                continue
            if rule.whose.accepts(facts.sender, lambda: facts.interface.alias if facts.interface else ""):
                one = Taken(rule, facts.sender, _reader(rule, facts))
                if is_end:
                    ends.append(one)
                else:
                    taken = one
        return Verdict(taken, tuple(ends))

    def judge_syslog(self, facts: SyslogFacts) -> Verdict:
        """Ask every rule about a syslog message; its patterns are looked for all at once."""
        taken, ends = None, []
        for number in self._search.find(facts.message.line):
            rule, condition, is_end = self._syslog[number]
            groups = condition.find(facts) if taken is None or is_end else None
            if groups is None:
                continue
            if rule.whose.accepts(facts.sender, partial(facts.find_alias, groups)):
                one = Taken(rule, facts.sender, partial(facts.read, groups))
                if is_end:
                    ends.append(one)
                else:
                    taken = one
        return Verdict(taken, tuple(ends))


def _conditions(
    rules: Iterable[EventRule],
) -> Iterator[tuple[EventRule, TrapCondition | SyslogCondition, bool]]:
    for rule in rules:
        yield rule, rule.match, False
        if rule.clear is not None:
            yield rule, rule.clear, True


def _reader(rule: EventRule, facts: TrapFacts) -> Read:
    def read(name: str) -> str:
        if name in rule.indexes:
            return tidy(facts.index(rule.indexes[name]))
        if name in rule.columns:
            variable = facts.variable(rule.columns[name])
            return variable.text if variable else ""
        return facts.common(name)

    return read


class _PatternSet:
    """Tells which of many patterns a text may hold, in one pass over it."""

    def __init__(self, patterns: Iterable[str | None]) -> None:
        listed = list(patterns)
        self._always = [number for number, pattern in enumerate(listed) if pattern is None]
        self._numbers = [number for number, pattern in enumerate(listed) if pattern is not None]
        self._set: Any = None
        if self._numbers:
            options = re2.Options()
            options.log_errors = False
            options.max_mem = _SET_MEMORY
            self._set = re2.Set.SearchSet(options)
            for number in self._numbers:
                self._set.Add(listed[number])
            self._set.Compile()

    def find(self, text: str) -> list[int]:
        """Give the numbers of the patterns to look at, in order."""
        found = (self._set.Match(text) or ()) if self._set is not None else ()
        return sorted([*self._always, *(self._numbers[one] for one in found)])
