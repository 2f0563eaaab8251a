"""The shipped rules over many series: how long an evaluation takes, and how long it holds the event loop.

Simulates switches of 48 ports with everything the rules read, an hour of polls a minute apart, some of it wrong
so that alerts fire. `python bench/rules.py [--series 15000]`
"""

import argparse
import asyncio
import gc
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from netops.alerting.head import Head
from netops.alerting.labels import Labels
from netops.alerting.rule_set import RuleSet
from netops.services.check_rules import load_rules

ROOT = Path(__file__).parent.parent
PORTS = 48
MINUTES = 60
START = datetime(2026, 1, 1, tzinfo=UTC)
COUNTERS = (
    *("in_bytes", "out_bytes", "in_unicast_packets", "out_unicast_packets"),
    *("in_errors", "out_errors", "in_discards", "out_discards"),
)

Sample = tuple[Labels, float]


class Switch:
    """One switch: the labels of its series, and a poll's values for them."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name = name
        self.rng = rng
        self.labels: tuple[Labels, ...] = ()
        self.device = [
            self._label(metric) for metric in ("up", "icmp_up", "uptime_seconds", "agent_uptime_seconds")
        ]
        self.device[0] = Labels({"__name__": "netops_device_up", "device": name, "site": "hq"})
        self.times = [
            self._label(metric)
            for metric in ("icmp_rtt_seconds", "snmp_rtt_seconds", "poll_duration_seconds")
        ]
        self.ports = [self._port(f"Gi1/0/{number + 1}") for number in range(PORTS)]
        self.sensors = [
            Labels(
                {
                    "__name__": f"netops_sensor_{kind}",
                    "device": name,
                    "sensor": f"s{number}",
                    "key": f"k{number}",
                }
            )
            for number in range(8)
            for kind in ("temperature_celsius", "level")
        ]

    def _label(self, metric: str) -> Labels:
        return Labels({"__name__": f"netops_device_{metric}", "device": self.name})

    def _port(self, interface: str) -> tuple[list[Labels], list[Labels]]:
        common = {"device": self.name, "interface": interface}
        states = [
            Labels({"__name__": f"netops_interface_{metric}", **common})
            for metric in ("up", "admin_status", "oper_status", "speed_bytes")
        ]
        uplink = "uplink to core" if interface.endswith("/48") else "room"
        info = {"alias": uplink, "description": interface, "type": "ethernetCsmacd", "duplex": "full"}
        states.append(Labels({"__name__": "netops_interface_info", **common, **info}))
        counters = [Labels({"__name__": f"netops_interface_{name}_total", **common}) for name in COUNTERS]
        return states, counters

    def poll(self, minute: int) -> Iterator[Sample]:
        rng = self.rng
        yield from zip(self.device, (1.0, 1.0, 1e6 + minute * 60, 1e6 + minute * 60), strict=True)
        yield from ((labels, rng.random() / 100) for labels in self.times)
        for number, (states, counters) in enumerate(self.ports):
            is_down = (number + 1) % 24 == 0 and rng.random() < 0.5
            yield from zip(
                states, (float(not is_down), 1.0, 2.0 if is_down else 1.0, 125e6, 1.0), strict=True
            )
            for place, labels in enumerate(counters):
                yield (
                    labels,
                    float(minute * (7_000_000_000, 50_000, 6, 60)[min(place // 2, 3)] * (1 + number % 3)),
                )
        for number, labels in enumerate(self.sensors):
            yield labels, float(number % 3 if labels.name.endswith("level") else 20 + rng.random())


def fill(series: int) -> tuple[RuleSet, Head, list[Switch]]:
    rules = RuleSet(load_rules(sorted((ROOT / "alerts").glob("*.yaml"))), evaluates_unread=False)
    head = Head(rules.needs)
    rng = random.Random(1)
    one = len(list(Switch("x", rng).poll(0)))
    switches = [Switch(f"switch-{number}", rng) for number in range(round(series / one))]
    for minute in range(MINUTES):
        take_polls(head, switches, minute)
        head.absorb()
    return rules, head, switches


def take_polls(head: Head, switches: list[Switch], minute: int) -> None:
    at_ms = int((START + timedelta(minutes=minute)).timestamp() * 1000)
    for switch in switches:
        labels, values = zip(*switch.poll(minute), strict=True)
        # The very same list each time, as InterfaceColumns gives it.
        switch.labels = switch.labels or labels
        head.take(switch.name, at_ms, switch.labels, values)


async def measure_stall(work: Callable[[], object]) -> float:
    """Do something in a thread, and give the longest time in which the event loop did not come round."""
    longest = 0.0
    before = time.perf_counter()
    task = asyncio.create_task(asyncio.to_thread(work))
    while not task.done():
        await asyncio.sleep(0)
        after = time.perf_counter()
        longest = max(longest, after - before)
        before = after
    await task
    return longest


def spin() -> None:
    """Count for a quarter of a second of CPU: what any thread of Python does to the loop on this machine now."""
    end = time.thread_time() + 0.25
    while time.thread_time() < end:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    rules, head, switches = fill(options.series)
    count = sum(len(group.rules) for file in rules.files for group in file.groups)
    walls, cpus, stalls, idle = [], [], [], []
    # As the daemon has it (netops/cli/run.py): what lives long is no business of the collector.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 1_000)
    for number in range(options.rounds):
        minute = MINUTES + number
        take_polls(head, switches, minute)
        began = time.perf_counter()
        head.absorb()
        absorbed = time.perf_counter() - began
        now = START + timedelta(minutes=minute, seconds=10)
        if number % 2:
            stalls.append(asyncio.run(measure_stall(partial(rules.evaluate, head, now))))
            idle.append(asyncio.run(measure_stall(spin)))
            continue
        began, cpu = time.perf_counter(), time.process_time()
        found = rules.evaluate(head, now)
        walls.append(time.perf_counter() - began)
        cpus.append(time.process_time() - cpu)
    size = head.size()
    print(f"{count} rules, {size.series} series, {size.samples} samples, {len(found.alerts)} alerts")
    print(
        f"evaluation: median {statistics.median(walls):.3f} s, first {walls[0]:.3f} s (CPU {statistics.median(cpus):.3f} s)"
    )
    told = f"{max(stalls) * 1000:.0f} ms, median {statistics.median(stalls) * 1000:.0f} ms"
    print(
        f"longest stall of the event loop meanwhile: {told}; beside a thread that only counts: {max(idle) * 1000:.0f} ms"
    )
    print(f"taking over one poll of all devices: {absorbed:.3f} s; failures: {len(found.failures)}")
    print(f"peak RSS: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
