"""Deltas and rates out of counters: pure, and never a spike.

A delta is given only where the two counter values allow one explanation. The order of counters is
netops.model.interface.COUNTER_NAMES: octets in and out, then unicast, multicast, broadcast packets, then
errors and discards.
"""

from dataclasses import dataclass
from math import inf
from operator import sub

from netops.model.interface import COUNTER_NAMES, Counters, Deltas, Rates

SLACK = 2.0
"""Agents refresh their counters every few seconds, so a short poll may see more than its own time's worth."""
SMALLEST_FRAME_OCTETS = 64
SMALLEST_PACKET_OCTETS = 40
"""Below every frame that an agent counts without its check sum and padding."""
LEAST_OCTETS = 20
"""A bare IPv4 header: no packet moves the octet counter by less."""
FRAME_OVERHEAD_OCTETS = 26
"""Ethernet header, check sum and two VLAN tags, which ifMtu leaves out."""
TURN_32 = 1 << 32
TURN_64 = 1 << 64
FAULT_WRAP = 1 << 28
"""A counter of errors or discards is taken to have wrapped only over at most this much: they move slowly,
and the operator who clears them is the likelier reason."""

OCTETS = 2
FAULTS = 8
COUNT = len(COUNTER_NAMES)
NO_RATES: Rates = (None,) * COUNT
NO_DELTAS: Deltas = (None,) * COUNT
WIDE_TRAFFIC = 0xFF
"""The bits of octets and packets; errors and discards have 32 bits everywhere."""


@dataclass(frozen=True, slots=True)
class Line:
    """What an interface can physically carry."""

    octets_per_second: float = inf
    """Line speed without slack; infinity where it is unknown or not to be believed."""
    largest_frame: int | None = None
    """Octets; None where ifMtu is unknown."""

    @classmethod
    def of(cls, speed_bps: int | None, mtu: int | None) -> "Line":
        """Build from ifSpeed or ifHighSpeed in bits per second, and ifMtu."""
        return cls(
            octets_per_second=speed_bps / 8 if speed_bps else inf,
            largest_frame=max(mtu, 1500) + FRAME_OVERHEAD_OCTETS if mtu else None,
        )


UNKNOWN_LINE = Line()


def per_second(deltas: Deltas, seconds: float) -> Rates:
    """Give the rate of each delta; None where there is none."""
    if deltas is NO_DELTAS:
        return NO_RATES
    return tuple([None if delta is None else delta / seconds for delta in deltas])


def decide_deltas(
    previous: Counters, current: Counters, *, seconds: float, wide: int, previous_wide: int, line: Line
) -> Deltas:
    """Give by how much each counter moved, None where the two values do not tell.

    A value below the one before is a wrap (2**32, or 2**64 where the counter is wide) only if the line
    could carry what that implies, with SLACK; otherwise it is None. Where one counter fell to less than
    half without a wrap, all started afresh and all deltas are None. More than the line could carry is None
    as well. A 32-bit octet counter on a line that can turn it a whole round within ``seconds`` is judged by
    the packets that went by, and is None where they leave a choice; so is a 32-bit packet counter on a line
    so fast that it could do the same. A line of unknown speed is taken not to be that fast.

    The caller has found that there was neither reboot nor discontinuity in between.

    Args:
        previous: Counters of the poll before, in the order of COUNTER_NAMES; () when there is none.
        current: Counters of this poll.
        seconds: Between the two, by the device's clock.
        wide: Bit i is set where current[i] has 64 bits.
        previous_wide: The same for previous; a counter that changed its width has no delta.
        line: What the interface can carry.
    """
    if not previous or not current or seconds <= 0:
        return NO_DELTAS
    limit = line.octets_per_second * seconds * SLACK
    # The common case in few steps; 50 interfaces pass here in each poll of a switch.
    if wide == previous_wide and (wide & WIDE_TRAFFIC == WIDE_TRAFFIC or limit < TURN_32):
        try:
            deltas = tuple(map(sub, current, previous))
        except TypeError:
            deltas = ()
        if deltas and min(deltas) >= 0 and max(deltas[:2]) <= limit:
            most = max(deltas[2:])
            if most <= limit / SMALLEST_FRAME_OCTETS and most * LEAST_OCTETS <= max(deltas[:2]):
                return deltas
    return _decide_each(
        previous, current, seconds=seconds, comparable=~(wide ^ previous_wide), wide=wide, line=line
    )


