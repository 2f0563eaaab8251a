"""The running fleet: files, table, schedule and what commands ask of it."""

import asyncio
from datetime import timedelta

import pytest

from acceptance.running import device_yaml, devices_yaml, write_settings
from fakes import FakeSnmpSession
from netops.errors import NetopsError, NotFound
from netops.model.event import EventKind
from netops.services.fleet import Fleet
from netops.services.poll_device import PollDevice
from netops.services.run_fleet import RunFleet
from netops.settings.errors import SettingsErrors
from netops.settings.loader import load_settings
from netops.store.engine import read, write
from netops.store.queries.events import list_events
from netops.store.queries.interfaces import insert_interfaces, list_interfaces, mark_missing
from peers.rows import make_interface
from services.fleets import FakeKeeper, settings

CREDENTIALS = "credentials:\n  c: {version: 2c, community: first}\n  d: {version: 2c, community: second}\n"


class FakeSchedule:
    """Only remembers."""

    def __init__(self):
        self.intervals = {}

    def watch(self, name, interval, *, fleet=1):
        self.intervals[name] = interval

    def unwatch(self, name):
        self.intervals.pop(name, None)


@pytest.fixture
def folder(tmp_path):
    write_settings(
        tmp_path,
        credentials=CREDENTIALS,
        interval="30s",
        devices=devices_yaml([entry("a", "192.0.2.1"), entry("b", "192.0.2.2")]),
    )
    return tmp_path


def entry(name, address, credential="c", **more):
    return device_yaml(name, address, 161, credential, **more)


class Run:
    """A fleet made of real parts, but for devices, schedule and keeper."""

    def __init__(self, folder, engine, writer, clock):
        self.folder, self.engine, self.writer = folder, engine, writer
        self.fleet = Fleet(concurrency=5, per_site=5)
        self.schedule = FakeSchedule()
        self.gone, self.settings = [], []
        polling = PollDevice(
            fleet=self.fleet, engine=None, pinger=None, clock=clock, keeper=FakeKeeper(), periods={}
        )
        self.controls = RunFleet(
            load_settings(folder / "netops.yaml"),
            fleet=self.fleet,
            polling=polling,
            engine=engine,
            writer=writer,
            schedule=self.schedule,
            clock=clock,
            on_gone=self.gone.append,
            on_settings=self.settings.append,
            describe=lambda: {"fine": True},
        )

    def devices(self, *entries):
        (self.folder / "devices.yaml").write_text(devices_yaml(entries))

    async def kinds(self):
        await self.writer.submit_and_wait(lambda connection: None)
        with read(self.engine) as connection:
            return {event.kind for event in list_events(connection).events}


@pytest.fixture
async def run(folder, engine, writer, clock):
    made = Run(folder, engine, writer, clock)
    await made.controls.start()
    return made


async def test_at_the_start_every_device_of_the_file_is_watched(run):
    assert run.schedule.intervals == dict.fromkeys("ab", timedelta(seconds=30))
    assert run.fleet.devices["a"].access.host == "192.0.2.1"
    assert EventKind.DAEMON_STARTED in await run.kinds()


async def test_new_files_add_change_and_remove(run):
    kept = run.fleet.devices["a"]
    run.devices(entry("a", "192.0.2.1", interval="5s"), entry("c", "192.0.2.3"))
    lines = await run.controls.apply_files(dry_run=False)
    assert lines == ["b: removed, was 192.0.2.2", "a.interval: 30s → 5s", "c: added, 192.0.2.3"]
    assert run.fleet.devices["a"] is kept
    assert run.schedule.intervals == {"a": timedelta(seconds=5), "c": timedelta(seconds=30)}
    assert run.gone == ["b"]
    assert len(run.settings) == 1


async def test_a_dry_run_says_the_same_and_changes_nothing(run):
    run.devices(entry("a", "192.0.2.1"))
    assert await run.controls.apply_files(dry_run=True) == ["b: removed, was 192.0.2.2"]
    assert set(run.fleet.devices) == {"a", "b"}
    assert run.gone == run.settings == []


async def test_who_is_on_call_is_read_anew_and_doubts_are_told(run, caplog):
    (run.folder / "oncall.yaml").write_text("people: {ana: {name: Ana}}\n")
    assert await run.controls.apply_files(dry_run=True) == ["oncall.people.ana.name: added, Ana"]
    assert run.controls.loaded.oncall.people == {}
    await run.controls.reload()
    assert run.settings[-1].oncall.people["ana"].name == "Ana"
    assert "people.ana: has no contacts" in caplog.text
    assert "alerts that meet no route are told to nobody" in caplog.text
    (run.folder / "oncall.yaml").write_text("people: {ana: {nam: Ana}}\n")
    await run.controls.reload()
    assert run.controls.loaded.oncall.people["ana"].name == "Ana"
    assert "oncall.yaml:1" in caplog.text


