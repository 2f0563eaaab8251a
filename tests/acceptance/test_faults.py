"""What the network does to the daemon: links, reboots, moves, silence, wraps; and what the daemon makes of it."""

import pytest
import yaml

from acceptance.running import Daemon, wait_until, write_settings

LIARS = {"sensor-1": "garbage", "printer-1": "truncated", "pdu-1": "wrongid"}
OCTETS = ("in_octets", "out_octets")


@pytest.fixture(scope="module")
def daemon(network, home):
    """A daemon with short time-outs, so that silence is soon told."""
    file = yaml.safe_load(network.devices_yaml)
    file["defaults"] = {"timeout": "400ms", "retries": 1}
    for entry in file["devices"]:
        if entry["name"] in LIARS:  # they are asked every question, each in vain
            entry |= {"timeout": "200ms", "retries": 0}
    write_settings(home, credentials=network.credentials_yaml, devices=yaml.safe_dump(file))
    with Daemon(home) as running:
        wait_until(lambda: running.devices_shown() == set(network.names), "every device on /metrics")
        yield running


@pytest.fixture(autouse=True)
def mended(network):
    """Take back whatever a test did to the network."""
    yield
    network.control("clear *")


def told(daemon, device, kind):
    return wait_until(lambda: daemon.events(device_name=device, kind=kind), f"{kind} of {device}")


def interface(facts, key):
    return next(row for row in facts["interfaces"] if row["key"] == key)


def rates_of(facts):
    """Give every rate of a poll beside the speed of its interface in octets per second."""
    return [
        (row["key"], counter, rate, (row["speed_bps"] or 0) / 8)
        for row in facts["interfaces"]
        for counter, rate in row.get("rates", {}).items()
    ]


def assert_believable(facts):
    """No rate is negative, and no octets flow faster than the interface can carry."""
    for key, counter, rate, most in rates_of(facts):
        assert rate >= 0, (key, counter, rate)
        if counter in OCTETS and most:
            assert rate <= most, (key, counter, rate)


def poll_believably(daemon, device, times):
    for _time in range(times):
        assert_believable(daemon.poll(device))
    assert_believable(daemon.ask("device", "show", device))


def assert_follows(daemon, network, device, key):
    """The counters polled under a name are those of the interface that has it now."""
    before = network.control(f"truth {device} {key}")
    facts = interface(daemon.poll(device), key)
    after = network.control(f"truth {device} {key}")
    assert facts["if_index"] == before["if_index"]
    for counter in OCTETS:
        assert before["counters"][counter] <= facts["counters"][counter] <= after["counters"][counter]


def test_a_link_that_goes_down_is_an_event_and_a_metric_and_so_is_its_return(daemon, network):
    network.control("fault access-1 link-down Gi1/0/3")
    (event,) = told(daemon, "access-1", "interface_changed")
    assert event.subject == "Gi1/0/3"
    assert event.data["oper_status"] == {"before": "up", "after": "down"}
    up = {"device": "access-1", "interface": "Gi1/0/3"}
    wait_until(lambda: daemon.value("netops_interface_up", **up) == 0.0, "the metric of the link")
    assert daemon.value("netops_interface_up", device="access-1", interface="Gi1/0/2") == 1.0
    network.control("fault access-1 link-up Gi1/0/3")
    wait_until(lambda: daemon.value("netops_interface_up", **up) == 1.0, "the link's return")
    wait_until(lambda: len(daemon.events(device_name="access-1", kind="interface_changed")) == 2, "its event")


def test_a_reboot_is_told_once_and_leaves_no_spike(daemon, network):
    poll_believably(daemon, "firewall", 2)
    network.control("reboot firewall")
    poll_believably(daemon, "firewall", 4)
    (event,) = told(daemon, "firewall", "device_rebooted")
    assert event.data["before"] < event.data["after"]
    uptime = daemon.value("netops_device_uptime_seconds", device="firewall")
    assert uptime is not None and uptime < 300
    assert len(daemon.events(device_name="firewall", kind="device_rebooted")) == 1


def test_interfaces_whose_index_moved_keep_their_name_and_their_counters(daemon, network):
    names = {row["key"] for row in daemon.poll("access-2")["interfaces"]}
    network.control("fault access-2 shuffle")
    moved = told(daemon, "access-2", "interface_index_moved")
    assert {event.subject for event in moved} <= names
    poll_believably(daemon, "access-2", 3)
    for key in ("Gi1/0/1", "Gi1/0/48", "Te1/1/1"):
        assert_follows(daemon, network, "access-2", key)
    assert {row["key"] for row in daemon.poll("access-2")["interfaces"]} == names
    for kind in ("interface_added", "interface_missing"):
        assert daemon.events(device_name="access-2", kind=kind) == []


