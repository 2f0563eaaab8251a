"""The rules that netops ships: each is tested, explained, and about metrics that exist."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from netops.alerting.head import MOST_SAMPLES
from netops.alerting.managed_rules import RUNBOOK
from netops.alerting.readings import OWN_METRICS
from netops.alerting.rule_set import RuleSet
from netops.alerting.rules import AlertingRule, RecordingRule, RuleFile
from netops.exporter.families import FAMILIES
from netops.followed import FOLLOWED
from netops.services.check_rules import load_rules, run_test_files
from netops.telemetry import Telemetry

ROOT = Path(__file__).parents[2]
RULE_FILES = sorted((ROOT / "alerts").glob("*.yaml"))
TEST_FILES = sorted((ROOT / "alerts" / "tests").glob("*.yaml"))
SEVERITIES = {"critical", "major", "minor", "warning"}
INTERVAL_MS = 60_000
THERE_WHEN_WRONG = {"netops_sensor_state", "netops_device_poll_failed", "netops_backup_failing"}
"""Metrics whose series come and go with what they tell."""
OF_MANAGED_RULES = Path(RUNBOOK).stem
"""The page of the rules that thresholds become; they are tested in test_managed_rules.py."""


def load() -> list[RuleFile]:
    return load_rules(RULE_FILES)


def alerts() -> list[AlertingRule]:
    return [rule for file in load() for _group, rule in file.rules() if isinstance(rule, AlertingRule)]


def metric_names() -> set[str]:
    own = {metric.name for metric in Telemetry("").registry.collect()}
    suffixed = {name + suffix for name in own for suffix in ("", "_total", "_bucket", "_sum", "_count")}
    recorded = {
        rule.name for file in load() for _group, rule in file.rules() if isinstance(rule, RecordingRule)
    }
    return {*suffixed, *recorded, "ALERTS", *(family.name for family in (*FAMILIES, *FOLLOWED))}


def expected_somewhere() -> set[str]:
    """Give the alerts that some test expects to fire."""
    found = set()
    for path in TEST_FILES:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            found |= {case["alertname"] for case in test.get("alert_rule_test", ()) if case.get("exp_alerts")}
    return found


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule.name)
def test_an_alert_has_a_severity_words_and_a_page(rule):
    assert rule.labels["severity"].text in SEVERITIES
    assert rule.annotations["summary"].text
    assert rule.annotations["description"].text
    page = ROOT / rule.annotations["runbook"].text
    assert page.name == f"{rule.name}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {rule.name}\n")
    for heading in ("## First checks", "## Likely causes"):
        assert re.search(rf"^{heading}\n\n- ", text, re.MULTILINE)


def test_no_page_is_there_without_an_alert():
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert pages - {OF_MANAGED_RULES} == {rule.name for rule in alerts()}


def test_every_alert_stands_on_the_page_of_alerts():
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert [rule.name for rule in alerts() if f"[{rule.name}](runbooks/{rule.name}.md)" not in text] == []


def test_names_are_unique():
    names = [rule.name for rule in alerts()]
    assert len(set(names)) == len(names)


def test_every_alert_fires_in_some_test():
    assert {rule.name for rule in alerts()} - expected_somewhere() == set()


def test_rules_read_metrics_that_exist():
    known = metric_names()
    read = {
        one.metric for file in load() for _group, rule in file.rules() for one in rule.expression.selections()
    }
    assert read - known == set()


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule.name)
def test_an_alert_also_reads_a_metric_that_is_there_when_nothing_is_wrong(rule):
    """Or nothing could tell that it is over, and it would be held for ever."""
    read = {one.metric for one in rule.expression.selections()} - OWN_METRICS
    assert read - THERE_WHEN_WRONG


def test_their_tests_pass():
    run = run_test_files(TEST_FILES)
    assert run.mismatches == ()
    assert run.scenarios > 25


@pytest.mark.peer("promtool")
def test_promtool_finds_them_right_and_passes_their_tests():
    for words in (["check", "rules", *map(str, RULE_FILES)], ["test", "rules", *map(str, TEST_FILES)]):
        run = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, timeout=120)
        assert run.returncode == 0, run.stdout + run.stderr


def test_no_rule_that_records_a_series_for_each_interface_ends_at_ten_thousand():
    """The limit of a group that sets none; InterfaceInSaturated would see nothing in a large network."""
    groups = {group.name: group.limit for file in load() for group, _rule in file.rules()}
    assert groups["interface_rates"] >= 500_000
    assert groups["interface_days"] >= 500_000


def test_the_daemon_records_only_what_alerts_read():
    evaluated = RuleSet(load(), evaluates_unread=False).list_evaluated()
    recorded = {rule.name for _group, rule in evaluated if isinstance(rule, RecordingRule)}
    assert recorded == {
        "interface:in_use:ratio_rate5m",
        "interface:out_use:ratio_rate5m",
        "phase:sensor_current:amperes",
    }
    assert {rule.name for _group, rule in evaluated} >= {rule.name for rule in alerts()}


def test_they_fit_into_the_head_with_fifty_thousand_interfaces():
    needs = RuleSet(load(), evaluates_unread=False).needs
    counts = {name: 50_000 if name.startswith("netops_interface") else 2000 for name in metric_names()}
    needs.check_room(counts, INTERVAL_MS, MOST_SAMPLES)
    assert sum(needs.samples_of(counts, INTERVAL_MS).values()) < 10 * MOST_SAMPLES
