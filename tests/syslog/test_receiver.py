"""The receiver on real sockets: each transport, real senders, floods and garbage."""

import asyncio
import socket
import subprocess

import pytest

from fakes import FakeClock
from netops.change_watch import make_context
from netops.errors import NetopsError
from netops.settings.syslog import SyslogSettings
from netops.syslog import receiver as receiver_module
from netops.syslog.receiver import Listen, SyslogReceiver
from peers.syslog import send_by_logger, send_by_openssl

HERE = ("127.0.0.1", 0)


class Catcher:
    """Keeps messages, and lets a test wait for them."""

    def __init__(self):
        self.messages = []
        self._came = asyncio.Event()

    def __call__(self, message):
        self.messages.append(message)
        self._came.set()

    async def wait(self, count):
        async with asyncio.timeout(20):
            while len(self.messages) < count:
                self._came.clear()
                await self._came.wait()
        return self.messages


@pytest.fixture
async def start():
    started = []

    async def begin(listen, **options):
        catcher = Catcher()
        made = SyslogReceiver(listen, catcher, FakeClock(), **options)
        await made.start()
        started.append(made)
        return made, catcher

    yield begin
    for made in started:
        await made.stop()


def port_of(receiver):
    return receiver.addresses[0][2]


@pytest.mark.peer("logger")
@pytest.mark.parametrize(
    ("transport", "options"),
    [
        ("udp", ("--udp", "--rfc5424")),
        ("udp", ("--udp", "--rfc3164")),
        ("tcp", ("--tcp", "--rfc5424")),
        ("tcp", ("--tcp", "--rfc3164")),
        ("tcp", ("--tcp", "--rfc5424", "--octet-count")),
    ],
)
async def test_what_logger_sends_is_received(start, transport, options):
    receiver, catcher = await start(Listen(**{transport: [HERE]}))
    await asyncio.to_thread(
        send_by_logger, port_of(receiver), "接口 Gi1/0/1 down", "--priority", "local7.notice", *options
    )
    [message] = await catcher.wait(1)
    assert (message.transport, message.source_address) == (transport, "127.0.0.1")
    assert (message.facility, message.severity) == (23, 5)
    assert message.application == "peer"
    assert message.text == "接口 Gi1/0/1 down"
    assert message.form == ("rfc3164" if "--rfc3164" in options else "rfc5424")
    assert receiver.counts.received == {transport: 1}


async def test_ipv6_is_received_too(start):
    receiver, catcher = await start(Listen(udp=[("::1", 0)], tcp=[("::1", 0)]))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>over six", ("::1", port_of(receiver)))
    _reader, writer = await asyncio.open_connection("::1", receiver.addresses[1][2])
    writer.write(b"<13>over six\n")
    writer.close()
    messages = await catcher.wait(2)
    assert {(message.transport, message.source_address) for message in messages} == {
        ("udp", "::1"),
        ("tcp", "::1"),
    }


async def test_a_flood_of_one_sender_leaves_room_for_others(start, monkeypatch):
    """All before the loop turns: what one address sends fills its share and no more."""
    receiver, catcher = await start(Listen(udp=[HERE]), queue_limit=40)
    for number in range(30):
        if receiver._is_fair("192.0.2.1"):
            receiver._put(b"<13>flood %d" % number, "192.0.2.1", "udp")
    assert len(receiver._queue) == 10
    receiver._put(b"<13>a quiet one", "192.0.2.2", "udp")
    messages = await catcher.wait(11)
    assert messages[-1].source_address == "192.0.2.2"
    assert receiver._of_sender == {}


async def test_datagrams_beyond_the_queue_are_counted(start):
    receiver, catcher = await start(Listen(udp=[HERE]), queue_limit=4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(5):
            sender.sendto(b"<13>%d" % number, ("127.0.0.1", port_of(receiver)))
        receiver._drain(receiver._sockets[0])
    assert receiver.counts.rejected["flood"] == 4
    await catcher.wait(1)


async def test_a_stream_waits_instead_of_losing_messages(start):
    receiver, catcher = await start(Listen(tcp=[HERE]), queue_limit=8)
    _reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"".join(b"<13>%d\n" % number for number in range(3000)))
    writer.close()
    messages = await catcher.wait(3000)
    assert [message.text for message in messages] == [str(number) for number in range(3000)]
    assert receiver.counts.rejected == {}


async def test_a_stream_out_of_step_is_closed_and_the_next_is_heard(start):
    receiver, catcher = await start(Listen(tcp=[HERE]))
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"9999999 <13>x")
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
    assert receiver.counts.rejected == {"framing": 1}
    _reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"<13>still there\n")
    writer.close()
    assert (await catcher.wait(1))[0].text == "still there"


