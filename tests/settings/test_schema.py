import json
import re
from pathlib import Path
from typing import Any

import pytest

from netops.settings import Settings, load_settings
from netops.settings.oncall import OncallSettings, find_doubts
from netops.settings.reference import make_reference, write_reference
from netops.settings.schema import make_schema, write_schemas

ROOT = Path(__file__).parents[2]
REMAKE = "run `python -m netops.settings`"


def test_committed_schemas_are_up_to_date(tmp_path: Path) -> None:
    for path in write_schemas(tmp_path):
        committed = ROOT / "docs" / "schema" / path.name
        assert committed.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), REMAKE


def test_the_reference_is_up_to_date(tmp_path: Path) -> None:
    write_reference(tmp_path / "settings.md")
    committed = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert committed == (tmp_path / "settings.md").read_text(encoding="utf-8"), REMAKE


def find_undescribed(schema: dict[str, Any]) -> list[str]:
    parts = {"": schema, **schema["$defs"]}
    return [
        f"{name}.{key}"
        for name, part in parts.items()
        for key, value in part.get("properties", {}).items()
        if not value.get("description") and "$ref" not in value
    ]


@pytest.mark.parametrize("name", ["netops", "devices", "oncall", "events"])
def test_every_key_is_described_in_schema_and_reference(name: str) -> None:
    schema = make_schema(name)
    reference = make_reference()
    assert find_undescribed(schema) == []
    for part in (schema, *schema["$defs"].values()):
        assert all(f"| `{key}` |" in reference for key in part.get("properties", {}))
    assert not re.search(r"\|  \|.*\|.*\|", reference), "a key without a meaning"


def test_shipped_settings_load_as_they_are() -> None:
    loaded = load_settings(ROOT / "configs" / "netops.yaml", environ={})
    assert loaded.settings == Settings()
    assert [(device.name, device.local) for device in loaded.devices.values()] == [("this-host", True)]
    assert loaded.oncall == OncallSettings(), "the shipped file must send nothing"


@pytest.mark.parametrize("name", ["netops", "devices", "oncall", "events"])
def test_shipped_files_name_their_schema(name: str) -> None:
    path = ROOT / "configs" / f"{name}.yaml"
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((path.parent / schema).read_text(encoding="utf-8")) == make_schema(name)


def test_shipped_examples_load_and_show_the_defaults(tmp_path: Path) -> None:
    """An example is a line with # and no space behind it, or with an indented one."""
    for name in ("netops", "devices", "oncall", "events"):
        text = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
        text = re.sub(r"^#(?! \S|$)", "", text, flags=re.MULTILINE)
        text = text.replace("/etc/netops/", f"{tmp_path}/")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    for secret in ("core.auth", "core.priv", "lab.enable"):
        (tmp_path / secret).write_text("long enough\n", encoding="utf-8")
    loaded = load_settings(
        tmp_path / "netops.yaml", environ={"CAMPUS_COMMUNITY": "public", "LAB_PASSWORD": "secret"}
    )
    examples = {"credentials": {}, "ssh_credentials": {}, "jump_hosts": {}, "language": None}
    shown = loaded.settings.model_copy(update=examples)
    remotes = shown.backup.remotes
    no_files = dict.fromkeys(("tls_certificate", "tls_key", "tls_clients"))
    without = {
        "backup": shown.backup.model_copy(update={"every": None, "remotes": (), "ha_pairs": ()}),
        "syslog": shown.syslog.model_copy(update=no_files),
    }
    assert shown.model_copy(update=without) == Settings()
    assert set(loaded.settings.credentials) == {"campus", "core"}
    assert set(loaded.settings.ssh_credentials) == {"lab"}
    assert loaded.settings.jump_hosts["site-b"].credential == "lab"
    assert [remote.name for remote in remotes] == ["audit"]
    assert len(loaded.devices) == 1 + 2 + 11 + 6
    assert loaded.devices["sw-010"].parents == ("core-1",)
    assert set(loaded.oncall.people) == {"ana", "li"}
    assert find_doubts(loaded.oncall) == []
