"""``netops rules …``, and rule files in ``netops check``."""

import json

import pytest

from acceptance.running import run_here, write_settings

RIGHT = """
groups:
  - name: g
    rules:
      - {record: "r", expr: "up"}
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: major}
        annotations: {summary: is down}
"""
WRONG = "groups: [{name: g, rules: [{alert: A, exprr: up}]}]"
TESTS = """
rule_files: [rules.yaml]
tests:
  - name: down
    interval: 1m
    input_series: [{series: up, values: "0x9"}]
    alert_rule_test:
      - eval_time: 5m
        alertname: Down
        exp_alerts: [{exp_labels: {severity: major}, exp_annotations: {summary: is down}}]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules.yaml").write_text(RIGHT)
    (tmp_path / "wrong.yaml").write_text(WRONG)
    (tmp_path / "tests.yaml").write_text(TESTS)
    return tmp_path


def test_right_files_are_told_with_their_rules(folder):
    run = run_here("rules", "check", "rules.yaml", folder=folder)
    assert (run.returncode, run.stdout, run.stderr) == (0, "rules.yaml: 2 rules\n", "")
    run = run_here("rules", "check", "rules.yaml", "--json", folder=folder)
    assert (run.returncode, json.loads(run.stdout)) == (0, [])


def test_mistakes_end_with_2_and_name_file_line_and_rule(folder):
    run = run_here("rules", "check", "wrong.yaml", "absent.yaml", folder=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.splitlines() == [
        "absent.yaml:1:1: no such file",
        'wrong.yaml:1:28: groups[0].rules[0].expr: group "g", rule "A": expr has no value',
        'wrong.yaml:1:39: groups[0].rules[0].exprr: group "g", rule "A": unknown key; did you mean "expr"?',
        "3 mistakes",
    ]
    told = json.loads(run_here("rules", "check", "wrong.yaml", "--json", folder=folder).stdout)
    assert {problem["key"] for problem in told} == {"groups[0].rules[0].exprr", "groups[0].rules[0].expr"}


def test_passing_tests_end_with_0(folder):
    run = run_here("rules", "test", "tests.yaml", folder=folder)
    assert (run.returncode, run.stdout, run.stderr) == (0, "1 test passed\n", "")
    run = run_here("rules", "test", "tests.yaml", "--json", folder=folder)
    assert json.loads(run.stdout) == {"tests": 1, "mismatches": []}


def test_a_mismatch_ends_with_1_and_is_shown_like_a_diff(folder):
    (folder / "tests.yaml").write_text(TESTS.replace("severity: major", "severity: minor"))
    run = run_here("rules", "test", "tests.yaml", folder=folder)
    assert (run.returncode, run.stdout) == (1, "")
    first, *rest = run.stderr.splitlines()
    assert first == 'tests.yaml:8: test "down", alert Down at 5m'
    assert '  - {alertname="Down", severity="minor"}' in rest
    assert '  + {alertname="Down", severity="major"}' in rest
    assert '      summary: "is down"' in rest
    assert rest[-1] == "1 thing came out otherwise"
    told = json.loads(run_here("rules", "test", "tests.yaml", "--json", folder=folder).stdout)
    assert (told["mismatches"][0]["line"], told["mismatches"][0]["test"]) == (8, "down")


def test_tests_that_cannot_be_read_end_with_2(folder):
    (folder / "tests.yaml").write_text("rule_files: [wrong.yaml]\ntestss: []\n")
    run = run_here("rules", "test", "tests.yaml", folder=folder)
    assert run.returncode == 2
    assert 'tests.yaml:2:1: testss: unknown key; did you mean "tests"?' in run.stderr
    assert "wrong.yaml:1:" in run.stderr


def test_rules_are_listed(folder):
    run = run_here("rules", "list", "rules.yaml", folder=folder)
    assert run.returncode == 0
    head, record, alert = run.stdout.splitlines()
    assert head.split() == ["Rule", "Severity", "For", "Group", "File", "Summary"]
    assert record.split() == ["r", "g", "rules.yaml", "up"]
    assert alert.split() == ["Down", "major", "5m", "g", "rules.yaml", "is", "down"]
    told = json.loads(run_here("rules", "list", "rules.yaml", "--json", folder=folder).stdout)
    assert [(rule["name"], rule["type"]) for rule in told] == [("r", "record"), ("Down", "alert")]
    assert told[1]["for_seconds"] == 300
    assert told[1]["labels"] == {"severity": "major"}


@pytest.fixture
def installation(folder):
    (folder / "configs").mkdir()
    (folder / "alerts").mkdir()
    write_settings(folder / "configs")
    (folder / "alerts" / "a.yaml").write_text(RIGHT)
    return folder


def test_without_files_the_settings_name_them(installation):
    run = run_here("rules", "check", "--config", "configs/netops.yaml", folder=installation)
    assert (run.returncode, run.stdout) == (0, "alerts/a.yaml: 2 rules\n")
    (installation / "alerts" / "a.yaml").unlink()
    run = run_here("rules", "check", "--config", "configs/netops.yaml", folder=installation)
    assert (run.returncode, run.stdout) == (0, "the settings name no rule file that is there\n")


def test_netops_check_reads_rule_files_too(installation):
    run = run_here("check", "--config", "configs/netops.yaml", folder=installation)
    assert run.returncode == 0
    assert run.stdout.splitlines()[-1] == "the rule files are right: 2 rules"
    (installation / "alerts" / "b.yaml").write_text(WRONG)
    (installation / "configs" / "devices.yaml").write_text("devicess: []\n")
    run = run_here("check", "--config", "configs/netops.yaml", folder=installation)
    assert run.returncode == 2
    assert "alerts/b.yaml:1:" in run.stderr
    assert "devicess" in run.stderr
