"""The twenty rules that come along: each is kept by a hardened configuration, and broken by its counterpart."""

from datetime import date
from pathlib import Path

import pytest

from netops.backup.compliance.judge import Evidence, judge
from netops.backup.compliance.rule_files import load_compliance_rules
from netops.backup.compliance.rules import Subject
from netops.backup.platform_files import load_platforms
from netops.settings.errors import Problem

FOLDER = Path(__file__).parents[3] / "configs" / "compliance"
PROBLEMS: list[Problem] = []
RULES = load_compliance_rules(sorted(FOLDER.glob("*.yaml")), load_platforms().by_name, PROBLEMS)

GOOD = {
    "cisco_ios": """\
service password-encryption
hostname sw-1
enable secret 9 <secret hidden>
username bob privilege 15 secret 9 <secret hidden>
aaa new-model
ip ssh version 2
no ip http server
ip http secure-server
logging host 10.0.0.2
ntp server 10.0.0.3
snmp-server community <secret hidden> RO MGMT
line con 0
 exec-timeout 5 0
line vty 0 4
 access-class MGMT in vrf-also
 transport input ssh
line vty 5 15
 transport input none
end
""",
    "huawei_vrp": """\
sysname sw-1
undo telnet server enable
info-center loghost 10.0.0.2
snmp-agent community read cipher <secret hidden>
user-interface vty 0 4
 acl 2000 inbound
 authentication-mode aaa
 protocol inbound ssh
return
""",
    "hp_comware": """\
 sysname sw-1
 info-center loghost 10.0.0.2
 snmp-agent community read cipher <secret hidden>
line vty 0 63
 acl 2000 inbound
 authentication-mode scheme
 protocol inbound ssh
return
""",
    "juniper_junos": "system {\n    services {\n        ssh {\n            root-login deny;\n        }\n    }\n}\n",
    "juniper_junos_set": "set system services ssh root-login deny\nset system services web-management https\n",
    "fortinet": """\
config system interface
    edit "port1"
        set allowaccess ping https ssh
    next
end
""",
}

BREAKS = [
    ("IOS-AAA", "cisco_ios", "aaa new-model", "no aaa new-model"),
    ("IOS-ENABLE-SECRET", "cisco_ios", "enable secret 9", "enable password 7"),
    ("IOS-USER-SECRET", "cisco_ios", "privilege 15 secret 9", "privilege 15 password 7"),
    ("IOS-PASSWORD-ENCRYPTION", "cisco_ios", "service password", "no service password"),
    ("IOS-VTY-SSH", "cisco_ios", "input ssh", "input telnet ssh"),
    ("IOS-VTY-ACL", "cisco_ios", " access-class MGMT in vrf-also\n", ""),
    ("IOS-LINE-TIMEOUT", "cisco_ios", "exec-timeout 5 0", "exec-timeout 0 0"),
    ("IOS-LINE-TIMEOUT", "cisco_ios", "exec-timeout 5 0", "exec-timeout 30"),
    ("IOS-SSH-2", "cisco_ios", "ip ssh version 2\n", ""),
    ("IOS-NO-HTTP", "cisco_ios", "no ip http server", "ip http server"),
    ("IOS-SNMP-NO-WRITE", "cisco_ios", "RO MGMT", "RW MGMT"),
    ("IOS-LOGGING-HOST", "cisco_ios", "logging host 10.0.0.2", "logging buffered 10000"),
    ("IOS-NTP", "cisco_ios", "ntp server", "no ntp server"),
    ("VRP-NO-TELNET", "huawei_vrp", "undo telnet server", "telnet server"),
    ("VRP-VTY-SSH", "huawei_vrp", "protocol inbound ssh", "protocol inbound all"),
    ("VRP-VTY-SSH", "hp_comware", "authentication-mode scheme", "authentication-mode none"),
    ("VRP-VTY-ACL", "hp_comware", " acl 2000 inbound\n", ""),
    ("VRP-SNMP-NO-WRITE", "huawei_vrp", "community read", "community write"),
    ("VRP-LOGHOST", "hp_comware", " info-center loghost 10.0.0.2\n", ""),
    ("VRP-NO-FTP", "huawei_vrp", "sysname sw-1", "FTP server enable"),
    ("JUNOS-NO-CLEARTEXT", "juniper_junos", "ssh {", "telnet;\n        ssh {"),
    ("JUNOS-NO-CLEARTEXT", "juniper_junos_set", "web-management https", "web-management http"),
    ("FORTI-NO-CLEARTEXT", "fortinet", "https ssh", "http ssh"),
]


def failing(platform, text):
    subject = Subject("sw-1", platform)
    return {
        v.rule.id for v in judge(RULES, subject, Evidence(text), date(2026, 11, 24)) if v.status == "fails"
    }


def test_there_are_twenty_with_reference_and_both_languages():
    assert PROBLEMS == []
    assert len(RULES) == 20
    for rule in RULES:
        assert rule.reference
        assert set(rule.titles) == {"en", "zh_CN"}


@pytest.mark.parametrize("platform", GOOD)
def test_a_hardened_configuration_keeps_all(platform):
    assert failing(platform, GOOD[platform]) == set()


@pytest.mark.parametrize(("rule", "platform", "old", "new"), BREAKS)
def test_each_is_broken_by_its_counterpart(rule, platform, old, new):
    assert old in GOOD[platform]
    assert failing(platform, GOOD[platform].replace(old, new)) == {rule}


def test_each_is_broken_in_some_test():
    assert {rule for rule, *_rest in BREAKS} == {rule.id for rule in RULES}
