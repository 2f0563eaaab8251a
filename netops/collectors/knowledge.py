"""What a device's profile knows to ask: sensors, and processors, memory, supplies … from vendors' own tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from netops.collectors.cells import Misfits, as_value, read_all
from netops.collectors.hardware import merge_components
from netops.collectors.live_facts import KnowledgeMemory, LiveFact, Reading, as_number, make_sensor
from netops.collectors.pools import make_space
from netops.collectors.profile import FACTS_SETTING
from netops.collectors.survey import Found, survey
from netops.collectors.visit import EARLY, Visit
from netops.errors import SnmpError
from netops.model.component import ComponentReading
from netops.model.identity import IdentityReading
from netops.model.reading import PollResult, ProcessorReading, SpaceReading
from netops.model.supply import SupplyReading
from netops.model.vlan import VlanReading
from netops.profiles.profile import ComponentFact
from netops.snmp.types import Oid, SnmpSession

SURVEY_SETTING = "survey"
WHOLE = 100.0


class KnowledgeCollector:
    """Reads the facts of the device's profile; every so often it looks anew at which of them there are."""

    subject = "sensors"
    period_setting = FACTS_SETTING

    async def read(self, session: SnmpSession, visit: Visit) -> None:
        """Read what the last survey found, after a survey where one is due.

        Raises:
            DeviceError: Nothing could be read.
        """
        memory = visit.memory.knowledge
        if memory.profile is None:
            return
        misfits = Misfits()
        if _is_survey_due(visit, memory):
            cells = await survey(session, visit, memory.profile, misfits)
            visit.mark_done(SURVEY_SETTING)
        else:
            cells = await read_facts(session, memory.reading, misfits)
        fill_in(visit.result, memory, cells)
        visit.report_all(self.subject, misfits.as_errors())


def _is_survey_due(visit: Visit, memory: KnowledgeMemory) -> bool:
    if memory.surveyed_at is None or visit.memory.system.rebooted:
        return True
    slowest = memory.profile.survey_every if memory.profile else None
    elapsed = visit.clock.monotonic() - memory.surveyed_at
    return visit.is_due(SURVEY_SETTING) and (slowest is None or elapsed >= slowest.total_seconds() * EARLY)


async def read_facts(session: SnmpSession, reading: Reading, misfits: Misfits) -> Found:
    """Read the cells that the live facts need."""
    found: Found = {}
    if reading.columns:
        found |= await read_all(session, reading.columns, misfits)
    if reading.cells:
        try:
            varbinds = await session.get(reading.asked)
        except SnmpError as error:
            if not reading.columns:
                raise
            misfits.failures.append(error)
            return found
        for (oid, index), varbind in zip(reading.cells, varbinds, strict=True):
            value = as_value(varbind)
            if value is not None:
                found.setdefault(oid, {})[index] = value
    return found


def fill_in(result: PollResult, memory: KnowledgeMemory, cells: Mapping[Oid, Any]) -> None:
    """Turn what was read into readings; a subject of which the profile tells nothing is left as it is."""
    by_subject: dict[str, list[tuple[LiveFact, dict[str, Any]]]] = {}
    for fact in memory.facts:
        by_subject.setdefault(fact.subject, []).append((fact, fact.work_out(cells)))
    result.identity = memory.identity or IdentityReading()
    rows = by_subject.get("sensors", [])
    result.sensors = [sensor for fact, fields in rows if (sensor := make_sensor(fact, fields))]
    result.supplies = _make_all(by_subject.get("supplies", ()), _make_supply)
    for subject, make in _MAKERS.items():
        if subject in by_subject:
            _place(result, subject, by_subject[subject], make)
    # The standard tables are read less often; what stands beside them follows their time.
    if result.components is not None:
        extra = _make_all(by_subject.get("components", ()), _make_component)
        result.components = merge_components(result.components, extra)
    if result.vlans is not None:
        result.vlans = result.vlans or _make_all(by_subject.get("vlans", ()), _make_vlan)


def _place(
    result: PollResult,
    subject: str,
    rows: Sequence[tuple[LiveFact, dict[str, Any]]],
    make: Callable[[LiveFact, Mapping[str, Any]], Any],
) -> None:
    """Put a subject in place of what the standard MIBs tell, or beside it where all its tables say so."""
    told = _make_all(rows, make)
    if all(fact.table.beside_standard for fact, _fields in rows):
        standard = getattr(result, subject)
        if standard is None:
            return  # not read in this poll; half of the subject would look like a loss
        told = standard + told
    setattr(result, subject, told)


def _make_all(
    rows: Iterable[tuple[LiveFact, dict[str, Any]]], make: Callable[[LiveFact, Mapping[str, Any]], Any]
) -> list[Any]:
    return [reading for fact, fields in rows if (reading := make(fact, fields)) is not None]


def _make_processor(fact: LiveFact, fields: Mapping[str, Any]) -> ProcessorReading | None:
    load = as_number(fields["load"])
    return None if load is None else ProcessorReading(fact.name, float(load))


def _make_space(fact: LiveFact, fields: Mapping[str, Any]) -> SpaceReading | None:
    total, used, free, percent = (as_number(fields.get(key)) for key in ("total", "used", "free", "percent"))
    if total is None and used is not None and free is not None:
        total = used + free
    if used is None and total is not None and free is not None:
        used = total - free
    if used is None and total is not None and percent is not None:
        used = total * percent / WHOLE
    if total and used is not None and total > 0:
        return make_space(fact.name, round(total), round(used))
    if percent is None:
        return None
    return SpaceReading(fact.name, 0, 0, float(percent))


def _make_supply(fact: LiveFact, fields: Mapping[str, Any]) -> SupplyReading:
    level = as_number(fields.get("level"))
    kind, state = fields.get("kind"), fields.get("state")
    return SupplyReading(fact.name, str(kind or "other"), level, str(state) if state else "")


def _make_component(fact: LiveFact, fields: Mapping[str, Any]) -> ComponentReading | None:
    if not isinstance(fact.fact, ComponentFact):
        return None
    model, serial, firmware = (_text(fields.get(key)) for key in ("model", "serial", "firmware"))
    return ComponentReading(
        fact.key, fact.fact.kind, fact.name, model=model, serial=serial, firmware=firmware
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _make_vlan(fact: LiveFact, fields: Mapping[str, Any]) -> VlanReading | None:
    number = as_number(fields.get("id"))
    return None if number is None else VlanReading(int(number), fact.name)


_MAKERS: dict[str, Callable[[LiveFact, Mapping[str, Any]], Any]] = {
    "processors": _make_processor,
    "memory": _make_space,
    "storage": _make_space,
}
"""Subjects that the profile tells in place of the standard tables."""
