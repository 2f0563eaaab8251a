"""Polls on their way into the store, and back out of it at the next start."""

import pytest

from fakes import START
from netops.model.device import DeviceSource
from netops.model.event import EventKind
from netops.services.fleet import WatchedDevice
from netops.services.keep_poll import StoreKeeper
from netops.services.manage_devices import add_device, remove_device
from netops.store.engine import read, write
from netops.store.queries.devices import get_state
from netops.store.queries.events import list_events
from netops.store.queries.interfaces import list_interfaces
from netops.store.readings import list_latest
from netops.store.writer import Writer
from services.fleets import ACCESS, World, make_world, settings


@pytest.fixture
def world(monkeypatch, engine) -> World:
    """The device stands in the database too, as id 1."""
    made = make_world(monkeypatch)
    with write(engine) as connection:
        stored = add_device(connection, settings().model_dump(mode="json"), DeviceSource.CLI, START)
    assert stored.id == made.device.id
    return made


async def keep(engine, writer, outcome):
    assert StoreKeeper(engine, writer).keep(outcome) is True
    await writer.submit_and_wait(lambda connection: None)


async def test_what_a_poll_found_is_loaded_at_the_next_start(world, engine, writer):
    await keep(engine, writer, await world.poll())
    world.session.silent = True
    await keep(engine, writer, await world.poll())
    fresh = WatchedDevice(1, settings(), ACCESS)
    await StoreKeeper(engine, writer).load(fresh)
    assert fresh.interfaces == world.device.interfaces
    assert fresh.identity == {**fresh.identity, **world.device.identity}
    assert fresh.state.reachable is False
    assert fresh.state.failures == 1
    assert fresh.state.answered_at == world.device.state.answered_at
    assert "no answer" in fresh.state.error


async def test_a_restart_keeps_why_a_device_is_away(world, engine, writer):
    """The light probe after a restart repeats the reason with its kind."""
    world.session.silent = True
    await keep(engine, writer, await world.poll())
    fresh = WatchedDevice(1, settings(), ACCESS)
    await StoreKeeper(engine, writer).load(fresh)
    assert (fresh.state.error_kind, fresh.state.error) == ("timeout", "no answer")


async def test_state_readings_and_interfaces_are_stored(world, engine, writer):
    await keep(engine, writer, await world.poll())
    with read(engine) as connection:
        assert [row.key for row in list_interfaces(connection, 1)] == ["Gi1", "Gi2"]
        state = get_state(connection, 1)
        assert state.reachable is True
        assert state.error == ""
        assert {"system", "interfaces"} <= set(list_latest(connection, 1))


async def test_of_a_device_that_was_removed_only_events_are_kept(world, engine, writer):
    await world.poll()
    world.session.silent = True
    outcome = await world.poll()
    with write(engine) as connection:
        remove_device(connection, "sw-1", START)
    await keep(engine, writer, outcome)
    with read(engine) as connection:
        (event,) = list_events(connection, kind=EventKind.DEVICE_UNREACHABLE).events
        assert (event.device_id, event.device_name) == (None, "sw-1")
        assert get_state(connection, 1) is None


async def test_after_a_refused_write_the_device_is_compared_with_the_store_anew(world, engine, clock):
    full = Writer(engine, queue_limit=1, clock=clock)
    full.submit(lambda connection: None)
    outcome = await world.poll()
    assert StoreKeeper(engine, full).keep(outcome) is False
    assert world.device.interfaces is None
    assert full.rejected_total == 1
    await full.stop(0)
