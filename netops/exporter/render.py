"""One device's poll as text, ready to be joined at a scrape."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from netops.exporter.families import (
    CHECKS,
    DEVICE,
    DEVICE_INFO_LABELS,
    DISK,
    INTERFACE,
    INTERFACE_THRESHOLD,
    INVENTORY,
    LOAD,
    MEMORY,
    PROCESSOR,
    SENSOR,
    SENSOR_THRESHOLD,
    STORAGE,
    STORAGE_THRESHOLD,
    SUPPLY_LEVEL,
)
from netops.exporter.interface_blocks import InterfaceBlocks
from netops.exporter.subject_blocks import SUBJECTS, Sample, make_blocks
from netops.exporter.text import make_tail
from netops.exporter.threshold_samples import ItemThresholds, list_device_thresholds
from netops.model.reading import PollResult, Reach
from netops.settings.thresholds import NO_THRESHOLDS, ThresholdOptions

Blocks = dict[str, bytes]
"""Family to its samples of one device, each line ended, without HELP and TYPE; never empty bytes."""

_FAMILIES = {family.name.removeprefix("netops_device_"): family for family in DEVICE}
_SUBJECT_FAMILIES: dict[str, tuple[str, ...]] = {
    subject: tuple(family.name for family in families)
    for subject, families in {
        "system": (_FAMILIES["uptime_seconds"], _FAMILIES["agent_uptime_seconds"]),
        "interfaces": (*INTERFACE, INTERFACE_THRESHOLD),
        "processors": (PROCESSOR,),
        "memory": MEMORY,
        "storage": (*STORAGE, STORAGE_THRESHOLD),
        "disks": DISK,
        "load": LOAD,
        "sensors": (*SENSOR, SENSOR_THRESHOLD),
        "supplies": (SUPPLY_LEVEL,),
        "checks": CHECKS,
        **{subject: (family,) for subject, family in INVENTORY.items()},
    }.items()
}
HEALTH = frozenset({"processors", "memory", "storage", "disks", "load", "sensors"})
"""What fails together when the subject ``health`` does."""
_READ_WITH = {"supplies": "sensors"}
"""Subjects that one collector reads under another's name, and that fail with it."""
ASKED_APART = frozenset({"checks"})
"""What is told whether the device answers SNMP or not."""
_NOTHING: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of a device apart from its polls; empty where unknown. Field for label of device info."""

    device: str
    """Its name in the settings: the ``device`` label of everything."""
    site: str = ""
    address: str = ""
    """Empty for this very machine."""
    vendor: str = ""
    model: str = ""
    os: str = ""
    os_version: str = ""
    serial: str = ""
    name: str = ""
    """sysName."""
    profile: str = ""
    thresholds: ThresholdOptions = NO_THRESHOLDS


def has_answered(result: PollResult) -> bool:
    """Say whether a poll got through; one that asked nobody (this very machine) did."""
    return result.reachability.error is None and result.reachability.snmp is not Reach.NO


def has_failed(subject: str, failed: Collection[str]) -> bool:
    """Say whether a subject is among those that failed, be it under the name of what it is read with."""
    return _READ_WITH.get(subject, subject) in failed or (subject in HEALTH and "health" in failed)


class DeviceRenderer:
    """Renders the polls of one device, one after the other. It keeps labels, and no text.

    Args:
        facts: May be replaced at any time (``renderer.facts = …``) as long as the name stays.
        timestamps: Counters carry the instant at which they were read. Gauges never do: a sample with an
            instant of its own cannot be marked stale, so a device gone would look alive for five minutes.
    """

    def __init__(self, facts: DeviceFacts, *, timestamps: bool = True) -> None:
        self.facts = facts
        self._timestamps = timestamps
        self._interfaces = InterfaceBlocks(facts.device)
        self._thresholds = ItemThresholds(facts.device)

    def render(self, result: PollResult, former: Mapping[str, bytes] = _NOTHING) -> Blocks:
        """Give all blocks of the device as of this poll.

        A subject that was not asked in this poll keeps its former blocks, with their timestamps; one that
        failed loses them. After a poll without an answer only what tells so is left, and what was asked apart.

        Args:
            result: The poll.
            former: What this gave for the poll before; empty where there was none, or to start afresh.
        """
        blocks = make_blocks(list_device(self.facts, result))
        rendered = self._render_subjects(result, former)
        failed = {error.subject for error in result.errors}
        for subject, names in _SUBJECT_FAMILIES.items():
            if subject not in ASKED_APART and not has_answered(result):
                continue
            if subject in rendered:
                blocks.update(rendered[subject])
            elif not has_failed(subject, failed):
                blocks.update({name: former[name] for name in names if name in former})
        return {name: block for name, block in blocks.items() if block}

    def _instant(self, at: datetime) -> int | None:
        return round(at.timestamp() * 1000) if self._timestamps else None

    def _render_subjects(self, result: PollResult, former: Mapping[str, bytes]) -> dict[str, Blocks]:
        instant = self._instant(result.started_at)
        rendered: dict[str, Blocks] = {}
        if result.interfaces is not None:
            tail = make_tail(self._instant(result.interfaces_at or result.started_at))
            rendered["interfaces"] = {
                **self._interfaces.render(result.interfaces, tail, former),
                **make_blocks(self._list_thresholds("interfaces", result.interfaces)),
            }
        for subject, list_samples in SUBJECTS.items():
            reading = getattr(result, subject)
            if reading is not None:
                samples = [
                    *list_samples(self.facts.device, reading),
                    *self._list_thresholds(subject, reading),
                ]
                rendered[subject] = make_blocks(samples, instant)
        return rendered

    def _list_thresholds(self, subject: str, reading: object) -> Sequence[Sample]:
        return self._thresholds.list_samples(subject, self.facts.thresholds, reading)


def list_device(facts: DeviceFacts, result: PollResult) -> Iterator[Sample]:
    """Give what a poll tells of the device as a whole, whether it answered or not."""
    device = (facts.device,)
    reach = result.reachability
    yield _FAMILIES["up"], (*device, facts.site), int(has_answered(result))
    if reach.icmp is not Reach.UNKNOWN:
        yield _FAMILIES["icmp_up"], device, int(reach.icmp is Reach.YES)
    yield _FAMILIES["icmp_rtt_seconds"], device, reach.icmp_rtt_seconds
    yield _FAMILIES["snmp_rtt_seconds"], device, reach.snmp_rtt_seconds
    yield _FAMILIES["info"], [getattr(facts, label) for label in DEVICE_INFO_LABELS], 1
    yield _FAMILIES["poll_duration_seconds"], device, result.duration_seconds
    yield _FAMILIES["last_poll_timestamp_seconds"], device, result.started_at.timestamp()
    failures = [*result.errors, *([reach.error] if reach.error else [])]
    for subject, kind in sorted({(failure.subject, failure.kind) for failure in failures}):
        yield _FAMILIES["poll_failed"], (*device, subject, kind), 1
    if has_answered(result):
        yield from list_device_thresholds(facts.device, facts.thresholds)
