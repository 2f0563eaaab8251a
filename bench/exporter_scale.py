"""How long the exporter takes: CPU per poll rendered, one /metrics of a million samples, one /probe.

Run it with `python bench/exporter_scale.py`; `--devices 400` for a small machine. It prints a table.
"""

import argparse
import asyncio
import gc
import socket
import statistics
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta

import httpx
import uvicorn
from fastapi import FastAPI

from netops.exporter import DeviceFacts, DeviceRenderer, Exposition, Feed, SdTarget, create_exporter
from netops.model.interface import COUNTER_NAMES, InterfaceReading, InterfaceStatus
from netops.model.reading import PollResult, Reach, ReachabilityReading, SystemReading
from netops.telemetry import Telemetry

INTERFACES = 50
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_poll(device: str, number: int) -> PollResult:
    """A switch of 50 interfaces, its counters moved on since the poll before."""
    interfaces = [
        InterfaceReading(
            key=f"GigabitEthernet1/0/{port}",
            if_index=10_100 + port,
            name=f"GigabitEthernet1/0/{port}",
            description=f"GigabitEthernet1/0/{port}",
            alias=f"room {port // 4}, desk {port}",
            type="ethernetCsmacd",
            speed_bps=1_000_000_000,
            mtu=1500,
            mac=f"00:11:22:33:44:{port:02x}",
            admin_status=InterfaceStatus.UP,
            oper_status=InterfaceStatus.UP if port % 3 else InterfaceStatus.DOWN,
            duplex="full",
            counters=tuple(
                port * 123_456_789_012 + number * 750_000_000 + position
                for position in range(len(COUNTER_NAMES))
            ),
            wide=4095,
        )
        for port in range(1, INTERFACES + 1)
    ]
    return PollResult(
        device,
        START + timedelta(seconds=60 * number),
        duration_seconds=0.0421,
        reachability=ReachabilityReading(Reach.YES, Reach.YES, 0.0021, 0.0013),
        system=SystemReading(name=device, uptime_seconds=123456.78 + 60 * number),
        interfaces=interfaces,
    )


def measure_render(polls: int = 300) -> float:
    """Give milliseconds of CPU for one poll as text, labels known."""
    renderer = DeviceRenderer(DeviceFacts("sw-0001", "hall-a", "10.0.0.1"))
    results = [make_poll("sw-0001", number) for number in range(polls + 1)]
    blocks = renderer.render(results[0])
    began = time.process_time()
    for result in results[1:]:
        blocks = renderer.render(result, blocks)
    return (time.process_time() - began) / polls * 1000


def measure_update(*, by_device: bool, polls: int = 300) -> float:
    """Give milliseconds of CPU for a poll rendered and put in its place."""
    feed = Feed(Exposition(by_device=by_device))
    facts = DeviceFacts("sw-0001", "hall-a", "10.0.0.1")
    results = [make_poll("sw-0001", number) for number in range(polls + 1)]
    feed.take(facts, results[0])
    began = time.process_time()
    for result in results[1:]:
        feed.take(facts, result)
    return (time.process_time() - began) / polls * 1000


def fill(devices: int, *, by_device: bool) -> tuple[Feed, int]:
    """Give the exposition of a fleet, and the bytes it added to this process, tracemalloc's count."""
    feed = Feed(Exposition(by_device=by_device))
    tracemalloc.start()
    for number in range(devices):
        name = f"sw-{number:05}"
        feed.take(DeviceFacts(name, "hall-a", f"10.0.{number // 256}.{number % 256}"), make_poll(name, 1))
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return feed, held


async def serve_and_ask(feed: Feed, ask: Callable[[str], Coroutine[None, None, None]], devices: int) -> float:
    """Serve the exposition beside a loop that ticks; give the longest stall of the loop in milliseconds."""
    app = FastAPI()
    targets = [SdTarget(f"sw-{number:05}") for number in range(devices)]
    app.include_router(create_exporter(feed.exposition, Telemetry("bench"), lambda: targets))
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each small answer waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.01)
        stall = 0.0

        async def tick() -> None:
            nonlocal stall
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.001)
                stall = max(stall, time.perf_counter() - began - 0.001)

        ticker = asyncio.create_task(tick())
        try:
            await asyncio.to_thread(asyncio.run, ask(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        finally:
            ticker.cancel()
            server.should_exit = True
            await task
    return stall * 1000


async def ask_metrics(base: str, *, coding: str) -> None:
    """Scrape /metrics three times, and print the best."""
    seconds, size = [], 0
    async with httpx.AsyncClient(headers={"Accept-Encoding": coding}, timeout=60) as client:
        for _ in range(3):
            began = time.perf_counter()
            size = 0
            async with client.stream("GET", f"{base}/metrics") as response:
                async for chunk in response.aiter_raw():
                    size += len(chunk)
            seconds.append(time.perf_counter() - began)
    print(f"/metrics over HTTP ({coding})    {min(seconds):8.3f} s   {size / 1e6:.1f} MB on the wire")


async def ask_probes(base: str, *, coding: str) -> None:
    """Probe 300 devices one after the other, and print the median and the slowest but three."""
    seconds = []
    async with httpx.AsyncClient(headers={"Accept-Encoding": coding}, timeout=60) as client:
        for number in range(300):
            began = time.perf_counter()
            response = await client.get(f"{base}/probe", params={"target": f"sw-{number % 100:05}"})
            seconds.append(time.perf_counter() - began)
            response.raise_for_status()
    median, high = statistics.median(seconds) * 1000, sorted(seconds)[-4] * 1000
    print(f"/probe over HTTP ({coding})      {median:8.2f} ms median, {high:.2f} ms p99")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1_150, help="switches of 50 interfaces on /metrics")
    devices = parser.parse_args().devices
    print(f"CPU to render one switch               {measure_render():8.3f} ms")
    print(f"CPU to render and hold it (/metrics)   {measure_update(by_device=False):8.3f} ms")
    print(f"CPU to render and hold it (/probe)     {measure_update(by_device=True):8.3f} ms")
    feed, held = fill(devices, by_device=False)
    began = time.perf_counter()
    text = feed.exposition.metrics()
    joined = time.perf_counter() - began
    samples = text.count(b"\n") - text.count(b"\n# ") - 1
    print(
        f"join in one piece                      {joined:8.3f} s   {samples} samples, {len(text) / 1e6:.1f} MB"
    )
    print(f"memory of {devices} switches            {held / 1e6:8.1f} MB  {held / devices / 1e3:.1f} kB each")
    del text
    for coding in ("identity", "gzip"):
        stall = asyncio.run(serve_and_ask(feed, lambda base, c=coding: ask_metrics(base, coding=c), devices))  # type: ignore[misc] # a default argument binds it
        print(f"  longest stall of the loop meanwhile  {stall:8.1f} ms")
    for coding in ("identity", "gzip"):
        asyncio.run(serve_and_ask(feed, lambda base, c=coding: ask_probes(base, coding=c), devices))  # type: ignore[misc] # as above
    del feed
    feed, held = fill(devices, by_device=True)
    print(
        f"memory of {devices} switches, /probe only {held / 1e6:6.1f} MB  {held / devices / 1e3:.1f} kB each"
    )
    asyncio.run(serve_and_ask(feed, lambda base: ask_probes(base, coding="gzip"), devices))


if __name__ == "__main__":
    main()
