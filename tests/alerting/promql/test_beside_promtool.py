"""Our evaluation against a real Prometheus: expressions made at random, all of them in one run of promtool.

Ranges of Prometheus 2 include the sample at their very start, those of Prometheus 3 and ours do not; spans are
therefore such that no sample stands at a start. Values are rounded, because the last digit
depends on the order of additions; to an odd fraction, so that none stands in the middle.
"""

import math
import random
import subprocess

import pytest
import yaml

from alerting.plain_source import PlainSource
from alerting.promql.generator import INTERVAL_SECONDS, Generator, make_series
from netops.alerting.errors import EvaluationFailed
from netops.alerting.labels import Labels
from netops.alerting.notation import parse_labels, parse_values
from netops.alerting.promql.compiler import compile_expression
from netops.alerting.promql.nodes import Moment, Vector

CASES = 400
LENGTH = 40
AT_SECONDS = (1230, 1830, 2310)


def hold(series: dict[str, str]) -> PlainSource:
    source = PlainSource()
    for text, values in series.items():
        labels = parse_labels(text)
        for place, value in enumerate(parse_values(values)):
            if value is not None:
                source.add(labels, place * INTERVAL_SECONDS * 1000, value)
    return source


def is_comparable(vector: Vector) -> bool:
    """promtool cannot expect NaN, and rounding moves very large numbers."""
    return all(math.isfinite(value) and abs(value) < 1e8 for value in vector.values)


def make_case(expression: str, source: PlainSource, at_seconds: int) -> dict[str, object] | None:
    text = f"round({expression}, 0.00037)"
    try:
        vector = compile_expression(text).evaluate_vector(
            Moment(source, at_seconds * 1000, step_ms=INTERVAL_SECONDS * 1000)
        )
    except EvaluationFailed:
        return None
    if not is_comparable(vector):
        return None
    samples = [
        {"labels": str(labels), "value": value}
        for labels, value in zip(vector.labels, vector.values, strict=True)
    ]
    return {"expr": text, "eval_time": f"{at_seconds}s", "exp_samples": samples}


@pytest.mark.peer("promtool")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_expressions_give_what_prometheus_gives(tmp_path, seed):
    rng = random.Random(seed)
    generator = Generator(rng)
    series = make_series(rng, LENGTH)
    source = hold(series)
    cases: list[dict[str, object]] = []
    while len(cases) < CASES:
        case = make_case(generator.expression(), source, rng.choice(AT_SECONDS))
        if case is not None:
            cases.append(case)
    told = sum(1 for case in cases if case["exp_samples"])
    assert told > CASES / 2  # or the generator makes little that says anything
    document = {
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": cases,
            }
        ],
    }
    path = tmp_path / "random.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    run = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr[:6000]


def test_labels_are_written_as_promtool_reads_them():
    assert str(Labels({"__name__": "up", "a": 'x"y\\z'})) == 'up{a="x\\"y\\\\z"}'
