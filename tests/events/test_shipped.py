"""The rules that come with netops, held against messages as devices send them."""

from pathlib import Path

import pytest

from fakes import START
from netops.events.compiling import compile_rules
from netops.events.facts import SeenInterface, Sender, SyslogFacts, TrapFacts
from netops.model.notification import Notification, NotificationVarbind
from netops.settings.events import EventsSettings
from netops.snmp.names import Names
from netops.syslog.parser import parse

NAMES = Names()
PROBLEMS = []
RULES = compile_rules(EventsSettings(), Path("none.yaml"), NAMES, PROBLEMS)
UPLINK = Sender("192.0.2.1", "sw", "lab", lambda which: SeenInterface(str(which), "uplink to core"))
DESK = Sender("192.0.2.1", "sw", "lab", lambda which: SeenInterface(str(which), "room 7"))
LOG = [
    ("%LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "LinkDown", "interface", "Gi0/1"),
    ("%PKT_INFRA-LINK-3-UPDOWN : Interface Gi0/0/0/1, changed state to Down", "LinkDown", "interface", "Gi0/0/0/1"),
    ("%ETHPORT-5-IF_DOWN_LINK_FAILURE: Interface Ethernet1/1 is down (Link failure)", "LinkDown", "interface", "Ethernet1/1"),
    ("sw %%01IFNET/4/IF_STATE(l)[1]:Interface GigabitEthernet0/0/1 has turned into DOWN state.", "LinkDown", "interface", "GigabitEthernet0/0/1"),
    ("r1 mib2d[5]: SNMP_TRAP_LINK_DOWN: ifIndex 5, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-0/0/1", "LinkDown", "interface", "ge-0/0/1"),
    ("%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: bob] [Source: 10.1.1.1] [localport: 22]", "LoginFailed", "from", "10.1.1.1"),
    ("%%01SHELL/4/LOGINFAILED(s)[3]:Failed to login. (Ip=10.1.1.7, UserName=bob, Times=1)", "LoginFailed", "from", "10.1.1.7"),
    ("h sshd[1]: Failed password for invalid user a from 10.0.0.9 port 50 ssh2", "LoginFailed", "from", "10.0.0.9"),
    ("r1 sshd[1]: SSHD_LOGIN_FAILED: Login failed for user 'root' from host '10.0.0.3'", "LoginFailed", "from", "10.0.0.3"),
    ('logid="0100032002" type="event" user="admin" srcip=10.1.1.9 msg="x"', "LoginFailed", "from", "10.1.1.9"),
    ('subtype="ips" severity="critical" srcip=10.1.1.9 dstip=10.2.2.2 attack="Bash"', "Intrusion", "signature", "Bash"),
    ("ids snort[1]: [1:2008:9] cvs [Classification: Misc] [Priority: 1] {TCP} 10.0.0.5:44 -> 192.0.2.4:80", "Intrusion", "signature", "1:2008"),
    ("%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Down BGP Notification sent", "BgpNeighbourDown", "neighbour", "10.0.0.1"),
    ("rpd[5]: RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer 10.9.9.9 (External AS 1) changed state from Established to Idle", "BgpNeighbourDown", "neighbour", "10.9.9.9"),
    ("%OSPF-5-ADJCHG: Process 1, Nbr 10.2.2.2 on Gi0/1 from FULL to DOWN, Dead timer", "OspfNeighbourDown", "neighbour", "10.2.2.2"),
    ("%CDP-4-DUPLEX_MISMATCH: duplex mismatch discovered on Fa0/1 (not half duplex)", "DuplexMismatch", "interface", "Fa0/1"),
    ("%SW_MATM-4-MACFLAP_NOTIF: Host 001b.2100.0001 in vlan 10 is flapping between port Gi0/1 and port Gi0/2", "MacFlapping", "vlan", "10"),
    ("%PM-4-ERR_DISABLE: bpduguard error detected on Gi0/3, putting Gi0/3 in err-disable state", "PortDisabled", "interface", "Gi0/3"),
    ("%PLATFORM_ENV-1-FAN_NOT_PRESENT: Fan is not present", "HardwareFault", "what", "FAN_NOT_PRESENT"),
]  # fmt: skip
QUIET = [
    "%SYS-5-CONFIG_I: Configured from console by bob on vty0 (10.1.1.5)",
    "h sshd[1]: Accepted password for bob from 10.0.0.9 port 50 ssh2",
    '%%01SHELL/5/CMDRECORDFAILED(s)[1]:Recorded command. (Ip=10.1.1.1, User=bob, Command="login")',
    "%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi0/1, changed state to down",
]  # fmt: skip


def judge(line, sender=UPLINK):
    message = parse(b"<189>Mar  1 12:00:00 " + line.encode(), received_at=START, source_address="192.0.2.1", transport="udp")  # fmt: skip
    return RULES.judge_syslog(SyslogFacts(message, sender))


def trap(oid, *variables, sender=UPLINK):
    varbinds = tuple(NotificationVarbind(*one) for one in variables)
    told = Notification(START, "192.0.2.1", 1, "2c", "c", oid, varbinds=varbinds)
    return RULES.judge_trap(TrapFacts(told, sender, NAMES))


def test_the_shipped_rules_have_no_mistake():
    assert PROBLEMS == []
    assert len(RULES.rules) > 50


@pytest.mark.parametrize(("line", "alert", "label", "value"), LOG)
def test_a_message_is_taken_with_its_subject(line, alert, label, value):
    labels = judge(line).taken.labels()
    assert (labels["alertname"], labels[label], labels["device"]) == (alert, value, "sw")


@pytest.mark.parametrize("line", QUIET)
def test_what_is_no_fault_raises_nothing(line):
    taken = judge(line).taken
    assert taken is None


def test_a_port_of_a_desk_is_only_recorded_and_polled():
    rule = judge(LOG[0][0], DESK).taken.rule
    assert (rule.record_only, rule.poll) == (True, True)


def test_a_message_that_says_up_ends_what_one_that_said_down_began():
    down, up = judge(LOG[0][0]).taken, judge(LOG[0][0].replace("down", "up")).ends
    assert ("LinkDown", {"interface": "Gi0/1"}) in [(one.rule.alert, one.paired()) for one in up]
    assert down.labels()["interface"] == "Gi0/1"


INDEX = ("1.3.6.1.2.1.2.2.1.1.7", 2, 7)


def test_link_traps_are_about_the_interface_of_their_index_unless_it_was_switched_off():
    down = trap("1.3.6.1.6.3.1.1.5.3", INDEX).taken
    assert (down.rule.alert, down.labels()["interface"]) == ("LinkDown", "7")
    shut = trap("1.3.6.1.6.3.1.1.5.3", INDEX, ("1.3.6.1.2.1.2.2.1.7.7", 2, 2)).taken
    assert shut.rule.record_only
    (end,) = trap("1.3.6.1.6.3.1.1.5.4", INDEX).ends
    assert end.paired() == {"interface": "7"}


def test_ups_traps_of_rfc_1628_and_of_apc_share_an_alert():
    rfc = trap("1.3.6.1.2.1.33.2.1", ("1.3.6.1.2.1.33.1.2.3.0", 2, 12)).taken
    apc = trap("1.3.6.1.4.1.318.0.5", ("1.3.6.1.4.1.318.2.3.3.0", 4, b"UPS: On battery")).taken
    assert rfc.rule.alert == apc.rule.alert == "UpsTellsOnBattery"
    assert "12 minutes" in rfc.annotations()["summary"]
    assert apc.annotations()["description"] == "UPS: On battery"
    alarm = ("1.3.6.1.2.1.33.1.6.2.1.2.5", 6, "1.3.6.1.2.1.33.1.6.3.2")
    ended = [one.rule.name for one in trap("1.3.6.1.2.1.33.2.4", alarm).ends]
    assert "ups_on_battery" in ended
    low = ("1.3.6.1.2.1.33.1.6.2.1.2.5", 6, "1.3.6.1.2.1.33.1.6.3.3")
    assert trap("1.3.6.1.2.1.33.2.3", low).taken.labels()["alarm"] == "upsAlarmLowBattery"


def test_a_bgp_trap_names_the_neighbour_by_its_index():
    taken = trap("1.3.6.1.2.1.15.7.2", ("1.3.6.1.2.1.15.3.1.2.10.0.0.7", 2, 1)).taken
    assert taken.labels()["neighbour"] == "10.0.0.7"


def test_a_stranger_raises_nothing():
    assert judge(LOG[0][0], Sender("203.0.113.1")).taken is None
    assert trap("1.3.6.1.6.3.1.1.5.5", sender=Sender("203.0.113.1")).taken is None
