"""Event rules from the wire to the alert: traps by snmptrap and syslog by logger, with kills and reloads in between."""

import re
import subprocess

import pytest

from acceptance.running import Daemon, device_yaml, wait_until, write_settings
from netops.model.access import CommunityCredential
from peers.snmpd import environment, send_notification
from peers.syslog import send_by_logger

COMMUNITY = CommunityCredential("2c", "trap-canary")
SETTINGS = """\
  traps: {version: 2c, community: trap-canary}
notifications: {enabled: true, listen: ["127.0.0.1:0"], communities: [traps]}
syslog: {enabled: true, udp: ["127.0.0.1:0"]}
alerting: {rule_files: [rules.yaml], interval: 1s}
"""
RULES = """\
groups:
- name: test
  rules:
  - alert: InterfaceDown
    expr: netops_interface_oper_status == 2 and on (device, interface) netops_interface_admin_status == 1
"""
EVENTS = """\
rules:
- name: any_link_down
  on: trap
  alert: AnyLinkDown
  match: {notification: "IF-MIB::linkDown"}
  clear: {notification: "IF-MIB::linkUp"}
  labels: {interface: "{interface}"}
  summary: "{device} {interface} is down"
  poll: true
- name: door
  on: syslog
  match: {pattern: 'door (?P<door>\\w+) is open'}
  clear: {pattern: 'door (?P<door>\\w+) is shut'}
  labels: {door: "{door}"}
  severity: critical
  summary: "door {door} of {device} is open"
"""
IF_INDEX = "1.3.6.1.2.1.2.2.1.1"

pytestmark = pytest.mark.peer("snmptrap", "logger")


@pytest.fixture
def start(network, tmp_path):
    """Starts a daemon over some devices; a trap names the switch by snmpTrapAddress.0, as a relay does."""

    def begin(*entries):
        write_settings(
            tmp_path,
            credentials=network.credentials_yaml,
            more=SETTINGS,
            devices="devices:\n" + "".join(entries),
            interval="1h",
        )
        (tmp_path / "rules.yaml").write_text(RULES)
        (tmp_path / "events.yaml").write_text(EVENTS)
        return Daemon(tmp_path)

    yield begin
    network.control("clear *")


@pytest.fixture
def switch(network, start):
    with start(device_yaml("access-1", network.address("access-1"), network.port, "sim-v2c")) as running:
        wait_until(lambda: running.value("netops_device_up", device="access-1") == 1, "the first poll")
        yield running


@pytest.fixture
def daemon(start):
    """Syslog of this machine comes from 127.0.0.1, so a device of that address is whose messages they are."""
    with start(device_yaml("here", "127.0.0.1", 1, "sim-v2c")) as running:
        yield running


def send_trap(daemon, folder, address, trap, *words):
    port = int(re.search(r"traps and informs: +127\.0\.0\.1 port (\d+)", daemon.output)[1])
    about = ("1.3.6.1.6.3.18.1.3.0", "a", address)
    command = send_notification(folder / "sender", COMMUNITY, port, ["", trap, *words, *about])
    subprocess.run(command, env=environment(folder / "sender"), check=True, timeout=30)


def say(daemon, text):
    send_by_logger(int(re.search(r"syslog: +UDP 127\.0\.0\.1 port (\d+)", daemon.output)[1]), text, "--udp")


def firing(daemon):
    return {(row["rule"], row["device"], row["labels"].get("interface") or row["labels"].get("door")) for row in daemon.ask("alert", "list")}  # fmt: skip


def test_a_trap_has_the_device_polled_at_once_so_that_a_link_is_seen_down_within_an_hours_interval(
    switch, network, tmp_path
):
    address = network.address("access-1")
    (index,) = [
        labels["if_index"]
        for labels in map(dict, switch.metrics()["netops_interface_info"])
        if labels["interface"] == "Gi1/0/3"
    ]
    assert switch.value("netops_interface_oper_status", device="access-1", interface="Gi1/0/3") == 1
    network.control("fault access-1 link-down Gi1/0/3")
    send_trap(switch, tmp_path, address, "1.3.6.1.6.3.1.1.5.3", f"{IF_INDEX}.{index}", "i", index)
    wait_until(
        lambda: switch.value("netops_interface_oper_status", device="access-1", interface="Gi1/0/3") == 2,
        "the interface seen down",
        seconds=10,
    )
    both = {("AnyLinkDown", "access-1", "Gi1/0/3"), ("InterfaceDown", "access-1", "Gi1/0/3")}
    wait_until(lambda: both <= firing(switch), f"both alerts, not {firing(switch)}", seconds=10)
    network.control("fault access-1 link-up Gi1/0/3")
    send_trap(switch, tmp_path, address, "1.3.6.1.6.3.1.1.5.4", f"{IF_INDEX}.{index}", "i", index)
    wait_until(lambda: not both & firing(switch), "both over", seconds=20)
    assert switch.value("netops_event_polls_total") >= 1
    assert switch.value("netops_event_messages_total", rule="any_link_down", outcome="ended") == 1
    assert "Traceback" not in switch.log


def test_an_alert_of_syslog_survives_a_kill_and_ends_by_its_message(daemon, tmp_path):
    say(daemon, "door south is open")
    wait_until(lambda: ("door", "here", "south") in firing(daemon), "the alert")
    daemon.kill()
    daemon.start()
    wait_until(lambda: ("door", "here", "south") in firing(daemon), "the alert again")
    say(daemon, "door south is shut")
    wait_until(lambda: ("door", "here", "south") not in firing(daemon), "its end")
    (event,) = daemon.events(kind="syslog_received")
    assert (event.device_name, event.text) == ("here", "door south of here is open")
    rows = [row for row in daemon.ask("alert", "list", "--all") if row["rule"] == "door"]
    assert len(rows) == 1, "one episode, not one before the kill and one after"


def test_a_reload_with_mistakes_leaves_the_former_rules_in_force(daemon, tmp_path):
    file = tmp_path / "events.yaml"
    for wrong, word in (("IF-MIB::linkDwn", "linkDwn"), ("{interfaec}", "interfaec")):
        good = "IF-MIB::linkDown" if "linkDwn" in wrong else "{interface} is down"
        file.write_text(EVENTS.replace(good, wrong))
        daemon.hang_up()
        wait_until(lambda word=word: word in daemon.log, "the refusal")
    file.write_text(EVENTS.replace("pattern", "patern"))
    daemon.hang_up()
    wait_until(lambda: 'did you mean "pattern"?' in daemon.log, "the refusal")
    file.write_text(EVENTS)  # commands read it, too; the daemon has not been told
    say(daemon, "door north is open")
    wait_until(lambda: ("door", "here", "north") in firing(daemon), "the alert")
    file.write_text(EVENTS.replace("name: door", "name: gate"))
    daemon.hang_up()
    wait_until(lambda: ("door", "here", "north") not in firing(daemon), "the end of an alert without a rule")
    assert daemon.value("netops_event_rules_last_reload_successful") == 1