def _decide_each(
    previous: Counters, current: Counters, *, seconds: float, comparable: int, wide: int, line: Line
) -> Deltas:
    """Decide counter by counter, with an eye on the others."""
    steps: list[int | None] = []
    limit = line.octets_per_second * seconds * SLACK
    for place, (before, now) in enumerate(zip(previous, current, strict=True)):
        if before is None or now is None or not comparable >> place & 1:
            steps.append(None)
            continue
        step = _decide_step(before, now, place, wide=bool(wide >> place & 1), limit=limit)
        if step is None and now * 2 < before:
            return NO_DELTAS  # it was cleared, and so were its neighbours
        steps.append(step)
    for place in range(OCTETS, FAULTS):
        packets, octets = steps[place], steps[place % OCTETS]
        # net-snmp 5.9 tells 0 packets until it has read its tables twice, and then the sum of its life.
        if previous[place] == 0 and packets and octets is not None and packets * LEAST_OCTETS > octets:
            steps[place] = None
    if TURN_32 <= limit / SMALLEST_FRAME_OCTETS < inf:
        for place in range(OCTETS, FAULTS):
            if not wide >> place & 1:
                steps[place] = None  # it may have gone round without a trace
    for place in range(OCTETS):
        if not wide >> place & 1:
            steps[place] = _count_turns(steps, place, seconds, line)
    return tuple(steps)


def _decide_step(before: int, now: int, place: int, *, wide: bool, limit: float) -> int | None:
    """Give by how much one counter moved, None where that is not plausible."""
    if place >= OCTETS:
        limit /= SMALLEST_FRAME_OCTETS
    step = now - before
    if step >= 0:
        return step if step <= limit else None
    if limit == inf:
        return None
    if place >= FAULTS:
        limit = min(limit, FAULT_WRAP)
    step += TURN_64 if wide else TURN_32
    return step if 0 <= step <= limit else None


def _count_turns(steps: list[int | None], place: int, seconds: float, line: Line) -> int | None:
    """Give the octets of a 32-bit counter which may have gone round more than once, None if unclear.

    A line of unknown speed is believed as it stands: nothing says that it is a fast one.
    """
    seen = steps[place]
    most = line.octets_per_second * seconds * SLACK
    if seen is None or most == inf or seen + TURN_32 > most:
        return seen
    unicast, multicast, broadcast = (steps[place + OCTETS * kind] for kind in (1, 2, 3))
    if unicast is None or multicast is None or line.largest_frame is None:
        return None
    packets = unicast + multicast + (broadcast or 0)
    low = packets * SMALLEST_PACKET_OCTETS
    high = min(most, packets * line.largest_frame)
    first = max(0, -(-(low - seen) // TURN_32))
    octets = seen + first * TURN_32
    return octets if octets <= high < octets + TURN_32 else None


def exceeds_line(previous: Counters, current: Counters, *, seconds: float, line: Line) -> bool:
    """Say whether an octet counter moved forward by more than the line could carry.

    Once, that is a fault in the counter. Poll after poll it is a wrong ifSpeed, as tunnels and virtual
    interfaces have it (Linux tap: 10 Mbit/s; Cisco tunnel: 9 kbit/s).
    """
    if not previous or not current or seconds <= 0:
        return False
    limit = line.octets_per_second * seconds * SLACK
    pairs = zip(previous[:OCTETS], current[:OCTETS], strict=True)
    return any(before is not None and now is not None and now - before > limit for before, now in pairs)
