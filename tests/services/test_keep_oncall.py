"""The plan of on-call while people change it: overrides, windows, reloads, and a database in trouble."""

from datetime import timedelta

import pytest

from fakes import START, FakeClock
from netops.errors import StoreError
from netops.services import keep_oncall
from netops.services.keep_oncall import KeepOncall
from netops.services.manage_oncall import OverrideRequest, add_override, add_window, stop_window
from netops.settings.loader import load_settings
from netops.store.engine import open_engine, write
from netops.store.schema import upgrade

ONCALL = """\
people:
  ana: {name: Ana}
  bo: {name: Bo}
schedules:
  net: {rotations: [{people: [ana], turn: daily, starts: 2026-01-01}]}
policies:
  net: {steps: [{notify: [schedule:net]}]}
routes: [{policy: net}]
"""
MINUTE = timedelta(minutes=1)


class World:
    def __init__(self, folder, engine):
        self.folder, self.engine, self.clock, self.changes = folder, engine, FakeClock(), 0
        self.keeping = KeepOncall(self.load(), engine=engine, clock=self.clock, list_devices=dict)
        self.keeping.on_change = self.hear

    def hear(self):
        self.changes += 1

    def load(self, text=ONCALL):
        (self.folder / "netops.yaml").write_text("site_name: test\n")
        (self.folder / "devices.yaml").write_text("devices: []\n")
        (self.folder / "oncall.yaml").write_text(text)
        return load_settings(self.folder / "netops.yaml")

    def holders(self):
        return set(self.keeping.list_holders())

    def window(self, device="core-1"):
        return self.keeping.window_of({"device": device}, self.clock.now())


@pytest.fixture
def world(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'netops.db'}")
    upgrade(engine, None)
    yield World(tmp_path, engine)
    engine.dispose()


async def test_an_override_that_somebody_adds_holds_from_the_next_look(world):
    await world.keeping.start()
    assert world.holders() == {("net", "ana")}
    request = OverrideRequest("net", "bo", "", "2026-03-01 18:00", "ana")
    with write(world.engine) as connection:
        add_override(connection, world.load().oncall, request, START)
    await world.keeping.run()
    assert world.holders() == {("net", "bo")}
    assert world.changes == 2
    await world.keeping.run()
    assert world.changes == 2, "nothing changed"


async def test_a_window_that_somebody_adds_mutes_until_it_is_ended(world):
    await world.keeping.start()
    assert world.window() == ""
    spec = {
        "name": "move",
        "devices": ["core-1"],
        "from": "2026-03-01 11:00",
        "to": "2026-03-01 13:00",
        "comment": "x",
    }
    with write(world.engine) as connection:
        made = add_window(connection, world.load().oncall, spec, who="ana", now=START)
    await world.keeping.run()
    assert (world.window(), world.window("other")) == ("move", "")
    with write(world.engine) as connection:
        stop_window(connection, made.id, who="ana", now=START)
    await world.keeping.run()
    assert world.window() == ""


async def test_a_window_ends_by_itself_without_another_look(world):
    text = ONCALL + (
        "maintenance: [{name: move, devices: [core-1], from: 2026-03-01 11:00, to: 2026-03-01 12:10, comment: x}]\n"
    )
    world.keeping = KeepOncall(world.load(text), engine=world.engine, clock=world.clock, list_devices=dict)
    await world.keeping.start()
    assert world.window() == "move"
    world.clock.wind(600)
    assert world.window() == ""


async def test_a_reload_puts_another_file_in_force(world):
    await world.keeping.start()
    await world.keeping.change(world.load(ONCALL.replace("people: [ana]", "people: [bo]")))
    assert world.holders() == {("net", "bo")}


async def test_a_database_in_trouble_leaves_the_plan_in_force_that_was(world, monkeypatch, caplog):
    await world.keeping.start()

    def fail(*_words, **_more):
        raise StoreError("the disk is full")

    monkeypatch.setattr(keep_oncall, "list_overrides", fail)
    await world.keeping.run()
    assert world.holders() == {("net", "ana")}
    assert "the disk is full" in caplog.text


async def test_a_gap_ahead_is_counted_down_and_gone_when_it_is_filled(world):
    text = ONCALL.replace("starts: 2026-01-01", "starts: 2026-01-01, only: [{from: 08:00, to: 18:00}]")
    world.keeping = KeepOncall(world.load(text), engine=world.engine, clock=world.clock, list_devices=dict)
    await world.keeping.start()
    assert world.keeping.list_gaps() == {"net": 6 * 3600}
    world.clock.wind(3600)
    assert world.keeping.list_gaps() == {"net": 5 * 3600}
    await world.keeping.change(world.load())
    assert world.keeping.list_gaps() == {}
