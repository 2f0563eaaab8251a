"""The daemon beside a simulated network: what it shows, keeps and lets commands do."""

import json
import re
import stat

import pytest

from acceptance.running import Daemon, device_yaml, run_netops, wait_until, write_settings

CONTRACT = (
    "device", "interfaces", "sensors", "processors", "memory", "storage", "supplies", "components", "vlans",
    "neighbours", "addresses", "forwarding", "arp", "errors",
)  # fmt: skip
IDENTITY = {
    "profile", "vendor", "model", "os", "os_version", "serial", "name", "location", "contact", "object_id",
    "description", "uptime_seconds",
}  # fmt: skip
INTERFACE = {
    "key", "if_index", "name", "description", "alias", "type", "speed_bps", "mtu", "mac", "admin_status",
    "oper_status", "duplex", "counters",
}  # fmt: skip


def test_every_device_is_up_on_metrics_and_in_the_list(daemon, network):
    ups = daemon.metrics()["netops_device_up"]
    assert {dict(labels)["device"]: value for labels, value in ups.items()} == dict.fromkeys(
        (*network.names, "this-host"), 1.0
    )

    def listed():
        rows = daemon.ask("device", "list")
        return rows if all(row["reachable"] for row in rows) else None

    rows = wait_until(listed, "all devices stored as reachable")
    assert [row["name"] for row in rows] == sorted((*network.names, "this-host"))
    assert {row["source"] for row in rows} == {"file"}
    assert not any(row["error"] for row in rows)


def test_a_probe_gives_one_device_by_name_and_by_address(daemon, network):
    by_name = daemon.get("/probe", target="core-1")
    assert by_name.status_code == 200
    assert set(re.findall(r'device="([^"]*)"', by_name.text)) == {"core-1"}
    assert daemon.get("/probe", target=network.address("core-1")).status_code == 200
    assert daemon.get("/probe", target="nobody").status_code == 404
    assert daemon.get("/probe").status_code == 400


def test_discovery_lists_every_device_with_its_address(daemon, network):
    targets = {entry["targets"][0]: entry["labels"] for entry in daemon.get("/sd").json()}
    assert set(targets) == {*network.names, "this-host"}
    assert targets["core-1"]["__meta_netops_address"] == network.address("core-1")


def test_it_is_healthy_and_ready(daemon):
    assert daemon.get("/-/healthy").status_code == 200
    assert daemon.get("/-/ready").status_code == 200


def test_the_first_sight_of_a_device_is_an_event_and_its_interfaces_are_none(daemon, network):
    added = {event.device_name for event in daemon.events(kind="device_added")}
    assert {*network.names, "this-host"} <= added
    assert daemon.events(kind="daemon_started")
    assert daemon.events(kind="interface_added") == []


def test_a_poll_through_the_daemon_prints_the_object_of_the_contract(daemon):
    facts = daemon.ask("device", "poll", "web-1")
    assert tuple(facts) == CONTRACT
    assert set(facts["device"]) == IDENTITY
    assert facts["errors"] == []
    assert facts["device"]["name"] == "web-1"
    assert {interface["key"] for interface in facts["interfaces"]} == {"lo", "eth0", "eth1"}
    for interface in facts["interfaces"]:
        assert interface.keys() >= INTERFACE
    assert facts["processors"] and facts["memory"] and facts["storage"]


def test_a_poll_for_people_prints_tables(daemon):
    run = daemon.run("device", "poll", "access-1")
    assert run.returncode == 0
    assert run.stderr == ""
    assert "Gi1/0/48" in run.stdout


def test_show_gives_the_contract_and_what_the_inventory_adds(daemon):
    def shown():
        facts = daemon.ask("device", "show", "core-1")
        return facts if facts["interfaces"] else None

    facts = wait_until(shown, "the stored interfaces of core-1")
    assert set(facts) == {*CONTRACT, "inventory", "missing_interfaces", "missing", "checks", "events"}
    assert facts["inventory"]["reachable"] is True
    assert [event["kind"] for event in facts["events"]] == ["device_added"]
    text = daemon.run("device", "show", "core-1")
    assert text.returncode == 0 and "core-1  up since" in text.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("device", "poll", "nobody"), "no device is called nobody"),
        (("device", "show", "nobody"), "nobody: no such device"),
        (("device", "remove", "nobody", "--yes"), "nobody: no such device"),
        (("device", "remove", "core-1", "--yes"), "core-1 stands in the file of devices"),
        (
            ("device", "add", "core-1", "127.0.0.1", "--credential", "sim-v2c"),
            "core-1: exists already, from source file",
        ),
        (("device", "add", "a/b", "127.0.0.1", "--credential", "sim-v2c"), "is not a name for a device"),
        (("device", "add", "a{n}", "127.0.0.1", "--credential", "sim-v2c"), "no braces"),
    ],
    ids=["poll", "show", "remove", "file", "taken", "slash", "template"],
)
def test_what_cannot_be_done_to_a_device_is_refused_in_one_line(daemon, words, says):
    run = daemon.run(*words)
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert says in line


def test_an_unknown_credential_is_bad_use_and_named_with_a_suggestion(daemon):
    run = daemon.run("device", "add", "x", "127.0.0.1", "--credential", "sim-v2")
    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert 'unknown credential "sim-v2"; did you mean "sim-v2c"?' in line


