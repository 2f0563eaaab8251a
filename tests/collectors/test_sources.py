"""One subject from several tables."""

import pytest

from collectors.switch import SYSTEM, Switch
from netops.collectors import Visit
from netops.collectors.sources import RELEARN_SECONDS, Sources, enterprise_of
from netops.errors import AccessDenied, ErrorStatus, MalformedReply, NoAnswer
from netops.model.reading import PollResult, SystemReading
from netops.snmp.types import Oid

ONE, TWO = Oid.parse("1.3.6.1.4.1.99999.2.1"), Oid.parse("1.3.6.1.4.1.99999.3.1")


def visit_to(switch):
    return Visit(switch.memory, switch.clock, PollResult("sw-1", switch.clock.now()))


async def read(switch, *, served=True):
    visit = visit_to(switch)
    sources = Sources(switch.session, visit, "vlans")
    found = [await sources.read("one", (ONE,)), await sources.read("two", (TWO,))]
    sources.finish()
    if served:
        visit.mark_done("vlans")
    return found, visit.result.errors


async def test_a_source_that_is_missing_is_not_asked_again_until_it_may_have_come():
    switch = Switch({f"{TWO}.5": 1})
    await read(switch)
    for seconds, requests in ((60, 1), (RELEARN_SECONDS, 2), (60, 1)):
        switch.wind(seconds)
        before = switch.session.requests
        found, _errors = await read(switch)
        assert switch.session.requests - before == requests
        assert found == [{ONE: {}}, {TWO: {(5,): 1}}]


async def test_a_person_who_asks_has_every_source_asked():
    switch = Switch()
    await read(switch)
    switch.memory.last_run.clear()  # as PollDevice does
    before = switch.session.requests
    await read(switch)
    assert switch.session.requests - before == 2


async def test_a_source_that_failed_is_asked_again_at_the_next_poll():
    switch = Switch({f"{ONE}.5": 1, f"{TWO}.5": 1})
    switch.session.faults[str(ONE)] = ErrorStatus("genErr", status=5)
    found, errors = await read(switch)
    assert found == [{ONE: {}}, {TWO: {(5,): 1}}]
    assert [error.kind for error in errors] == ["error_status"]
    switch.session.faults.clear()
    found, errors = await read(switch)
    assert found[0] == {ONE: {(5,): 1}}
    assert not errors


async def test_when_every_source_fails_the_first_error_is_raised():
    switch = Switch()
    switch.session.faults[str(ONE)] = AccessDenied("not in the view")
    switch.session.faults[str(TWO)] = ErrorStatus("genErr", status=5)
    with pytest.raises(AccessDenied):
        await read(switch)


@pytest.mark.parametrize("error", [NoAnswer("silence"), MalformedReply("noise")])
async def test_silence_and_noise_end_the_subject(error):
    switch = Switch()
    switch.session.faults[str(ONE)] = error
    with pytest.raises(type(error)):
        await read(switch)
    assert str(TWO) not in switch.session.asked


@pytest.mark.parametrize(
    ("object_id", "number"),
    [("1.3.6.1.4.1.9.1.1208", 9), ("1.3.6.1.4.1", 0), ("", 0), ("1.3.6.1.2.1.1", 0), ("0.0", 0)],
)
def test_the_maker_stands_in_the_object_id(object_id, number):
    visit = visit_to(Switch())
    visit.memory.system.texts = SystemReading(object_id=object_id)
    assert enterprise_of(visit) == number


def test_a_device_of_which_nothing_is_known_has_no_maker():
    assert enterprise_of(visit_to(Switch({f"{SYSTEM}.9.0": 1}))) == 0
