"""The slow facts of interfaces: what they are called, how fast they are, when they last changed."""

from datetime import datetime, timedelta

from netops.collectors.cells import Misfits, integers, read_cells
from netops.collectors.interface_plan import IF_DESCR, IF_TABLE, IF_X_TABLE
from netops.collectors.memory import InterfaceRow
from netops.collectors.rates import Line
from netops.collectors.text import decode_text
from netops.collectors.uptime import TICKS_PER_SECOND, TICKS_TURN
from netops.collectors.visit import Visit
from netops.snmp.mibs.ianaiftype import label_if_type
from netops.snmp.types import Column, Index, Oid, SnmpSession, Value

IF_TYPE = IF_TABLE / 3
IF_MTU = IF_TABLE / 4
IF_SPEED = IF_TABLE / 5
IF_PHYS_ADDRESS = IF_TABLE / 6
IF_LAST_CHANGE = IF_TABLE / 9
IF_HIGH_SPEED = IF_X_TABLE / 15
IF_ALIAS = IF_X_TABLE / 18
DOT3_STATS_DUPLEX_STATUS = Oid.parse("1.3.6.1.2.1.10.7.2.1.19")

LINK_COLUMNS = (IF_SPEED, IF_HIGH_SPEED, IF_LAST_CHANGE, DOT3_STATS_DUPLEX_STATUS)
"""What may be another after a link went down or up."""
DETAIL_COLUMNS = (*LINK_COLUMNS, IF_DESCR, IF_ALIAS, IF_TYPE, IF_MTU, IF_PHYS_ADDRESS)

SPEED_UNKNOWN = 0xFFFF_FFFF
"""ifSpeed of an interface too fast for it (RFC 2863)."""
SPEED_SWITCH = 20_000_000
"""From here on ifHighSpeed tells as much, and does not lie at 4.3 Gbit/s."""
MAC_SIZES = (6, 8, 20)
"""Ethernet, EUI-64 (FireWire, ZigBee), InfiniBand."""
DUPLEX = {2: "half", 3: "full"}


async def read_details(
    session: SnmpSession, visit: Visit, rows: list[InterfaceRow], misfits: Misfits, *, link_only: bool = False
) -> None:
    """Read the details of some rows into them; with ``link_only`` those which follow oper_status.

    Source: IF-MIB (RFC 2863) ifTable and ifXTable, EtherLike-MIB (RFC 3635) dot3StatsDuplexStatus.

    Raises:
        DeviceError: Nothing was read. A single column that fails is put into ``misfits`` instead.
    """
    columns = LINK_COLUMNS if link_only else DETAIL_COLUMNS
    indexes: list[Index] = [(row.if_index,) for row in rows]
    found = await read_cells(session, columns, indexes, misfits)

    def whole(column: Oid) -> dict[Index, int]:
        return integers(found[column], column, misfits)

    speeds, high_speeds, changes = whole(IF_SPEED), whole(IF_HIGH_SPEED), whole(IF_LAST_CHANGE)
    # The agents of some access points and routers go on below this column with addresses, three arcs deep.
    rows_of_it: Column = {
        index: value for index, value in found[DOT3_STATS_DUPLEX_STATUS].items() if len(index) == 1
    }
    duplexes = integers(rows_of_it, DOT3_STATS_DUPLEX_STATUS, misfits)
    types, mtus = ({}, {}) if link_only else (whole(IF_TYPE), whole(IF_MTU))
    for row, index in zip(rows, indexes, strict=True):
        before = row.speed_bps, row.mtu
        row.speed_bps = decide_speed(speeds.get(index), high_speeds.get(index))
        row.duplex = DUPLEX.get(duplexes.get(index, 0))
        _set_last_change(row, changes.get(index), visit)
        if not link_only:
            _set_texts(row, found, index)
            row.type = label_if_type(types[index]) if index in types else ""
            row.mtu = mtus.get(index) or None
        if before != (row.speed_bps, row.mtu):  # else a line found too slow stays disbelieved
            row.line, row.exceeded = Line.of(row.speed_bps, row.mtu), 0


def decide_speed(if_speed: int | None, if_high_speed: int | None) -> int | None:
    """Give bits per second out of ifSpeed (bit/s) and ifHighSpeed (Mbit/s); 0 means unknown in both."""
    if if_high_speed and (not if_speed or if_speed > SPEED_SWITCH):
        return if_high_speed * 1_000_000
    return None if if_speed == SPEED_UNKNOWN else if_speed or None


def format_mac(value: Value) -> str | None:
    """Give a hardware address in lower case with colons, None for none, for zeros, and for other lengths."""
    if not isinstance(value, bytes) or len(value) not in MAC_SIZES or not any(value):
        return None
    return value.hex(":")


def _set_texts(row: InterfaceRow, found: dict[Oid, Column], index: Index) -> None:
    row.description = decode_text(found[IF_DESCR].get(index))
    row.alias = decode_text(found[IF_ALIAS].get(index))
    row.mac = format_mac(found[IF_PHYS_ADDRESS].get(index))


def _set_last_change(row: InterfaceRow, ticks: int | None, visit: Visit) -> None:
    """Turn ifLastChange into an instant; an unchanged value keeps its instant, else it would jitter."""
    system = visit.memory.system
    if ticks == row.last_change_ticks and not system.rebooted:
        return
    row.last_change_ticks = ticks
    row.last_change = decide_last_change(ticks, system.ticks, system.uptime_seconds, visit.clock.now())


def decide_last_change(
    ticks: int | None, up_ticks: int | None, uptime_seconds: float | None, now: datetime
) -> datetime | None:
    """Give the instant, in whole seconds, at which sysUpTime was ``ticks``.

    None where the device does not tell: 0 stands for "before the agent started", and a value ahead of
    sysUpTime is believed only of a device that has been up for more than 497 days.
    """
    if not ticks or up_ticks is None:
        return None
    age = (up_ticks - ticks) % TICKS_TURN / TICKS_PER_SECOND
    if uptime_seconds is None or age > uptime_seconds + 1:
        return None
    return (now - timedelta(seconds=age)).replace(microsecond=0)
