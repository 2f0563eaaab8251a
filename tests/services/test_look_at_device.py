"""What a look at a device concludes from what could not be read."""

import pytest

from fakes import START, FakeClock
from netops.collectors.poll import judge
from netops.errors import NoAnswer, WrongCommunity, WrongPrivacy
from netops.model.reading import PollResult, Reach, ReachabilityReading, SubjectError, SystemReading
from netops.services import look_at_device as module
from netops.services.look_at_device import explain_silence, look_at_this_host
from services.fleets import ACCESS


def polled(**facts):
    return PollResult("sw-1", START, **facts)


def failed(subject="system", kind="malformed_reply"):
    return SubjectError(subject, kind, "noise")


def test_a_device_that_let_nothing_be_read_is_refused_with_its_first_reason():
    result = polled(errors=[failed(), failed("interfaces", "timeout")])
    judge(result)
    assert result.reachability.error == SubjectError("reachability", "malformed_reply", "noise")
    assert result.reachability.snmp is Reach.YES
    assert result.errors == []


def test_a_device_of_which_something_was_read_is_there():
    result = polled(system=SystemReading(name="sw-1"), errors=[failed("interfaces")])
    judge(result)
    assert result.reachability.error is None
    assert len(result.errors) == 1


def test_a_device_that_has_nothing_and_fails_in_nothing_is_there():
    result = polled(interfaces=[])
    judge(result)
    assert result.reachability.error is None


@pytest.mark.parametrize(
    ("better", "snmp"),
    [
        (NoAnswer("still nothing"), Reach.NO),
        (WrongCommunity("not to this one"), Reach.YES),
        (WrongPrivacy("cannot decrypt"), Reach.YES),
    ],
)
async def test_silence_is_explained_where_more_can_be_known(monkeypatch, better, snmp):
    async def diagnose(_engine, _access, _error):
        return better

    monkeypatch.setattr(module, "diagnose", diagnose)
    silent = ReachabilityReading(snmp=Reach.NO, error=SubjectError("reachability", "timeout", "no answer"))
    result = polled(reachability=silent)
    await explain_silence(None, ACCESS, result)
    assert result.reachability.error == SubjectError("reachability", better.kind, str(better))
    assert result.reachability.snmp is snmp


async def test_what_is_no_silence_is_left_alone(monkeypatch):
    monkeypatch.delattr(module, "diagnose")
    closed = SubjectError("reachability", "port_closed", "closed")
    for error in (None, closed):
        result = polled(reachability=ReachabilityReading(error=error))
        await explain_silence(None, ACCESS, result)
        assert result.reachability.error is error


async def test_this_host_tells_of_itself():
    result = await look_at_this_host(FakeClock())
    assert result.system is not None
    assert result.interfaces
