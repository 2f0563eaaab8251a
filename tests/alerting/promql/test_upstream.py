"""Upstream's own cases: how many of those inside the subset come out as in Prometheus, and that the page tells the rest."""

import os
from pathlib import Path

import pytest

from alerting.promql.upstream import Outcome, UpstreamFile

CORPUS = os.environ.get("NETOPS_CORPUS", "")
PAGE = Path(__file__).parents[3] / "docs" / "promql.md"
needs_corpus = pytest.mark.skipif(
    not CORPUS, reason="needs NETOPS_CORPUS, a folder with upstream's promql/*.test"
)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    files = sorted((Path(CORPUS) / "promql").glob("*.test"))
    return [outcome for path in files for outcome in UpstreamFile(path).run()]


@needs_corpus
def test_nearly_all_cases_inside_the_subset_come_out_as_in_prometheus(outcomes):
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    failed = sum(outcome.verdict == "failed" for outcome in outcomes)
    assert passed > 700
    assert passed / (passed + failed) >= 0.98


@needs_corpus
def test_every_case_that_comes_out_otherwise_is_told_on_the_page(outcomes):
    text = PAGE.read_text(encoding="utf-8")
    untold = [
        f"{one.file}:{one.line} {one.query}: {one.reason}"
        for one in outcomes
        if one.verdict == "failed" and f"`{one.query}`" not in text
    ]
    assert untold == []


@needs_corpus
def test_what_lies_outside_is_refused_for_a_reason_that_names_it(outcomes):
    vague = {one.reason for one in outcomes if one.verdict == "outside" and len(one.reason) < 10}
    assert vague == set()
