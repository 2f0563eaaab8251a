"""What the pages promise is there, and what is there is on the pages."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from netops.cli.app import app
from netops.exporter.families import FAMILIES
from netops.followed import FOLLOWED
from netops.settings.reference import make_reference
from netops.settings.schema import SCHEMAS, make_schema
from netops.telemetry import Telemetry

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
# In parts, or this file would name them itself.
REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "yarnpkg" + ".com",
    "crates" + ".io",
    "proxy.golang" + ".org",
)
DEVELOPMENT_PATH = re.compile(rb"(?<![\w.~-])/" + rb"work" + rb"/")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- metrics


def metric_names() -> list[str]:
    own = [
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in Telemetry("").registry.collect()
        if metric.name.startswith("netops_")
    ]
    return sorted({*own, *(family.name for family in (*FAMILIES, *FOLLOWED))})


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_is_documented(name):
    assert f"| `{name}` |" in page("metrics.md")


def test_no_metric_is_documented_that_is_not_there():
    documented = set(re.findall(r"^\| `(netops_\w+)` \|", page("metrics.md"), re.MULTILINE))
    assert documented == set(metric_names())


# --- settings


def setting_names(schema: dict[str, Any]) -> set[str]:
    """Give every key that a schema, or a definition below it, knows."""
    names = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return names


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_setting_is_documented(file):
    text = page("settings.md")
    names = setting_names(make_schema(file))
    assert names
    assert [name for name in sorted(names) if not re.search(rf"`(?:[\w.\[\]<>]+\.)?{name}`", text)] == []


def test_the_reference_of_settings_is_what_the_models_say():
    assert page("settings.md") == make_reference()


# --- commands


def walk_commands(command: Any, path: tuple[str, ...] = ("netops",)) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path), command
        return
    for name, child in children.items():
        yield from walk_commands(child, (*path, name))


COMMANDS = dict(walk_commands(typer.main.get_command(app)))


def section(command: str) -> str:
    found = re.search(
        rf"^## {re.escape(command)}\n(.*?)(?=^## |\Z)", page("commands.md"), re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/commands.md has no section on {command}"
    return found[1]


def test_the_commands_of_the_contract_are_there():
    assert {"netops run", "netops check", "netops poll", "netops walk", "netops simulate"} <= COMMANDS.keys()
    assert {
        f"netops device {verb}" for verb in ("list", "show", "add", "remove", "apply", "poll")
    } <= COMMANDS.keys()
    assert {f"netops db {verb}" for verb in ("upgrade", "backup", "restore", "check")} <= COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_with_its_options_and_an_example(command):
    text = section(command)
    assert f"```\n$ {command}" in text
    options = [
        spelling
        for parameter in COMMANDS[command].params
        if parameter.param_type_name == "option"
        for spelling in (*parameter.opts, *parameter.secondary_opts)
        if spelling not in {"--help", "-h"}
    ]
    assert [option for option in options if f"`{option}`" not in text] == []


def test_no_command_or_option_is_documented_that_is_not_there():
    documented = re.findall(r"^## (netops .*)$", page("commands.md"), re.MULTILINE)
    assert sorted(documented) == sorted(COMMANDS)
    for command in documented:
        line = re.search(r"^Options: (.*?)\n\n", section(command), re.MULTILINE | re.DOTALL)
        assert line
        known = {
            spelling
            for parameter in COMMANDS[command].params
            for spelling in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"`(--?[a-z][a-z0-9-]*)`", line[1])) <= known


# --- links


def heading_anchors(text: str) -> set[str]:
    """Give the anchors that GitHub makes of a page's headings."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_internal_link_leads_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        place, _hash, anchor = target.partition("#")
        goal = (path.parent / place).resolve() if place else path
        assert goal.exists(), f"{target} leads nowhere"
        if anchor:
            assert anchor in heading_anchors(goal.read_text(encoding="utf-8")), (
                f"{target} has no such heading"
            )


# --- what no file may hold


def files_in_git() -> list[Path]:
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if run.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in run.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_file_names_a_package_registry_or_a_development_machines_folder():
    found = []
    for path in files_in_git():
        content = path.read_bytes()
        found += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRIES if host.encode() in content]
        found += [f"{path.relative_to(ROOT)}: {at.start()}" for at in DEVELOPMENT_PATH.finditer(content)]
    assert found == []