def test_a_reboot_that_moves_every_index_leaves_no_spike(daemon, network):
    poll_believably(daemon, "access-3", 2)
    network.control("reboot access-3 shuffle")
    poll_believably(daemon, "access-3", 4)
    told(daemon, "access-3", "device_rebooted")
    assert_follows(daemon, network, "access-3", "Gi1/0/7")


@pytest.mark.parametrize(("device", "bits"), [("core-1", 64), ("access-4", 64), ("ups-1", 32)])
def test_a_counter_that_wraps_leaves_no_spike(daemon, network, device, bits):
    poll_believably(daemon, device, 2)
    key = daemon.poll(device)["interfaces"][0]["key"]
    before = network.control(f"truth {device} {key}")["counters"]["in_octets"]
    network.control(f"fault {device} wrap {bits} 1")

    def wrapped():
        assert_believable(daemon.poll(device))
        return network.control(f"truth {device} {key}")["counters"]["in_octets"] % 2**bits < before + 2**31

    wait_until(wrapped, "the wrap")
    poll_believably(daemon, device, 3)


def test_counters_that_are_cleared_leave_no_spike(daemon, network):
    poll_believably(daemon, "core-2", 2)
    network.control("fault core-2 clear-counters Te0/0/1")
    poll_believably(daemon, "core-2", 3)


def test_silence_is_told_once_while_the_others_go_on_and_the_return_is_told_too(daemon, network):
    network.control("fault db-1 silence")
    (event,) = told(daemon, "db-1", "device_unreachable")
    assert event.data["reason"] == "timeout"
    assert "no SNMP answer" in event.text
    assert daemon.value("netops_device_up", device="db-1") == 0.0
    assert daemon.value("netops_device_up", device="web-1") == 1.0
    assert daemon.value("netops_interface_up", device="db-1", interface="eth0") is None
    assert daemon.value("netops_device_poll_failed", device="db-1", kind="timeout") == 1.0
    stamp = "netops_device_last_poll_timestamp_seconds"
    first = {name: daemon.value(stamp, device=name) for name in ("web-1", "core-1", "printer-1")}
    wait_until(
        lambda: all((daemon.value(stamp, device=name) or 0) > then + 2 for name, then in first.items()),
        "two more polls of the others",
    )
    assert len(daemon.events(device_name="db-1", kind="device_unreachable")) == 1
    (row,) = [row for row in daemon.ask("device", "list") if row["name"] == "db-1"]
    assert (row["reachable"], row["snmp"], row["error_kind"]) == (False, "no", "timeout")
    assert "no SNMP answer" in row["error"]
    asked = daemon.run("device", "poll", "db-1")
    assert asked.returncode == 1
    assert "db-1: no SNMP answer" in asked.stderr
    network.control("clear db-1")
    (back,) = told(daemon, "db-1", "device_reachable")
    assert back.data["unreachable_seconds"] >= 1
    wait_until(
        lambda: daemon.value("netops_interface_up", device="db-1", interface="eth0") == 1.0, "a full poll"
    )
    assert daemon.events(device_name="db-1", kind="interface_missing") == []


@pytest.mark.parametrize("device", LIARS)
def test_an_agent_that_lies_is_named_and_disturbs_nobody(daemon, network, device):
    network.control(f"fault {device} {LIARS[device]}")
    kind = "unexpected_reply" if LIARS[device] == "wrongid" else "malformed_reply"
    wait_until(
        lambda: daemon.value("netops_device_poll_failed", device=device, kind=kind) == 1.0,
        f"{kind} of {device}",
    )
    assert daemon.value("netops_device_up", device=device) == 0.0
    wait_until(
        lambda: kind in [event.data["reason"] for event in told(daemon, device, "device_unreachable")],
        "the event",
    )
    assert daemon.value("netops_device_up", device="web-1") == 1.0
    network.control(f"clear {device}")
    told(daemon, device, "device_reachable")
    wait_until(lambda: daemon.value("netops_device_up", device=device) == 1.0, f"{device} to be well again")


def test_a_looping_agent_is_named_and_the_rest_of_it_still_read(daemon, network):
    network.control("fault web-1 loop")
    wait_until(
        lambda: daemon.value(
            "netops_device_poll_failed", device="web-1", subject="interfaces", kind="oid_not_increasing"
        ),
        "the loop to be named",
    )
    assert daemon.value("netops_device_up", device="web-1") == 1.0
    assert daemon.events(device_name="web-1", kind="interface_missing") == []


def test_nothing_of_all_this_left_a_traceback(daemon):
    assert "Traceback" not in daemon.log
    assert "failed inside netops" not in daemon.log
