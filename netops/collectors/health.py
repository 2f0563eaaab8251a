"""Health: processors, memory, file systems and load, by HOST-RESOURCES-MIB and UCD-SNMP-MIB."""

from netops.collectors.cells import Misfits, integers, read_all
from netops.collectors.memory import HealthMemory
from netops.collectors.storage import STORAGE_COLUMNS, split_storage
from netops.collectors.text import decode_text
from netops.collectors.ucd import (
    CPU_IDLE,
    DISK_COLUMNS,
    count_cpu,
    decide_cpu_load,
    make_disks,
    make_load,
    make_memory,
    read_ucd,
)
from netops.collectors.visit import Visit
from netops.model.reading import PollResult, ProcessorReading
from netops.snmp.types import Column, Oid, SnmpSession

HR_PROCESSOR_LOAD = Oid.parse("1.3.6.1.2.1.25.3.3.1.2")
HR_DEVICE_DESCR = Oid.parse("1.3.6.1.2.1.25.3.2.1.3")
HR_MEMORY_SIZE = Oid.parse("1.3.6.1.2.1.25.2.2")  # in kB; a scalar, read as a column of one row
KILOBYTE = 1024
PERCENT = 100

RELEARN_SECONDS = 900.0
"""How long a device is taken at its word that it lacks a MIB."""


class HealthCollector:
    """Reads what a device tells of its processors, memory and disks; empty lists where it tells nothing.

    Memory and file systems come from hrStorageTable where it tells any, else from UCD-SNMP-MIB: never from both.
    """

    subject = "health"
    period_setting = "health"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read hrProcessorTable, hrStorageTable (RFC 2790), memory, systemStats and laTable (UCD-SNMP-MIB).

        Raises:
            DeviceError: Nothing could be read.
        """
        memory, result = visit.memory.health, visit.result
        now = visit.clock.monotonic()
        learn = (
            memory.learned_at is None
            or visit.memory.system.rebooted
            or now - memory.learned_at >= RELEARN_SECONDS
        )
        misfits = Misfits()
        result.processors, result.memory, result.storage = [], [], []
        if learn or memory.has_host_resources:
            await self._read_host_resources(session, visit, misfits, learn=learn)
        if learn or memory.has_ucd:
            await self._read_ucd(session, memory, result, misfits)
        if learn:
            memory.learned_at = now
        visit.report_all(self.subject, misfits.as_errors())

    @staticmethod
    async def _read_host_resources(
        session: SnmpSession, visit: Visit, misfits: Misfits, *, learn: bool
    ) -> None:
        memory, result = visit.memory.health, visit.result
        columns: tuple[Oid, ...] = (HR_PROCESSOR_LOAD, *STORAGE_COLUMNS)
        if learn:
            columns = (HR_DEVICE_DESCR, HR_MEMORY_SIZE, *columns)
        found = await read_all(session, columns, misfits)
        loads = integers(found[HR_PROCESSOR_LOAD], HR_PROCESSOR_LOAD, misfits)
        if learn:
            memory.has_host_resources = any(found.values())
            memory.processor_names = _name_processors(loads, found[HR_DEVICE_DESCR])
            size = integers(found[HR_MEMORY_SIZE], HR_MEMORY_SIZE, misfits).get((0,))
            memory.size_bytes = size * KILOBYTE if size else None
        # A processor that came since the names were read keeps its number until they are read again.
        result.processors = [
            ProcessorReading(memory.processor_names.get(index, f"cpu {index[0]}"), float(load))
            for index, load in loads.items()
            if index
        ]
        result.memory, result.storage = split_storage(found, memory.size_bytes, misfits)

    @staticmethod
    async def _read_ucd(
        session: SnmpSession, memory: HealthMemory, result: PollResult, misfits: Misfits
    ) -> None:
        values = await read_ucd(session, misfits)
        memory.has_ucd = bool(values)
        result.memory = result.memory or make_memory(values)
        result.load = make_load(values)
        if not result.processors:
            result.processors = _read_processor(memory, values)
        if memory.has_ucd and not result.storage:
            result.storage = make_disks(await read_all(session, DISK_COLUMNS, misfits), misfits)


def _read_processor(memory: HealthMemory, values: dict[Oid, int]) -> list[ProcessorReading]:
    """Give all processors as one: by CPU time since the poll before, at first by what the agent worked out."""
    before, memory.cpu_ticks = memory.cpu_ticks, count_cpu(values)
    load: float | None = None
    if before and memory.cpu_ticks:
        load = decide_cpu_load(before, memory.cpu_ticks)
    elif CPU_IDLE in values:
        load = float(max(0, PERCENT - values[CPU_IDLE]))
    return [] if load is None else [ProcessorReading("cpu", load)]


def _name_processors(loads: dict[tuple[int, ...], int], descriptions: Column) -> dict[tuple[int, ...], str]:
    """Name each processor ``cpu N`` from 0, with hrDeviceDescr behind where the device gives one."""
    names: dict[tuple[int, ...], str] = {}
    for number, index in enumerate(loads):
        description = decode_text(descriptions.get(index))
        names[index] = f"cpu {number}: {description}" if description else f"cpu {number}"
    return names
