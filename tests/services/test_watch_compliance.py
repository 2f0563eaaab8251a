"""Each backup is judged at once, all of them at night; what changed is kept and counted."""

import asyncio
from datetime import timedelta

import pytest

from fakes import FakeClock
from netops.backup.archive import Archive, Occasion, Texts
from netops.backup.compliance.rule_files import RulePart
from netops.backup.errors import BackupFailed
from netops.backup.platform_files import load_platforms
from netops.backup.states import State
from netops.services.back_up_device import BackUpDevice, Outcome
from netops.services.run_backups import Backups
from netops.services.watch_compliance import WatchCompliance
from netops.settings.loader import load_settings
from netops.store.engine import open_engine, read
from netops.store.queries.compliance import list_checks, list_results
from netops.store.schema import upgrade
from netops.store.writer import Writer

PLATFORMS = load_platforms()
RULES = [
    RulePart.model_validate(
        {"id": "NTP", "title": "t", "severity": "major", "must_match": "^ntp server"}
    ).to_rule("f"),
    RulePart.model_validate(
        {"id": "NAME", "title": "t", "severity": "minor", "must_match": "^hostname"}
    ).to_rule("f"),
]


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def backups(tmp_path, clock):
    (tmp_path / "netops.yaml").write_text(
        "credentials: {c: {version: 2c, community: public}}\nssh_credentials: {l: {user: u, password: p}}\n"
        f"backup: {{folder: {tmp_path / 'archive'}, key_file: {tmp_path / 'key'}}}\n"
    )
    (tmp_path / "devices.yaml").write_text(
        "defaults: {credential: c, ssh: {credential: l, platform: cisco_ios}}\n"
        "devices: [{name: sw-1, address: 192.0.2.1}, {name: sw-2, address: 192.0.2.2}]\n"
    )
    loaded = load_settings(tmp_path / "netops.yaml")
    archive = Archive(tmp_path / "archive", tmp_path / "key")
    archive.prepare()
    return Backups(loaded, BackUpDevice(archive, PLATFORMS, loaded.settings.backup, clock))


@pytest.fixture
async def engine(tmp_path):
    opened = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(opened, None)
    yield opened
    opened.dispose()


@pytest.fixture
async def writer(engine, clock):
    made = Writer(engine, queue_limit=100, clock=clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def watch(backups, engine, writer, clock):
    made = WatchCompliance(backups, RULES, engine=engine, writer=writer, clock=clock)
    await made.start()
    return made


@pytest.fixture
def back_up(backups, clock):
    def store(body, name="sw-1"):
        texts = Texts({"running-config": body}, {"running-config": body})
        stored = backups.archive.store(name, texts, Occasion(clock.now(), "x"), platform="cisco_ios")
        state = State(name, outcome="changed", good_at=clock.now().isoformat(), revision=stored.revision)
        backups.service.states.write(state)
        return Outcome(state, stored)

    return store


async def kept(writer, engine):
    await writer.submit_and_wait(lambda _connection: None)
    with read(engine) as connection:
        return {
            (row.device_name, row.rule): (row.status, row.detail.get("reason"))
            for row in list_results(connection)
        }


async def test_a_backup_is_judged_at_once(watch, back_up, writer, engine):
    watch.hear(back_up("hostname sw-1\n"))
    assert await kept(writer, engine) == {
        ("sw-1", "NTP"): ("fails", "missing"),
        ("sw-1", "NAME"): ("passes", None),
    }
    assert watch.failing() == {("sw-1", "major"): 1, ("sw-1", "minor"): 0}
    await asyncio.to_thread(watch.hear, back_up("hostname sw-1\nntp server 10.0.0.1\n"))
    await kept(writer, engine)
    assert watch.failing() == {("sw-1", "major"): 0, ("sw-1", "minor"): 0}


async def test_a_failed_backup_is_not_judged(watch, back_up, writer, engine):
    watch.hear(Outcome(State("sw-1"), error=BackupFailed("no")))
    assert await kept(writer, engine) == {}


async def test_at_night_a_device_without_backup_fails_and_one_too_old_as_well(
    watch, back_up, writer, engine, clock
):
    back_up("hostname sw-1\nntp server 10.0.0.1\n")
    assert watch.check_age() == {}
    await watch.check_all()
    found = await kept(writer, engine)
    assert found["sw-1", "NTP"] == ("passes", None)
    assert found["sw-2", "NTP"] == ("fails", "no_backup")
    clock.wind(timedelta(hours=51).total_seconds())
    assert watch.check_age() == {(): timedelta(hours=51).total_seconds()}
    await watch.check_all()
    assert (await kept(writer, engine))["sw-1", "NTP"] == ("fails", "stale_backup")
    assert watch.failing()["sw-1", "major"] == 1


async def test_a_device_that_is_gone_is_counted_no_more(watch, back_up, writer, engine, backups):
    back_up("hostname sw-1\n")
    await watch.check_all()
    del backups.loaded.devices["sw-2"]
    await watch.check_all()
    assert {device for device, _rule in await kept(writer, engine)} == {"sw-1"}
    assert {device for device, _severity in watch.failing()} == {"sw-1"}


async def test_after_a_restart_the_counts_go_on(watch, back_up, writer, engine, backups, clock):
    watch.hear(back_up("hostname sw-1\n"))
    await kept(writer, engine)
    again = WatchCompliance(backups, RULES, engine=engine, writer=writer, clock=clock)
    await again.start()
    assert again.failing() == watch.failing()


async def test_new_rules_are_in_force_from_the_next_look_on(watch, back_up, writer, engine, backups):
    watch.hear(back_up("hostname sw-1\n"))
    watch.reload(backups, RULES[1:])
    await watch.check_all()
    assert {rule for _device, rule in await kept(writer, engine)} == {"NAME"}
    with read(engine) as connection:
        assert list_checks(connection)["sw-1"].rules == 1
