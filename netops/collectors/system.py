"""The system group, and with it the clocks that the rest of the poll leans on."""

from dataclasses import replace

from netops.collectors.cells import Misfits, as_integer, as_value
from netops.collectors.text import decode_text
from netops.collectors.uptime import TICKS_PER_SECOND, TICKS_TURN, decide_elapsed
from netops.collectors.visit import Visit
from netops.errors import DeviceError
from netops.model.reading import SystemReading
from netops.snmp.types import Oid, SnmpSession, Varbind

SYS_DESCR = Oid.parse("1.3.6.1.2.1.1.1.0")
SYS_OBJECT_ID = Oid.parse("1.3.6.1.2.1.1.2.0")
SYS_UP_TIME = Oid.parse("1.3.6.1.2.1.1.3.0")
SYS_CONTACT = Oid.parse("1.3.6.1.2.1.1.4.0")
SYS_NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
SYS_LOCATION = Oid.parse("1.3.6.1.2.1.1.6.0")
HR_SYSTEM_UPTIME = Oid.parse("1.3.6.1.2.1.25.1.1.0")
SNMP_ENGINE_TIME = Oid.parse("1.3.6.1.6.3.10.2.1.3.0")
IF_TABLE_LAST_CHANGE = Oid.parse("1.3.6.1.2.1.31.1.5.0")

CLOCKS = (SYS_UP_TIME, HR_SYSTEM_UPTIME, SNMP_ENGINE_TIME, IF_TABLE_LAST_CHANGE)
TEXTS = (SYS_DESCR, SYS_OBJECT_ID, SYS_CONTACT, SYS_NAME, SYS_LOCATION)


class SystemCollector:
    """Reads the system group in the one request that also tells whether the device answers.

    The clocks are read in every poll, the texts when ``system`` is due; in between the texts of the last
    time are repeated, so that the reading is always whole.
    """

    subject = "system"
    period_setting = "system"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read SNMPv2-MIB (RFC 3418) system, hrSystemUptime (RFC 2790), snmpEngineTime (RFC 3411).

        Raises:
            DeviceError: Nothing could be read.
        """
        memory = visit.memory.system
        due = memory.texts is None or visit.is_due(self.period_setting)
        asked = CLOCKS + TEXTS if due else CLOCKS
        try:
            varbinds = dict(zip(asked, await session.get(asked), strict=True))
        except DeviceError:
            # What is read after this goes by our clock.
            memory.ticks, memory.at, memory.rebooted = None, visit.clock.monotonic(), False
            raise
        misfits = Misfits()
        up, host_up, engine, table = (as_integer(varbinds[oid], misfits) for oid in CLOCKS)
        self._follow_clock(visit, up)
        memory.if_table_last_change = table
        if memory.rebooted and not due:
            varbinds.update(zip(TEXTS, await session.get(TEXTS), strict=True))  # perhaps new software
        if memory.rebooted or due or memory.texts is None:
            memory.texts = _read_texts(varbinds)
            visit.mark_done(self.period_setting)
        agent_seconds = None if up is None else up / TICKS_PER_SECOND
        memory.uptime_seconds = _longest(
            None if up is None else (up + memory.wraps * TICKS_TURN) / TICKS_PER_SECOND,
            None if host_up is None else host_up / TICKS_PER_SECOND,
            None if engine is None else float(engine),
        )
        visit.result.system = replace(
            memory.texts,
            uptime_seconds=memory.uptime_seconds,
            agent_uptime_seconds=agent_seconds,
        )
        visit.report_all(self.subject, misfits.as_errors())

    @staticmethod
    def _follow_clock(visit: Visit, ticks: int | None) -> None:
        memory = visit.memory.system
        now = visit.clock.monotonic()
        elapsed = decide_elapsed(memory.ticks, ticks, now - memory.at)
        memory.rebooted = elapsed.rebooted
        if elapsed.rebooted:
            memory.wraps = 0
        memory.wraps += elapsed.wrapped
        memory.ticks, memory.at = ticks, now


def _read_texts(varbinds: dict[Oid, Varbind]) -> SystemReading:
    object_id = as_value(varbinds[SYS_OBJECT_ID])
    return SystemReading(
        name=decode_text(as_value(varbinds[SYS_NAME])),
        description=decode_text(as_value(varbinds[SYS_DESCR])),
        object_id=str(object_id) if isinstance(object_id, Oid) else "",
        location=decode_text(as_value(varbinds[SYS_LOCATION])),
        contact=decode_text(as_value(varbinds[SYS_CONTACT])),
    )


def _longest(*seconds: float | None) -> float | None:
    told = [value for value in seconds if value is not None]
    return max(told, default=None)
