"""The nights of the daemon: every device has its time, and what came of it is counted and kept."""

import asyncio
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from replaying import PASSWORD, USER, devices
from small_router import router

from netops.backup.reading import read_revisions
from netops.clock import SystemClock
from netops.model.event import EventKind
from netops.services.nightly_backups import plan_nights
from netops.services.run_backups import open_backups
from netops.services.watch_changes import WhoChanged
from netops.settings.loader import load_settings
from netops.telemetry import Telemetry


class Schedule:
    """Remembers what is to be called."""

    def __init__(self):
        self.daily, self.regular = {}, {}

    def run_daily(self, job, at, call):
        self.daily[job] = (at, call)

    def run_every(self, job, interval, call):
        self.regular[job] = (interval, call)

    def forget(self, job):
        self.daily.pop(job, None)
        self.regular.pop(job, None)


class Writer:
    """Takes writes, and keeps the events in them."""

    def __init__(self):
        self.events = []

    def submit(self, write):
        write(self)
        return True

    def execute(self, _statement, rows):
        self.events += rows


@pytest.fixture(scope="module")
def start():
    with devices() as begin:
        yield begin


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(ports, backup=""):
        Path("netops.yaml").write_text(
            "credentials: {c: {version: 2c, community: public}}\n"
            f"ssh_credentials: {{lab: {{user: {USER}, password: {PASSWORD}}}}}\nbackup: {{at: '22:00'{backup}}}\n"
        )
        lines = [
            f"  - {{name: sw-{n}, address: 127.0.0.1, ssh: {{port: {port}}}}}"
            for n, port in enumerate(ports, 1)
        ]
        head = "defaults: {credential: c, ssh: {credential: lab, platform: cisco_ios}}\ndevices:\n"
        Path("devices.yaml").write_text(head + "\n".join(lines) + "\n")
        return load_settings(Path("netops.yaml"))

    return write


async def test_every_device_has_its_time_inside_the_window_and_the_manifest_comes_last(load):
    schedule = Schedule()
    loaded = load([1, 1, 1, 1])
    async with plan_nights(loaded, schedule, Writer(), Telemetry("x"), SystemClock()):
        times = [at for job, (at, _call) in schedule.daily.items() if job.startswith("backup sw-")]
        assert times == sorted(times)
        assert all(timedelta(hours=22) <= at < timedelta(hours=26) for at in times)
        assert len(set(times)) == 4
        assert schedule.daily["backup night"][0] > max(times)


async def test_a_night_stores_and_counts_and_tells(load, start, tmp_path):
    schedule, writer, telemetry = Schedule(), Writer(), Telemetry("x")
    loaded = load([start(router()).port, 1])
    async with plan_nights(loaded, schedule, writer, telemetry, SystemClock()) as nights:
        for job in ("backup sw-1", "backup sw-2", "backup night"):
            await schedule.daily[job][1]()
        assert (nights.figures.revisions, dict(nights.figures.failures)) == (1, {"not_reached": 1})
        text = telemetry.render().decode()
    assert 'netops_backup_age_seconds{device="sw-1"}' in text
    told = re.search(r'netops_backup_changed_timestamp_seconds\{device="sw-1"\} (\S+)', text)
    assert told and float(told[1]) == pytest.approx(datetime.now(UTC).timestamp(), abs=600)
    assert 'netops_backup_changed_timestamp_seconds{device="sw-2"}' not in text
    async with plan_nights(loaded, schedule, writer, later := Telemetry("x"), SystemClock()):
        assert told[0] in later.render().decode()  # a restart knows it still
    assert 'netops_backups_failed_total{reason="not_reached"} 1.0' in text
    assert 'netops_backup_missing{device="sw-1"} 0.0' in text
    assert 'netops_backup_missing{device="sw-2"} 1.0' in text
    assert 'netops_backup_failing{device="sw-2",reason="not_reached"} 1.0' in text
    assert 'netops_backup_failing{device="sw-1"' not in text
    assert 'netops_backup_unsaved_changes{device="sw-1"} 0.0' in text
    assert 'netops_backup_changed_timestamp_seconds{device="sw-1"}' in text
    kinds = [(event["kind"], event["device_name"]) for event in writer.events]
    assert kinds == [(EventKind.CONFIGURATION_CHANGED, "sw-1"), (EventKind.BACKUP_FAILED, "sw-2")]
    subject = nights.backups.archive.git.run("log", "-1", "--format=%s", "refs/heads/main")
    assert subject.startswith(f"Manifest of {datetime.now(UTC).date().isoformat()}: 1 of 2 devices")


