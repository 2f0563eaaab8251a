"""Messages and traps of a change, and of none; the lines are those of makers' manuals and of devices seen."""

import pytest

from fakes import START
from netops.model.notification import Notification, NotificationVarbind
from netops.settings.errors import Problem
from netops.syslog.change_signs import Change, load_change_signs, make_change

PROBLEMS: list[Problem] = []
SIGNS = load_change_signs(None, PROBLEMS)

CHANGES = [
    ("cisco_ios", "%SYS-5-CONFIG_I: Configured from console by alice on vty0 (10.1.1.5)", "alice", "10.1.1.5"),
    ("cisco_ios", "%SYS-5-CONFIG_I: Configured from console by vty0 (10.1.1.5)", "", "10.1.1.5"),
    ("cisco_ios", "%SYS-5-CONFIG_I: Configured from console by console", "", ""),
    ("cisco_ios", "%SYS-SW1-5-CONFIG_I: Configured from 10.9.9.9 by snmp", "snmp", ""),
    ("cisco_ios", "%PARSER-5-CFGLOG_LOGGEDCMD: User:bob  logged command:no shutdown", "bob", ""),
    ("cisco_iosxr", "config[65539]: %MGBL-CONFIG-6-DB_COMMIT : Configuration committed by user 'clab'. Use", "clab", ""),
    ("cisco_iosxr", "config[66603]: %MGBL-SYS-5-CONFIG_I : Configured from console by clab on vty0 (192.168.121.1)", "clab", "192.168.121.1"),
    ("cisco_nxos", "%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on 10.10.121.121@pts/1", "admin", "10.10.121.121"),
    ("cisco_nxos", "%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on console0", "admin", ""),
    ("cisco_asa", "%ASA-5-111010: User 'alice', running 'CLI' from IP 10.1.1.5, executed 'no access-list x'", "alice", "10.1.1.5"),
    ("cisco_asa", "%ASA-5-111008: User 'alice' executed the 'configure terminal' command.", "alice", ""),
    ("huawei_vrp", '%%01SHELL/5/CMDRECORD(s)[13]:Recorded command information. (Task=VT0, Ip=10.1.0.5, VpnName=, User=admin, AuthenticationMethod="Local-user", Command="undo shutdown")', "admin", "10.1.0.5"),
    ("huawei_vrp", "SHELL/5/CMDRECORD(l): task:HTPR ip:192.168.0.3 user:gwadmin vrf:public command:undo info-center loghost source.", "gwadmin", "192.168.0.3"),
    ("huawei_vrp", '%%01CONFIGURATION/6/hwCfgManEventlog(t):CID=0x80cb000c-OID=1.3.6.1.4.1.2011.6.10.2.1;Configuration file was changed. (LogIndex=1, SrcCmd=1, SrcData=2, DestData=4, TerUser="tables", SrcAddr=10.88.1.117, ConfigChangeId=1331)', "tables", "10.88.1.117"),
    ("huawei_vrp", "%%01CFM/4/SAVE(l)[120]:The user chose Y when deciding whether to save the configuration to the device.", "", ""),
    ("hp_comware", "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=192.168.124.56-User=admin; Command is undo rule 15", "admin", "192.168.124.56"),
    ("hp_comware", "%%10SHELL/6/SHELL_CMD: -Line=aux0-IPAddr=**-User=**; Command is vlan 7", "", ""),
    ("hp_comware", "%%10CFGMAN/5/CFGMAN_CFGCHANGED: -EventIndex=[12-CommandSource=2-ConfigSource=4-ConfigDestination=2; Configuration is changed.]", "", ""),
    ("juniper_junos", "mgd[4410]: UI_COMMIT: User 'netops' requested 'commit' operation (comment: none)", "netops", ""),
    ("juniper_junos", 'mgd 3046 UI_COMMIT [junos@2636.1.1.1.2.18 username="root" command="commit" message="none"]', "root", ""),
    ("juniper_junos", "mgd[4410]: UI_COMMIT_COMPLETED: commit complete", "", ""),
    ("arista_eos", "ConfigAgent: %SYS-5-CONFIG_I: Configured from console by charlie on vty1 (198.18.0.7)", "charlie", "198.18.0.7"),
    ("arista_eos", "ConfigAgent: %SYS-5-CONFIG_E: Enter configuration mode from console by x on vty1", "", ""),
    ("fortinet", 'logid="0100044546" type="event" user="alice" ui="jsconsole(192.0.2.10)" action="Edit" cfgtid=821297153 cfgpath="system.global"', "alice", "192.0.2.10"),
    ("fortinet", "logid=0100044547 user=bob ui=GUI(10.42.8.253) cfgpath=firewall.policy", "bob", "10.42.8.253"),
    ("hp_procurve", "mgr: Notice-Type='Running Config Change', Event-ID='1', User-Name='op', Remote-IP-Address='10.0.0.9'", "op", "10.0.0.9"),
    ("mikrotik_routeros", "system,info filter rule changed by admin", "admin", ""),
    ("mikrotik_routeros", "ip/firewall/filter changed by winbox:admin@172.30.3.169 (added)", "admin", "172.30.3.169"),
    ("frr", "zebra[77]: [P3XFX] vty[5]@r1(config-if)# ip address 10.0.0.1/24", "", ""),
    ("frr", "vtysh[77]: carol@r1(config)# router bgp 65000", "carol", ""),
    ("paloalto_panos", "1,2026/04/10 05:23:12,001801000000,CONFIG,0,0,2026/04/10 05:23:12,10.0.0.7,,commit,admin,Web,Succeeded", "admin", "10.0.0.7"),
    ("opnsense", "configd.py: /conf/config.xml was saved by user root@10.0.0.1", "root@10.0.0.1", ""),
    ("aruba_aoscx", "Event|1234|LOG_INFO|AMM|1/1|The running configuration was changed by user: op", "op", ""),
    ("zte_zxros", "The running-config was changed by admin from 10.0.0.3", "admin", "10.0.0.3"),
]  # fmt: skip

