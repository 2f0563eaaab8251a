from datetime import timedelta
from pathlib import Path

from netops.settings import Change, DeviceSettings, Settings, diff_devices, diff_settings


def make(name: str, **keys: object) -> dict[str, DeviceSettings]:
    return {name: DeviceSettings.model_validate({"name": name, "address": "10.0.0.1", **keys})}


def test_nothing_changed_is_an_empty_list() -> None:
    assert diff_devices(make("a"), make("a")) == []
    assert diff_settings(Settings(), Settings()) == []


def test_devices_that_come_go_and_change_are_told() -> None:
    old = make("a", port=161, tags=["x"], interval=60) | make("gone") | make("same")
    new = (
        make("a", port=1161, tags=["x", "y"], interval="90s", enabled=False)
        | make("same")
        | make("here", address=None)
    )
    assert diff_devices(old, new) == [
        Change("a.port", "161", "1161"),
        Change("a.tags", "[x]", "[x, y]"),
        Change("a.interval", "1m", "1m30s"),
        Change("a.enabled", "true", "false"),
        Change("gone", "10.0.0.1", None),
        Change("here", None, "this machine"),
    ]


def test_changes_read_as_lines() -> None:
    assert str(Change("a.port", "161", "1161")) == "a.port: 161 → 1161"
    assert str(Change("a", None, "10.0.0.1")) == "a: added, 10.0.0.1"
    assert str(Change("a", "10.0.0.1", None)) == "a: removed, was 10.0.0.1"


def test_settings_that_change_are_told_by_key() -> None:
    new = Settings.model_validate(
        {
            "language": "en",
            "storage": {"backups": "elsewhere"},
            "polling": {"periods": {"health": "5m"}},
            "credentials": {"c": {"version": "2c", "community": "public"}},
        }
    )
    assert new.storage.backups == Path("elsewhere")
    assert new.polling.periods.health == timedelta(minutes=5)
    assert diff_settings(Settings(), new) == [
        Change("language", None, "en"),
        Change("storage.backups", "data/backups", "elsewhere"),
        Change("polling.periods.health", "1m", "5m"),
        Change("credentials.c.version", None, "2c"),
        Change("credentials.c.community", None, "(secret)"),
    ]
