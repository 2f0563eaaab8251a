"""The rule file that thresholds become: always the same for the same ones, and read alike by promtool and by us."""

import json
import subprocess
from datetime import timedelta
from typing import Any

import pytest

from netops.alerting.managed_rules import HEADER, RUNBOOK, Use, collect_uses, make_managed_rules
from netops.alerting.readings import OWN_METRICS
from netops.alerting.rules import AlertingRule, RuleFile
from netops.alerting.threshold_kinds import THRESHOLD_KINDS, THRESHOLD_METRICS
from netops.exporter.families import FAMILIES
from netops.services.check_rules import load_rules, run_test_files
from netops.settings.thresholds import KINDS, ThresholdOptions

BOTH = {
    "high": {"warning": 3, "critical": 4, "clear": 2},
    "low": {"warning": 1, "critical": 0, "clear": "1.5"},
}
ONE = {
    **{kind: {"warning": 20, "critical": 10, "clear": 30} for kind in ("charge", "fan")},
    "runtime": {"warning": "20m", "critical": "10m", "clear": "30m"},
    "ping": {"warning": "0.2s", "critical": "0.3s", "clear": "0.1s"},
    **dict.fromkeys(("voltage", "frequency", "optical_power", "temperature"), BOTH),
}
EVERYTHING = ThresholdOptions.model_validate(
    {kind: ONE.get(kind, {"warning": 20, "critical": 30, "clear": 10}) for kind in KINDS}
)


def write(folder, *options: ThresholdOptions) -> str:
    (folder / "managed.yaml").write_text(make_managed_rules(collect_uses(options)), encoding="utf-8")
    return str(folder / "managed.yaml")


def rules_of(folder, *options: ThresholdOptions) -> RuleFile:
    write(folder, *options)
    return load_rules([folder / "managed.yaml"])[0]


def alerts_of(file: RuleFile) -> list[AlertingRule]:
    return [rule for _group, rule in file.rules() if isinstance(rule, AlertingRule)]


def read(**kinds: object) -> ThresholdOptions:
    return ThresholdOptions.model_validate(kinds)


def test_every_kind_has_rules_for_each_severity_that_name_a_page(tmp_path):
    rules = alerts_of(rules_of(tmp_path, EVERYTHING))
    for kind in KINDS:
        mine = [rule for rule in rules if rule.name.startswith(THRESHOLD_KINDS[kind].alert)]
        assert {rule.labels["severity"].text for rule in mine} == {"warning", "critical"}
    assert {rule.annotations["runbook"].text for rule in rules} == {RUNBOOK}
    assert all(rule.annotations["summary"].text and rule.annotations["description"].text for rule in rules)


def test_rules_read_what_there_is_and_more_than_levels(tmp_path):
    file = rules_of(tmp_path, EVERYTHING)
    known = {family.name for family in FAMILIES}
    recorded = {rule.name for _group, rule in file.rules()} | {
        "interface:in_use:ratio_rate5m",
        "interface:out_use:ratio_rate5m",
    }
    for _group, rule in file.rules():
        metrics = {one.metric for one in rule.expression.selections()}
        assert metrics - known - recorded - OWN_METRICS == set()
        assert metrics - OWN_METRICS
    assert THRESHOLD_METRICS - known == set()


