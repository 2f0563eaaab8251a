"""Rules for tests, from YAML in the test itself."""

import textwrap
from pathlib import Path

from netops.alerting.rule_files import read_rule_file
from netops.alerting.rules import RuleFile
from netops.settings.document import read_document
from netops.settings.errors import Problem


def read_rules(folder: Path, text: str, name: str = "rules.yaml") -> tuple[RuleFile | None, list[Problem]]:
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    problems: list[Problem] = []
    document = read_document(path, problems)
    return (read_rule_file(document, problems) if document else None), problems


def load(folder: Path, text: str, name: str = "rules.yaml") -> RuleFile:
    file, problems = read_rules(folder, text, name)
    assert problems == []
    assert file is not None
    return file
