"""Forwarding tables of Cisco switches, which keep one in the SNMP context of each VLAN."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from netops.collectors.cells import Misfits, read_all
from netops.collectors.known_interfaces import KnownInterfaces
from netops.collectors.sources import Sources
from netops.collectors.stations import BRIDGE, Rows, read_bridge
from netops.collectors.visit import Visit, VlanOpener
from netops.collectors.vlan_trunks import VTP_VLAN_STATE, VTP_VLAN_TYPE, list_ethernet
from netops.errors import CredentialRejected, DeviceUnreachable, SnmpError, TooSlow
from netops.i18n import _
from netops.snmp.types import Oid

DOT1D_BASE_NUM_PORTS = Oid.parse("1.3.6.1.2.1.17.1.2.0")
CONTEXTS = "contexts by VLAN"
NO_CONTEXTS = ("NX-OS",)
"""In sysDescr of software that answers to no community@VLAN."""
MAX_CONTEXTS = 256
AT_ONCE = 4
LONGEST_WAIT, SHORTEST_WAIT = 0.35, 0.12
"""Seconds of the first wait for a context, whose likely answer is silence; the second wait is twice as long."""
PATIENCE = 40
"""So many times what the device takes for another answer, between the two."""
LONGEST_SECONDS = 90.0
"""For all contexts of one device; what was read until then stands."""


@dataclass(slots=True)
class _Round:
    """The contexts of one device, while they are read."""

    open_vlan: VlanOpener
    sources: Sources
    interfaces: KnownInterfaces
    ends_at: float
    first_wait: float
    rows: Rows = field(default_factory=dict)
    answered: int = 0
    silent: int = 0
    error: SnmpError | None = None

    @property
    def is_hopeless(self) -> bool:
        """Whether nobody listens: none of the first contexts answered."""
        return not self.answered and self.silent >= AT_ONCE


async def read_contexts(sources: Sources, visit: Visit, interfaces: KnownInterfaces, rows: Rows) -> None:
    """Read dot1dTpFdbTable of each VLAN: behind community@VLAN, or in the v3 context vlan-VLAN.

    A switch that meets the first of them with silence is not asked again for hours, nor is a single silent
    VLAN. One context that fails costs itself only.
    """
    texts = visit.memory.system.texts
    description = texts.description if texts else ""
    if visit.open_vlan is None or sources.lacks(CONTEXTS) or any(name in description for name in NO_CONTEXTS):
        return
    began, asked = visit.clock.monotonic(), sources.requests
    found = await sources.read("CISCO-VTP-MIB", (VTP_VLAN_STATE, VTP_VLAN_TYPE))
    now = visit.clock.monotonic()
    first_wait = decide_first_wait((now - began) / max(1, sources.requests - asked))
    vlans = [
        vlan
        for vlan in list_ethernet(found[VTP_VLAN_STATE], found[VTP_VLAN_TYPE])[:MAX_CONTEXTS]
        if not sources.lacks(_context(vlan))
    ]
    todo = _Round(visit.open_vlan, sources, interfaces, now + LONGEST_SECONDS, first_wait)
    waiting = iter(vlans)
    async with asyncio.TaskGroup() as group:
        for _worker in range(AT_ONCE):
            group.create_task(_work(todo, waiting, visit))
    if vlans and not todo.answered:
        sources.note_lack(CONTEXTS)
    if todo.error is not None:
        sources.misfits.failures.append(todo.error)
    # What the plain community told is the table of one of the VLANs, and is here again with its VLAN.
    known = {mac for mac, _vlan in todo.rows}
    for place in [place for place in rows if place[0] in known]:
        del rows[place]
    rows.update(todo.rows)


def decide_first_wait(answer_seconds: float) -> float:
    """Give how long to wait for a context of a device that takes so long for an answer, retries included."""
    return min(LONGEST_WAIT, max(SHORTEST_WAIT, PATIENCE * answer_seconds))


async def _work(todo: _Round, waiting: Iterator[int], visit: Visit) -> None:
    for vlan in waiting:
        if todo.is_hopeless:
            return
        if visit.clock.monotonic() > todo.ends_at:
            words = {"vlan": vlan}
            todo.error = todo.error or TooSlow(
                _("the forwarding tables from VLAN %(vlan)d on were not read; the agent is too slow") % words
            )
            return
        try:
            await _read_context(todo, vlan)
        except DeviceUnreachable:
            todo.silent += 1
            todo.sources.note_lack(_context(vlan))
        except CredentialRejected:
            todo.sources.note_lack(_context(vlan))  # a view that leaves this context out
        except SnmpError as error:
            todo.error = todo.error or error


async def _read_context(todo: _Round, vlan: int) -> None:
    probe = todo.open_vlan(vlan, first_wait=todo.first_wait)
    try:
        await probe.get([DOT1D_BASE_NUM_PORTS])
    finally:
        await probe.close()
    todo.answered += 1
    session = todo.open_vlan(vlan)
    misfits = Misfits()
    try:
        found = await read_all(session, BRIDGE, misfits, rarely=True)
    finally:
        await session.close()
    todo.rows.update(read_bridge(found, vlan, todo.interfaces, misfits))


def _context(vlan: int) -> str:
    return f"context of VLAN {vlan}"
