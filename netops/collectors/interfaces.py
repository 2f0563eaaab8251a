"""Interfaces: status and counters at every poll, details at their own slower pace.

This is the path that CPU time goes into. A poll in which nothing moved costs one request, one pass over
each column and one over the rows; whatever is rarer stands in functions of its own.
"""

from netops.collectors.cells import Misfits, integers, read_all
from netops.collectors.hidden_interfaces import leave_out
from netops.collectors.interface_details import read_details
from netops.collectors.interface_keys import decide_keys, follow_rows
from netops.collectors.interface_plan import (
    IF_ADMIN_STATUS,
    IF_COUNTER_DISCONTINUITY_TIME,
    IF_DESCR,
    IF_NAME,
    IF_OPER_STATUS,
    SURVEY,
    learn_plan,
    list_columns,
)
from netops.collectors.memory import InterfaceRow, InterfacesMemory, Plan
from netops.collectors.rates import NO_DELTAS, UNKNOWN_LINE, decide_deltas, exceeds_line, per_second
from netops.collectors.uptime import Elapsed, decide_elapsed
from netops.collectors.visit import Visit
from netops.errors import DeviceError
from netops.model.interface import Counters, Deltas, InterfaceReading, InterfaceStatus, Rates
from netops.model.reading import TrafficReading
from netops.snmp.types import Column, Index, Oid, SnmpSession

STATUSES = {int(status): status for status in InterfaceStatus}
ADMIN_STATUSES = {number: STATUSES[number] for number in (1, 2, 3)}
DETAILS_SETTING = "interface_details"

SHORTEST_SECONDS = 1.0
"""Two polls closer than this give no rate, and the first of them stays the base of the next."""
BELIEVE_AFTER = 2
"""Polls in a row over line speed until the line speed is disbelieved."""
BELIEVE_RESTLESS = 3
"""Polls in a row in which ifTableLastChange moved, until it is taken for an agent that repeats sysUpTime there."""

Cell = int | None


