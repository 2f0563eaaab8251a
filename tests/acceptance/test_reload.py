"""SIGHUP: the files are read again, and a broken one changes nothing."""

import pytest

from acceptance.running import Daemon, device_yaml, devices_yaml, wait_until, write_settings


@pytest.fixture
def entry(network):
    """Word the entry of one simulated device."""

    def word(name, **more):
        return device_yaml(name, network.address(name), network.port, "sim-v2c", **more)

    return word


@pytest.fixture
def daemon(network, tmp_path, entry):
    write_settings(
        tmp_path,
        credentials=network.credentials_yaml,
        devices=devices_yaml([entry("ups-1"), entry("pdu-1"), entry("sensor-1")]),
    )
    with Daemon(tmp_path) as running:
        wait_until(lambda: running.devices_shown() == {"ups-1", "pdu-1", "sensor-1"}, "the first devices")
        yield running


def reload(daemon, devices):
    (daemon.folder / "devices.yaml").write_text(devices)
    daemon.hang_up()


def test_devices_added_changed_and_removed_take_effect(daemon, entry):
    reload(
        daemon,
        devices_yaml([entry("ups-1", site="cellar", tags="[power]"), entry("pdu-1"), entry("access-1")]),
    )
    wait_until(lambda: daemon.events(kind="settings_applied"), "the settings to be applied")
    # Gone at once, and not when its next poll would have come.
    assert "sensor-1" not in daemon.devices_shown()
    assert daemon.get("/probe", target="sensor-1").status_code == 404
    wait_until(lambda: daemon.value("netops_device_up", device="access-1") == 1.0, "the added device")
    wait_until(lambda: daemon.value("netops_device_up", device="ups-1", site="cellar") == 1.0, "the new site")
    assert {row["name"] for row in daemon.ask("device", "list")} == {"ups-1", "pdu-1", "access-1"}
    (applied,) = daemon.events(kind="settings_applied")
    lines = "\n".join(applied.data["lines"])
    for words in ("access-1: added", "sensor-1: removed", "ups-1.site: test → cellar", "ups-1.tags"):
        assert words in lines
        assert words in daemon.log
    assert [event.device_name for event in daemon.events(kind="device_removed")] == ["sensor-1"]
    assert [event.device_name for event in daemon.events(kind="device_changed")] == ["ups-1"]
    assert daemon.value("netops_settings_last_reload_successful") == 1.0


def test_a_device_that_moves_to_another_address_is_polled_there(daemon, network, entry):
    moved = device_yaml("ups-1", network.address("access-2"), network.port, "sim-v2c")
    reload(daemon, devices_yaml([moved, entry("pdu-1"), entry("sensor-1")]))
    wait_until(
        lambda: daemon.value("netops_interface_up", device="ups-1", interface="Gi1/0/1") is not None,
        "the interfaces of the other address",
    )
    assert daemon.value("netops_interface_up", device="ups-1", interface="eth0") is None


def test_a_device_that_is_disabled_is_kept_and_not_polled(daemon, entry):
    reload(daemon, devices_yaml([entry("ups-1", enabled="false"), entry("pdu-1"), entry("sensor-1")]))
    wait_until(lambda: "ups-1" not in daemon.devices_shown(), "the disabled device to go")
    (row,) = [row for row in daemon.ask("device", "list") if row["name"] == "ups-1"]
    assert row["enabled"] is False
    assert "disabled" in daemon.run("device", "list").stdout
    reload(daemon, devices_yaml([entry("ups-1"), entry("pdu-1"), entry("sensor-1")]))
    wait_until(lambda: "ups-1" in daemon.devices_shown(), "its return")


def test_a_broken_file_leaves_everything_running_until_it_is_mended(daemon, entry):
    good = (daemon.folder / "devices.yaml").read_text()
    reload(daemon, good + "- name: new\n  adress: 127.0.0.1\n  credential: sim-v2c\n")
    wait_until(lambda: daemon.value("netops_settings_last_reload_successful") == 0.0, "the refusal")
    line = good.count("\n") + 2
    assert f"devices.yaml:{line}:3: devices[3].adress: unknown key" in daemon.log
    assert 'did you mean "address"?' in daemon.log
    assert daemon.devices_shown() == {"ups-1", "pdu-1", "sensor-1"}
    assert daemon.poll("ups-1")["errors"] == []
    (refused,) = wait_until(lambda: daemon.events(kind="settings_refused"), "the event")
    assert f"devices.yaml:{line}" in refused.data["lines"][0]
    reload(daemon, good + entry("access-1"))
    wait_until(lambda: daemon.value("netops_settings_last_reload_successful") == 1.0, "the mended file")
    wait_until(lambda: "access-1" in daemon.devices_shown(), "the device it adds")


def test_a_command_applies_the_files_through_the_daemon(daemon, entry):
    (daemon.folder / "devices.yaml").write_text(devices_yaml([entry("ups-1"), entry("access-1")]))
    planned = daemon.ask("device", "apply", "--dry-run")["changes"]
    assert [line.split(",")[0] for line in planned] == [
        "pdu-1: removed",
        "sensor-1: removed",
        "access-1: added",
    ]
    assert daemon.devices_shown() == {"ups-1", "pdu-1", "sensor-1"}
    run = daemon.run("device", "apply")
    assert run.stdout.splitlines()[-1] == "3 changes made"
    wait_until(lambda: daemon.devices_shown() == {"ups-1", "access-1"}, "what the file says")
    assert daemon.ask("device", "apply")["changes"] == []


def test_a_name_that_a_command_took_first_stays_with_the_command(daemon, network, entry):
    place = f"{network.address('printer-1')}:{network.port}"
    assert daemon.run("device", "add", "printer-1", place, "--credential", "sim-v2c").returncode == 0
    reload(daemon, devices_yaml([entry("ups-1"), entry("pdu-1"), entry("sensor-1"), entry("printer-1")]))
    wait_until(lambda: "the name belongs to source cli" in daemon.log, "the conflict in the log")
    (row,) = [row for row in daemon.ask("device", "list") if row["name"] == "printer-1"]
    assert row["source"] == "cli"


def test_polling_settings_take_effect_and_others_wait_for_a_restart(daemon):
    config = daemon.folder / "netops.yaml"
    config.write_text(
        config.read_text().replace("queue", "queue")
        + "logging:\n  level: debug\nexporter:\n  timestamps: false\n"
    )
    daemon.hang_up()
    wait_until(lambda: daemon.events(kind="settings_applied"), "the settings to be applied")
    (applied,) = daemon.events(kind="settings_applied")
    assert "exporter.timestamps: true → false" in applied.data["lines"]
    assert "logging.level: info → debug (after a restart)" in applied.data["lines"]
