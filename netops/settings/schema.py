"""JSON Schemas of the settings files, made from the models, so that editors complete and check them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from netops.settings.devices import DeviceEntry, DevicesFile
from netops.settings.durations import format_duration
from netops.settings.events import EventsSettings
from netops.settings.models import Settings
from netops.settings.oncall import OncallSettings

SCHEMAS: dict[str, type[BaseModel]] = {
    "netops": Settings,
    "devices": DevicesFile,
    "oncall": OncallSettings,
    "events": EventsSettings,
}
"""File name without its ending to the model."""


def make_schema(name: str) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of ``configs/<name>.yaml``."""
    schema = schema_of(SCHEMAS[name], f"configs/{name}.yaml")
    # A section with nothing below it is an empty section to the loader, too.
    for key, value in schema["properties"].items():
        if "$ref" in value or value.get("type") in ("object", "array"):
            description = describe(schema, value)
            value.pop("description", None)
            schema["properties"][key] = {"anyOf": [value, {"type": "null"}], "description": description}
    if "DeviceEntry" in schema["$defs"]:
        entry = schema["$defs"]["DeviceEntry"]
        entry["properties"] = {
            key: entry["properties"][key] for key in (*DeviceEntry.__annotations__, *entry["properties"])
        }
    return schema


def schema_of(model: type[BaseModel], file: str) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a kind of file."""
    schema = _tidy(model.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"netops: {file}",
    }


def describe(schema: dict[str, Any], value: dict[str, Any]) -> str:
    """Give a key's description; pydantic leaves it out where it repeats that of the mapping behind it."""
    target = schema["$defs"][value["$ref"].rpartition("/")[2]] if "$ref" in value else {}
    return str(value.get("description") or target.get("description", ""))


def write_schemas(folder: Path) -> list[Path]:
    """Write a schema for each file, such as ``netops.schema.json``, and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in SCHEMAS:
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(make_schema(name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def _tidy(node: Any) -> Any:
    """Leave out the null of optional keys, as the files have none, and the titles that repeat the keys."""
    if isinstance(node, list):
        return [_tidy(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: {name: _tidy(inner) for name, inner in value.items()}
        if key in {"properties", "$defs"}
        else _tidy(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    if str(tidy.get("x-values", "")).startswith("duration") and "default" in tidy:
        tidy["default"] = format_duration(TypeAdapter(timedelta).validate_python(tidy["default"]))
    options = tidy.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        options = [option for option in options if option != {"type": "null"}]
        del tidy["anyOf"]
        tidy = {**(options[0] if len(options) == 1 else {"anyOf": options}), **tidy}
    return tidy
