"""One poll of one watched device, from reading to telling."""

import asyncio
from dataclasses import replace

import pytest

from collectors.switch import SYSTEM
from netops.collectors import Visit
from netops.errors import DeviceError, MalformedReply, NotFound, WrongCommunity
from netops.model.access import SnmpAccess
from netops.model.reading import Reach
from netops.model.service_check import ServiceCheckReading
from netops.services import look_at_device
from netops.settings.checks import CheckSettings
from netops.settings.devices import CollectorSwitches
from services.fleets import World, make_world


@pytest.fixture
def world(monkeypatch) -> World:
    return make_world(monkeypatch)


async def test_the_first_poll_is_kept_and_told_without_any_event(world):
    outcome = await world.poll()
    assert [reading.key for reading in outcome.interfaces.added] == ["Gi1", "Gi2"]
    assert outcome.state.reachable is True
    assert world.keeper.kept == world.told == [outcome]
    assert world.kinds() == []
    assert world.device.identity["sys_name"] == "sw-1"


async def test_what_is_stored_is_loaded_once(world):
    await world.poll()
    await world.poll()
    assert world.keeper.loads == 1


async def test_an_unknown_device_is_refused(world):
    with pytest.raises(NotFound, match="no device is called nobody"):
        await world.polling.poll("nobody")


async def test_silence_is_told_once_and_then_probed_with_one_question(world):
    await world.poll()
    world.session.silent = True
    await world.poll()
    asked = len(world.session.asked)
    outcome = await world.poll()
    assert world.session.asked[asked:] == [f"{SYSTEM}.3.0"]
    assert outcome.result.reachability.snmp is Reach.NO
    assert world.kinds() == ["device_unreachable"]
    assert outcome.state.failures == 2


async def test_a_device_that_returns_is_read_in_full(world):
    world.session.silent = True
    await world.poll()
    world.session.silent = False
    outcome = await world.poll()
    assert outcome.result.interfaces
    assert world.kinds() == ["device_unreachable", "device_reachable"]


async def test_a_person_who_asks_has_a_silent_device_asked_in_full(world):
    world.session.silent = True
    await world.poll()
    asked = len(world.session.asked)
    await world.poll(asked=True)
    assert len(world.session.asked) - asked > 1


async def test_a_refusal_that_looks_like_silence_keeps_its_name_in_later_probes(world, monkeypatch):
    """The light probe meets silence again; the first full poll had found out why."""

    async def explain(_engine: object, _access: object, _error: DeviceError) -> DeviceError:
        return WrongCommunity("not to this community")

    monkeypatch.setattr(look_at_device, "diagnose", explain)
    world.session.silent = True
    first, second = await world.poll(), await world.poll()
    for outcome in (first, second):
        assert outcome.result.reachability.error.kind == "wrong_community"
        assert outcome.result.reachability.error.error == "not to this community"
        assert outcome.result.reachability.snmp is Reach.YES
    assert second.state.error_kind == "wrong_community"


async def test_noise_ends_a_poll_with_its_first_question(world):
    await world.poll()
    asked = world.session.requests
    world.session.faults["1.3.6.1.2.1"] = MalformedReply("not with valid SNMP")
    outcome = await world.poll()
    assert world.session.requests == asked + 1
    assert outcome.state.reachable is False
    assert outcome.result.reachability.error.kind == "malformed_reply"
    assert outcome.result.reachability.snmp is Reach.YES
    assert outcome.result.errors == []
    again = await world.poll()
    assert world.session.requests == asked + 2
    assert again.result.reachability.error.kind == "malformed_reply"
    assert world.kinds() == ["device_unreachable"]


async def test_a_subject_that_fails_leaves_the_others_and_no_interface_missing(world):
    await world.poll()
    world.wind()
    world.session.faults["1.3.6.1.2.1.2.2.1"] = MalformedReply("half a reply")
    outcome = await world.poll()
    assert outcome.state.reachable is True
    assert outcome.result.system is not None
    assert "interfaces" in {error.subject for error in outcome.result.errors}
    assert outcome.interfaces.missing == []


async def test_an_interface_that_goes_is_missing_and_returns(world):
    await world.poll()
    values = dict(world.session.values)
    for arcs in [arcs for arcs in values if arcs[-1] == 2 and len(arcs) > 9]:
        del world.session.values[arcs]
    world.wind()
    gone = await world.poll()
    assert gone.interfaces.missing == ["Gi2"]
    world.session.values = values
    world.wind()
    back = await world.poll()
    assert [reading.key for reading in back.interfaces.returned] == ["Gi2"]
    assert world.device.missing == set()
    assert world.kinds() == ["interface_missing", "interface_returned"]


