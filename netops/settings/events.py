"""The file of event rules: ``configs/events.yaml``. Which traps and syslog messages are alerts, and when they end."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from netops.i18n import _
from netops.model.placeholders import PlaceholderWrong, find_placeholders
from netops.settings.conditions import LabelName
from netops.settings.durations import Interval
from netops.settings.maintenance import Names
from netops.settings.parts import TEXT_SCHEMA, Conflict, Part, Switch, Text, as_text, refuse
from netops.settings.patterns import GroupPattern, PatternError, PatternText, compile_pattern
from netops.settings.people import EntryName, SeverityName

SyslogSeverity = Literal[
    "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"
]
SyslogFacility = Literal[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "console", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
]  # fmt: skip
SYSLOG_SEVERITIES: tuple[SyslogSeverity, ...] = get_args(SyslogSeverity)
SYSLOG_FACILITIES: tuple[SyslogFacility, ...] = get_args(SyslogFacility)
"""Both in the order of their numbers (RFC 5424 tables 1 and 2)."""
COMMON_PLACEHOLDERS = frozenset({"device", "site", "source", "interface", "alias"})
SYSLOG_PLACEHOLDERS = COMMON_PLACEHOLDERS | {
    "host", "application", "process", "text", "severity", "facility", "message_id",
}  # fmt: skip
_TRAP_KEYS = ("notification", "where", "where_not")
_SYSLOG_KEYS = ("pattern", "find", "unless", "severity", "facility", "application")
_OWN_LABELS = ("alertname", "device", "site", "severity")


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


def _check_wording(text: str) -> str:
    try:
        find_placeholders(text)
    except PlaceholderWrong as error:
        raise refuse(str(error)) from error
    return text


LIST_SCHEMA = {
    "anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]
}
OneOrMore = Annotated[
    tuple[Text, ...],
    BeforeValidator(_as_list),
    Field(max_length=100),
    WithJsonSchema({**LIST_SCHEMA, "x-values": "text, or a list of texts"}),
]
Wording = Annotated[
    str,
    BeforeValidator(as_text),
    StringConstraints(max_length=1000),
    AfterValidator(_check_wording),
    WithJsonSchema({**TEXT_SCHEMA, "x-values": "text with {placeholders}"}),
]
Variables = Annotated[dict[LabelName, Text], Field(max_length=50)]


class EventCondition(Part):
    """Which messages are meant."""

    notification: OneOrMore = Field(
        default=(),
        description="Of a trap: what it is, by name (`IF-MIB::linkDown`) or OID; any of them.",
    )
    where: dict[Text, OneOrMore] = Field(
        default_factory=dict,
        description="Of a trap: variables, by name or OID of their column, and the values they must have: a number, "
        "a label, a text, or `~` and a pattern.",
    )
    where_not: dict[Text, OneOrMore] = Field(
        default_factory=dict,
        description="Of a trap: values that variables must not have; one not sent has none.",
    )
    pattern: PatternText | None = Field(
        default=None,
        description="Of syslog: an RE2 pattern that the message behind its priority holds; named groups are "
        "placeholders.",
    )
    find: Annotated[dict[LabelName, GroupPattern], Field(max_length=20)] = Field(
        default_factory=dict,
        description="Of syslog: further placeholders, each with a pattern of one group, wherever it stands in the "
        "message.",
    )
    unless: PatternText | None = Field(
        default=None, description="Of syslog: a pattern that it must not hold."
    )
    severity: SyslogSeverity | None = Field(
        default=None, description="Of syslog: as grave as this, or graver."
    )
    facility: tuple[SyslogFacility, ...] = Field(default=(), description="Of syslog: any of these.")
    application: OneOrMore = Field(
        default=(), description="Of syslog: the program (APP-NAME, tag); any of these, case aside."
    )


class EventMatch(EventCondition):
    """Which messages are meant, and of whom."""

    devices: Names = Field(default=(), description="Only of devices of these names.")
    sites: Names = Field(default=(), description="Only of devices at these sites.")
    interface_alias: PatternText | None = Field(
        default=None,
        description="Only of an interface whose description (ifAlias) holds this pattern, as last polled.",
    )
    strangers: Switch = Field(
        default=False,
        description="Also of senders that are no watched device. Anybody who reaches the port can be one.",
    )


class EventRuleSettings(Part):
    """What becomes of some messages."""

    name: EntryName = Field(description="Its name; one of a shipped rule replaces that.")
    on: Literal["trap", "syslog"] = Field(description="What it looks at.")
    match: EventMatch = Field(description="Which messages it takes.")
    clear: EventCondition | None = Field(
        default=None, description="Which messages end the alert, such as linkUp after linkDown."
    )
    pair: tuple[LabelName, ...] | None = Field(
        default=None,
        max_length=20,
        description="The labels in which the ending message must agree, beside the device. Default: all of `labels`.",
    )
    alert: EntryName | None = Field(
        default=None,
        description="Name of the alert, its label alertname; rules that share it end each other's. Default: the "
        "rule's name.",
    )
    severity: SeverityName = Field(default="warning", description="How grave the alert is.")
    variables: Variables = Field(
        default_factory=dict, description="Of a trap: placeholders for variables, by name or OID."
    )
    indexes: Variables = Field(
        default_factory=dict,
        description="Of a trap: placeholders for what stands behind a column's OID, such as a neighbour's address.",
    )
    labels: Annotated[dict[LabelName, Wording], Field(max_length=20)] = Field(
        default_factory=dict,
        description="Labels beside alertname, device, site and severity. They make it one alert or another.",
    )
    summary: Wording = Field(default="", description="One line for people.")
    description: Wording = Field(default="", description="More for people, such as what to do.")
    ends_after: Interval | None = Field(
        default=None,
        description="How long after the last message the alert ends by itself. Default: 15m, and 1d with `clear`.",
    )
    at_most: Annotated[int, Field(strict=True, ge=1, le=10_000)] = Field(
        default=100,
        description="How many alerts of this rule may fire at once; more are counted, not raised.",
    )
    most_per_hour: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        default=1000, description="How many alerts or events this rule may begin in an hour."
    )
    poll: Switch = Field(default=False, description="Poll the device at once, also when the alert is ended.")
    record_only: Switch = Field(
        default=False, description="Make no alert of it, only an event of the device."
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse keys of the other kind of message, placeholders that nothing fills, and labels that are ours."""
        match, clear = given.get("match"), given.get("clear")
        kind = given.get("on")
        for key, part in (("match", match), ("clear", clear)):
            if isinstance(part, Mapping) and kind in {"trap", "syslog"}:
                yield from _find_wrong_condition(key, part, is_trap=kind == "trap")
        for key in ("variables", "indexes"):
            if kind == "syslog" and given.get(key):
                yield Conflict((key,), _("is for traps only"), at_key=True)
        if given.get("record_only") is True and clear is not None:
            yield Conflict(("clear",), _("ends nothing, for record_only makes no alert"), at_key=True)
        labels = given.get("labels")
        names = labels if isinstance(labels, Mapping) else {}
        for name in names:
            if name in _OWN_LABELS:
                yield Conflict(("labels", name), _("is set by netops itself"), at_key=True)
        pair = given.get("pair")
        for number, name in enumerate(pair if isinstance(pair, list) else ()):
            if str(name) not in names:
                yield Conflict(("pair", number), _("is none of the labels"))
        if kind == "syslog":
            yield from _find_unknown_placeholders(given, names)