NO_CHANGES = [
    ("cisco_ios", "%SYS-5-RESTART: System restarted"),
    ("cisco_ios", "%PARSER-5-CFGLOG_LOGGEDCMD: User:bob  logged command:!exec: show run"),
    ("cisco_ios", "%LINEPROTO-5-UPDOWN: Line protocol on Interface Vlan1, changed state to up"),
    ("cisco_asa", "%ASA-5-111008: User 'admin' executed the 'show running-config' command."),
    ("cisco_asa", "%ASA-5-111008: User 'backup' executed the 'terminal pager 0' command."),
    ("huawei_vrp", '%%01SHELL/5/CMDRECORD(s)[1]:Recorded command information. (Ip=10.0.0.1, User=b, Command="display current-configuration")'),
    ("huawei_vrp", '%%01SHELL/5/CMDRECORD(s)[1]:Recorded command information. (Ip=10.0.0.1, User=b, Command="screen-length 0 temporary")'),
    ("huawei_vrp", 'SHELL/5/CMDRECORD(s)[206]: Recorded command information. (User=admin, Command="quit")'),
    ("huawei_vrp", 'SHELL/6/DISPLAY_CMDRECORD(s)[204]: Recorded display command information. (Command="display license state")'),
    ("hp_comware", "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.0.0.1-User=b; Command is display version"),
    ("hp_comware", "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.0.0.1-User=b; Command is dis cu"),
    ("hp_comware", "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.0.0.1-User=b; Command is screen-length disable"),
    ("juniper_junos", "mgd[1]: UI_LOGIN_EVENT: User 'x' login, class 'super-user'"),
    ("fortinet", 'logid="0100032001" type="event" action="login" user="alice" msg="Administrator alice logged in"'),
    ("mikrotik_routeros", "system,info,account user admin logged in from 10.0.0.1 via ssh"),
    ("frr", "zebra[77]: vty[5]@r1# show running-config"),
    ("frr", "zebra[77]: vty[5]@r1(config)# end"),
    (None, "sshd[7]: Accepted password for alice"),
]  # fmt: skip


def test_the_signs_that_come_along_are_right():
    assert PROBLEMS == []


