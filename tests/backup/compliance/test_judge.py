"""Rules held against configurations: sections, order, exceptions, and devices without a backup."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netops.backup.compliance.judge import Evidence, judge
from netops.backup.compliance.rule_files import RulePart
from netops.backup.compliance.rules import Subject
from netops.backup.compliance.text import ConfigurationText
from netops.model.compliance import ComplianceReason, ComplianceStatus
from netops.settings.patterns import compile_pattern

TODAY = date(2026, 11, 24)
SWITCH = Subject("sw-1", "cisco_ios", "site-a", ("access", "floor-1"), ("campus",))
CONFIGURATION = """\
hostname sw-1
!
interface Vlan7
 description room 7
 ip address 10.0.7.1 255.255.255.0
!
router bgp 65000
 neighbor 10.0.0.1 remote-as 65001
 address-family ipv4
  neighbor 10.0.0.1 activate
  neighbor 10.0.0.1 prefix-list IN in
 address-family ipv6
  neighbor 2001:db8::1 activate
!
ip access-list standard MGMT
 permit 10.0.0.0 0.0.0.255
 deny any log
!
line con 0
 exec-timeout 5 0
line vty 0 4
 access-class MGMT in
 transport input ssh
line vty 5 15
 transport input telnet ssh
end
"""


def rule(**keys):
    return RulePart.model_validate({"id": "R", "title": "t", "severity": "major", **keys}).to_rule("x.yaml")


def verdict(text=CONFIGURATION, subject=SWITCH, today=TODAY, is_stale=False, **keys):
    found = judge([rule(**keys)], subject, Evidence(text, is_stale), today)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("keys", "passes"),
    [
        ({"must_contain": "hostname sw-1"}, True),
        ({"must_contain": "hostname sw"}, False),
        ({"must_contain": " ip address 10.0.7.1 255.255.255.0 "}, True),
        ({"must_not_contain": "transport input telnet ssh"}, False),
        ({"must_match": r"^hostname \S+$"}, True),
        ({"must_match": "^ip address"}, True),
        ({"must_match": "^Hostname"}, False),
        ({"must_match": "(?i)^Hostname"}, True),
        ({"must_match": ["^hostname", "^ntp server"]}, False),
        ({"must_not_match": r"\btelnet\b"}, False),
        ({"any_of": ["^ntp server", "^hostname"]}, True),
        ({"any_of": ["^ntp server", "^clock"]}, False),
        ({"in_order": ["^permit 10", "^deny any"]}, True),
        ({"in_order": ["^deny any", "^permit 10"]}, False),
        ({"block": "permit 10.0.0.0 0.0.0.255\n deny any log\n"}, True),
        ({"block": ["permit 10.0.0.0 0.0.0.255", "line con 0"]}, False),
        ({"must_match": r"room 7\s+ip address"}, False),
        ({"must_match": "^end$"}, True),
        ({"must_not_match": "^$"}, False),
    ],
)
def test_what_a_rule_asks_for(keys, passes):
    assert (verdict(**keys).status is ComplianceStatus.PASSES) is passes


def test_a_rule_holds_in_every_section_and_names_the_one_that_breaks_it():
    found = verdict(section="^line vty", must_match="^transport input ssh$")
    assert (found.status, found.reason) == (ComplianceStatus.FAILS, ComplianceReason.MISSING)
    assert (found.section, found.wanted) == ("line vty 5 15", "^transport input ssh$")


def test_what_is_forbidden_is_shown_with_its_line():
    found = verdict(section="^line vty", must_not_match="telnet")
    assert [(line.number, line.text) for line in found.lines] == [(25, "transport input telnet ssh")]
    assert CONFIGURATION.split("\n")[24].strip() == "transport input telnet ssh"


def test_sections_within_sections():
    assert (
        verdict(section=["^router bgp", "^address-family ipv4"], must_match="prefix-list IN in$").status
        == "passes"
    )
    assert (
        verdict(section=["^router bgp", "^address-family"], must_match="prefix-list IN in$").status == "fails"
    )
    assert verdict(section=["^interface", "^address-family"], must_match="x").status == "passes"


def test_a_section_that_must_be_there():
    assert verdict(section="^line aux", must_match="^no exec$").status == "passes"
    found = verdict(section="^line aux", needs_section=True, must_match="^no exec$")
    assert (found.status, found.reason, found.wanted) == ("fails", "no_section", "^line aux")


def test_the_section_of_another_maker():
    text = "system {\n    services {\n        ssh {\n            root-login deny;\n        }\n    }\n}\n"
    keys = {"section": ["^system", "^services", "^ssh"], "must_match": "^root-login deny;$"}
    assert verdict(text, **keys).status == "passes"
    assert verdict(text.replace("deny", "allow"), **keys).status == "fails"


def test_a_rule_that_holds_only_where_something_is():
    assert verdict(only_if="^snmp-server", must_match="^snmp-server group") is None
    assert verdict(only_if="^router bgp", must_match="^no such thing").status == "fails"


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        ({}, True),
        ({"platforms": ["cisco_ios"]}, True),
        ({"platforms": ["huawei_vrp"]}, False),
        ({"sites": ["site-*"]}, True),
        ({"sites": ["site-b"]}, False),
        ({"tags": ["core", "access"]}, True),
        ({"tags": ["core"]}, False),
        ({"groups": ["campus"]}, True),
        ({"devices": ["sw-*"]}, True),
        ({"devices": ["sw-2"]}, False),
        ({"except_devices": ["sw-1"]}, False),
        ({"platforms": ["cisco_*"], "sites": ["site-b"]}, False),
    ],
)
def test_for_whom_a_rule_holds(scope, holds):
    assert (verdict(must_match="^hostname", **scope) is not None) is holds


def test_without_a_backup_and_with_an_old_one_every_rule_fails():
    keys = {"must_not_match": "nothing of the kind"}
    assert verdict(None, **keys).reason is ComplianceReason.NO_BACKUP
    assert verdict(is_stale=True, **keys).reason is ComplianceReason.STALE_BACKUP
    assert verdict(None, only_if="^never there", **keys).status == "fails", "nobody knows whether it holds"


EXCEPTION = {"devices": "sw-*", "owner": "alice", "until": "2026-11-24", "reason": "replaced soon"}


def test_an_exception_counts_through_its_last_day():
    keys = {"must_match": "^ntp server", "exceptions": [EXCEPTION]}
    assert verdict(**keys).status is ComplianceStatus.EXCEPTED
    late = verdict(today=date(2026, 11, 25), **keys)
    assert late.status is ComplianceStatus.FAILS
    assert late.detail()["owner"] == "alice"
    assert verdict(subject=Subject("r-1", "cisco_ios"), **keys).status is ComplianceStatus.FAILS


def test_of_several_exceptions_the_longest_counts():
    longer = {**EXCEPTION, "owner": "bob", "until": "2027-01-01"}
    found = verdict(must_match="^ntp server", exceptions=[EXCEPTION, longer], today=date(2026, 12, 1))
    assert (found.status, found.exception.owner) == ("excepted", "bob")


def test_no_exception_stands_for_a_missing_backup():
    assert verdict(None, must_match="x", exceptions=[EXCEPTION]).status is ComplianceStatus.FAILS


def test_masked_secrets_can_be_asked_for_by_their_kind():
    text = "enable secret 9 <secret hidden>\nusername bob password 7 <secret hidden>\n"
    assert verdict(text, must_match="^enable secret [89] ").status == "passes"
    assert verdict(text, must_not_match=r"^username \S+ password 7 ").status == "fails"


def test_long_lines_and_many_are_cut():
    text = "\n".join(f"bad {'x' * 5000} {number}" for number in range(100))
    found = verdict(text, must_not_match="^bad")
    assert len(found.lines) == 5
    assert all(len(line.text) < 210 for line in found.lines)


TEXTS = st.lists(st.sampled_from(["a", " a", "b", "  b a", "", "a b", " c", "!", "ab"]), max_size=12).map(
    "\n".join
)


@given(TEXTS, st.sampled_from(["a", "^a", "b$", "^a$", "^$", r"a\s*b", r"\w+", "[^a]", "a|c"]))
def test_lines_are_found_as_if_each_were_looked_at_alone(text, pattern):
    """The fast way searches all lines at once."""
    compiled = compile_pattern(f"(?m){pattern}")
    expected = [number for number, line in enumerate(text.split("\n"), 1) if compiled.search(line.strip())]
    assert [line.number for line in ConfigurationText.of(text).find_all(compiled)] == expected


def test_a_configuration_of_five_megabytes_is_judged():
    text = "".join(f"interface Gi{n}\n description x {'y' * 60}\n no shutdown\n" for n in range(50_000))
    assert verdict(text, section="^interface", must_match="^no shutdown$").status == "passes"


def test_yaml_as_people_write_it():
    given_rule = yaml.safe_load(
        """
        id: VTY
        title: {en: English, zh_CN: 中文}
        severity: minor
        section: '^line vty'
        must_match: '^transport input ssh$'
        """
    )
    made = RulePart.model_validate(given_rule).to_rule("f")
    assert (made.title_in("zh_CN"), made.title_in("en"), made.title) == ("中文", "English", "English")
