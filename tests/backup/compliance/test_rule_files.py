"""Mistakes in rule files are told with their place; the other rules are read."""

from pathlib import Path

from netops.backup.compliance.rule_files import load_compliance_rules
from netops.settings.errors import Problem

PLATFORMS = ["cisco_ios", "huawei_vrp"]


def load(tmp_path, *texts):
    paths = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    problems: list[Problem] = []
    return load_compliance_rules(paths, PLATFORMS, problems), problems


HEAD = "rules:\n  - {id: GOOD, title: t, severity: minor, must_match: x}\n"


def told(tmp_path, more):
    rules, problems = load(tmp_path, HEAD + more)
    assert "GOOD" in {rule.id for rule in rules}
    assert all(Path(problem.file).name == "0.yaml" and problem.line >= 3 for problem in problems)
    return [(problem.key, problem.message) for problem in problems]


def test_each_mistake_is_told_at_its_key(tmp_path):
    assert told(tmp_path, "  - {id: A, title: t, severity: minor}\n") == [("rules[1]", "asks for nothing")]
    assert told(tmp_path, "  - {id: A, title: t, severity: huge, must_match: x}\n") == [
        ("rules[1].severity", "must be one of critical, major, minor, warning")
    ]
    assert [
        key for key, _ in told(tmp_path, "  - {id: A, title: t, severity: minor, must_match: '(?=x)'}\n")
    ] == ["rules[1].must_match[0]"]
    assert ("rules[1].must_mach", "unknown key") in told(
        tmp_path, "  - {id: A, title: t, severity: minor, must_mach: x}\n"
    )
    assert ("rules[1].platforms[0]", 'unknown platform "cisco_oss"') in told(
        tmp_path, "  - {id: A, title: t, severity: minor, must_match: x, platforms: [cisco_oss]}\n"
    )
    assert told(tmp_path, "  - {id: GOOD, title: t, severity: minor, must_match: x}\n") == [
        ("rules[1].id", '"GOOD" is already a rule of 0.yaml')
    ]
    assert [
        key for key, _ in told(tmp_path, "  - {id: 'a b', title: t, severity: minor, must_match: x}\n")
    ] == ["rules[1].id"]
    exception = "exceptions: [{devices: sw-1, until: 2026-13-01}]"
    assert told(tmp_path, f"  - {{id: A, title: t, severity: minor, must_match: x, {exception}}}\n") == [
        ("rules[1].exceptions[0].owner", "is missing"),
        ("rules[1].exceptions[0].until", "is no date"),
    ]
    assert [
        key
        for key, _ in told(
            tmp_path, "  - {id: A, title: t, severity: minor, must_match: x, needs_section: true}\n"
        )
    ] == ["rules[1].needs_section"]


def test_a_file_that_is_no_yaml_hides_no_other(tmp_path):
    rules, problems = load(tmp_path, "rules: [", HEAD)
    assert [rule.id for rule in rules] == ["GOOD"]
    assert len(problems) == 1


def test_a_scope_with_a_star_is_no_misspelt_platform(tmp_path):
    rules, problems = load(
        tmp_path, "rules:\n  - {id: A, title: t, severity: minor, must_match: x, platforms: [cisco_*]}\n"
    )
    assert (len(rules), problems) == (1, [])


def test_a_file_without_rules_is_allowed(tmp_path):
    assert load(tmp_path, "title: later\n") == ([], [])
