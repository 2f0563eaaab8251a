"""Which datagram answers which question: retries, strangers, duplicates, concurrency and a clean end."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest

from hostile_agent import COMMUNITY, Draft, HostileAgent, Mib, UsmScript, read_question, reply
from netops import errors
from netops.model.access import AuthProtocol, PrivProtocol, SnmpAccess, UserCredential
from netops.snmp import codec, exchange, v3
from netops.snmp.exchange import SnmpEngine
from netops.snmp.session import open_session
from netops.snmp.types import Oid, Tag

NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
MIB = Mib({NAME: (Tag.OCTET_STRING, b"sw1")})
ANN = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1", PrivProtocol.AES, "priv-canary-1")
V1_ID, V2C_ID = 0, 1


async def name_of(engine: SnmpEngine, access: SnmpAccess) -> bytes:
    session = open_session(engine, access)
    try:
        return (await session.get([NAME]))[0].value  # type: ignore[return-value]
    finally:
        await session.close()


def on_try(number: int, then: object = MIB):
    """Be silent but on one try."""
    tries = itertools.count(1)
    return lambda data: then(data) if next(tries) == number else []  # type: ignore[operator]


# --- tries


async def test_a_lost_reply_is_asked_for_again(engine: SnmpEngine) -> None:
    async with HostileAgent(on_try(2)) as agent:
        assert await name_of(engine, agent.access()) == b"sw1"
    assert len(agent.asked) == 2
    assert engine.statistics.requests == 2
    assert engine.statistics.retries == 1


async def test_a_late_reply_to_the_first_try_is_taken_while_the_second_waits(engine: SnmpEngine) -> None:
    held: list[bytes] = []

    def late(data: bytes) -> list[bytes]:
        held.append(data)
        return MIB(held[0]) if len(held) == 2 else []

    async with HostileAgent(late) as agent:
        assert await name_of(engine, agent.access()) == b"sw1"
    assert len(agent.asked) == 2


async def test_a_late_v3_reply_to_the_first_try_is_taken_though_its_msg_id_is_another(
    engine: SnmpEngine,
) -> None:
    script = UsmScript(ANN, MIB)
    held: list[Draft] = []

    def twist(draft: Draft) -> Iterable[Draft]:
        if draft.flags != 3:
            return [draft]
        held.append(draft)
        return held[:1] if len(held) == 2 else []

    script.twist = twist
    async with HostileAgent(script) as agent:
        assert await name_of(engine, agent.access(ANN, retries=3)) == b"sw1"
    assert held[0].message_id != held[1].message_id


async def test_every_v3_try_has_a_msg_id_of_its_own(engine: SnmpEngine) -> None:
    script = UsmScript(ANN, MIB)
    script.twist = lambda draft: [draft] if not draft.flags else []
    async with HostileAgent(script) as agent:
        with pytest.raises(errors.NoAnswer):
            await name_of(engine, agent.access(ANN, timeout_seconds=0.06, retries=3))
    ids = [message.message_id for message in script.messages]
    assert len(ids) == len(set(ids)) > 4


async def test_silence_ends_after_all_tries(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda _: []) as agent:
        with pytest.raises(errors.NoAnswer, match=r"no SNMP answer from 127\.0\.0\.1 .* after 3 tries"):
            await name_of(engine, agent.access(timeout_seconds=0.06, retries=2))
    assert len(agent.asked) == 3
    assert engine.statistics.retries == 2


async def test_ids_are_always_four_bytes_and_never_in_use(engine: SnmpEngine) -> None:
    drawn = {engine.next_id() for _ in range(5000)}
    assert len(drawn) > 4990
    assert all(0x40000000 <= number <= 0x7FFFFFFF for number in drawn)


async def test_an_id_that_still_waits_is_not_drawn_again(
    engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange.os, "urandom", lambda size: bytes(4) + b"\x01" * (size - 4))
    first = engine.next_id()
    engine._pending[first] = exchange.Exchange(None)
    engine._ids_at = 4096
    assert engine.next_id() != first
    engine._pending.clear()


# --- strangers


async def test_a_duplicate_is_counted_and_does_no_harm(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda data: MIB(data) * 3) as agent:
        for _ in range(4):
            assert await name_of(engine, agent.access()) == b"sw1"
    assert engine.statistics.replies == 4
    assert engine.statistics.discarded.keys() <= {"duplicate", "late"}
    assert engine.statistics.discarded.total() > 0


async def test_a_reply_with_a_wrong_request_id_is_not_believed_and_named(engine: SnmpEngine) -> None:
    def wrong(data: bytes) -> list[bytes]:
        question = read_question(data)
        return [reply(question, MIB.answer(question), request_id=question.request_id ^ 0x55)]

    async with HostileAgent(wrong) as agent:
        with pytest.raises(errors.UnexpectedReply, match="wrong request-id"):
            await name_of(engine, agent.access())
    assert engine.statistics.discarded == {"unknown_id": 2}


async def test_a_bogus_reply_before_the_right_one_does_no_harm(engine: SnmpEngine) -> None:
    def bogus_first(data: bytes) -> list[bytes]:
        question = read_question(data)
        return [reply(question, request_id=1), b"\x30garbage", *MIB(data)]

    async with HostileAgent(bogus_first) as agent:
        assert await name_of(engine, agent.access()) == b"sw1"
    assert engine.statistics.discarded == {"unknown_id": 1, "malformed": 1}


async def test_a_v3_reply_with_another_request_id_inside_is_not_believed_and_named(
    engine: SnmpEngine,
) -> None:
    script = UsmScript(ANN, MIB)

    def twist(draft: Draft) -> Iterable[Draft]:
        pdu = codec.encode_response(codec.RESPONSE, 7, 0, 0, [MIB.read(NAME)])
        return [replace(draft, pdu=pdu) if draft.flags == 3 else draft]

    script.twist = twist
    async with HostileAgent(script) as agent:
        with pytest.raises(errors.UnexpectedReply, match="wrong request-id"):
            await name_of(engine, agent.access(ANN))
    assert engine.statistics.discarded["wrong_id"] >= 2


async def test_a_reply_from_another_address_is_not_believed_and_named(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda _: [], "127.0.0.2") as other:

        def elsewhere(data: bytes) -> list[bytes]:
            for datagram in MIB(data):
                other.send(datagram, agent.sources[-1])
            return []

        async with HostileAgent(elsewhere) as agent:
            with pytest.raises(errors.NoAnswer, match="answers from another address than"):
                await name_of(engine, agent.access())
    assert engine.statistics.discarded["wrong_source"] == 2


async def test_garbage_alone_is_named_as_such(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"]) as agent:
        with pytest.raises(errors.MalformedReply, match="not with valid SNMP"):
            await name_of(engine, agent.access())


async def test_a_truncated_reply_is_named_as_broken(engine: SnmpEngine) -> None:
    async with HostileAgent(lambda data: [MIB(data)[0][:-3]]) as agent:
        with pytest.raises(errors.MalformedReply, match="2 broken datagrams"):
            await name_of(engine, agent.access())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"tag": codec.GET}, "not_a_response"), ({"tag": codec.REPORT}, "not_a_response")],
)
async def test_what_is_no_response_is_named(engine: SnmpEngine, changes: dict, reason: str) -> None:
    def answer(data: bytes) -> list[bytes]:
        question = read_question(data)
        return [reply(question, MIB.answer(question), **changes)]

    async with HostileAgent(answer) as agent:
        with pytest.raises(errors.UnexpectedReply, match=reason):
            await name_of(engine, agent.access())


async def test_a_v2c_reply_to_a_v3_question_is_not_believed(engine: SnmpEngine) -> None:
    """Else anybody could leave the signature out by leaving the version out."""

    def answer(data: bytes) -> list[bytes]:
        _, at, end = codec.read_version(data)
        number = v3.read_envelope(data, at, end).message_id
        pdu = codec.encode_response(codec.RESPONSE, number, 0, 0, [MIB.read(NAME)])
        return [codec.encode_message(codec.VERSION_2C, COMMUNITY.encode(), pdu)]

    async with HostileAgent(answer) as agent:
        with pytest.raises(errors.UnexpectedReply, match="unexpected_version"):
            await name_of(engine, agent.access(ANN))


async def test_a_v3_reply_to_a_v2c_question_is_not_believed(engine: SnmpEngine) -> None:
    script = UsmScript(UserCredential("ann"), MIB)

    def answer(data: bytes) -> list[bytes]:
        question = read_question(data)
        pdu = codec.encode_response(codec.RESPONSE, question.request_id, 0, 0, [MIB.read(NAME)])
        return [script.seal(Draft(question.request_id, pdu, 0))]

    async with HostileAgent(answer) as agent:
        with pytest.raises(errors.UnexpectedReply, match="unexpected_version"):
            await name_of(engine, agent.access())


async def test_replies_that_always_come_too_late_are_named_as_late(engine: SnmpEngine) -> None:
    """Not as a wrong request-id: the agent is slow, and a longer time-out would help."""
    held: list[bytes] = []

    def late(data: bytes) -> list[bytes]:
        held.append(data)
        return MIB(held[-3]) if len(held) > 2 else []

    async with HostileAgent(late) as agent:
        with pytest.raises(errors.NoAnswer, match="no SNMP answer"):
            await name_of(engine, agent.access())
        with pytest.raises(errors.NoAnswer, match="later than its time-out"):
            await name_of(engine, agent.access())
    assert engine.statistics.discarded == {"late": 2}


async def test_finished_ids_are_not_kept_for_ever(
    engine: SnmpEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_FINISHED_IDS", 10)
    async with HostileAgent(MIB) as agent:
        session = open_session(engine, agent.access())
        for _ in range(50):
            await session.get([NAME])
    assert len(engine._finished) + len(engine._finished_before) <= 22
    assert not engine._pending
    assert not engine._active