def test_a_device_added_by_command_is_polled_at_once_and_removed_at_once(daemon, network):
    place = f"{network.address('ups-1')}:{network.port}"
    added = daemon.run("device", "add", "ups again", place, "--credential", "sim-v2c", "--tag", "power")
    assert added.returncode == 0, added.stderr
    wait_until(lambda: daemon.value("netops_device_up", device="ups again") == 1.0, "the new device")
    assert daemon.ask("device", "poll", "ups again")["errors"] == []
    (row,) = [row for row in daemon.ask("device", "list") if row["name"] == "ups again"]
    assert (row["source"], row["tags"], row["site"]) == ("cli", ["power"], "test")
    refused = daemon.run("device", "remove", "ups again", given="n\n")
    assert refused.returncode == 1
    removed = daemon.run("device", "remove", "ups again", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert "ups again" not in daemon.devices_shown()
    assert "ups again" not in [row["name"] for row in daemon.ask("device", "list")]
    assert [event.kind.value for event in daemon.events(device_name="ups again")][-1] == "device_removed"


def test_an_apply_that_changes_nothing_says_so(daemon):
    assert daemon.ask("device", "apply", "--dry-run") == {"dry_run": True, "changes": []}
    assert daemon.ask("device", "apply") == {"dry_run": False, "changes": []}


def test_the_control_socket_is_for_its_user_only(daemon):
    mode = (daemon.folder / "netops.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_second_daemon_on_the_same_database_is_refused_clearly(daemon):
    run = run_netops("run", "--config", "netops.yaml", folder=daemon.folder)
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert f"another netops (process {daemon.process.pid})" in line
    assert "stop it first" in line
    assert daemon.control("GET", "/status").status_code == 200


def test_a_second_daemon_does_not_take_the_control_socket_of_the_first(daemon, tmp_path):
    config = write_settings(tmp_path)
    socket = daemon.folder / "netops.sock"
    config.write_text(config.read_text().replace("control_socket: netops.sock", f"control_socket: {socket}"))
    run = run_netops("run", "--config", "netops.yaml", folder=tmp_path)
    assert run.returncode == 1
    line = run.stderr.splitlines()[-1]
    assert f"another daemon listens on the control socket {socket}" in line
    assert daemon.control("GET", "/status").status_code == 200


def test_a_taken_port_is_refused_clearly(daemon, tmp_path):
    port = daemon.url.rpartition(":")[2]
    config = write_settings(tmp_path)
    config.write_text(config.read_text().replace("port: 0", f"port: {port}"))
    run = run_netops("run", "--config", "netops.yaml", folder=tmp_path)
    assert run.returncode == 1
    line = run.stderr.splitlines()[-1]
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use; change web.host" in line


# --- without a daemon


def test_without_a_daemon_the_commands_change_the_database(tmp_path, network):
    place = f"{network.address('pdu-1')}:{network.port}"
    entry = device_yaml("core-1", network.address("core-1"), network.port, "sim-v3")
    write_settings(tmp_path, credentials=network.credentials_yaml, devices="devices:\n" + entry)
    offline = Daemon(tmp_path)
    before = offline.run("device", "list")
    assert before.returncode == 1
    assert "`netops run` first" in before.stderr
    assert offline.run("db", "upgrade").returncode == 0
    assert offline.ask("device", "apply", "--dry-run")["changes"] == [
        f"core-1: added, {network.address('core-1')}"
    ]
    assert offline.ask("device", "list") == []
    assert len(offline.ask("device", "apply")["changes"]) == 1
    assert offline.run("device", "add", "pdu", place, "--credential", "sim-v2c").returncode == 0
    taken = offline.run("device", "add", "pdu", place, "--credential", "sim-v2c")
    assert taken.returncode == 1
    assert taken.stderr == "pdu: exists already, from source cli\n"
    assert [(row["name"], row["reachable"]) for row in offline.ask("device", "list")] == [
        ("core-1", None),
        ("pdu", None),
    ]
    assert offline.run("device", "remove", "core-1", "--yes").returncode == 1
    poll = offline.run("device", "poll", "pdu")
    assert poll.returncode == 1
    assert poll.stderr == "no daemon listens on netops.sock; start it with `netops run`\n"
    with offline:
        wait_until(lambda: offline.devices_shown() == {"core-1", "pdu"}, "both devices")
    assert offline.run("device", "remove", "pdu", "--yes").returncode == 0
    assert [row["name"] for row in offline.ask("device", "list")] == ["core-1"]


def test_a_socket_left_by_a_killed_daemon_is_no_daemon(tmp_path):
    write_settings(tmp_path)
    with Daemon(tmp_path) as daemon:
        daemon.kill()
        assert (tmp_path / "netops.sock").exists()
        assert daemon.run("device", "poll", "x").returncode == 1
        assert json.loads(daemon.run("device", "list", "--json").stdout) == []
        daemon.start()
        assert daemon.control("GET", "/status").json()["process_id"] == daemon.process.pid


def test_a_daemon_told_to_stop_ends_well_and_leaves_no_socket(tmp_path):
    write_settings(tmp_path)
    with Daemon(tmp_path) as daemon:
        assert daemon.stop() == 0
        assert not (tmp_path / "netops.sock").exists()
        assert [event.kind.value for event in daemon.events()] == ["daemon_started", "daemon_stopped"]
        assert "Traceback" not in daemon.log
