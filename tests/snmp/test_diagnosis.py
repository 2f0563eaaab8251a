"""Silence explained: a wrong community and a wrong privacy password are told from a dead host."""

from collections.abc import Callable

import pytest

from hostile_agent import PRIV, V1, V2C, HostileAgent, Mib, UsmScript, report_pdu
from netops import errors
from netops.model.access import AuthProtocol, PrivProtocol, SnmpAccess, UserCredential
from netops.snmp import codec, v3
from netops.snmp.diagnosis import diagnose
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Oid, Tag

UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
MIB = Mib({UPTIME: (Tag.TIME_TICKS, 1)})
ANN = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1", PrivProtocol.AES, "priv-canary-1")
SIGNED = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1")
SILENT = errors.NoAnswer("no SNMP answer")


async def fail(engine: SnmpEngine, access: SnmpAccess) -> errors.DeviceError:
    """Ask, and give the error as diagnosed."""
    session = open_session(engine, access)
    try:
        await session.get([UPTIME])
    except errors.DeviceError as error:
        return await diagnose(engine, access, error)
    raise AssertionError("the agent answered")


def answering_v3(script: UsmScript) -> Callable[[bytes], list[bytes]]:
    """Be silent to every community, as an agent is to a wrong one."""
    return lambda data: script(data) if codec.read_version(data)[0] == codec.VERSION_3 else []


def unknown_user_script() -> UsmScript:
    script = UsmScript(UserCredential(""), MIB)
    first = script.draft

    def draft(envelope: v3.Envelope):
        if envelope.engine_id != script.engine_id:
            return first(envelope)
        return script.plain(envelope, report_pdu(v3.UNKNOWN_USER), 0)

    script.draft = draft  # type: ignore[method-assign]
    return script


@pytest.mark.parametrize("credential", [V1, V2C], ids=repr)
async def test_silence_to_a_community_beside_a_v3_discovery_is_a_wrong_community(
    engine: SnmpEngine, credential
) -> None:
    async with HostileAgent(answering_v3(unknown_user_script())) as agent:
        error = await fail(engine, agent.access(credential, timeout_seconds=0.06))
    assert isinstance(error, errors.WrongCommunity)
    assert "check the community" in str(error)
    assert "canary" not in f"{error} {error!r}"


async def test_an_agent_that_only_reports_its_engine_is_there_too(engine: SnmpEngine) -> None:
    script = UsmScript(UserCredential(""), MIB)
    script.twist = lambda draft: [draft] if draft.pdu[0] == codec.REPORT else []
    async with HostileAgent(answering_v3(script)) as agent:
        error = await fail(engine, agent.access(timeout_seconds=0.06))
    assert isinstance(error, errors.WrongCommunity)


@pytest.mark.parametrize("credential", [V2C, ANN, SIGNED], ids=repr)
async def test_a_host_that_is_silent_to_everything_stays_no_answer(engine: SnmpEngine, credential) -> None:
    async with HostileAgent(lambda _: []) as agent:
        error = await fail(engine, agent.access(credential, timeout_seconds=0.06))
    assert type(error) is errors.NoAnswer
    assert "canary" not in f"{error} {error!r}"


async def test_silence_to_what_is_encrypted_only_is_a_wrong_privacy_password(engine: SnmpEngine) -> None:
    script = UsmScript(SIGNED, MIB)

    def silent_to_encrypted(data: bytes) -> list[bytes]:
        _, at, end = codec.read_version(data)
        return [] if v3.read_envelope(data, at, end).flags & PRIV else script(data)

    async with HostileAgent(silent_to_encrypted) as agent:
        error = await fail(engine, agent.access(ANN, timeout_seconds=0.06))
    assert isinstance(error, errors.WrongPrivacy)
    assert "uses AES" in str(error)
    assert "canary" not in f"{error} {error!r}"


@pytest.mark.parametrize(
    ("counter", "error"),
    [(v3.UNSUPPORTED_LEVEL, errors.WrongPrivacy), (v3.WRONG_DIGEST, errors.NoAnswer)],
)
async def test_a_refusal_without_encryption_proves_the_user_and_a_wrong_digest_does_not(
    engine: SnmpEngine, counter: Oid, error: type
) -> None:
    script = UsmScript(SIGNED, MIB)

    def refusing(data: bytes) -> list[bytes]:
        _, at, end = codec.read_version(data)
        envelope = v3.read_envelope(data, at, end)
        if envelope.flags & PRIV:
            return []
        if envelope.engine_id == script.engine_id and script.is_timely(envelope):
            return [script.seal(script.plain(envelope, report_pdu(counter), 0))]
        return script(data)

    async with HostileAgent(refusing) as agent:
        assert type(await fail(engine, agent.access(ANN, timeout_seconds=0.06))) is error


@pytest.mark.parametrize(
    "error", [errors.PortClosed("closed"), errors.MalformedReply("junk"), errors.UnknownUser("who?")]
)
async def test_what_has_a_word_already_is_not_asked_again(
    engine: SnmpEngine, error: errors.DeviceError
) -> None:
    assert await diagnose(engine, SnmpAccess("127.0.0.1", V2C), error) is error
    assert engine.statistics.requests == 0


async def test_a_user_without_privacy_needs_no_further_question(engine: SnmpEngine) -> None:
    assert await diagnose(engine, SnmpAccess("127.0.0.1", SIGNED), SILENT) is SILENT
    assert engine.statistics.requests == 0
