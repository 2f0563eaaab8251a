"""The file of managed rules on disk: whole or not at all, and only when it says something else."""

from datetime import UTC, datetime

import pytest

from netops.model.device import DeviceSource
from netops.services.manage_devices import add_device
from netops.services.managed_rules import ManagedRulesError, list_thresholds, write_managed_rules
from netops.services.show_thresholds import describe_thresholds
from netops.settings import load_settings
from netops.settings.thresholds import ThresholdOptions
from netops.store.engine import open_engine, read, write
from netops.store.schema import upgrade

HOT = ThresholdOptions.model_validate({"temperature": {"warning": 30}})
DRY = ThresholdOptions.model_validate({"humidity": {"low": {"warning": 30}}})


def test_it_is_written_when_it_says_something_else_and_only_then(tmp_path):
    path = tmp_path / "data" / "managed.yaml"
    assert write_managed_rules(path, [HOT])
    text, stat = path.read_text(encoding="utf-8"), path.stat()
    assert "TemperatureAboveThreshold" in text
    assert not write_managed_rules(path, [HOT, HOT])
    assert path.stat().st_ino == stat.st_ino
    assert write_managed_rules(path, [HOT, DRY])
    assert "HumidityBelowThreshold" in path.read_text(encoding="utf-8")
    assert [one.name for one in path.parent.iterdir()] == ["managed.yaml"]


def test_without_thresholds_no_file_is_made_and_one_that_is_there_is_emptied(tmp_path):
    path = tmp_path / "managed.yaml"
    assert not write_managed_rules(path, [ThresholdOptions()])
    assert not path.exists()
    write_managed_rules(path, [HOT])
    assert write_managed_rules(path, [ThresholdOptions()])
    assert path.read_text(encoding="utf-8").endswith("groups: []\n")


def test_a_file_that_somebody_damaged_is_written_anew(tmp_path):
    path = tmp_path / "managed.yaml"
    path.write_bytes(b"\xff\xfe")
    assert write_managed_rules(path, [HOT])


def test_a_write_that_fails_names_the_reason_and_leaves_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / "managed.yaml"
    write_managed_rules(path, [HOT])
    before = path.read_text(encoding="utf-8")

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(ManagedRulesError, match=r"cannot write .*managed\.yaml: No space left on device"):
        write_managed_rules(path, [DRY])
    assert path.read_text(encoding="utf-8") == before
    assert [one.name for one in tmp_path.iterdir()] == ["managed.yaml"]


def test_a_folder_in_the_way_is_told(tmp_path):
    (tmp_path / "managed.yaml").mkdir()
    with pytest.raises(ManagedRulesError, match="cannot write"):
        write_managed_rules(tmp_path / "managed.yaml", [HOT])


SETTINGS = "credentials: {c: {version: 1, community: x}}\nstorage: {url: 'sqlite:///%s'}\n"
DEVICES = """
defaults: {credential: c, thresholds: {temperature: {warning: 30, clear: 28}, sensors: {"In*": {humidity: {off: true}}}}}
groups: {g: {thresholds: {runtime: {critical: 10m}, volumes: {/: {warning: 80}}}}}
devices: [{name: a, address: x, groups: [g]}]
"""


@pytest.fixture
def loaded(tmp_path):
    (tmp_path / "netops.yaml").write_text(SETTINGS % (tmp_path / "netops.db"), encoding="utf-8")
    (tmp_path / "devices.yaml").write_text(DEVICES, encoding="utf-8")
    return load_settings(tmp_path / "netops.yaml")


def test_devices_from_elsewhere_count_too(tmp_path, loaded):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, tmp_path / "backups")
    spec = {
        "name": "b",
        "address": "y",
        "credential": "c",
        "thresholds": {"humidity": {"low": {"warning": 30}}},
    }
    with write(engine) as connection:
        add_device(connection, spec, DeviceSource.CLI, datetime(2026, 1, 1, tzinfo=UTC))
    with read(engine) as connection:
        found = list_thresholds(loaded, connection)
    engine.dispose()
    assert [one.humidity is not None for one in found] == [False, True]


def test_what_holds_for_a_device_is_told_with_its_source(loaded):
    told = describe_thresholds(loaded.devices["a"].thresholds, loaded.threshold_layers["a"], "device")
    assert [(one["kind"], one["pattern"], one["off"], one["for_seconds"], one["from"]) for one in told] == [
        ("temperature", None, False, 120, "defaults"),
        ("runtime", None, False, 60, "groups.g"),
        ("humidity", "In*", True, 300, "defaults"),
        ("storage", "/", False, 300, "groups.g"),
    ]
    assert told[0]["levels"] == [
        {"side": "high", "warning": 30, "critical": None, "warning_clear": 28, "critical_clear": None}
    ]
    assert describe_thresholds(loaded.devices["a"].thresholds, (), "device")[0]["from"] == "device"
