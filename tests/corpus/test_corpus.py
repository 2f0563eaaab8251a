"""Recordings of real devices, where the machine has them: the bars of docs/corpus.md are held."""

import os
from pathlib import Path

import pytest

from bench.corpus.__main__ import with_subfolders
from bench.corpus.allowed import PAGE, find_stale, read_entries
from bench.corpus.recorded import find_cases
from bench.corpus.run import run_cases
from bench.corpus.scores import BARS, find_failures, score

CORPUS = os.environ.get("NETOPS_CORPUS", "")


@pytest.mark.skipif(not CORPUS, reason="NETOPS_CORPUS names no folder of recordings")
async def test_recordings_of_real_devices_are_read_as_well_as_ever():
    folders = with_subfolders(Path(CORPUS, "snmprec"))
    cases = find_cases(folders)
    entries = read_entries(PAGE.read_text(encoding="utf-8"))
    scored = [score(outcome, entries) for outcome in await run_cases(cases, folders)]
    assert find_failures(scored, BARS) == []
    assert find_stale(entries, [case.name for case in cases]) == []
    assert all(0 < sum(each.outcome.requests) < 400 for each in scored)
