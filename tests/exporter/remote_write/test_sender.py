"""Sending to servers that answer as told, and to real ones."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from exporter.remote_write.test_encode import read_request
from netops.clock import SystemClock
from netops.exporter.remote_write import DiskQueue, RemoteWriter, Target
from netops.exporter.remote_write.sender import SendPace
from peers.prometheus import Prometheus, free_tcp_port
from peers.victoria import VictoriaMetrics

FAST = SendPace(collect_seconds=0.01, retry_seconds=0.01, retry_seconds_most=0.02)
BLOCK = {"netops_device_up": b'netops_device_up{device="sw-1",site="main"} 1\n'}


class Store:
    """A receiver that answers with what stands next in ``answers``, and then with 204."""

    def __init__(self, *answers: int | type[Exception]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self._changed = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self._changed.set()
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, type):
            raise answer("broken")
        return httpx.Response(answer, text="because")

    async def until(self, ask: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not ask():
                self._changed.clear()
                await asyncio.wait_for(self._changed.wait(), 30)


@asynccontextmanager
async def sending(tmp_path, monkeypatch, store, **target) -> AsyncIterator[RemoteWriter]:
    plain = httpx.AsyncClient

    def client(**arguments):
        return plain(transport=httpx.MockTransport(store), **arguments)

    monkeypatch.setattr(httpx, "AsyncClient", client)
    queue = DiskQueue(tmp_path / "queue", 10_000)
    writer = RemoteWriter(Target("http://store/write", **target), queue, SystemClock(), FAST)
    writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


async def eventually(ask: Callable[[], bool]) -> None:
    """Let the other tasks run until the answer is true."""
    async with asyncio.timeout(30):
        while not ask():  # noqa: ASYNC110 - what is awaited is a number of the product
            await asyncio.sleep(0)


async def settle(store, writer):
    await eventually(lambda: not len(writer.queue))


@pytest.mark.parametrize("trouble", [500, 503, 429, 401, 404, httpx.ConnectError, httpx.ReadTimeout])
async def test_what_is_not_taken_is_sent_again_until_it_is(tmp_path, monkeypatch, trouble):
    store = Store(trouble, trouble)
    async with sending(tmp_path, monkeypatch, store) as writer:
        writer.take(BLOCK, 1000)
        await store.until(lambda: len(store.requests) == 3)
        await settle(store, writer)
        assert (writer.sent_samples, writer.failures, writer.failing_seconds) == (1, 2, 0.0)
    assert {request.content for request in store.requests} == {store.requests[0].content}
    headers = store.requests[0].headers
    assert headers["content-encoding"] == "snappy"
    assert headers["content-type"] == "application/x-protobuf"
    assert headers["x-prometheus-remote-write-version"] == "0.1.0"
    assert read_request(store.requests[0].content)[0][2] == 1000


async def test_what_is_refused_for_good_is_counted_and_the_next_goes_on(tmp_path, monkeypatch, caplog):
    store = Store(400)
    async with sending(tmp_path, monkeypatch, store) as writer:
        writer.take(BLOCK, 1000)
        await store.until(lambda: len(store.requests) == 1)
        writer.take(BLOCK, 2000)
        await store.until(lambda: len(store.requests) == 2)
        await settle(store, writer)
        assert writer.queue.dropped["refused"] == 1
        assert writer.sent_samples == 1
    assert "refuses a message for good: 400 because" in caplog.text


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"bearer_token": "t0ken"}, "Bearer t0ken"),
        ({"username": "u", "password": "pass"}, "Basic " + base64.b64encode(b"u:pass").decode()),
    ],
)
async def test_we_prove_who_we_are_and_no_secret_is_logged(tmp_path, monkeypatch, caplog, target, expected):
    store = Store(401)
    caplog.set_level("DEBUG")
    async with sending(tmp_path, monkeypatch, store, **target) as writer:
        writer.take(BLOCK, 1)
        await store.until(lambda: len(store.requests) == 2)
    assert store.requests[0].headers["authorization"] == expected
    assert not any(secret in caplog.text for secret in ("t0ken", "pass", expected))


async def test_what_came_last_waits_on_the_disk_for_the_next_start(tmp_path, monkeypatch):
    away = Store(*[httpx.ConnectError] * 10_000)
    async with sending(tmp_path, monkeypatch, away) as writer:
        writer.take(BLOCK, 1000)
    assert len(DiskQueue(tmp_path / "queue", 10_000)) == 1
    back = Store()
    monkeypatch.undo()
    async with sending(tmp_path, monkeypatch, back) as writer:
        await back.until(lambda: len(back.requests) == 1)
        await settle(back, writer)
    assert read_request(back.requests[0].content)[0][2] == 1000


def make_polls(now: int, count: int = 5):
    for number in range(count):
        at = now - (count - number) * 1000
        line = f'netops_interface_in_bytes_total{{device="sw \\"1\\"",interface="Gi0/1 空"}} {number * 10} {at}\n'
        yield BLOCK | {"netops_interface_in_bytes_total": line.encode()}, at


async def send_through_an_outage(url: str, tmp_path, start: Callable[[], None]) -> RemoteWriter:
    """Take polls while nobody listens, then let the store come up."""
    queue = DiskQueue(tmp_path / "queue", 1_000_000)
    writer = RemoteWriter(Target(url), queue, SystemClock(), SendPace(0.01, 0.05, 0.2))
    writer.start()
    try:
        for blocks, at in make_polls(round(time.time() * 1000)):
            writer.take(blocks, at)
        await eventually(lambda: writer.failures > 0)
        await asyncio.to_thread(start)
        await eventually(lambda: not len(queue))
    finally:
        await writer.stop()
    return writer


COUNTER = (
    ("__name__", "netops_interface_in_bytes_total"),
    ("device", 'sw "1"'),
    ("interface", "Gi0/1 空"),
)


@pytest.mark.peer("prometheus")
async def test_a_real_prometheus_gets_everything_that_waited_for_it(tmp_path):
    prometheus = Prometheus(
        tmp_path / "prometheus", "global: {}\n", free_tcp_port(), ("--web.enable-remote-write-receiver",)
    )
    url = f"http://127.0.0.1:{prometheus.port}/api/v1/write"
    try:
        writer = await send_through_an_outage(url, tmp_path, prometheus.__enter__)
        now = time.time()
        assert writer.sent_samples == 10
        assert writer.queue.dropped.total() == 0
        assert prometheus.query("netops_interface_in_bytes_total", now)[COUNTER] == 40
        counted = prometheus.query("count_over_time(netops_interface_in_bytes_total[1m])", now)
        assert list(counted.values()) == [5]
        assert prometheus.complaints() == []
    finally:
        prometheus.stop()


@pytest.mark.peer("victoria-metrics")
async def test_a_real_victoriametrics_gets_everything_that_waited_for_it(tmp_path):
    victoria = VictoriaMetrics(tmp_path / "victoria", free_tcp_port())
    url = f"http://127.0.0.1:{victoria.port}/api/v1/write"
    try:
        writer = await send_through_an_outage(url, tmp_path, victoria.__enter__)
        now = time.time()
        assert writer.sent_samples == 10
        query = "count_over_time(netops_interface_in_bytes_total[1m])"
        await asyncio.to_thread(victoria.wait_for, lambda: list(victoria.query(query, now).values()) == [5])
        assert victoria.query("netops_interface_in_bytes_total", now)[COUNTER] == 40
    finally:
        victoria.stop()
