"""A profile of the operator's comes into force at SIGHUP, survives a broken edit, and goes again."""

import pytest

from acceptance.running import Daemon, device_yaml, devices_yaml, wait_until, write_settings

PROFILE = """\
description: A strip of our own.
extends: [generic]
match:
  - object_id: {object_id}
identity:
  vendor: "'Ours'"
tables:
  own_table:
    columns:
      up: 1.3.6.1.2.1.2.2.1.8
      descr_: 1.3.6.1.2.1.2.2.1.2
    sensors:
      link:
        kind: count
        name: "Link of {{descr_}}"
        value: up
"""


@pytest.fixture
def daemon(network, tmp_path):
    write_settings(
        tmp_path,
        credentials=network.credentials_yaml,
        devices=devices_yaml([device_yaml("pdu-1", network.address("pdu-1"), network.port, "sim-v2c")]),
    )
    (tmp_path / "profiles").mkdir()
    with Daemon(tmp_path) as running:
        wait_until(lambda: running.value("netops_device_up", device="pdu-1") == 1.0, "its first poll")
        yield running


def link(daemon):
    """Give the value of the sensor that only our profile has; None where it is not shown."""
    for labels, value in daemon.metrics().get("netops_sensor_value", {}).items():
        if dict(labels)["key"].startswith("own_table.link/"):
            return value
    return None


def shown_when_polled(daemon):
    facts = daemon.ask("device", "show", "pdu-1")
    return facts if facts["device"]["object_id"] else None


def test_a_users_profile_is_taken_up_kept_through_a_broken_edit_and_let_go(daemon):
    facts = wait_until(lambda: shown_when_polled(daemon), "what the database knows")
    before = facts["device"]["profile"]
    assert link(daemon) is None
    text = PROFILE.format(object_id=facts["device"]["object_id"])
    path = daemon.folder / "profiles" / "our-strip.yaml"

    path.write_text(text, encoding="utf-8")
    daemon.hang_up()
    wait_until(lambda: link(daemon) is not None, "the sensor of our profile on /metrics")
    wait_until(
        lambda: daemon.ask("device", "show", "pdu-1")["device"]["profile"] == "our-strip", "our profile"
    )
    shown = daemon.ask("device", "show", "pdu-1")
    assert shown["device"]["vendor"] == "Ours"
    assert [sensor["name"] for sensor in shown["sensors"] if sensor["key"].startswith("own_table.link/")]
    assert daemon.value("netops_device_info", device="pdu-1", profile="our-strip", vendor="Ours") == 1.0

    path.write_text(text.replace("value: up", "valeu: up"), encoding="utf-8")
    daemon.hang_up()
    line = text[: text.index("value: up")].count("\n") + 1
    wait_until(lambda: f"our-strip.yaml:{line}:" in daemon.log, "the mistake in the log")
    assert "tables.own_table.sensors.link.valeu: unknown key" in daemon.log
    polled = daemon.poll("pdu-1")
    assert polled["device"]["profile"] == "our-strip"
    assert link(daemon) is not None

    path.unlink()
    daemon.hang_up()
    wait_until(
        lambda: daemon.ask("device", "show", "pdu-1")["device"]["profile"] == before, "the shipped profile"
    )
    wait_until(lambda: link(daemon) is None, "the sensor to go")
    assert daemon.poll("pdu-1")["device"]["vendor"] != "Ours"