async def test_a_collector_that_is_switched_off_does_not_run(world):
    world.device.settings = world.device.settings.model_copy(
        update={"collectors": CollectorSwitches(interfaces=False, health=False)}
    )
    outcome = await world.poll()
    assert outcome.result.system is not None
    assert outcome.result.interfaces is None
    assert outcome.result.processors is None


class Gate:
    """Holds the first question back until it is opened."""

    def __init__(self, world: World) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self._get, self.under_way, self.most = world.session.get, 0, 0
        world.session.get = self.get

    async def get(self, oids):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.reached.set()
        await self.opened.wait()
        self.under_way -= 1
        return await self._get(oids)


async def test_a_device_removed_during_its_poll_is_not_told_of(world):
    gate = Gate(world)
    poll = asyncio.create_task(world.poll())
    await gate.reached.wait()
    del world.fleet.devices["sw-1"]
    gate.opened.set()
    await poll
    assert world.told == []


async def test_an_answer_from_a_former_address_is_not_believed(world):
    gate = Gate(world)
    poll = asyncio.create_task(world.poll())
    await gate.reached.wait()
    world.device.begin_anew()
    world.device.access = replace(world.device.access, host="192.0.2.2")
    world.session.set({f"{SYSTEM}.5.0": b"another"})
    gate.opened.set()
    outcome = await poll
    assert isinstance(world.device.access, SnmpAccess)
    assert outcome.result.system.name == "another"
    assert len(world.told) == 1


async def test_two_polls_of_a_device_do_not_overlap(world):
    gate = Gate(world)
    polls = [asyncio.create_task(world.poll()) for _number in range(2)]
    await gate.reached.wait()
    gate.opened.set()
    await asyncio.gather(*polls)
    assert gate.most == 1
    assert len(world.told) == 2


async def test_the_wait_for_a_place_counts_as_lag(world):
    site, _everywhere = world.fleet.places("main")
    for _place in range(10):
        await site.acquire()
    poll = asyncio.create_task(world.poll())
    await asyncio.sleep(0)  # one turn of the loop: the poll now waits for its place
    world.clock.wind(7)
    site.release()
    assert (await poll).lag_seconds == 7


class FakeChecker:
    """Finds one service up, once it is let."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.began = asyncio.Event()
        self.asked: list[tuple[tuple[str, ...], str | None]] = []
        self.is_cancelled = False

    async def read(self, visit: Visit, checks, address) -> None:
        self.asked.append((tuple(check.name for check in checks), address))
        self.began.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        visit.result.checks = [ServiceCheckReading("ssh", "tcp", True, 0.1)]


@pytest.fixture
def checker(world) -> FakeChecker:
    checker = FakeChecker()
    check = CheckSettings(name="ssh", type="tcp", port=22)
    world.device.settings = world.device.settings.model_copy(update={"checks": (check,)})
    world.polling._checker = checker
    return checker


async def test_snmp_is_read_while_a_service_hangs(world, checker, monkeypatch):
    """The service answers only when columns have been asked for: the other way round this would never end."""
    read_columns = world.session.read_columns

    async def read_and_let_go(*args, **more):
        checker.may_end.set()
        return await read_columns(*args, **more)

    monkeypatch.setattr(world.session, "read_columns", read_and_let_go)
    async with asyncio.timeout(20):
        outcome = await world.poll()
    assert outcome.result.interfaces
    assert [reading.name for reading in outcome.result.checks] == ["ssh"]
    assert checker.asked == [(("ssh",), "192.0.2.1")]


async def test_services_are_looked_at_while_the_device_does_not_answer(world, checker):
    checker.may_end.set()
    world.session.silent = True
    for _poll in range(2):  # in full, then with one question
        outcome = await world.poll()
        assert outcome.result.reachability.snmp is Reach.NO
        assert outcome.state.reachable is False
        assert outcome.result.checks


async def test_services_do_not_make_a_device_reachable_that_refuses_us(world, checker):
    checker.may_end.set()
    world.session.faults[SYSTEM] = WrongCommunity("refused")
    outcome = await world.poll()
    assert outcome.state.reachable is False
    assert outcome.result.checks


async def test_a_poll_that_is_broken_off_ends_its_checks(world, checker):
    polling = asyncio.create_task(world.poll())
    await checker.began.wait()
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    await asyncio.sleep(0)
    assert checker.is_cancelled
