"""A real Prometheus reads a served exporter, in both layouts of configs/prometheus/."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.polls import make_interface, make_poll
from netops.exporter.app import SdTarget, create_exporter
from netops.exporter.exposition import Exposition
from netops.exporter.feed import Feed
from netops.exporter.render import DeviceFacts
from netops.model.reading import Reach, ReachabilityReading, SubjectError
from netops.telemetry import Telemetry
from peers.prometheus import Prometheus, check_configuration

CONFIGURATIONS = Path(__file__).parents[2] / "configs" / "prometheus"
BYTES_PER_SECOND = 12_345_678
POLLS = 25
GAPS_SECONDS = (5.0, 4.6, 5.3, 5.1, 4.9)
"""From one poll to the next: polls are never quite on time."""


@dataclass
class World:
    """A switch whose counter has a known slope, and which is polled once per scrape, in a past of its own."""

    feed: Feed = field(default_factory=lambda: Feed(Exposition()))
    telemetry: Telemetry = field(default_factory=lambda: Telemetry("1.0"))
    targets: list[SdTarget] = field(default_factory=lambda: [SdTarget("sw-1", "10.0.0.1", tags=("core",))])
    instants: list[datetime] = field(default_factory=list)
    removed: bool = False

    def __post_init__(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        self._first = self._next = now - timedelta(seconds=POLLS * 5)
        silent = make_poll("dead-1")
        silent.reachability = ReachabilityReading(
            Reach.NO, error=SubjectError("reachability", "timeout", "no answer")
        )
        self.feed.take(DeviceFacts("dead-1"), silent)
        self.targets.append(SdTarget("dead-1"))

    def poll(self) -> None:
        """Poll the switch as of the next instant, until the last."""
        if self.removed or len(self.instants) == POLLS:
            return
        elapsed = (self._next - self._first).total_seconds()
        counted = 2**40 + round(elapsed * BYTES_PER_SECOND)
        result = make_poll("sw-1", interfaces=[make_interface(counters=(counted, *(0,) * 11))])
        result.started_at = self._next
        self.feed.take(DeviceFacts("sw-1", "hall-a"), result)
        self.instants.append(self._next)
        self._next += timedelta(seconds=GAPS_SECONDS[len(self.instants) % len(GAPS_SECONDS)])

    def remove(self) -> None:
        """Take the switch out of the inventory."""
        self.removed = True
        self.feed.remove("sw-1")
        self.targets[:] = [target for target in self.targets if target.name != "sw-1"]


class PollBeforeScrape:
    """Lets the world go on by one poll before each scrape of /metrics, on the server's own loop."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/metrics":
            self._world.poll()
        await self._app(scope, receive, send)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def port(world: World) -> Iterator[int]:
    """Serve the world's exporter; gives the port."""
    app = FastAPI()
    app.include_router(create_exporter(world.feed.exposition, world.telemetry, lambda: world.targets))
    served = PollBeforeScrape(app, world)
    # asyncio sets TCP_NODELAY only on sockets that name their protocol.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(served, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            for _ in range(200):
                if server.started:
                    break
                time.sleep(0.02)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


def shipped(name: str, port: int) -> str:
    """Give a shipped configuration, with our port, and scrapes as quick as a test wants them."""
    text = (CONFIGURATIONS / name).read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8470", f"127.0.0.1:{port}")
    assert "scrape_interval: 30s" in text
    return text.replace("scrape_interval: 30s", "scrape_interval: 200ms\n  scrape_timeout: 200ms")


@pytest.mark.peer("promtool")
@pytest.mark.parametrize("path", sorted(CONFIGURATIONS.glob("*.yml")), ids=lambda path: path.name)
def test_a_shipped_configuration_is_one_prometheus_takes(path: Path) -> None:
    assert "SUCCESS" in check_configuration(path)


@pytest.mark.peer("prometheus")
def test_rate_is_exact_whenever_prometheus_comes_by(world: World, port: int, tmp_path: Path) -> None:
    """The polls are 5 s apart by their timestamps and a moment apart by the scrapes."""
    with Prometheus(tmp_path, shipped("prometheus.yml", port)) as prometheus:
        prometheus.wait_for(lambda: len(world.instants) == POLLS, "scrapes")
        last = world.instants[-1].timestamp()
        prometheus.wait_for(
            lambda: (
                prometheus.query("timestamp(netops_interface_in_bytes_total)", last + 1)
                and max(prometheus.query("timestamp(netops_interface_in_bytes_total)", last + 1).values())
                == last
            ),
            "the last poll",
        )
        for window in ("30s", "1m", "90s"):
            rates = prometheus.query(f"rate(netops_interface_in_bytes_total[{window}])", last)
            assert len(rates) == 1
            assert next(iter(rates.values())) == pytest.approx(BYTES_PER_SECOND, rel=0.001)
        told = prometheus.query("count_over_time(netops_interface_in_bytes_total[10m])", last)
        assert set(told.values()) == {POLLS}
        assert set(prometheus.query('netops_device_up{device="sw-1"}').values()) == {1}
        world.remove()
        prometheus.wait_for(
            lambda: not prometheus.query('netops_device_up{device="sw-1"}'), "the end of a removed device"
        )
        assert prometheus.complaints() == []


@pytest.mark.peer("prometheus")
def test_each_device_is_a_target_of_its_own(world: World, port: int, tmp_path: Path) -> None:
    with Prometheus(tmp_path, shipped("prometheus-probe.yml", port)) as prometheus:

        def both_up() -> dict[tuple[tuple[str, str], ...], float]:
            found = prometheus.query('up{job="netops-devices"} == 1')
            return found if len(found) == 2 else {}

        up = prometheus.wait_for(both_up, "two devices")
        assert {dict(labels)["instance"] for labels in up} == {"sw-1", "dead-1"}
        devices = prometheus.wait_for(
            lambda: prometheus.query('netops_device_up{job="netops-devices",device="dead-1"}'),
            "a dead device",
        )
        assert set(devices.values()) == {0}
        assert {dict(labels)["instance"] for labels in devices} == {"dead-1"}
        reasons = prometheus.query('netops_device_poll_failed{job="netops-devices"}')
        assert [dict(labels)["kind"] for labels in reasons] == ["timeout"]
