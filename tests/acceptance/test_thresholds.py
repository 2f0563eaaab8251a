"""Thresholds end to end: from devices.yaml to an alert, changed at SIGHUP, over; and a file that cannot be written."""

import json
import shutil

from acceptance.running import Daemon, run_here, wait_until, write_settings

DEVICES = """\
defaults: {{thresholds: {{memory: {{{level}, for: 0s}}}}}}
devices:
- {{name: here, local: true, interval: 1s}}
"""
LOW, HIGH = "warning: 0.001", "warning: 99.99"


def prepare(folder, level):
    write_settings(
        folder,
        credentials="credentials: {c: {version: 1, community: x}}\n",
        devices=DEVICES.format(level=level),
        more="alerting: {rule_files: [rules.yaml], interval: 1s}\n",
    )
    (folder / "rules.yaml").write_text("groups: []\n")
    return Daemon(folder)


def firing(daemon):
    return [
        alert
        for alert in daemon.ask("alert", "list")
        if alert["rule"] == "MemoryAboveThreshold" and alert["state"] == "firing"
    ]


def test_a_level_in_devices_yaml_alerts_and_one_that_is_raised_at_sighup_ends_it(tmp_path):
    with prepare(tmp_path, LOW) as daemon:
        alerts = wait_until(lambda: firing(daemon), "an alert of the threshold")
        assert {alert["severity"] for alert in alerts} == {"warning"}
        assert {alert["device"] for alert in alerts} == {"here"}
        assert daemon.value(
            "netops_device_threshold", device="here", kind="memory", bound="high_warn", hold="0s"
        )
        listed = json.loads(
            run_here("rules", "list", "--config", "netops.yaml", "--json", folder=tmp_path).stdout
        )
        assert [(rule["name"], rule["file"]) for rule in listed] == [
            ("MemoryAboveThreshold", "data/managed_rules.yaml")
        ]
        before = (tmp_path / "data" / "managed_rules.yaml").stat().st_ino
        (tmp_path / "devices.yaml").write_text(DEVICES.format(level=HIGH))
        daemon.hang_up()
        wait_until(lambda: not firing(daemon), "the alert to be over")
        assert (tmp_path / "data" / "managed_rules.yaml").stat().st_ino == before
    assert "Traceback" not in daemon.log


def test_a_file_that_cannot_be_written_is_told_and_the_former_rules_stay(tmp_path):
    with prepare(tmp_path, LOW) as daemon:
        wait_until(lambda: firing(daemon), "an alert of the threshold")
        (tmp_path / "data" / "managed_rules.yaml").unlink()
        (tmp_path / "data" / "managed_rules.yaml").mkdir()
        (tmp_path / "devices.yaml").write_text(DEVICES.format(level="critical: 0.001"))
        daemon.hang_up()
        wait_until(
            lambda: daemon.value("netops_alert_rules_last_reload_successful") == 0, "the refusal to be told"
        )
        assert "thresholds: cannot write data/managed_rules.yaml: Is a directory" in daemon.log
        assert firing(daemon)
        shutil.rmtree(tmp_path / "data" / "managed_rules.yaml")


def test_what_holds_for_a_device_is_shown_without_a_daemon(tmp_path):
    prepare(tmp_path, LOW)
    run = run_here("device", "thresholds", "here", "--config", "netops.yaml", folder=tmp_path)
    assert run.returncode == 0
    assert [line.split() for line in run.stdout.splitlines()][1] == [
        *("memory", "above", "0.001", "0", "s", "defaults")
    ]
    told = json.loads(
        run_here("device", "thresholds", "here", "--config", "netops.yaml", "--json", folder=tmp_path).stdout
    )
    assert [(one["kind"], one["from"]) for one in told] == [("memory", "defaults")]