async def test_new_settings_change_the_plan(load):
    schedule = Schedule()
    async with plan_nights(load([1, 1]), schedule, Writer(), Telemetry("x"), SystemClock()) as nights:
        nights.reload(load([1], ", every: 6h"))
        assert "backup sw-2" not in schedule.daily
        assert "backup by day sw-1" in schedule.regular
        nights.reload(load([1], ", enabled: false"))
        assert (schedule.daily, set(schedule.regular)) == ({}, {"backup states"})


async def test_without_a_platform_there_is_no_archive(load, tmp_path):
    loaded = load([])
    async with plan_nights(loaded, Schedule(), Writer(), Telemetry("x"), SystemClock()) as nights:
        assert nights is None
    assert not (tmp_path / "device_backups").exists()


async def test_a_nightly_visit_is_in_the_name_of_who_told_of_a_change(load, start):
    schedule, writer = Schedule(), Writer()
    async with plan_nights(
        load([start(router()).port]), schedule, writer, Telemetry("x"), SystemClock()
    ) as nights:
        nights.who_changed = lambda device: WhoChanged("alice", "10.0.0.5", device)
        await schedule.daily["backup sw-1"][1]()
        [revision] = read_revisions(
            nights.backups.archive, nights.backups.archive.find_id("sw-1"), SystemClock().now()
        )
    assert (revision.author, revision.address, revision.fetched) == ("alice", "10.0.0.5", "nightly")
    [event] = writer.events
    assert event["data"]["author"] == "alice"


async def test_what_a_command_did_meanwhile_is_noticed(load, start):
    """`netops backup run` backs up in a process of its own; the metrics must not call the device missing."""
    schedule, telemetry = Schedule(), Telemetry("x")
    loaded = load([start(router()).port])
    async with plan_nights(loaded, schedule, Writer(), telemetry, SystemClock()):
        assert 'netops_backup_missing{device="sw-1"} 1.0' in telemetry.render().decode()
        other = open_backups(loaded, SystemClock())
        await asyncio.to_thread(lambda: list(other.run(other.devices().values(), "on demand")))
        await schedule.regular["backup states"][1]()
        text = telemetry.render().decode()
    assert 'netops_backup_missing{device="sw-1"} 0.0' in text
    assert 'netops_backup_age_seconds{device="sw-1"}' in text


def run_git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


async def test_a_visit_asked_for_copies_a_new_revision_to_the_remotes(load, start, tmp_path):
    run_git("init", "-q", "--bare", str(tmp_path / "copy.git"))
    loaded = load([start(router()).port], f", remotes: [{{name: copy, url: {tmp_path / 'copy.git'}}}]")
    async with plan_nights(loaded, Schedule(), Writer(), Telemetry("x"), SystemClock()) as nights:
        assert await nights.visit("sw-9", "told", WhoChanged()) is None
        outcome = await nights.visit("sw-1", "told", WhoChanged("bob", ""))
        assert (nights.platform_of("sw-1"), nights.platform_of("sw-9")) == ("cisco_ios", None)
        assert nights.login_of("sw-1") == USER
    head = run_git("--git-dir", str(tmp_path / "copy.git"), "rev-parse", "main").strip()
    assert head == outcome.state.revision
