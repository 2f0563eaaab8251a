"""The receiver beside net-snmp's own senders, beside liars, and under a flood."""

import asyncio
import dataclasses
import logging
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from netops.errors import NetopsError
from netops.model.access import AuthProtocol, CommunityCredential, Credential, PrivProtocol, UserCredential
from netops.model.notification import Notification, NotificationVarbind
from netops.snmp import codec, usm
from netops.snmp.notification_gate import read_message_header
from netops.snmp.notifications import NotificationReceiver
from netops.snmp.types import Oid, Tag, Varbind
from peers.snmpd import environment, has_ipv6, offered_pairs, send_notification, user_for

COMMUNITY = CommunityCredential("2c", "trap-secret")
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
WORDS = ["4711", LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.3", "i", "3", "1.3.6.1.2.1.2.2.1.2.3", "s", "eth0"]
BODY = (
    NotificationVarbind("1.3.6.1.2.1.2.2.1.1.3", Tag.INTEGER, 3),
    NotificationVarbind("1.3.6.1.2.1.2.2.1.2.3", Tag.OCTET_STRING, b"eth0"),
)
AES_USER = user_for(AuthProtocol.SHA256, PrivProtocol.AES)
PLAIN = user_for(None)
CREDENTIALS: dict[str, Credential] = {"traps": COMMUNITY, "aes": AES_USER, "plain": PLAIN}
ENGINE = bytes.fromhex("8000000005aabbccdd")

peer = pytest.mark.peer("snmptrap", "snmpinform")


class Inbox:
    """What the receiver has handed over, and a way to wait for more."""

    def __init__(self) -> None:
        self.items: list[Notification] = []

    def __call__(self, notification: Notification) -> None:
        self.items.append(notification)


@asynccontextmanager
async def receiving(
    inbox: Callable[[Notification], None] | None = None,
    credentials: dict[str, Credential] = CREDENTIALS,
    host: str = "127.0.0.1",
    **options: Any,
) -> AsyncIterator[NotificationReceiver]:
    receiver = NotificationReceiver([(host, 0)], credentials, inbox or Inbox(), **options)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


async def settle(receiver: NotificationReceiver, received: int) -> None:
    """Wait until so many datagrams have come and all have been dealt with."""
    async with asyncio.timeout(20):
        while receiver.counts.received < received or receiver._queue:  # noqa: ASYNC110 - there is no event, and no need of one
            await asyncio.sleep(0)
    await asyncio.sleep(0)


async def send(
    receiver: NotificationReceiver,
    folder: Path,
    credential: Credential,
    words: list[str] = WORDS,
    **options: Any,
) -> int:
    host, port = receiver.addresses[0]
    command = send_notification(folder, credential, port, words, host=host, **options)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, env=environment(folder), stdout=pipe, stderr=pipe
    )
    await process.communicate()
    return process.returncode or 0


