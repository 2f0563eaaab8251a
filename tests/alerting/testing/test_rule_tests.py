"""Our runner of test files, and promtool beside it: both must call the same files right, and the same wrong."""

import subprocess
import textwrap
from pathlib import Path

import pytest

from netops.services.check_rules import RuleTestRun, load_rules, match_patterns, run_test_files
from netops.settings.errors import SettingsErrors

RULES = """
groups:
  - name: record
    rules:
      - {record: "up:count", expr: "count(up)"}
  - name: alert
    rules:
      - alert: Down
        expr: up == 0
        for: 2m
        labels: {severity: major}
        annotations: {summary: "{{ $labels.job }} is down in {{ $externalLabels.region }}"}
"""
RIGHT = """
rule_files: [rules.yaml]
evaluation_interval: 1m
group_eval_order: [record, alert]
tests:
  - name: right
    interval: 1m
    external_labels: {region: north}
    input_series:
      - {series: 'up{job="a"}', values: "1 0 0 0 stale 1 _ 1"}
      - {series: 'up{job="b"}', values: "1+0x9"}
    alert_rule_test:
      - eval_time: 3m
        alertname: Down
        exp_alerts:
          - exp_labels: {severity: major, job: a}
            exp_annotations: {summary: a is down in north}
      - {eval_time: 3m30s, alertname: Down, exp_alerts: [{exp_labels: {severity: major, job: a}, exp_annotations: {summary: a is down in north}}]}
      - {eval_time: 4m, alertname: Down}
      - {eval_time: 4m, alertname: NoSuchRule}
    promql_expr_test:
      - {expr: "up:count", eval_time: 3m, exp_samples: [{labels: "up:count", value: 2}]}
      - {expr: "up:count", eval_time: 4m, exp_samples: [{labels: "up:count", value: 1}]}
      - {expr: "count_over_time(up[10m])", eval_time: 7m, exp_samples: [{labels: '{job="a"}', value: 6}, {labels: '{job="b"}', value: 8}]}
      - {expr: 'ALERTS{alertstate="firing"}', eval_time: 3m, exp_samples: [{labels: 'ALERTS{alertname="Down", alertstate="firing", job="a", severity="major"}', value: 1}]}
      - {expr: "up > 1", eval_time: 3m}
"""
WRONG = {
    "a missing alert": (
        "{eval_time: 4m, alertname: Down}",
        "{eval_time: 2m, alertname: Down, exp_alerts: [{exp_labels: {job: a}}]}",
    ),
    "an alert that nobody expects": ("{eval_time: 4m, alertname: Down}", "{eval_time: 3m, alertname: Down}"),
    "other labels": ("exp_labels: {severity: major, job: a}", "exp_labels: {severity: minor, job: a}"),
    "other annotations": ("summary: a is down in north", "summary: a is up"),
    "another value": ("value: 8", "value: 9"),
    "other labels of a sample": ('{labels: "up:count", value: 2}', '{labels: "down:count", value: 2}'),
    "a sample too much": ("value: 8}", "value: 8}, {labels: '{job=\"c\"}', value: 1}"),
}


def write(folder: Path, tests: str, rules: str = RULES) -> Path:
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    path = folder / "tests.yaml"
    path.write_text(tests, encoding="utf-8")
    return path


def run_promtool(path: Path) -> int:
    return subprocess.run(
        ["promtool", "test", "rules", path.name],
        cwd=path.parent,
        capture_output=True,
        check=False,
        timeout=60,
    ).returncode


def test_a_right_file_has_no_mismatch(tmp_path):
    assert run_test_files([write(tmp_path, RIGHT)]) == RuleTestRun(1, ())


@pytest.mark.parametrize("name", WRONG)
def test_a_mismatch_is_found(tmp_path, name):
    before, after = WRONG[name]
    assert before in RIGHT
    run = run_test_files([write(tmp_path, RIGHT.replace(before, after))])
    assert run.mismatches
    assert all(one.expected != one.got for one in run.mismatches)


@pytest.mark.peer("promtool")
def test_promtool_agrees(tmp_path):
    assert run_promtool(write(tmp_path, RIGHT)) == 0
    for before, after in WRONG.values():
        assert run_promtool(write(tmp_path, RIGHT.replace(before, after))) == 1


