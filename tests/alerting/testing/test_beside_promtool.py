"""Alerts over time against a real Prometheus: random series, every length of ``for`` and ``keep_firing_for``.

What our runner gives for ALERTS, ALERTS_FOR_STATE and recorded series at every minute is what promtool must give.
"""

import random
import subprocess
from pathlib import Path

import pytest
import yaml

from netops.services.check_rules import run_test_files

MINUTES = 40
RULES = [
    {"record": "seen", "expr": "sum by (a) (v) > 0", "labels": {"kind": "sum"}},
    {"alert": "Plain", "expr": "v > 1"},
    {
        "alert": "Waits",
        "expr": "v > 1",
        "for": "3m",
        "labels": {"level": "{{ if gt $value 2.0 }}high{{ else }}low{{ end }}"},
    },
    {"alert": "Lingers", "expr": "v > 1", "keep_firing_for": "4m"},
    {"alert": "Both", "expr": "seen > 2", "for": "2m", "keep_firing_for": "3m"},
    {
        "alert": "Sticky",
        "expr": 'v > 2 or (v > 1 and on (a, b) ALERTS{alertname="Sticky", alertstate="firing"})',
    },
    {"alert": "Gone", "expr": 'absent(v{a="x", b="p"})', "for": "1m"},
    {"record": "firing", "expr": 'count by (alertname) (ALERTS{alertstate="firing"})'},
]
QUESTIONS = ("ALERTS", "ALERTS_FOR_STATE", "seen", "firing")


def make_values(rng: random.Random) -> str:
    """Give values with ends and short gaps: after five minutes Prometheus 2 and 3 differ by an instant."""
    words: list[str] = []
    value = 0
    while len(words) < MINUTES:
        value = rng.choice((0, 1, 2, 3, value))
        words += [str(value)] * rng.randint(1, 5)
        words += rng.choice([[], [], ["stale"] * rng.randint(1, 4), ["_"] * rng.randint(1, 3)])
    return " ".join(words[:MINUTES])


def write(
    folder: Path, series: dict[str, str], expected: dict[tuple[str, int], list[dict[str, object]]]
) -> Path:
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": RULES}]}))
    cases = [
        {"expr": question, "eval_time": f"{minute}m10s", "exp_samples": expected.get((question, minute), [])}
        for minute in range(MINUTES)
        for question in QUESTIONS
    ]
    document = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": cases,
            }
        ],
    }
    path = folder / "tests.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.peer("promtool")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_alerts_live_as_long_as_in_prometheus(tmp_path, seed):
    rng = random.Random(seed)
    series = {f'v{{a="{a}", b="{b}"}}': make_values(rng) for a in "xy" for b in "pq"}
    expected: dict[tuple[str, int], list[dict[str, object]]] = {}
    # Expecting nothing, our runner tells all that it found.
    for mismatch in run_test_files([write(tmp_path, series, {})]).mismatches:
        question, _at, time = mismatch.subject.rpartition(" at ")
        assert not mismatch.reason
        pairs = [line.rpartition(" ") for line in mismatch.got]
        minute = int(time.partition("m")[0]) if "m" in time else 0
        expected[question, minute] = [
            {"labels": labels, "value": float(value)} for labels, _space, value in pairs
        ]
    assert len(expected) > 3 * MINUTES
    path = write(tmp_path, series, expected)
    assert run_test_files([path]).mismatches == ()
    run = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr[:6000]