@pytest.mark.parametrize(("platform", "line", "user", "address"), CHANGES)
def test_a_change_is_recognised_with_who_made_it(platform, line, user, address):
    assert SIGNS.recognise(line, platform) == Change(user, address)
    assert SIGNS.recognise(line, None) is not None


@pytest.mark.parametrize(("platform", "line"), NO_CHANGES)
def test_what_is_no_change_is_left_alone(platform, line):
    assert SIGNS.recognise(line, platform) is None


def trap(oid, *varbinds):
    return Notification(
        START,
        "192.0.2.1",
        162,
        "2c",
        "traps",
        oid,
        varbinds=tuple(NotificationVarbind(*one) for one in varbinds),
    )


CISCO = "1.3.6.1.4.1.9.9.43.1.1.6.1"


def test_ciscos_trap_is_a_change_only_when_a_configuration_was_written():
    def told(destination):
        return SIGNS.recognise_trap(
            trap(
                "1.3.6.1.4.1.9.9.43.2.0.1",
                (f"{CISCO}.3.77", 2, 1),
                (f"{CISCO}.5.77", 2, destination),
                (f"{CISCO}.8.77", 4, b"alice"),
            )
        )

    assert told(3) == Change("alice", "")
    assert told(2) is None, "a show running-config"


@pytest.mark.parametrize(
    ("oid", "varbinds", "change"),
    [
        ("1.3.6.1.4.1.25506.2.4.2.1", [("1.3.6.1.4.1.25506.2.4.1.1.7.1.5.9", 2, 2)], Change()),
        ("1.3.6.1.4.1.25506.2.4.2.1", [("1.3.6.1.4.1.25506.2.4.1.1.7.1.5.9", 2, 3)], None),
        (
            "1.3.6.1.4.1.2011.6.10.2.1",
            [
                ("1.3.6.1.4.1.2011.6.10.1.1.7.1.5.20", 2, 4),
                ("1.3.6.1.4.1.2011.6.10.1.1.7.1.7.20", 4, b"wang"),
                ("1.3.6.1.4.1.2011.6.10.1.1.7.1.10.20", 64, "10.0.0.4"),
            ],
            Change("wang", "10.0.0.4"),
        ),
        ("1.3.6.1.4.1.2636.4.5.0.1", [("1.3.6.1.4.1.2636.3.18.1.7.1.5.3", 4, b"root")], Change("root")),
        ("1.3.6.1.4.1.12356.101.6.0.1003", [], Change()),
        ("1.3.6.1.4.1.30065.3.9.3.0.1", [("1.3.6.1.4.1.30065.3.9.1.1.2.1.5.2", 2, 4)], Change()),
        ("1.3.6.1.6.3.1.1.5.3", [], None),
    ],
)
def test_the_traps_of_other_makers(oid, varbinds, change):
    assert SIGNS.recognise_trap(trap(oid, *varbinds)) == change


@pytest.mark.parametrize(
    ("user", "address", "change"),
    [
        ("vty0", "10.0.0.1", Change("", "10.0.0.1")),
        ("console", "pts/1", Change()),
        ("**", "0.0.0.0", Change()),
        ("x" * 500, "::1", Change("x" * 64, "::1")),
        ("a\x1bb", "1.2.3", Change()),
        ("王伟", " fe80::1 ", Change("王伟", "fe80::1")),
    ],
)
def test_a_name_or_an_address_that_is_none_is_left_out(user, address, change):
    assert make_change(user, address) == change


def test_an_operators_own_signs_are_added_and_their_mistakes_told(tmp_path):
    (tmp_path / "acme.yaml").write_text(
        "title: ACME\nplatforms: [acme]\nmessages:\n  - when: 'ACME-CFG (?P<user>\\w+)'\n"
    )
    (tmp_path / "bad.yaml").write_text(
        "title: Bad\nmessages:\n  - {when: '(?=x)'}\n  - {when: x, user: nogroup}\n"
    )
    problems: list[Problem] = []
    signs = load_change_signs(tmp_path, problems)
    assert signs.recognise("ACME-CFG dave", "acme") == Change("dave")
    assert [problem.key for problem in problems] == ["messages[0].when", "messages[1].user"]
