"""Polls to be shown, and the text taken apart again."""

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from netops.model.address import AddressReading
from netops.model.component import ComponentReading
from netops.model.interface import COUNTER_NAMES, InterfaceReading, InterfaceStatus
from netops.model.reading import (
    SENSOR_UNITS,
    DiskReading,
    Limits,
    LoadReading,
    PollResult,
    ProcessorReading,
    Reach,
    ReachabilityReading,
    SensorKind,
    SensorReading,
    SpaceReading,
    SubjectError,
    SystemReading,
)
from netops.model.service_check import CertificateReading, CheckFailure, ServiceCheckReading
from netops.model.supply import SupplyReading
from netops.model.vlan import VlanReading
from netops.settings.thresholds import ThresholdOptions

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
START_MS = 1_772_366_400_000
THRESHOLDS = ThresholdOptions.model_validate(
    {
        "processor": {"warning": 80},
        "temperature": {"warning": 30, "critical": 40, "clear": 28},
        "storage": {"critical": 90},
        "in_use": {"warning": 70},
        "interfaces": {"Gi0/2": {"in_use": {"off": True}}},
    }
)
"""Something of every family of thresholds."""


def make_interface(key: str = "Gi0/1", number: int = 1, **changes: object) -> InterfaceReading:
    """An interface that is up, with counters that differ by position."""
    reading = InterfaceReading(
        key,
        number,
        name=key,
        description=f"port {number}",
        alias="uplink",
        type="ethernetCsmacd",
        speed_bps=1_000_000_000,
        mtu=1500,
        mac="00:11:22:aa:bb:cc",
        admin_status=InterfaceStatus.UP,
        oper_status=InterfaceStatus.UP,
        duplex="full",
        counters=tuple(range(number * 100, number * 100 + len(COUNTER_NAMES))),
    )
    for name, value in changes.items():
        setattr(reading, name, value)
    return reading


def make_poll(device: str = "sw-1", *, after_seconds: float = 0, **subjects: object) -> PollResult:
    """A poll that got an answer to nothing but the subjects given."""
    result = PollResult(
        device,
        START + timedelta(seconds=after_seconds),
        duration_seconds=0.25,
        reachability=ReachabilityReading(Reach.YES, Reach.UNKNOWN, 0.002),
    )
    for name, value in subjects.items():
        setattr(result, name, value)
    return result


def make_silent_poll(device: str = "sw-1", *, after_seconds: float = 0) -> PollResult:
    """A poll that nobody answered but the echo."""
    error = SubjectError("reachability", "timeout", "no answer")
    reach = ReachabilityReading(Reach.NO, Reach.YES, icmp_rtt_seconds=0.001, error=error)
    return make_poll(device, after_seconds=after_seconds, reachability=reach)


def make_checks() -> list[ServiceCheckReading]:
    """One that is right but for its certificate, and one that fails."""
    certificate = CertificateReading(START + timedelta(days=3), "CN=web", "CN=us", is_trusted=False)
    return [
        ServiceCheckReading("web", "http", True, 0.25, status_code=200, certificate=certificate),
        ServiceCheckReading("ssh", "tcp", False, 0.5, CheckFailure.REFUSED, "Connection refused"),
    ]


def make_full_poll(device: str = "sw-1", *, after_seconds: float = 0) -> PollResult:
    """A poll with something of every family."""
    sensors = [
        SensorReading(
            f"{kind.value}/1",
            kind,
            f"{kind.value} one",
            23.5,
            SENSOR_UNITS[kind],
            "on",
            "ok",
            Limits(5, 10, 40, 50.5),
            "device",
        )
        for kind in SensorKind
    ]
    return make_poll(
        device,
        after_seconds=after_seconds,
        reachability=ReachabilityReading(Reach.YES, Reach.YES, 0.002, 0.001),
        system=SystemReading(name=device, uptime_seconds=1234.5, agent_uptime_seconds=234.5),
        interfaces=[make_interface("Gi0/1", 1), make_interface("Gi0/2", 2)],
        sensors=sensors,
        processors=[ProcessorReading("cpu 0", 12.5)],
        memory=[SpaceReading("Physical memory", 4_000, 1_000, 25.0)],
        storage=[SpaceReading("/", 9_000, 3_000, 33.3)],
        disks=[DiskReading("sda", 1, 2, 3, 4, 5.5)],
        load=LoadReading(0.5, 0.25, 0.125),
        supplies=[SupplyReading("Black", "toner", 55)],
        components=[ComponentReading(1, "chassis", "chassis")],
        vlans=[VlanReading(1, "default"), VlanReading(2, "guests")],
        neighbours=[],
        addresses=[AddressReading("10.0.0.1", 24, 1)],
        forwarding=[],
        arp=[],
        checks=make_checks(),
        errors=[SubjectError("neighbours", "error_status", "genErr")],
    )


def parse(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Read a page with prometheus-client's parser: name and sorted labels to value. Refuses twins."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for metric in text_string_to_metric_families(text.decode()):
        for sample in metric.samples:
            series = (sample.name, tuple(sorted(sample.labels.items())))
            assert series not in found
            found[series] = sample.value
    return found


def value_of(text: bytes, name: str, **labels: str) -> float | None:
    """Give the value of one series; None when it is not there."""
    return parse(text).get((name, tuple(sorted(labels.items()))))


def names_in(text: bytes) -> set[str]:
    """Give the names of all samples."""
    return {name for name, _labels in parse(text)}
