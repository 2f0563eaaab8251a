"""docs/profile-reference.md and the JSON Schema of profiles, made from the models' own descriptions."""

import json
from pathlib import Path

from netops.profiles.format import ProfileFile
from netops.settings.reference import write_tables
from netops.settings.schema import schema_of

_INTRODUCTION = """\
# Profile reference

Made by `python -m netops.profiles` from `netops/profiles/format.py`; edit the descriptions there.
[profiles.md](profiles.md) explains how profiles work.

Editors complete profiles with this first line: `# yaml-language-server: $schema=../../docs/schema/profile.schema.json`.
"""


def make_reference() -> str:
    """Give the page as Markdown, with a table for each mapping."""
    lines = [_INTRODUCTION, *write_tables(schema_of(ProfileFile, "configs/profiles/NAME.yaml"))]
    return "\n".join(lines).rstrip("\n") + "\n"


def make_schema() -> str:
    """Give the JSON Schema as text."""
    schema = schema_of(ProfileFile, "configs/profiles/NAME.yaml")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_documents(docs: Path) -> None:
    """Write both below the docs folder."""
    (docs / "schema").mkdir(parents=True, exist_ok=True)
    (docs / "schema" / "profile.schema.json").write_text(make_schema(), encoding="utf-8")
    (docs / "profile-reference.md").write_text(make_reference(), encoding="utf-8")
