"""Which columns of IF-MIB (RFC 2863) a poll asks, and how the columns a device lacks are learned."""

from netops.collectors.memory import Plan, Source
from netops.model.interface import COUNTER_NAMES
from netops.snmp.types import Column, Index, Oid

IF_TABLE = Oid.parse("1.3.6.1.2.1.2.2.1")
IF_X_TABLE = Oid.parse("1.3.6.1.2.1.31.1.1.1")

IF_DESCR = IF_TABLE / 2
IF_ADMIN_STATUS = IF_TABLE / 7
IF_OPER_STATUS = IF_TABLE / 8
IF_NAME = IF_X_TABLE / 1
IF_COUNTER_DISCONTINUITY_TIME = IF_X_TABLE / 19

STATUS_COLUMNS = (IF_ADMIN_STATUS, IF_OPER_STATUS)

CANDIDATES: tuple[tuple[Source, ...], ...] = (
    (Source(IF_X_TABLE / 6, wide=True), Source(IF_TABLE / 10)),  # ifHCInOctets, ifInOctets
    (Source(IF_X_TABLE / 10, wide=True), Source(IF_TABLE / 16)),  # ifHCOutOctets, ifOutOctets
    (Source(IF_X_TABLE / 7, wide=True), Source(IF_TABLE / 11)),  # ifHCInUcastPkts, ifInUcastPkts
    (Source(IF_X_TABLE / 11, wide=True), Source(IF_TABLE / 17)),  # ifHCOutUcastPkts, ifOutUcastPkts
    (Source(IF_X_TABLE / 8, wide=True), Source(IF_X_TABLE / 2)),  # ifHCInMulticastPkts, ifInMulticastPkts
    (Source(IF_X_TABLE / 12, wide=True), Source(IF_X_TABLE / 4)),  # ifHCOutMulticastPkts, ifOutMulticastPkts
    (Source(IF_X_TABLE / 9, wide=True), Source(IF_X_TABLE / 3)),  # ifHCInBroadcastPkts, ifInBroadcastPkts
    (Source(IF_X_TABLE / 13, wide=True), Source(IF_X_TABLE / 5)),  # ifHCOutBroadcastPkts, ifOutBroadcastPkts
    (Source(IF_TABLE / 14),),  # ifInErrors
    (Source(IF_TABLE / 20),),  # ifOutErrors
    (Source(IF_TABLE / 13),),  # ifInDiscards
    (Source(IF_TABLE / 19),),  # ifOutDiscards
)
"""By the order of COUNTER_NAMES, the best first."""

IN_MULTICAST, OUT_MULTICAST = (
    COUNTER_NAMES.index("in_multicast_packets"),
    COUNTER_NAMES.index("out_multicast_packets"),
)
IN_BROADCAST, OUT_BROADCAST = (
    COUNTER_NAMES.index("in_broadcast_packets"),
    COUNTER_NAMES.index("out_broadcast_packets"),
)
NON_UNICAST = {
    IN_MULTICAST: (IN_BROADCAST, Source(IF_TABLE / 12)),  # ifInNUcastPkts
    OUT_MULTICAST: (OUT_BROADCAST, Source(IF_TABLE / 18)),  # ifOutNUcastPkts
}
"""The deprecated counters of multicast and broadcast together: they stand in as multicast where a device
tells neither of the two apart."""

SURVEY = Plan(
    identity=(IF_NAME, IF_DESCR),
    discontinuity=True,
    sources=tuple(
        (*sources, NON_UNICAST[place][1]) if place in NON_UNICAST else sources
        for place, sources in enumerate(CANDIDATES)
    ),
)
"""Asks everything; what comes back teaches the plan for the polls to come."""


def list_columns(plan: Plan) -> tuple[Oid, ...]:
    """Give the columns that a plan asks, each once."""
    columns = [*plan.identity, *STATUS_COLUMNS]
    if plan.discontinuity:
        columns.append(IF_COUNTER_DISCONTINUITY_TIME)
    columns += [source.column for sources in plan.sources for source in sources]
    return tuple(dict.fromkeys(columns))


def learn_plan(found: dict[Oid, Column], indexes: list[Index]) -> Plan:
    """Choose the fewest columns that tell all a device tells, from what a survey found."""
    names = found[IF_NAME]
    named = all(names.get(index) for index in indexes) and bool(names)
    sources = [_choose(found, candidates, indexes) for candidates in CANDIDATES]
    for place, (broadcast, source) in NON_UNICAST.items():
        if not sources[place] and not sources[broadcast] and found[source.column]:
            sources[place] = (source,)
    return Plan(
        identity=(IF_NAME,) if named else (IF_NAME, IF_DESCR) if names else (IF_DESCR,),
        discontinuity=bool(found[IF_COUNTER_DISCONTINUITY_TIME]),
        sources=tuple(sources),
    )


def _choose(
    found: dict[Oid, Column], candidates: tuple[Source, ...], indexes: list[Index]
) -> tuple[Source, ...]:
    """Drop what is missing, and the second source where the first serves every row.

    A 64-bit counter that stands at 0 while its 32-bit twin does not is a fault of some agents; that row is
    then read from the twin.
    """
    present = tuple(source for source in candidates if found[source.column])
    if len(present) < 2:
        return present
    best, twin = found[present[0].column], found[present[1].column]
    lacking = any(not best.get(index) and twin.get(index) for index in indexes)
    return present if lacking else present[:1]
