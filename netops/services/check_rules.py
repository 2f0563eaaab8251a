"""Reads rule files and their tests from disk, and has them checked and run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from netops.alerting.rule_files import read_rule_file
from netops.alerting.rules import RuleFile
from netops.alerting.testing.cases import RuleTestFile
from netops.alerting.testing.reader import read_rule_tests
from netops.alerting.testing.runner import Mismatch, run_rule_tests
from netops.i18n import _
from netops.settings.document import Document, read_document
from netops.settings.errors import Problem, SettingsErrors
from netops.settings.loader import LoadedSettings

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RuleTestRun:
    """What became of some test files."""

    scenarios: int
    mismatches: tuple[Mismatch, ...]


def find_rule_files(loaded: LoadedSettings) -> list[Path]:
    """Give the rule files that the settings name, sorted; a pattern that fits nothing names none.

    The file that thresholds became comes last, once it is there.
    """
    settings = loaded.settings.alerting
    found = match_patterns(settings.rule_files, loaded.config_file.parent)
    managed = _shorten(str(settings.managed_rules))
    return [*found, managed] if managed.exists() and managed not in found else found


def match_patterns(patterns: Iterable[str], folder: Path) -> list[Path]:
    """Give the files that some patterns name, sorted and each once; a name without ``*`` counts as it is."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = str(folder / pattern)
        names = sorted(glob(path)) if any(sign in pattern for sign in "*?[") else [path]  # noqa: PTH207 - the pattern may leave the folder
        found.update(dict.fromkeys(map(_shorten, names)))
    return list(found)


def _shorten(name: str) -> Path:
    """Take ``configs/../`` out of a path, as long as that leads to the same place."""
    path = Path(name)
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def load_rules(paths: Sequence[Path]) -> list[RuleFile]:
    """Read rule files.

    Raises:
        SettingsErrors: With every mistake of every file.
    """
    problems: list[Problem] = []
    files = _read_rules(paths, problems)
    if problems:
        raise SettingsErrors(problems)
    return files


def read_sound_rules(paths: Sequence[Path]) -> tuple[list[RuleFile], list[Problem]]:
    """Read rule files; give the rules that are right, and every mistake."""
    problems: list[Problem] = []
    return _read_rules(paths, problems), problems


def _read_rules(paths: Iterable[Path], problems: list[Problem]) -> list[RuleFile]:
    documents = [read_document(path, problems) for path in paths]
    return [read_rule_file(document, problems) for document in documents if document is not None]


def run_test_files(paths: Sequence[Path], progress: Progress = lambda _done, _all: None) -> RuleTestRun:
    """Run test files over the rule files they name.

    Raises:
        SettingsErrors: With every mistake of the test files and of the rule files.
    """
    problems: list[Problem] = []
    read = [read_document(path, problems) for path in paths]
    documents = [document for document in read if document is not None]
    tests = [read_rule_tests(document, problems) for document in documents]
    rules = [
        _read_rules(_rule_files_of(document, one, problems), problems)
        for document, one in zip(documents, tests, strict=True)
    ]
    if problems:
        raise SettingsErrors(problems)
    mismatches: list[Mismatch] = []
    for place, (one, files) in enumerate(zip(tests, rules, strict=True)):
        progress(place, len(tests))
        mismatches += run_rule_tests(one, files)
    return RuleTestRun(sum(len(one.scenarios) for one in tests), tuple(mismatches))


def _rule_files_of(document: Document, tests: RuleTestFile, problems: list[Problem]) -> list[Path]:
    found = match_patterns(tests.rule_files, Path(tests.name).parent)
    if tests.rule_files and not found:
        problems.append(document.problem(("rule_files",), _("no such file")))
    return found
