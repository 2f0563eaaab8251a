"""docs/settings.md: every key with its meaning, values and default, made from the models' own descriptions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netops.settings.schema import SCHEMAS, describe, make_schema

_INTRODUCTION = """\
# Settings

Made by `python -m netops.settings` from the models in `netops/settings/`; edit the descriptions there.

`configs/netops.yaml` holds the daemon's settings, `configs/devices.yaml` the devices, `configs/oncall.yaml` who is
told of alerts ([on call](oncall.md)), `configs/events.yaml` which traps and syslog messages are alerts
([events](events.md)). `netops check` reads them all and tells every mistake at once, as `file:line:column: key: what is wrong`; lists count from 0. SIGHUP applies
changed files; a file with a mistake leaves the running settings in force.

## How values are written

- **Durations**: `90` (seconds), `90s`, `15m`, `1h30m`, `2.5s`, `500ms`; units `w d h m s ms`, from large to small.
- **Switches**: `true` or `false` only. `yes`, `no`, `on`, `off` are plain text, as in YAML 1.2, so that a site
  may be called `NO`.
- **Numbers**: decimal, without zeros in front. `0123`, `0x1F`, `1e3`, `1:30` and `2026-01-01` are text, so a
  community made of digits keeps every one of them.
- **Secrets**: the text itself, or references, whole or within the text: `${env:NAME}` reads an environment
  variable, `${file:/path}` a file without the newline at its end (a relative path starts at the folder of
  netops.yaml). `$${` writes a plain `${`. A variable or file that is missing or empty is a mistake. References
  work in `community`, `auth_password`, `priv_password` and `storage.url`; elsewhere they are refused. No secret
  is ever shown: not in errors, not in logs, not in the list of changes.
- Other relative paths (`storage`, `control_socket`) start at the folder the daemon is started in.
- A key with nothing behind it is a mistake; a whole section (`groups:`) with nothing below it is empty.
- Anchors and aliases work within reason; tags (`!x`) and merge keys (`<<`) are refused, as are keys given twice,
  files that are not UTF-8, larger than 32 MiB or empty.

## How a device gets its values

Its own keys count most, then its groups (a later one more than an earlier one), then `defaults`, then
netops.yaml. `tags` add up, and so do `checks`, by name; `collectors`, `ssh` and `thresholds` are merged key by key;
every other key replaces. For `thresholds` the device's site counts too, more than `defaults` and less than groups: [thresholds](thresholds.md).
"""


def write_reference(path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make_reference(), encoding="utf-8")


def make_reference() -> str:
    """Give the page as Markdown, with a table for each mapping."""
    lines = [_INTRODUCTION]
    for name in SCHEMAS:
        schema = make_schema(name)
        lines.append(f"## configs/{name}.yaml\n")
        lines += write_tables(schema)
    return "\n".join(lines).rstrip("\n") + "\n"


def write_tables(schema: dict[str, Any]) -> Iterator[str]:
    """Write a table for each mapping of a schema."""
    return _write_section(schema, schema, "", {})


def _write_section(
    root: dict[str, Any], section: dict[str, Any], path: str, told: dict[int, str]
) -> Iterator[str]:
    """Write a mapping's table, then those of the mappings inside it; a mapping told before is referred to."""
    if path:
        yield f"### {path}\n"
    if id(section) in told:
        yield f"The same keys as `{told[id(section)]}`.\n"
        return
    told[id(section)] = path
    inner: list[tuple[str, dict[str, Any]]] = []
    yield "| key | meaning | values | default |"
    yield "|---|---|---|---|"
    for key, value in section["properties"].items():
        here = f"{path}.{key}" if path else key
        below = list(_find_mappings(root, value, here))
        inner += below
        meaning, _text, default = describe(root, value).partition(" Default: ")
        default = default.removesuffix(".") or _write_default(value)
        default = "required" if key in section.get("required", ()) else "" if below else default
        values = "see below" if below else _write_values(root, value)
        yield f"| `{key}` | {meaning} | {values} | {default} |"
    yield ""
    for here, mapping in inner:
        yield from _write_section(root, mapping, here, told)


def _find_mappings(
    root: dict[str, Any], value: dict[str, Any], path: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find the mappings that a value, or each member of it, may be."""
    value = _follow(root, value)
    if "properties" in value:
        yield path, value
    elif "items" in value:
        yield from _find_mappings(root, value["items"], f"{path}[]")
    elif value.get("type") == "object":
        members: dict[str, Any] = value.get("additionalProperties") or next(
            iter(value.get("patternProperties", {}).values()), {}
        )
        yield from _find_mappings(root, members, f"{path}.NAME")
    for number, either in enumerate(value.get("oneOf", value.get("anyOf", ()))):
        option = _follow(root, either)
        label = f"{path} ({_name_option(option, number)})" if "oneOf" in value else path
        yield from _find_mappings(root, option, label)


def _name_option(option: dict[str, Any], number: int) -> str:
    """Name a mapping among several by the key that tells them apart."""
    keys = option.get("properties", {})
    if "const" in keys.get("type", {}):
        return f"type {keys['type']['const']}"
    return f"version {keys.get('version', {}).get('x-values', number)}"


def _follow(root: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    target: dict[str, Any] = root["$defs"][value["$ref"].rpartition("/")[2]]
    return target


def _write_default(value: dict[str, Any]) -> str:
    if "default" not in value:
        return ""
    default = value["default"]
    text = str(default).lower() if isinstance(default, bool) else str(default)
    if isinstance(default, list):
        text = "[" + ", ".join(map(str, default)) + "]"
    return f"`{text}`"


def _write_values(root: dict[str, Any], value: dict[str, Any]) -> str:
    value = {**_follow(root, value), **value}
    if "x-values" in value:
        return str(value["x-values"])
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{option}`" for option in value["enum"])
    kind = value.get("type")
    if kind == "array":
        return f"list of {_write_values(root, value['items'])}"
    if kind == "boolean":
        return "`true`, `false`"
    if kind == "integer" and "minimum" in value:
        return f"{value['minimum']} to {value['maximum']}"
    options = [option for option in value.get("anyOf", ()) if option != {"type": "null"}]
    return _write_values(root, options[0]) if len(options) == 1 else "text"
