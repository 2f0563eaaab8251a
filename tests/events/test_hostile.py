"""What liars send: nothing of it breaks a line, a label or a template."""

import pytest

from events.event_rules import facts_of, judge, make_rules, trap_facts
from netops.events.facts import Sender, SyslogFacts, tidy
from netops.events.rules import LONGEST_LABEL
from netops.model.placeholders import PlaceholderWrong, fill_placeholders, find_placeholders

TEXT = """\
- name: told
  on: syslog
  match: {pattern: 'says (?P<what>[^|]*)(?:\\|(?P<rest>.*))?'}
  labels: {what: '{what}', rest: '{rest}'}
  summary: 'it says {what} {rest} {{plain}}'
"""
TRAP = """\
- name: told
  on: trap
  match: {notification: 1.3.6.1.4.1.9999.0.1}
  variables: {what: 1.3.6.1.4.1.9999.1}
  labels: {what: '{what}'}
  summary: 'it says {what}'
"""
OID = "1.3.6.1.4.1.9999.0.1"


@pytest.mark.parametrize("text", ["{device} {{x}} %s {0} {what}", "a}b{c", "{" * 50, "{{ $labels.x }}"])
def test_braces_in_what_is_told_stay_what_they_are(text):
    taken = judge(make_rules(TEXT), f"says {text}").taken
    assert taken.labels()["what"] == text
    assert taken.annotations()["summary"] == f"it says {text}  {{plain}}"


def test_a_group_that_took_no_part_is_no_label():
    assert "rest" not in judge(make_rules(TEXT), "says x").taken.labels()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"two\r\nlines\x1b[31m red\x00", "two  lines [31m red"),
        ("\u202egnp.exe".encode(), "gnp.exe"),
        ("电源故障".encode("gbk"), "电源故障"),
        ("batería".encode("latin-1"), "batería"),
        (b"", None),
        (b"\xff\xfe\x00\x01", None),
    ],
)
def test_text_of_a_variable_is_one_line_whatever_its_encoding(value, shown):
    taken = make_rules(TRAP).judge_trap(trap_facts(OID, ("1.3.6.1.4.1.9999.1.0", 4, value))).taken
    told = taken.labels().get("what", "")
    assert told.isprintable()
    if shown is not None:
        assert told == shown


def test_giant_texts_are_cut():
    taken = make_rules(TRAP).judge_trap(trap_facts(OID, ("1.3.6.1.4.1.9999.1.0", 4, b"x" * 60_000))).taken
    assert len(taken.labels()["what"]) == LONGEST_LABEL
    assert len(taken.annotations()["summary"]) <= 2000
    assert len(tidy("y" * 10_000_000)) == 1000


def test_a_trap_without_the_variable_or_with_hundreds_is_taken():
    rules = make_rules(TRAP)
    assert "what" not in rules.judge_trap(trap_facts(OID)).taken.labels()
    many = [(f"1.3.6.1.4.1.9999.7.{number}", 2, number) for number in range(2000)]
    assert "what" not in rules.judge_trap(trap_facts(OID, *many)).taken.labels()


def test_no_message_raises_for_a_rule_without_its_severity():
    rules = make_rules("- {name: grave, on: syslog, match: {severity: critical}}")
    assert rules.judge_syslog(facts_of("x", b"<10>")).taken
    assert rules.judge_syslog(facts_of("x", b"<14>")).taken is None
    assert rules.judge_syslog(facts_of("x", b"")).taken is None


def test_where_accepts_numbers_labels_and_patterns_and_nothing_of_what_was_not_sent():
    form = "- {{name: a, on: trap, match: {{notification: 'IF-MIB::linkDown', where: {{{where}}}}}}}"
    sent = ("1.3.6.1.2.1.2.2.1.8.7", 2, 2)
    for where, is_taken in (
        ("ifOperStatus: down", True),
        ("ifOperStatus: 2", True),
        ("ifOperStatus: [up, '~^do']", True),
        ("ifOperStatus: up", False),
        ("ifDescr: '~.*'", False),
    ):
        rules = make_rules(form.format(where=where))
        verdict = rules.judge_trap(trap_facts("1.3.6.1.6.3.1.1.5.3", sent))
        assert (verdict.taken is not None) is is_taken, where


def test_conditions_on_device_and_site_hold_for_those_only():
    rules = make_rules("- {name: a, on: syslog, match: {pattern: x, devices: [sw-1], sites: [lab]}}")
    message = facts_of("x").message
    for sender, is_taken in (("sw-1", True), ("sw-2", False), ("", False)):
        facts = SyslogFacts(message, Sender("192.0.2.1", sender, "lab"))
        assert (rules.judge_syslog(facts).taken is not None) is is_taken


def test_a_brace_that_begins_no_placeholder_is_refused():
    for text in ("{", "a } b", "{a b}", "{}", "{a.b}"):
        with pytest.raises(PlaceholderWrong):
            find_placeholders(text)
    assert find_placeholders("{a} {{b}} {c}") == {"a", "c"}
    assert fill_placeholders("{a}{{{a}}}", lambda name: "{b}") == "{b}{{b}}"
