"""Pairs are compared when a member changed, and at night; the metric tells how many lines differ."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from netops.backup.archive import Archive, Occasion, Stored, Texts
from netops.backup.states import State
from netops.services.back_up_device import Outcome
from netops.services.check_drift import check_drift
from netops.services.watch_drift import WatchDrift
from netops.settings.shell import BackupSettings

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PAIRS = [{"name": "edge", "members": ["fw-1", "fw-2"]}, {"name": "core", "members": ["r-1", "r-2"]}]


@pytest.fixture
def backups(tmp_path):
    archive = Archive(tmp_path / "archive", tmp_path / "key")
    archive.prepare()
    return SimpleNamespace(archive=archive, settings=BackupSettings.model_validate({"ha_pairs": PAIRS}))


@pytest.fixture
def back_up(backups):
    def store(name, body):
        texts = Texts({"running-config": body}, {"running-config": body})
        stored = backups.archive.store(name, texts, Occasion(NOW, "x"), platform="p")
        return Outcome(State(name), stored)

    return store


async def test_a_change_of_a_member_is_compared_at_once(backups, back_up):
    watch = WatchDrift(backups)
    watch.hear(back_up("fw-1", "hostname fw-1\nntp server 1\n"))
    assert watch.lines() == {}, "the other member was never backed up"
    watch.hear(back_up("fw-2", "hostname fw-2\nntp server 1\n"))
    assert watch.lines() == {"edge": 0.0}
    watch.hear(back_up("fw-2", "hostname fw-2\nntp server 2\nntp server 3\n"))
    assert watch.lines() == {"edge": 3.0}


async def test_what_changes_nothing_is_not_compared(backups, back_up):
    watch = WatchDrift(backups)
    back_up("fw-1", "a\n")
    back_up("fw-2", "b\n")
    watch.hear(Outcome(State("fw-2"), Stored("x", "y", is_new=False)))
    watch.hear(Outcome(State("fw-2")))
    assert watch.lines() == {}
    await watch.check_all()
    assert watch.lines() == {"edge": 2.0}


async def test_a_pair_that_is_gone_from_the_settings_is_told_no_more(backups, back_up):
    watch = WatchDrift(backups)
    back_up("fw-1", "a\n")
    back_up("fw-2", "a\n")
    await watch.check_all()
    backups.settings = BackupSettings()
    watch.reload(backups)
    assert watch.lines() == {}


def test_a_pair_without_backups_is_not_alike(backups):
    found = {drift.pair: (drift.is_alike, drift.missing) for drift in check_drift(backups)}
    assert found == {"edge": (False, ("fw-1", "fw-2")), "core": (False, ("r-1", "r-2"))}