async def test_one_sender_has_only_so_many_connections(start, monkeypatch):
    monkeypatch.setattr(receiver_module, "MOST_CONNECTIONS_OF_ONE", 2)
    receiver, catcher = await start(Listen(tcp=[HERE]))
    writers = []
    for number in range(2):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
        writer.write(b"<13>%d\n" % number)
        writers.append(writer)
    await catcher.wait(2)
    reader, third = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    assert await asyncio.wait_for(reader.read(), 20) == b""
    assert receiver.counts.rejected == {"connections": 1}
    for writer in (*writers, third):
        writer.close()


async def test_a_long_datagram_is_cut_and_counted(start):
    receiver, catcher = await start(Listen(udp=[HERE]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>" + b"x" * 60_000, ("127.0.0.1", port_of(receiver)))
    [message] = await catcher.wait(1)
    assert message.is_cut
    assert receiver.counts.cut == 1


async def test_a_listener_that_fails_ends_nothing(start):
    failures, all_failed = [], asyncio.Event()

    def note(_loop, context):
        failures.append(context)
        if len(failures) == 3:
            all_failed.set()

    asyncio.get_running_loop().set_exception_handler(note)
    receiver, _catcher = await start(Listen(udp=[HERE]))
    calls = []

    def fail(message):
        calls.append(message)
        raise ValueError(message.text)

    receiver._on_message = fail
    for number in range(3):
        receiver._put(b"<13>%d" % number, "192.0.2.1", "udp")
    async with asyncio.timeout(20):
        await all_failed.wait()
    assert [message.text for message in calls] == ["0", "1", "2"]


async def test_stopping_with_open_connections_is_no_fault(start):
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    receiver, catcher = await start(Listen(tcp=[HERE]))
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"<13>here\n")
    await catcher.wait(1)
    await receiver.stop()
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()
    assert (faults, receiver.connections) == ([], 0)


async def test_a_place_that_is_taken_is_told(start):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(HERE)
        taken.listen()
        with pytest.raises(NetopsError, match=r"cannot listen for syslog on TCP 127\.0\.0\.1"):
            await start(Listen(udp=[HERE], tcp=[taken.getsockname()]))


# --- TLS


def make_certificate(folder, name, *more):
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={name}", *more]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def tls(tmp_path):
    certificate, key = make_certificate(tmp_path, "server")
    return {"tls": ["127.0.0.1:0"], "tls_certificate": str(certificate), "tls_key": str(key)}


@pytest.mark.peer("openssl")
async def test_tls_carries_counted_messages(start, tls):
    context = make_context(SyslogSettings.model_validate(tls))
    receiver, catcher = await start(Listen(tls=[HERE], context=context))
    await asyncio.to_thread(send_by_openssl, port_of(receiver), b"12 <13>over TLS")
    [message] = await catcher.wait(1)
    assert (message.transport, message.text) == ("tls", "over TLS")


@pytest.mark.peer("openssl")
async def test_with_authorities_only_their_devices_are_let_in(start, tls, tmp_path):
    certificate, key = make_certificate(tmp_path, "device")
    context = make_context(SyslogSettings.model_validate(tls | {"tls_clients": str(certificate)}))
    receiver, catcher = await start(Listen(tls=[HERE], context=context))
    await asyncio.to_thread(send_by_openssl, port_of(receiver), b"12 <13>stranger")
    shown = ("-cert", str(certificate), "-key", str(key))
    await asyncio.to_thread(send_by_openssl, port_of(receiver), b"10 <13>device", *shown)
    [message] = await catcher.wait(1)
    assert message.text == "device"


@pytest.mark.peer("openssl")
async def test_garbage_in_place_of_a_handshake_ends_nothing(start, tls):
    context = make_context(SyslogSettings.model_validate(tls))
    receiver, catcher = await start(Listen(tls=[HERE], context=context))
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(receiver))
    writer.write(b"<13>no handshake\n")
    await asyncio.wait_for(reader.read(), 20)
    writer.close()
    await asyncio.to_thread(send_by_openssl, port_of(receiver), b"11 <13>with TLS"[:14])
    assert (await catcher.wait(1))[0].text.startswith("with")


def test_a_certificate_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "x").write_text("nothing")
    settings = {
        "tls": ["127.0.0.1:0"],
        "tls_certificate": str(tmp_path / "x"),
        "tls_key": str(tmp_path / "no"),
    }
    with pytest.raises(NetopsError, match="cannot be used"):
        make_context(SyslogSettings.model_validate(settings))
