"""Traps and informs of net-snmp's own senders become events of the device that sent them."""

import re
import subprocess

import pytest

from acceptance.running import Daemon, device_yaml, wait_until, write_settings
from netops.model.access import AuthProtocol, CommunityCredential, PrivProtocol, UserCredential
from peers.snmpd import environment, send_notification

TRAPPER = UserCredential("trapper", AuthProtocol.SHA, "trap-auth-pass", PrivProtocol.AES, "trap-priv-pass")
COMMUNITY = CommunityCredential("2c", "trap-canary")
LINK_DOWN = ["", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7", "i", "7", "1.3.6.1.2.1.2.2.1.8.7", "i", "2"]
SETTINGS = """\
  traps:
    version: 2c
    community: trap-canary
  trapper:
    version: 3
    user: trapper
    auth: SHA
    auth_password: trap-auth-pass
    priv: AES
    priv_password: trap-priv-pass
notifications:
  enabled: true
  listen: ["127.0.0.1:0"]
  communities: [traps]
  users: [trapper]
"""

pytestmark = pytest.mark.peer("snmptrap", "snmpinform")


@pytest.fixture(scope="module")
def daemon(network, home):
    """The sender's address is 127.0.0.1, so a device of that address is whose notifications they are."""
    entries = device_yaml("ups-1", network.address("ups-1"), network.port, "sim-v2c")
    entries += device_yaml("sender", "127.0.0.1", network.port, "sim-v2c", enabled="true")
    write_settings(home, credentials=network.credentials_yaml, more=SETTINGS, devices="devices:\n" + entries)
    with Daemon(home) as running:
        yield running


def send(daemon, tmp_path, credential, *, inform=False, words=LINK_DOWN):
    port = int(re.search(r"traps and informs: +127\.0\.0\.1 port (\d+)", daemon.output)[1])
    command = send_notification(tmp_path / "sender", credential, port, words, inform=inform)
    return subprocess.run(
        command, env=environment(tmp_path / "sender"), capture_output=True, text=True, check=False, timeout=30
    )


def received(daemon, count):
    kind = "notification_received"
    return wait_until(
        lambda: events if len(events := daemon.events(kind=kind)) >= count else None, f"{count} notifications"
    )


@pytest.mark.parametrize("credential", [COMMUNITY, TRAPPER], ids=["v2c", "v3"])
@pytest.mark.parametrize("inform", [False, True], ids=["trap", "inform"])
def test_a_notification_is_an_event_with_the_names_of_its_mib(daemon, tmp_path, credential, inform):
    before = len(daemon.events(kind="notification_received"))
    run = send(daemon, tmp_path, credential, inform=inform)
    assert run.returncode == 0, run.stderr
    event = received(daemon, before + 1)[-1]
    assert event.device_name == "sender"
    assert event.subject == "IF-MIB::linkDown"
    assert "IF-MIB::ifIndex.7=7" in event.text
    assert "IF-MIB::ifOperStatus.7=down(2)" in event.text or "IF-MIB::ifOperStatus.7=down" in event.text
    assert event.data["inform"] is inform
    shown = daemon.ask("device", "show", "sender")
    assert any("IF-MIB::linkDown from 127.0.0.1" in event["text"] for event in shown["events"])
    assert "IF-MIB::linkDown" in daemon.run("device", "show", "sender").stdout


def test_a_stranger_is_not_let_in_and_counted(daemon, tmp_path):
    before = len(daemon.events(kind="notification_received"))
    send(daemon, tmp_path, CommunityCredential("2c", "stranger"))
    wait_until(
        lambda: daemon.value("netops_notifications_rejected_total", reason="unknown_community"),
        "the refusal to be counted",
    )
    assert len(daemon.events(kind="notification_received")) == before


def test_what_was_let_in_is_counted_by_version(daemon, tmp_path):
    before = daemon.value("netops_notifications_received_total", version="2c") or 0
    send(daemon, tmp_path, COMMUNITY)
    wait_until(
        lambda: daemon.value("netops_notifications_received_total", version="2c") == before + 1, "the count"
    )
    assert "trap-canary" not in daemon.log
