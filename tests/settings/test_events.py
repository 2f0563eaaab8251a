from pathlib import Path

import pytest

from netops.events.compiling import compile_rules
from netops.settings import SettingsErrors, load_settings
from netops.settings.diff import diff_events
from netops.settings.events import EventsSettings
from netops.snmp.names import Names

RULE = "rules: [{name: a, on: %s, match: {%s}%s}]\n"
NAMES = Names()


def load(folder: Path, events: str | None, netops: str = "site_name: lab\n"):
    (folder / "netops.yaml").write_text(netops, encoding="utf-8")
    (folder / "devices.yaml").write_text("devices: [{name: this-host, local: true}]\n", encoding="utf-8")
    if events is not None:
        (folder / "events.yaml").write_text(events, encoding="utf-8")
    return load_settings(folder / "netops.yaml", environ={})


def syslog(match: str, more: str = "") -> str:
    return RULE % ("syslog", match, more)


def trap(match: str, more: str = "") -> str:
    return RULE % ("trap", match, more)


MISTAKES = [
    ("ruls: []", '1:1: ruls: unknown key; did you mean "rules"?'),
    (syslog("patern: x"), '1:39: rules[0].match.patern: unknown key; did you mean "pattern"?'),
    (syslog("pattern: '('"), "rules[0].match.pattern: is no regular expression of RE2"),
    (syslog("pattern: x, notification: a"), "rules[0].match.notification: is for traps only"),
    (syslog("devices: [a]"), "rules[0].match: takes every message; give a pattern"),
    (syslog("pattern: x, severity: eror"), 'did you mean "error"?'),
    (syslog("pattern: x", ", summary: '{who}'"), "rules[0].summary: nothing is called {who}; name a group"),
    (syslog("pattern: x", ", summary: 'a { b'"), "rules[0].summary: a brace stands alone"),
    (syslog("pattern: x", ", labels: {severity: a}"), "rules[0].labels.severity: is set by netops itself"),
    (syslog("pattern: x", ", variables: {a: ifIndex}"), "rules[0].variables: is for traps only"),
    (syslog("pattern: x", ", record_only: true, clear: {pattern: y}"), "rules[0].clear: ends nothing"),
    (
        syslog("pattern: 'x(?P<a>.)'", ", labels: {a: '{a}'}, clear: {pattern: y}"),
        "rules[0].clear: does not tell {a} of the label a",
    ),
    (syslog("pattern: x", ", pair: [b]"), "rules[0].pair[0]: is none of the labels"),
    (trap("pattern: x"), "rules[0].match: names no notification"),
    (syslog("pattern: x") + "without: x", "without: must be a list"),
    ("rules: [{name: a, on: trap, match: {notification: x}}, {name: a, on: trap, match: {notification: x}}]", "rules[1].name: is there twice"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path, text, told):
    with pytest.raises(SettingsErrors) as caught:
        load(tmp_path, text)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/events.yaml:")


def test_without_a_file_the_shipped_rules_are_in_force_and_one_that_is_named_must_be_there(tmp_path):
    assert load(tmp_path, None).events == EventsSettings()
    with pytest.raises(SettingsErrors, match=r"ev\.yaml:1:1: no such file"):
        load(tmp_path, None, "events_file: ev.yaml\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (trap("notification: 'IF-MIB::linkdown'"), "did you mean linkDown?"),
        (trap("notification: 1.3.x"), "rules[0].match.notification"),
        (trap("notification: linkDown, where: {ifFoo: 1}"), "ifFoo: no such name"),
        (trap("notification: linkDown", ", summary: '{ifFoo}'"), "nothing is called {ifFoo}"),
        (trap("notification: linkDown, where: {ifIndex: '~('}"), "is no regular expression"),
        ("without: [link_dwn]", 'no shipped rule is called "link_dwn"; did you mean "link_down"?'),
    ],
)
def test_a_name_that_no_mib_knows_is_told_with_its_place_and_its_rule_left_out(tmp_path, text, told):
    loaded = load(tmp_path, text)
    problems = []
    rules = compile_rules(loaded.events, loaded.events_file, NAMES, problems)
    assert told in str(problems[0])
    assert str(problems[0]).startswith(f"{tmp_path}/events.yaml:1:")
    assert "a" not in [rule.name for rule in rules.rules]


def test_a_rule_of_ones_own_takes_the_place_of_a_shipped_one(tmp_path):
    text = trap("notification: linkDown").replace("name: a", "name: link_down") + "without: [link_up]\n"
    loaded = load(tmp_path, text)
    rules = compile_rules(loaded.events, loaded.events_file, NAMES, [])
    assert [rule.is_shipped for rule in rules.rules if rule.name == "link_down"] == [False]
    assert "link_up" not in [rule.name for rule in rules.rules]
    assert compile_rules(EventsSettings(shipped=False), tmp_path / "none", NAMES, []).rules == ()


def test_a_change_is_told_by_its_key(tmp_path):
    old, new = load(tmp_path, syslog("pattern: x")), load(tmp_path, syslog("pattern: y"))
    (change,) = diff_events(old.events, new.events)
    assert str(change) == "events.rules[0].match.pattern: x → y"