@pytest.mark.peer("promtool")
def test_promtool_finds_all_of_them_right(tmp_path):
    for options in ([EVERYTHING], []):
        run = subprocess.run(
            ["promtool", "check", "rules", write(tmp_path, *options)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_same_thresholds_give_the_same_text_whatever_their_order_and_levels():
    one = [read(temperature={"warning": 30}, fan={"critical": 100}), read(ping={"warning": "1s"})]
    two = [read(ping={"warning": "2s"}), read(fan={"critical": 300}), read(temperature={"warning": 10})]
    text = make_managed_rules(collect_uses(one))
    assert text == make_managed_rules(collect_uses(two)) == make_managed_rules(collect_uses(reversed(one)))
    assert text.startswith(HEADER)


def test_nothing_said_and_what_is_switched_off_need_no_rules():
    assert collect_uses([ThresholdOptions(), read(temperature={"off": True})]) == set()
    assert make_managed_rules([]) == f"{HEADER}groups: []\n"


def test_each_time_has_a_rule_of_its_own_and_patterns_count_like_kinds():
    uses = collect_uses(
        [
            read(temperature={"warning": 30, "for": "5m"}),
            read(sensors={"x": {"temperature": {"warning": 30, "clear": 29}}}),
            read(interfaces={"x": {"errors": {"critical": 3}}}),
            read(volumes={"/": {"warning": 80, "for": "0s"}}),
        ]
    )
    assert uses == {
        Use("temperature", "high", "warning", 300_000, clears=False),
        Use("temperature", "high", "warning", 120_000, clears=True),
        Use("errors", "high", "critical", 600_000, clears=False),
        Use("storage", "high", "warning", 0, clears=False),
    }


def test_levels_are_told_in_the_unit_of_the_series():
    def bounds(kind: str, **said: Any) -> dict[str, float]:
        return dict(THRESHOLD_KINDS[kind].list_bounds(getattr(read(**{kind: said}), kind)))

    assert bounds("processor", warning=23, critical=90) == {"high_warn": 0.23, "high": 0.9}
    assert bounds("runtime", critical="10m", clear="15m") == {"low": 600, "low_clear": 900}
    assert bounds("temperature", warning=30, clear=28) == {"high_warn": 30, "high_warn_clear": 28}
    assert bounds("temperature", off=True) == {"off": 1}
    assert THRESHOLD_KINDS["ping"].hold_of(read(ping={"warning": "1s", "for": "0s"}).ping) == timedelta(0)


# --- what comes out, held against promtool

SENSOR = 'netops_sensor_threshold{device="a", key="%s", kind="temperature", bound="%s", hold="2m"}'
TEMPERATURE = 'netops_sensor_temperature_celsius{device="a", sensor="%s", key="%s"}'
USE = 'interface:in_use:ratio_rate5m{device="a", interface="%s"}'
ALL = 'netops_device_threshold{device="a", kind="in_use", bound="%s", hold="15m"}'
NAMED = 'netops_interface_threshold{device="a", interface="%s", kind="in_use", bound="%s", hold="15m"}'


def scenario(
    folder, options: ThresholdOptions, series: dict[str, str], expected: dict[tuple[str, str], list[Any]]
) -> None:
    """Run a test of rules in ours and in promtool: (instant, alert) to labels, summary and level told of each."""
    cases = [
        {
            "eval_time": instant,
            "alertname": alert,
            "exp_alerts": [
                {
                    "exp_labels": {**labels, "device": "a"},
                    "exp_annotations": {"summary": summary, "description": told, "runbook": RUNBOOK},
                }
                for labels, summary, told in found
            ],
        }
        for (instant, alert), found in expected.items()
    ]
    test = {
        "rule_files": [write(folder, options)],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": cases,
            }
        ],
    }
    path = folder / "test.yaml"
    path.write_text(json.dumps(test), encoding="utf-8")
    assert run_test_files([path]).mismatches == ()
    run = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr


def above(severity: str, level: str) -> str:
    return f"That is above the level that was set for {severity} alerts: {level}."


@pytest.mark.peer("promtool")
def test_a_warning_gives_way_to_the_critical_alert_and_each_ends_at_its_own_level(tmp_path):
    labels = {"sensor": "inlet", "key": "t1"}
    warning = {**labels, "severity": "warning"}
    critical = {**labels, "severity": "critical"}
    alert = "TemperatureAboveThreshold"
    scenario(
        tmp_path,
        read(temperature={"warning": 30, "critical": 40, "clear": 28}),
        {
            TEMPERATURE % ("inlet", "t1"): "25x4 30x4 31x9 42x9 39x9 37x9 29x9 28x9",
            SENSOR % ("t1", "high_warn"): "30x100",
            SENSOR % ("t1", "high"): "40x100",
            SENSOR % ("t1", "high_warn_clear"): "28x100",
            SENSOR % ("t1", "high_clear"): "38x100",
            # Of another sensor, and of another time: neither says anything about this one.
            SENSOR % ("t2", "high_warn"): "1x100",
            (SENSOR % ("t1", "high_warn")).replace('"2m"', '"9m"'): "1x100",
        },
        {
            ("9m", alert): [],
            ("11m", alert): [],
            ("12m", alert): [(warning, "a: inlet is at 31.0 °C", above("warning", "30.0 °C"))],
            ("22m", alert): [(critical, "a: inlet is at 42.0 °C", above("critical", "40.0 °C"))],
            ("38m", alert): [(critical, "a: inlet is at 39.0 °C", above("critical", "40.0 °C"))],
            ("43m", alert): [(warning, "a: inlet is at 37.0 °C", above("warning", "30.0 °C"))],
            ("58m", alert): [(warning, "a: inlet is at 29.0 °C", above("warning", "30.0 °C"))],
            ("65m", alert): [],
        },
    )