def test_a_mismatch_tells_place_subject_and_both_sides(tmp_path):
    before, after = WRONG["another value"]
    (found,) = run_test_files([write(tmp_path, RIGHT.replace(before, after))]).mismatches
    assert (found.test, found.subject) == ("right", "count_over_time(up[10m]) at 7m")
    assert found.expected == ('{job="a"} 6', '{job="b"} 9')
    assert found.got == ('{job="a"} 6', '{job="b"} 8')
    assert RIGHT.splitlines()[found.line - 1].strip().startswith('- {expr: "count_over_time')


def test_a_rule_that_fails_is_a_mismatch(tmp_path):
    rules = "groups: [{name: g, rules: [{alert: A, expr: 'up * on () up'}]}]"
    tests = """
    rule_files: [rules.yaml]
    tests:
      - interval: 1m
        input_series:
          - {series: 'up{job="a"}', values: "1"}
          - {series: 'up{job="b"}', values: "1"}
        alert_rule_test: [{eval_time: 0m, alertname: A}]
    """
    (found,) = run_test_files([write(tmp_path, textwrap.dedent(tests), rules)]).mismatches
    assert "match alike" in found.reason


def test_every_mistake_of_a_test_file_is_told_at_once(tmp_path):
    tests = """\
    rule_files: [rules.yaml]
    evaluation_intervall: 1m
    tests:
      - input_series:
          - {series: 'up{', values: "1"}
          - {series: 'up', values: "1 x"}
          - {series: 'up{a=~"b"}', values: "1x9999999"}
        alert_rule_test:
          - {eval_time: soon, alertname: A}
          - {eval_time: 5m, exp_alerts: [{labels: {}}]}
        promql_expr_test:
          - {expr: "sum(", eval_time: 1m}
          - {expr: "up", eval_time: 1m, exp_samples: [{labels: "up", value: many}]}
    """
    with pytest.raises(SettingsErrors) as errors:
        run_test_files([write(tmp_path, textwrap.dedent(tests))])
    told = [(problem.line, problem.key) for problem in errors.value.problems]
    assert told == [
        (2, "evaluation_intervall"),
        (5, "tests[0].input_series[0].series"),
        (6, "tests[0].input_series[1].values"),
        (7, "tests[0].input_series[2].series"),
        (7, "tests[0].input_series[2].values"),
        (9, "tests[0].alert_rule_test[0].eval_time"),
        (10, "tests[0].alert_rule_test[1].alertname"),
        (10, "tests[0].alert_rule_test[1].exp_alerts[0].labels"),
        (12, "tests[0].promql_expr_test[0].expr"),
        (13, "tests[0].promql_expr_test[1].exp_samples[0]"),
    ]


def test_rule_files_that_are_wrong_or_absent_are_told(tmp_path):
    path = write(
        tmp_path, "rule_files: [rules.yaml, absent.yaml, 'none*.yaml']\ntests: []", "groups: [{nam: x}]"
    )
    with pytest.raises(SettingsErrors) as errors:
        run_test_files([path])
    assert [problem.message for problem in errors.value.problems if "absent" in problem.file] == [
        "no such file"
    ]
    assert any("unknown key" in problem.message for problem in errors.value.problems)


def test_a_test_of_a_hundred_years_is_refused(tmp_path):
    path = write(tmp_path, "tests: [{promql_expr_test: [{expr: up, eval_time: 99y}]}]")
    with pytest.raises(SettingsErrors, match="asks for more than"):
        run_test_files([path])


def test_patterns_name_files_sorted_and_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.yaml", "a.yaml", "c.yml"):
        (tmp_path / name).write_text("groups: []")
    found = match_patterns(["*.yaml", "a.yaml", "*.none", "absent.yaml"], tmp_path)
    assert [str(path) for path in found] == ["a.yaml", "b.yaml", "absent.yaml"]


def test_mistakes_of_all_rule_files_come_together(tmp_path):
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml", tmp_path / "three.yaml"]
    for path in paths[:2]:
        path.write_text("groups: [{name: g, rules: [{alert: A, expr: 'sum('}]}]")
    with pytest.raises(SettingsErrors) as errors:
        load_rules(paths)
    assert [Path(problem.file).name for problem in errors.value.problems] == [
        "one.yaml",
        "three.yaml",
        "two.yaml",
    ]


def test_patterns_that_fit_nothing_are_told(tmp_path):
    path = write(tmp_path, "tests: []\nrule_files: ['none*.yaml']")
    with pytest.raises(SettingsErrors, match=r"tests.yaml:2:13: rule_files: no such file"):
        run_test_files([path])