def throw(receiver: NotificationReceiver, *datagrams: bytes) -> None:
    """Send datagrams as they are, from a socket that waits for no answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, receiver.addresses[0])


def trap_pdu(number: int = 1, tag: int = 0xA7) -> bytes:
    varbinds = [
        Varbind(Oid.parse("1.3.6.1.2.1.1.3.0"), Tag.TIME_TICKS, number),
        Varbind(Oid.parse("1.3.6.1.6.3.1.1.4.1.0"), Tag.OBJECT_IDENTIFIER, Oid.parse(LINK_DOWN)),
    ]
    return codec.encode_response(tag, number, 0, 0, varbinds)


def v2_trap(number: int = 1, community: bytes = b"trap-secret", tag: int = 0xA7) -> bytes:
    return codec.encode_message(1, community, trap_pdu(number, tag))


def v3_trap(
    credential: UserCredential,
    *,
    engine_id: bytes = ENGINE,
    boots: int = 1,
    time: int = 100,
    flags: int | None = None,
) -> bytes:
    """Build an SNMPv3 trap of authNoPriv or noAuthNoPriv, signed as its credential says."""
    tlv, integer = codec.encode_tlv, codec.encode_integer
    scoped = tlv(0x30, tlv(4, engine_id) + tlv(4, b"") + trap_pdu())
    flags = (1 if credential.auth else 0) if flags is None else flags
    keys = usm.localize_user(credential, engine_id)
    length = usm.AUTH_ALGORITHMS[credential.auth].mac_length if credential.auth else 0

    def build(mac: bytes) -> bytes:
        security = tlv(4, engine_id) + integer(boots) + integer(time) + tlv(4, credential.user.encode())
        security = tlv(0x30, security + tlv(4, mac) + tlv(4, b""))
        head = tlv(0x30, integer(7) + integer(65_507) + tlv(4, bytes([flags])) + integer(3))
        return tlv(0x30, integer(3) + head + tlv(4, security) + scoped)

    if credential.auth is None:
        return build(b"")
    return build(usm.sign(credential.auth, keys.auth, build(bytes(length))))


AUTH_USER = user_for(AuthProtocol.SHA)


@peer
@pytest.mark.parametrize(
    ("generic", "specific", "trap_oid"),
    [("0", "0", "1.3.6.1.6.3.1.1.5.1"), ("2", "0", LINK_DOWN), ("6", "17", "1.3.6.1.4.1.99.0.17")],
)
async def test_v1_trap_is_mapped_as_rfc_3584_says(
    tmp_path: Path, generic: str, specific: str, trap_oid: str
) -> None:
    inbox = Inbox()
    words = [
        "1.3.6.1.4.1.99",
        "10.1.2.3",
        generic,
        specific,
        "1234",
        "1.3.6.1.2.1.4.20.1.1.1",
        "a",
        "10.9.9.9",
    ]
    async with receiving(inbox) as receiver:
        await send(receiver, tmp_path, CommunityCredential("1", "trap-secret"), words)
        await settle(receiver, 1)
    (told,) = inbox.items
    assert (told.version, told.credential, told.trap_oid) == ("1", "traps", trap_oid)
    assert (told.enterprise, told.agent_address) == ("1.3.6.1.4.1.99", IPv4Address("10.1.2.3"))
    assert told.uptime_ticks == 1234
    assert told.varbinds[0].value == IPv4Address("10.9.9.9")


@peer
@pytest.mark.parametrize("inform", [False, True])
async def test_v2c_notification_arrives_and_an_inform_is_answered(tmp_path: Path, inform: bool) -> None:
    inbox = Inbox()
    async with receiving(inbox) as receiver:
        assert await send(receiver, tmp_path, COMMUNITY, inform=inform, options=["-r", "0", "-t", "5"]) == 0
        await settle(receiver, 1)
        (told,) = inbox.items
    assert (told.version, told.credential, told.user, told.inform) == ("2c", "traps", "", inform)
    assert (told.trap_oid, told.uptime_ticks, told.varbinds) == (LINK_DOWN, 4711, BODY)
    assert told.source_address == "127.0.0.1"
    assert "trap-secret" not in repr(told)


@peer
@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
async def test_inform_over_ipv6_is_answered(tmp_path: Path) -> None:
    inbox = Inbox()
    async with receiving(inbox, host="::1") as receiver:
        assert await send(receiver, tmp_path, COMMUNITY, inform=True, options=["-r", "0", "-t", "5"]) == 0
    assert inbox.items[0].source_address == "::1"


@peer
@pytest.mark.parametrize("credential", [PLAIN, *(user_for(*pair) for pair in offered_pairs())], ids=str)
async def test_v3_trap_and_inform_of_every_pair_arrive(tmp_path: Path, credential: UserCredential) -> None:
    inbox = Inbox()
    async with receiving(inbox, {"sender": credential}) as receiver:
        assert await send(receiver, tmp_path, credential) == 0
        await settle(receiver, 1)
        assert await send(receiver, tmp_path, credential, inform=True, options=["-r", "1", "-t", "5"]) == 0
    assert [told.inform for told in inbox.items] == [False, True]
    assert all(told.user == credential.user and told.credential == "sender" for told in inbox.items)
    assert all(told.varbinds == BODY and len(told.engine_id) > 4 for told in inbox.items)
    assert not receiver.counts.rejected


@peer
@pytest.mark.parametrize("inform", [False, True])
@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        (CommunityCredential("2c", "guess"), "unknown_community"),
        (dataclasses.replace(AES_USER, user="nobody"), "unknown_user"),
        (dataclasses.replace(AES_USER, auth_password="wrong-password"), "wrong_authentication"),
        (dataclasses.replace(AES_USER, auth=AuthProtocol.MD5), "wrong_authentication"),
        (dataclasses.replace(AES_USER, priv=None), "wrong_security_level"),
        (dataclasses.replace(AES_USER, auth=None, priv=None), "wrong_security_level"),
    ],
    ids=str,
)
async def test_refused_sender_is_counted_and_its_inform_unacknowledged(
    tmp_path: Path, credential: Credential, reason: str, inform: bool, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()
    with caplog.at_level(logging.WARNING):
        async with receiving(inbox) as receiver:
            status = await send(
                receiver, tmp_path, credential, inform=inform, options=["-r", "0", "-t", "0.3"]
            )
            await settle(receiver, 1)
    assert not inbox.items
    assert set(receiver.counts.rejected) == {reason}
    assert status == 0 or inform
    assert (status != 0) is inform
    assert reason in caplog.text
    assert "guess" not in caplog.text


@peer
async def test_wrong_privacy_password_reaches_nobody(tmp_path: Path) -> None:
    inbox = Inbox()
    credential = dataclasses.replace(AES_USER, priv_password="wrong-password")
    async with receiving(inbox) as receiver:
        await send(receiver, tmp_path, credential)
        await settle(receiver, 1)
    assert not inbox.items
    assert receiver.counts.rejected == {"not_a_notification": 1}


@peer
async def test_one_user_name_with_two_passwords_is_two_senders(tmp_path: Path) -> None:
    other = dataclasses.replace(AES_USER, auth_password="another-pass", priv_password="another-pass")
    inbox = Inbox()
    async with receiving(inbox, {"one": AES_USER, "two": other}) as receiver:
        for folder, credential in (("a", AES_USER), ("b", other)):
            for inform in (False, True):
                await send(
                    receiver, tmp_path / folder, credential, inform=inform, options=["-r", "1", "-t", "5"]
                )
        await settle(receiver, 4)
    assert [told.credential for told in inbox.items] == ["one", "one", "two", "two"]


async def test_trap_repeated_from_the_past_is_refused_and_a_reboot_is_not() -> None:
    inbox = Inbox()
    async with receiving(inbox, {"sender": AUTH_USER}) as receiver:
        now = v3_trap(AUTH_USER, boots=5, time=1000)
        inside, outside = v3_trap(AUTH_USER, boots=5, time=850), v3_trap(AUTH_USER, boots=5, time=848)
        throw(receiver, now, inside, outside, v3_trap(AUTH_USER, boots=4, time=5000))
        throw(receiver, v3_trap(AUTH_USER, boots=6, time=1), now)
        await settle(receiver, 6)
    assert len(inbox.items) == 3
    assert receiver.counts.rejected == {"not_in_time_window": 3}


async def test_only_listed_engines_may_send_when_a_list_is_given() -> None:
    inbox = Inbox()
    async with receiving(inbox, {"sender": AUTH_USER}, engine_ids=[ENGINE]) as receiver:
        throw(receiver, v3_trap(AUTH_USER), v3_trap(AUTH_USER, engine_id=ENGINE + b"2"))
        await settle(receiver, 2)
    assert [told.engine_id for told in inbox.items] == [ENGINE]
    assert receiver.counts.rejected == {"engine_not_allowed": 1}


async def test_signature_of_another_message_is_refused() -> None:
    inbox = Inbox()
    trap = v3_trap(AUTH_USER)
    async with receiving(inbox, {"sender": AUTH_USER}) as receiver:
        throw(receiver, trap[:-1] + bytes([trap[-1] ^ 1]))
        await settle(receiver, 1)
    assert not inbox.items
    assert receiver.counts.rejected == {"wrong_authentication": 1}


@pytest.mark.parametrize("engine_id", [b"", b"1234", b"x" * 33])
async def test_trap_without_a_proper_engine_id_is_refused(engine_id: bytes) -> None:
    async with receiving(Inbox(), {"sender": PLAIN}) as receiver:
        throw(receiver, v3_trap(PLAIN, engine_id=engine_id))
        await settle(receiver, 1)
    assert receiver.counts.rejected == {"no_engine_id": 1}


async def test_many_engines_leave_nothing_behind_in_pysnmp() -> None:
    """pysnmp alone keeps a row or a cache entry for each; that is how a stranger fills our memory."""
    inbox = Inbox()
    async with receiving(inbox, {"sender": AUTH_USER, "plain": PLAIN}) as receiver:
        for number in range(100):
            engine_id = ENGINE + number.to_bytes(2, "big")
            throw(receiver, v3_trap(AUTH_USER, engine_id=engine_id), v3_trap(user_for(AuthProtocol.MD5)))
            await settle(receiver, 2 * number + 2)
        caches = [vars(part._cache) for part in receiver._stateful]
    assert len(inbox.items) == 100
    assert receiver.counts.rejected == {"unknown_user": 100}
    assert all(not value for cache in caches for value in cache.values() if isinstance(value, dict))


@pytest.mark.parametrize("tag", [0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8])
async def test_other_pdus_are_no_notifications(tag: int) -> None:
    inbox = Inbox()
    async with receiving(inbox) as receiver:
        throw(receiver, v2_trap(tag=tag), v2_trap())
        await settle(receiver, 2)
    assert len(inbox.items) == 1
    assert receiver.counts.rejected == {"not_a_notification": 1}


async def test_trap_without_a_trap_oid_is_no_notification() -> None:
    inbox = Inbox()
    pdu = codec.encode_response(0xA7, 1, 0, 0, [Varbind(Oid.parse("1.3.6.1.2.1.1.3.0"), Tag.TIME_TICKS, 1)])
    async with receiving(inbox) as receiver:
        throw(receiver, codec.encode_message(1, b"trap-secret", pdu))
        await settle(receiver, 1)
    assert not inbox.items
    assert receiver.counts.rejected == {"not_a_notification": 1}


async def test_garbage_is_counted_and_the_next_trap_arrives() -> None:
    """Truncations and flipped bytes of good messages, and noise; the seed makes it the same noise each time."""
    chance = random.Random(3584)
    good = [v2_trap(), v2_trap(tag=0xA6), v3_trap(AUTH_USER), v3_trap(PLAIN), v3_trap(PLAIN, flags=4)]
    bad = [message[:cut] for message in good for cut in range(0, len(message), 3)]
    for message in good * 40:
        place = chance.randrange(len(message))
        bad.append(message[:place] + bytes([chance.randrange(256)]) + message[place + 1 :])
    bad += [chance.randbytes(chance.randrange(1, 80)) for _ in range(200)]
    inbox = Inbox()
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    async with receiving(inbox, CREDENTIALS | {"auth": AUTH_USER}) as receiver:
        for at, message in enumerate(bad):
            throw(receiver, message)
            await settle(receiver, at + 1)
        before = len(inbox.items)
        throw(receiver, v2_trap(77))
        await settle(receiver, len(bad) + 1)
        counts = receiver.counts
    assert not complaints
    assert inbox.items[before].uptime_ticks == 77
    told = counts.delivered + counts.dropped + counts.answered + counts.rejected.total()
    assert told == counts.received == len(bad) + 1
    assert counts.rejected["malformed"] > 100


async def test_burst_of_a_thousand_arrives_in_order() -> None:
    inbox = Inbox()
    async with receiving(inbox) as receiver:
        for start in range(0, 1000, 50):  # the kernel's buffer may hold no more of a burst than this
            throw(receiver, *(v2_trap(number) for number in range(start, start + 50)))
            await settle(receiver, 0)
            await asyncio.sleep(0)
        await settle(receiver, 1000)
    assert [told.uptime_ticks for told in inbox.items] == list(range(1000))


async def test_flood_beyond_the_queue_is_dropped_and_counted() -> None:
    inbox = Inbox()
    async with receiving(inbox, queue_limit=10) as receiver:
        throw(receiver, *(v2_trap(number) for number in range(100)))
        await settle(receiver, 100)
    assert receiver.counts.delivered == len(inbox.items)
    assert receiver.counts.dropped + receiver.counts.delivered == 100
    assert receiver.counts.dropped >= 80


async def test_inform_is_not_acknowledged_when_it_could_not_be_kept() -> None:
    calls: list[Notification] = []

    def fail_once(notification: Notification) -> None:
        calls.append(notification)
        if len(calls) == 1:
            raise ValueError("no room")

    loop = asyncio.get_running_loop()
    complaints: list[Any] = []
    loop.set_exception_handler(lambda _loop, context: complaints.append(context["exception"]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        async with receiving(fail_once) as receiver:
            inform = v2_trap(9, tag=0xA6)
            sender.sendto(inform, receiver.addresses[0])
            await settle(receiver, 1)
            with pytest.raises(BlockingIOError):
                sender.recv(2000)
            sender.sendto(inform, receiver.addresses[0])
            await settle(receiver, 2)
            answer = await asyncio.wait_for(loop.sock_recv(sender, 2000), 5)
    assert [str(error) for error in complaints] == ["no room"]
    version, at, end = codec.read_version(answer)
    pdu = codec.read_community_pdu(answer, at, end)
    assert (version, pdu.tag, pdu.request_id) == (1, 0xA2, 9)


async def test_rejections_are_logged_once_a_minute_without_the_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        async with receiving() as receiver:
            throw(receiver, *(v2_trap(number, b"guessed-secret") for number in range(50)))
            await settle(receiver, 50)
    assert receiver.counts.rejected == {"unknown_community": 50}
    assert len(caplog.records) == 1
    assert "guessed-secret" not in caplog.text


async def test_port_in_use_is_told_and_nothing_stays_open() -> None:
    async with receiving() as holder:
        taken = holder.addresses[0]
        second = NotificationReceiver([("127.0.0.1", 0), taken], CREDENTIALS, Inbox())
        with pytest.raises(NetopsError, match=f"port {taken[1]}"):
            await second.start()
        assert not second._sockets


async def test_receiver_starts_again_after_it_stopped() -> None:
    inbox = Inbox()
    receiver = NotificationReceiver([("127.0.0.1", 0)], CREDENTIALS, inbox)
    for turn in range(1, 3):
        await receiver.start()
        throw(receiver, v2_trap(turn))
        await settle(receiver, turn)
        await receiver.stop()
    assert [told.uptime_ticks for told in inbox.items] == [1, 2]


def test_uvloop_carries_the_receiver() -> None:
    uvloop = pytest.importorskip("uvloop")
    inbox = Inbox()

    async def run() -> None:
        async with receiving(inbox) as receiver:
            throw(receiver, v2_trap(5))
            await settle(receiver, 1)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
    assert [told.uptime_ticks for told in inbox.items] == [5]


def test_header_tells_who_sent() -> None:
    header = read_message_header(v3_trap(AUTH_USER, boots=3, time=9))
    assert (header.version, header.engine_id, header.user) == ("3", ENGINE, AUTH_USER.user.encode())
    assert (header.boots, header.time, header.level, header.reportable) == (3, 9, "authNoPriv", False)
    assert header.mac[1] - header.mac[0] == 12