@pytest.mark.peer("promtool")
def test_an_interface_that_a_pattern_names_has_its_own_level_and_others_that_of_the_device(tmp_path):
    alert = "InterfaceInUseAboveThreshold"
    named = {"interface": "Te1", "severity": "warning"}
    other = {"interface": "Te2", "severity": "warning"}
    scenario(
        tmp_path,
        read(in_use={"warning": 80}, interfaces={"Te1": {"in_use": {"warning": 50}}, "Te3": {"in_use": {"off": True}}}),
        {
            USE % "Te1": "0.6x60",
            USE % "Te2": "0.6x30 0.9x30",
            USE % "Te3": "0.9x60",
            ALL % "high_warn": "0.8x60",
            NAMED % ("Te1", "high_warn"): "0.5x60",
            (NAMED % ("Te3", "off")).replace('"15m"', '"0s"'): "1x60",
        },
        {
            ("14m", alert): [],
            ("15m", alert): [(named, "a Te1: what it receives is at 60%", above("warning", "50%"))],
            ("55m", alert): [
                (named, "a Te1: what it receives is at 60%", above("warning", "50%")),
                (other, "a Te2: what it receives is at 90%", above("warning", "80%")),
            ],
        },
    )  # fmt: skip


@pytest.mark.peer("promtool")
def test_errors_are_told_for_each_way(tmp_path):
    scenario(
        tmp_path,
        read(errors={"critical": 5}),
        {
            'netops_interface_in_errors_total{device="a", interface="Te1"}': "0+10x60",
            'netops_interface_in_unicast_packets_total{device="a", interface="Te1"}': "0+90x60",
            'netops_interface_out_errors_total{device="a", interface="Te1"}': "0+1x60",
            'netops_interface_out_unicast_packets_total{device="a", interface="Te1"}': "0+1x60",
            'netops_device_threshold{device="a", kind="errors", bound="high", hold="10m"}': "0.05x60",
        },
        {
            ("40m", "InterfaceErrorsAboveThreshold"): [
                (
                    {"interface": "Te1", "direction": "in", "severity": "critical"},
                    "a Te1: the share of packets with errors (in) is at 10%",
                    above("critical", "5%"),
                )
            ]
        },
    )


@pytest.mark.peer("promtool")
def test_of_two_pools_the_one_that_is_full_is_told_once(tmp_path):
    level = 'netops_device_threshold{device="a", kind="memory", bound="%s", hold="10m"}'
    scenario(
        tmp_path,
        read(memory={"warning": 50, "critical": 80}),
        {
            'netops_memory_used_bytes{device="a", pool="ram"}': "90x30",
            'netops_memory_size_bytes{device="a", pool="ram"}': "100x30",
            'netops_memory_used_bytes{device="a", pool="io"}': "60x30",
            'netops_memory_size_bytes{device="a", pool="io"}': "100x30",
            level % "high_warn": "0.5x30",
            level % "high": "0.8x30",
        },
        {
            ("20m", "MemoryAboveThreshold"): [
                (
                    {"pool": "ram", "severity": "critical"},
                    "a: memory ram is at 90%",
                    above("critical", "80%"),
                ),
                ({"pool": "io", "severity": "warning"}, "a: memory io is at 60%", above("warning", "50%")),
            ]
        },
    )


@pytest.mark.peer("promtool")
def test_too_little_is_told_as_below(tmp_path):
    level = 'netops_sensor_threshold{device="a", key="r", kind="runtime", bound="low", hold="1m"}'
    scenario(
        tmp_path,
        read(runtime={"critical": "10m"}),
        {
            'netops_sensor_runtime_seconds{device="a", sensor="remaining", key="r"}': "600x5 540x9",
            level: "600x20",
        },
        {
            ("5m", "BatteryRuntimeBelowThreshold"): [],
            ("8m", "BatteryRuntimeBelowThreshold"): [
                (
                    {"sensor": "remaining", "key": "r", "severity": "critical"},
                    "a: remaining is at 9m 0s",
                    "That is below the level that was set for critical alerts: 10m 0s.",
                )
            ],
        },
    )