class InterfacesCollector:
    """Reads ifTable and ifXTable of IF-MIB (RFC 2863), and makes rates of their counters."""

    subject = "interfaces"
    period_setting = "interfaces"

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read the interfaces of the device; an empty list when it has none.

        Raises:
            DeviceError: Nothing was read, or the details were not; then the rest stands in the result.
        """
        memory = visit.memory.interfaces
        survey = memory.plan is None or visit.memory.system.rebooted or visit.is_due(DETAILS_SETTING)
        plan = SURVEY if survey or memory.plan is None else memory.plan
        columns = list_columns(plan)
        misfits = Misfits()
        asked_at = visit.clock.now()
        found = await read_all(session, columns, misfits)
        visit.result.interfaces_at = asked_at + (visit.clock.now() - asked_at) / 2
        elapsed = self._measure_time(visit)
        changed = _place_rows(memory, found, plan)
        if survey:
            plan = memory.plan = learn_plan(found, memory.indexes)
        table = _Table(found, plan, memory.indexes, misfits)
        failure = await self._refresh_details(session, visit, table, misfits, everything=survey or changed)
        traffic = TrafficReading(elapsed.seconds, [], [])
        readings = _make_readings(memory, table, elapsed, traffic)
        profile = visit.memory.knowledge.profile
        if profile is not None and profile.ignore_interfaces:
            readings = leave_out(readings, traffic, profile.ignore_interfaces)
        visit.result.interfaces = readings
        visit.result.traffic = traffic if traffic.keys else None
        if elapsed.seconds >= SHORTEST_SECONDS or elapsed.rebooted:
            memory.ticks, memory.at = visit.memory.system.ticks, visit.memory.system.at
        visit.report_all(self.subject, misfits.as_errors())
        if failure is not None:
            raise failure

    @staticmethod
    def _measure_time(visit: Visit) -> Elapsed:
        """Give the time since the counters in memory were read; the system group was read just before."""
        memory, system = visit.memory.interfaces, visit.memory.system
        if not memory.rows:
            return Elapsed(SHORTEST_SECONDS)
        return decide_elapsed(memory.ticks, system.ticks, system.at - memory.at)

    @staticmethod
    async def _refresh_details(
        session: SnmpSession, visit: Visit, table: "_Table", misfits: Misfits, *, everything: bool
    ) -> DeviceError | None:
        """Read again what may be another now; an error must not cost the counters, so it is handed back."""
        memory, last_change = visit.memory.interfaces, visit.memory.system.if_table_last_change
        memory.restless = memory.restless + 1 if last_change != memory.table_last_change else 0
        memory.table_last_change = last_change
        if 0 < memory.restless <= BELIEVE_RESTLESS or not memory.details_complete:
            everything = True
        rows = list(memory.rows.values())
        if not everything:
            oper = table.oper
            rows = [row for row, status in zip(rows, oper, strict=True) if row.oper_status is not status]
        try:
            if rows:
                await read_details(session, visit, rows, misfits, link_only=not everything)
        except DeviceError as error:
            memory.details_complete = False  # asked again at the next poll
            return error
        if everything:
            memory.details_complete = True
            visit.mark_done(DETAILS_SETTING)
        return None


class _Table:
    """The columns of one poll as lists that run alongside the rows."""

    __slots__ = ("admin", "counters", "discontinuities", "oper", "wide")

    def __init__(self, found: dict[Oid, Column], plan: Plan, indexes: list[Index], misfits: Misfits) -> None:
        def cells(column: Oid) -> list[Cell]:
            return list(map(integers(found[column], column, misfits).get, indexes))

        unknown = InterfaceStatus.UNKNOWN
        self.admin = [ADMIN_STATUSES.get(cell or 0, unknown) for cell in cells(IF_ADMIN_STATUS)]
        self.oper = [STATUSES.get(cell or 0, unknown) for cell in cells(IF_OPER_STATUS)]
        nothing: list[Cell] = [None] * len(indexes)
        self.discontinuities = cells(IF_COUNTER_DISCONTINUITY_TIME) if plan.discontinuity else nothing
        columns: list[list[Cell]] = []
        uniform, mixed = 0, [0] * len(indexes)
        for place, sources in enumerate(plan.sources):
            if len(sources) == 1:
                columns.append(cells(sources[0].column))
                uniform |= sources[0].wide << place
                continue
            column = nothing.copy()
            for source in sources:
                for at, cell in enumerate(cells(source.column)):
                    if cell is None or (column[at] is not None and (column[at] or not cell)):
                        continue
                    column[at] = cell
                    mixed[at] = mixed[at] & ~(1 << place) | source.wide << place
            columns.append(column)
        self.counters: list[Counters] = list(zip(*columns, strict=True)) if indexes else []
        self.wide = [bits | uniform for bits in mixed] if any(mixed) else [uniform] * len(indexes)


def _place_rows(memory: InterfacesMemory, found: dict[Oid, Column], plan: Plan) -> bool:
    """Match the rows of this poll to the interfaces known; say whether anything moved, came or went."""
    oper = found[IF_OPER_STATUS]
    names, descriptions = found.get(IF_NAME, {}), found.get(IF_DESCR, {})
    identity = tuple(found[column] for column in plan.identity)
    same_rows = oper.keys() == identity[0].keys() == found[IF_ADMIN_STATUS].keys()
    if same_rows and identity == memory.names:
        if any(row.moved for row in memory.rows.values()):
            for row in memory.rows.values():
                row.moved = False
        return False
    memory.names = identity if same_rows else ()
    present = {**oper, **found[IF_ADMIN_STATUS], **names, **descriptions}
    indexes: list[Index] = sorted([index for index in present if len(index) == 1])
    keys = decide_keys(indexes, names, descriptions, memory.shared_names)
    before = {row.key: row.if_index for row in memory.rows.values()}
    memory.rows = follow_rows(memory.rows, keys)
    memory.indexes = indexes
    return before != {row.key: row.if_index for row in memory.rows.values()}


def _make_readings(
    memory: InterfacesMemory, table: _Table, elapsed: Elapsed, traffic: TrafficReading
) -> list[InterfaceReading]:
    seconds, too_soon = elapsed.seconds, elapsed.seconds < SHORTEST_SECONDS and not elapsed.rebooted
    no_base = elapsed.rebooted or too_soon
    readings: list[InterfaceReading] = []
    for row, admin, oper, discontinuity, counters, wide in zip(
        memory.rows.values(),
        table.admin,
        table.oper,
        table.discontinuities,
        table.counters,
        table.wide,
        strict=True,
    ):
        rates: Rates
        if not row.counters:
            rates = ()
        elif no_base or row.discontinuity != discontinuity or (row.moved and discontinuity is None):
            rates = per_second(NO_DELTAS, seconds)
        else:
            deltas = decide_deltas(
                row.counters, counters, seconds=seconds, wide=wide, previous_wide=row.wide, line=row.line
            )
            if deltas[0] is None or deltas[1] is None or row.exceeded:
                deltas = _doubt_line(row, counters, wide, seconds, deltas)
            rates = per_second(deltas, seconds)
            if deltas != NO_DELTAS:
                traffic.keys.append(row.key)
                traffic.deltas.append(deltas)
        if not (too_soon and row.counters):
            row.counters, row.wide, row.discontinuity = counters, wide, discontinuity
        row.oper_status = oper
        readings.append(
            InterfaceReading(
                row.key,
                row.if_index,
                row.name,
                row.description,
                row.alias,
                row.type,
                row.speed_bps,
                row.mtu,
                row.mac,
                admin,
                oper,
                row.duplex,
                row.last_change,
                discontinuity,
                counters,
                wide,
                rates,
            )
        )
    return readings


def _doubt_line(row: InterfaceRow, counters: Counters, wide: int, seconds: float, deltas: Deltas) -> Deltas:
    """Disbelieve a line speed that is exceeded poll after poll; see rates.exceeds_line."""
    if row.line is UNKNOWN_LINE:
        return deltas
    if not exceeds_line(row.counters, counters, seconds=seconds, line=row.line):
        row.exceeded = 0
        return deltas
    row.exceeded += 1
    if row.exceeded < BELIEVE_AFTER:
        return deltas
    row.line = UNKNOWN_LINE
    return decide_deltas(
        row.counters, counters, seconds=seconds, wide=wide, previous_wide=row.wide, line=row.line
    )
