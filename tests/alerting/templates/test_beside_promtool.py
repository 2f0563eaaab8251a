"""Our texts against a real Prometheus: annotations of every kind, all of them in one run of promtool."""

import subprocess

import pytest
import yaml

from alerting.templates.cases import EXTERNAL_LABELS, LABELS, TEMPLATES, VALUES, expand


@pytest.mark.peer("promtool")
def test_texts_are_what_prometheus_makes_of_them(tmp_path):
    rules, cases = [], []
    for number, value in enumerate(VALUES):
        name = f"V{number}"
        annotations = {f"t{place}": template for place, template in enumerate(TEMPLATES)}
        rules.append({"alert": name, "expr": f"v{number}", "annotations": annotations})
        wanted = {key: expand(template, value, f"v{number}") for key, template in annotations.items()}
        cases.append(
            {
                "eval_time": "1m",
                "alertname": name,
                "exp_alerts": [{"exp_labels": LABELS, "exp_annotations": wanted}],
            }
        )
    told = ",".join(f'{name}="{text}"' for name, text in LABELS.items())
    series = [
        {"series": f"v{number}{{{told}}}", "values": f"{value!r} {value!r}"}
        for number, value in enumerate(VALUES)
    ]
    series.append({"series": 'up{device="z"}', "values": "3.5 3.5"})
    series.append({"series": 'up{device="b"}', "values": "1 1"})
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
    document = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "alert_rule_test": cases,
                "external_labels": EXTERNAL_LABELS,
            }
        ],
    }
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    run = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr
