"""This very machine, through psutil instead of SNMP: the same readings by another road."""

import asyncio
from collections.abc import Callable, Collection
from typing import TypeVar

import psutil

from netops.collectors import host_facts
from netops.collectors.host_facts import CpuSeconds
from netops.collectors.host_interfaces import make_interfaces, read_interfaces
from netops.collectors.visit import Visit
from netops.errors import DeviceError
from netops.i18n import _
from netops.model.reading import PollResult, ProcessorReading

HEALTH = "health"
INTERFACES = "interfaces"

Told = TypeVar("Told")


async def read_this_host(visit: Visit, *, without: Collection[str] = ()) -> PollResult:
    """Poll this machine, in a thread, so that a slow disk does not hold up the other devices.

    Rates and CPU load compare with the poll before, as ``visit.memory`` remembers it. What the system refuses
    (a missing /proc file, no permission in a container) becomes a SubjectError, and the rest still arrives.

    Args:
        visit: The poll; its result is filled in and returned.
        without: Subjects the operator switched off: ``system``, ``interfaces``, ``health``.

    Returns:
        ``visit.result``; its reachability stays UNKNOWN, for nobody was asked.
    """
    began = visit.clock.monotonic()
    await asyncio.to_thread(_read, visit, without)
    visit.result.duration_seconds = visit.clock.monotonic() - began
    return visit.result


def _read(visit: Visit, without: Collection[str]) -> None:
    """Fill in the result. Runs in a thread; nobody else touches this visit or its memory meanwhile."""
    if "system" not in without:
        now = visit.clock.now()
        visit.result.system = _attempt(visit, "system", lambda: host_facts.read_system(now))
    for subject, read in ((INTERFACES, _read_interfaces), (HEALTH, _read_health)):
        if subject not in without and visit.is_due(subject):
            read(visit)
            visit.mark_done(subject)


def _read_interfaces(visit: Visit) -> None:
    told = _attempt(visit, INTERFACES, read_interfaces)
    if told is not None:
        result, at = visit.result, visit.clock.monotonic()
        result.interfaces, result.traffic = make_interfaces(told, visit.memory.host, at)
        result.interfaces_at = visit.clock.now()


def _read_health(visit: Visit) -> None:
    memory, result = visit.memory.host, visit.result
    earlier = memory.cpu_seconds or _attempt(visit, "processors", host_facts.take_first_sample)
    cpu_seconds = _attempt(visit, "processors", host_facts.read_cpu_seconds)
    if earlier and cpu_seconds:
        result.processors = decide_loads(earlier, cpu_seconds)
    memory.cpu_seconds = cpu_seconds or []
    result.memory = _attempt(visit, "memory", host_facts.read_memory)
    result.storage = _attempt(visit, "storage", host_facts.read_storage)
    result.disks = _attempt(visit, "disks", host_facts.read_disks)
    result.load = _attempt(visit, "load", host_facts.read_load)
    result.sensors = _attempt(visit, "sensors", host_facts.read_sensors)


def _attempt(visit: Visit, subject: str, read: Callable[[], Told]) -> Told | None:
    """Give what is read, or None and a SubjectError."""
    try:
        return read()
    except (OSError, psutil.Error, NotImplementedError, RuntimeError) as error:
        # psutil answers a /proc it does not understand with RuntimeError or NotImplementedError.
        message = _("this machine does not tell its %(subject)s: %(error)s") % {
            "subject": subject,
            "error": error,
        }
        visit.report(subject, DeviceError(message))
        return None


def decide_loads(before: list[CpuSeconds], now: list[CpuSeconds]) -> list[ProcessorReading]:
    """Give percent busy of each core between two readings; cores that came in between are left out."""
    loads: list[ProcessorReading] = []
    for number, (earlier, later) in enumerate(zip(before, now, strict=False)):
        busy, everything = later[0] - earlier[0], later[1] - earlier[1]
        if everything > 0:
            percent = min(100.0, max(0.0, 100 * busy / everything))  # idle time may step back a little
            loads.append(ProcessorReading(f"cpu {number}", percent))
    return loads