class EventsSettings(Part):
    """Everything in ``events.yaml``."""

    shipped: Switch = Field(default=True, description="Whether the rules that come with netops are in force.")
    without: Names = Field(default=(), description="Names of shipped rules that are not in force.")
    rules: tuple[EventRuleSettings, ...] = Field(
        default_factory=tuple,
        max_length=1000,
        description="Rules of your own, asked in this order before the shipped ones; the first that matches takes "
        "a message.",
    )

    @classmethod
    def find_conflicts(cls, given: Mapping[str, Any]) -> Iterator[Conflict]:
        """Refuse two rules of one name."""
        seen: set[str] = set()
        rules = given.get("rules")
        for number, rule in enumerate(rules if isinstance(rules, list) else ()):
            name = rule.get("name") if isinstance(rule, Mapping) else None
            if name is not None and str(name) in seen:
                yield Conflict(("rules", number, "name"), _("is there twice"))
            seen.add(str(name))


def _find_wrong_condition(key: str, part: Mapping[str, Any], *, is_trap: bool) -> Iterator[Conflict]:
    for name in _SYSLOG_KEYS if is_trap else _TRAP_KEYS:
        if name in part:
            message = _("is for syslog only") if is_trap else _("is for traps only")
            yield Conflict((key, name), message, at_key=True)
    if is_trap and not part.get("notification"):
        yield Conflict((key,), _("names no notification"), _("give one, such as IF-MIB::linkDown"))
    if not is_trap and not any(part.get(name) for name in ("pattern", "severity", "facility", "application")):
        yield Conflict((key,), _("takes every message"), _("give a pattern"))


def _find_unknown_placeholders(given: Mapping[str, Any], labels: Mapping[str, Any]) -> Iterator[Conflict]:
    """Look up the placeholders of a rule for syslog among the groups of its patterns."""
    known = SYSLOG_PLACEHOLDERS | _groups_of(given.get("match"))
    texts: list[tuple[tuple[str, ...], Any]] = [(("labels", name), text) for name, text in labels.items()]
    texts += [((key,), given.get(key)) for key in ("summary", "description")]
    for place, text in texts:
        for name in sorted(_placeholders_of(text) - known):
            message = _("nothing is called {%(name)s}") % {"name": name}
            yield Conflict(
                place, message, _("name a group of the pattern so: (?P<%(name)s>…)") % {"name": name}
            )
    clear = given.get("clear")
    if not isinstance(clear, Mapping):
        return
    pair = given.get("pair")
    paired = [str(name) for name in pair] if isinstance(pair, list) else list(labels)
    told = SYSLOG_PLACEHOLDERS | _groups_of(clear)
    for name in paired:
        missing = sorted(_placeholders_of(labels.get(name)) - told)
        if missing:
            words = {"label": name, "name": missing[0]}
            message = _("does not tell {%(name)s} of the label %(label)s") % words
            yield Conflict(("clear",), message, _("name it in a group, or leave the label out of pair:"))


def _groups_of(part: Any) -> frozenset[str]:
    if not isinstance(part, Mapping):
        return frozenset()
    pattern, find = part.get("pattern"), part.get("find")
    found = frozenset(map(str, find)) if isinstance(find, Mapping) else frozenset()
    try:
        return found | frozenset(compile_pattern(pattern).groupindex) if isinstance(pattern, str) else found
    except PatternError:
        return found  # told by its own type


def _placeholders_of(text: Any) -> frozenset[str]:
    try:
        return find_placeholders(text) if isinstance(text, str) else frozenset()
    except PlaceholderWrong:
        return frozenset()  # told by its own type
