"""A device that tells of a change is backed up in the name of who made it: syslog by logger, traps by snmptrap."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "backup"))

from replaying import PASSWORD, USER, devices
from small_router import CONFIGURATION, router

from acceptance.running import Daemon, wait_until, write_settings
from netops.model.access import CommunityCredential
from peers.snmpd import environment, send_notification
from peers.syslog import send_by_logger

CISCO = "1.3.6.1.4.1.9.9.43.1.1.6.1"
RULES = """\
rules:
  - {id: ROOM, title: Room 7 is 7a, severity: major, must_match: '^description room 7a$'}
  - {id: NAME, title: Named, severity: minor, must_match: '^hostname '}
"""
COMMUNITY = CommunityCredential("2c", "trap-canary")


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def daemon(tmp_path, start):
    """One device at 127.0.0.1, which messages of this machine come from; a second of quiet."""
    recording = router()
    device = start(recording)
    more = f"""\
credentials: {{traps: {{version: 2c, community: trap-canary}}}}
ssh_credentials: {{lab: {{user: {USER}, password: {PASSWORD}}}}}
backup: {{on_change: {{quiet: 1s}}}}
notifications: {{enabled: true, listen: ["127.0.0.1:0"], communities: [traps]}}
syslog: {{enabled: true, udp: ["127.0.0.1:0"], tcp: ["127.0.0.1:0"]}}
"""
    entry = f"""\
devices:
- name: sw-1
  address: 127.0.0.1
  port: 1
  credential: traps
  ssh: {{platform: cisco_ios, credential: lab, port: {device.port}}}
"""
    (tmp_path / "compliance").mkdir()
    (tmp_path / "compliance" / "own.yaml").write_text(RULES)
    write_settings(tmp_path, more=more, devices=entry, interval="1h")
    with Daemon(tmp_path) as running:
        running.recording = recording
        yield running


def log_of(daemon):
    run = daemon.run("backup", "log", "sw-1", "--json", "--config", "netops.yaml")
    return [] if run.returncode else json.loads(run.stdout)


@pytest.mark.peer("logger", "snmptrap")
def test_who_changed_a_device_is_the_author_of_the_revision(daemon, tmp_path):
    udp = int(re.search(r"syslog: +UDP 127\.0\.0\.1 port (\d+)", daemon.output)[1])
    tcp = int(re.search(r"syslog: +TCP 127\.0\.0\.1 port (\d+)", daemon.output)[1])
    send_by_logger(
        udp, "%SYS-5-CONFIG_I: Configured from console by alice on vty0 (10.1.1.5)", "--udp", "--rfc3164"
    )
    [first] = wait_until(lambda: log_of(daemon), "the first revision")
    assert first["author"] == "alice"
    assert first["fetched"] == "told of a change by alice from 10.1.1.5"

    daemon.recording.answers[2:4] = router(CONFIGURATION.replace("room 7\n", "room 7a\n")).answers[2:4]
    send_by_logger(
        tcp, "%SYS-5-CONFIG_I: Configured from console by bob on vty1 (10.1.1.6)", "--tcp", "--rfc5424"
    )
    second = wait_until(lambda: log if len(log := log_of(daemon)) == 2 else None, "the second revision")[0]
    assert second["author"] == "bob"

    daemon.recording.answers[2:4] = router(CONFIGURATION.replace("room 7\n", "room 7b\n")).answers[2:4]
    port = int(re.search(r"traps and informs: +127\.0\.0\.1 port (\d+)", daemon.output)[1])
    words = ["", "1.3.6.1.4.1.9.9.43.2.0.1", f"{CISCO}.5.7", "i", "3", f"{CISCO}.8.7", "s", "carol"]
    command = send_notification(tmp_path / "sender", COMMUNITY, port, words)
    subprocess.run(command, env=environment(tmp_path / "sender"), check=True, timeout=30)
    third = wait_until(lambda: log if len(log := log_of(daemon)) == 3 else None, "the third revision")[0]
    assert third["author"] == "carol"

    def rooms():
        run = daemon.run("compliance", "report", "--json", "--config", "netops.yaml")
        return {row["rule"]: row["status"] for row in json.loads(run.stdout)} if run.stdout else {}

    wait_until(lambda: rooms() == {"ROOM": "fails", "NAME": "passes"}, "the verdicts on the third revision")
    assert daemon.value("netops_compliance_failing_rules", device="sw-1", severity="major") == 1
    assert daemon.value("netops_compliance_failing_rules", device="sw-1", severity="minor") == 0
    [changed, *_] = daemon.events(kind="configuration_changed")[1:]
    assert changed.data["author"] == "bob"
    assert (changed.data["lines_added"], changed.data["lines_removed"]) == (2, 2)
    assert daemon.value("netops_backup_missing", device="sw-1") == 0
    assert daemon.value("netops_backup_change_told_timestamp_seconds", device="sw-1")
    assert daemon.value("netops_backup_changes_told_total", way="syslog") == 2
    assert daemon.value("netops_backup_changes_told_total", way="trap") == 1
    assert daemon.value("netops_syslog_received_total", transport="tcp") == 1
    body = subprocess.run(
        ["git", "--git-dir", str(tmp_path / "device_backups" / "archive.git"), "log", "-1", "--format=%b", f"{second['revision']}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Changed-by: bob\nChanged-from: 10.1.1.6\n" in body
    assert PASSWORD not in daemon.log
