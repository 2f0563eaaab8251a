"""Sessions in the context of a VLAN."""

import pytest

from netops.clock import SystemClock
from netops.model.access import CommunityCredential, SnmpAccess, UserCredential
from netops.services import sessions
from netops.snmp.exchange import SnmpEngine


@pytest.fixture
def opened(monkeypatch):
    accesses: list[SnmpAccess] = []
    monkeypatch.setattr(sessions, "open_for", lambda _engine, access: accesses.append(access))
    return accesses


def opener(credential, timeout=2.0):
    access = SnmpAccess("192.0.2.1", credential, timeout_seconds=timeout)
    return sessions.vlan_opener(SnmpEngine(SystemClock()), access)


def test_a_community_is_followed_by_the_vlan(opened):
    opener(CommunityCredential("2c", "secret"))(20)
    assert opened[0].credential == CommunityCredential("2c", "secret@20")
    assert (opened[0].timeout_seconds, opened[0].retries) == (2.0, 2)


def test_a_user_gets_the_context_of_the_vlan(opened):
    opener(UserCredential("poller"))(20)
    assert opened[0].credential == UserCredential("poller", context="vlan-20")


def test_a_brief_session_waits_a_short_while_only(opened):
    open_vlan = opener(CommunityCredential("2c", "secret"))
    open_vlan(20, first_wait=0.3)
    assert (opened[0].timeout_seconds, opened[0].retries) == (0.3, 1)
    opener(CommunityCredential("2c", "secret"), timeout=0.1)(20, first_wait=0.3)
    assert opened[1].timeout_seconds == 0.1


@pytest.mark.parametrize(
    "credential", [CommunityCredential("2c", "secret@10"), UserCredential("poller", context="vlan-10")]
)
def test_a_credential_that_names_a_context_opens_no_other(credential):
    assert opener(credential) is None


def test_a_community_with_its_vlan_is_not_shown(opened):
    opener(CommunityCredential("2c", "secret"))(20)
    assert "secret" not in repr(opened[0])