async def test_broken_files_change_nothing_and_are_an_event(run, caplog):
    (run.folder / "devices.yaml").write_text("devices:\n- name: a\n  port: x\n")
    before = run.controls.loaded
    with pytest.raises(SettingsErrors):
        await run.controls.apply_files(dry_run=False)
    await run.controls.reload()
    assert run.controls.loaded is before
    assert set(run.fleet.devices) == {"a", "b"}
    assert "devices.yaml:3" in caplog.text
    assert EventKind.SETTINGS_REFUSED in await run.kinds()


async def test_a_store_that_takes_nothing_leaves_the_settings_as_they_are(run, caplog):
    run.devices(entry("a", "192.0.2.1"))
    before = run.controls.loaded
    await run.writer.stop()
    await run.controls.reload()
    assert run.controls.loaded is before
    assert set(run.fleet.devices) == {"a", "b"}
    assert "settings not applied" in caplog.text


async def test_another_credential_begins_anew_with_another_session(run):
    device = run.fleet.devices["a"]
    former = device.session = FakeSnmpSession()
    memory = device.memory
    run.devices(entry("a", "192.0.2.1", "d"), entry("b", "192.0.2.2"))
    await run.controls.apply_files(dry_run=False)
    assert device.access.credential.community == "second"
    assert device.session is None
    assert device.memory is not memory
    assert run.gone == ["a"]
    await asyncio.gather(*run.controls._closing)
    assert former.closed


async def test_the_session_of_a_device_that_goes_is_closed_after_its_poll(run):
    device = run.fleet.devices["b"]
    session = device.session = FakeSnmpSession()
    run.devices(entry("a", "192.0.2.1"))
    async with device.lock:  # as a poll under way holds it
        await run.controls.apply_files(dry_run=False)
        assert not session.closed
    await asyncio.gather(*run.controls._closing)
    assert session.closed


async def test_a_device_that_is_away_keeps_its_slower_interval_through_a_reload(run):
    config = run.folder / "netops.yaml"
    config.write_text(config.read_text().replace("unreachable_interval: 30s", "unreachable_interval: 5m"))
    run.fleet.devices["a"].state.reachable = False
    await run.controls.apply_files(dry_run=False)
    assert run.schedule.intervals == {"a": timedelta(minutes=5), "b": timedelta(seconds=30)}


async def test_a_device_is_added_and_removed_by_command(run):
    await run.controls.add_device(settings("x").model_dump(mode="json"))
    assert "x" in run.fleet.devices
    with pytest.raises(NetopsError, match="exists already"):
        await run.controls.add_device(settings("x").model_dump(mode="json"))
    await run.controls.remove_device("x")
    assert "x" not in run.fleet.devices
    assert run.gone == ["x"]
    with pytest.raises(NotFound):
        await run.controls.remove_device("x")
    with pytest.raises(NetopsError, match="file of devices"):
        await run.controls.remove_device("a")
    assert "a" in run.fleet.devices


async def test_an_unknown_credential_is_refused_before_anything_is_written(run):
    with pytest.raises(NetopsError, match='unknown credential "e"'):
        await run.controls.add_device(settings("x", credential="e").model_dump(mode="json"))
    assert "x" not in run.fleet.devices


async def test_a_device_whose_credential_went_is_not_polled_and_said_so(run, caplog):
    await run.controls.add_device(settings("x", credential="d").model_dump(mode="json"))
    config = run.folder / "netops.yaml"
    config.write_text(config.read_text().replace("  d: {version: 2c, community: second}\n", ""))
    await run.controls.apply_files(dry_run=False)
    assert "x" not in run.fleet.devices
    assert 'x: not polled: unknown credential "d"' in caplog.text


async def test_status_is_what_the_daemon_describes(run):
    assert run.controls.status() == {"fine": True}


async def test_what_a_device_no_longer_tells_of_can_be_forgotten(run):
    device = run.fleet.devices["a"]
    with write(run.engine) as connection:
        now = run.controls._clock.now()
        insert_interfaces(connection, device.id, [make_interface(1), make_interface(2)], now)
        mark_missing(connection, device.id, [make_interface(2).key], now)
    device.interfaces = {}
    assert await run.controls.forget_missing("a") == 1
    assert device.interfaces is None  # read anew at the next poll
    with read(run.engine) as connection:
        assert [row.key for row in list_interfaces(connection, device.id)] == [make_interface(1).key]
    with pytest.raises(NotFound):
        await run.controls.forget_missing("nobody")
