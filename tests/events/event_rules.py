"""Rules from the text of a file, and messages for them."""

import re
from pathlib import Path

import yaml

from fakes import START
from netops.events.compiling import compile_rules
from netops.events.facts import SeenInterface, Sender, SyslogFacts, TrapFacts
from netops.events.rules import EventRules
from netops.model.notification import Notification, NotificationVarbind
from netops.settings.events import EventsSettings
from netops.snmp.names import Names
from netops.syslog.parser import parse

NAMES = Names()
SENDER = Sender("192.0.2.1", "sw-1", "lab", lambda which: SeenInterface(str(which), ""))


def make_rules(text: str) -> EventRules:
    problems: list[object] = []
    loaded = yaml.load(re.sub(r"\bon:", "'on':", text), Loader=yaml.SafeLoader)
    settings = EventsSettings.model_validate({"shipped": False, "rules": loaded})
    rules = compile_rules(settings, Path("none.yaml"), NAMES, problems)  # type: ignore[arg-type]
    assert problems == []
    return rules


def facts_of(line: str, priority: bytes = b"<189>") -> SyslogFacts:
    data = priority + line.encode()
    return SyslogFacts(parse(data, received_at=START, source_address="192.0.2.1", transport="udp"), SENDER)


def judge(rules: EventRules, line: str):
    return rules.judge_syslog(facts_of(line))


def trap_of(oid: str, *variables: tuple[str, int, object]) -> Notification:
    varbinds = tuple(NotificationVarbind(*one) for one in variables)
    return Notification(START, "192.0.2.1", 1, "2c", "c", oid, varbinds=varbinds)


def trap_facts(oid: str, *variables: tuple[str, int, object]) -> TrapFacts:
    return TrapFacts(trap_of(oid, *variables), SENDER, NAMES)
