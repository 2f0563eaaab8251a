"""Device time between two polls: was there a reboot, and how many seconds did the device itself count?"""

from dataclasses import dataclass

TICKS_PER_SECOND = 100
TICKS_TURN = 1 << 32
"""TimeTicks start afresh after 2**32 hundredths of a second, about 497 days (RFC 2578 section 7.1.8)."""

DRIFT_SECONDS = 5.0
DRIFT_RATIO = 0.05


@dataclass(frozen=True, slots=True)
class Elapsed:
    """What lies between two readings of sysUpTime."""

    seconds: float
    """By the device's clock where it is sane, else by ours."""
    rebooted: bool = False
    wrapped: bool = False
    """sysUpTime went through 2**32; the device ran on."""


def decide_elapsed(previous_ticks: int | None, ticks: int | None, our_seconds: float) -> Elapsed:
    """Tell wrap, reboot and plain time apart.

    The device's clock is sane when its difference, taken modulo 2**32, agrees with ours to 5 s or 5 %. A
    reboot is a clock that went backwards otherwise, or one that shows less than has passed since the poll
    before: the agent cannot have been running then.

    Args:
        previous_ticks: sysUpTime of the poll before; None when it was not told.
        ticks: sysUpTime now.
        our_seconds: Monotonic seconds between the two.
    """
    if previous_ticks is None or ticks is None:
        return Elapsed(our_seconds)
    device_seconds = (ticks - previous_ticks) % TICKS_TURN / TICKS_PER_SECOND
    tolerance = max(DRIFT_SECONDS, DRIFT_RATIO * our_seconds)
    if abs(device_seconds - our_seconds) <= tolerance:
        # A backward step within the tolerance looks like nearly 2**32 modulo, so it never comes here.
        return Elapsed(device_seconds, wrapped=ticks < previous_ticks)
    if ticks < previous_ticks or ticks / TICKS_PER_SECOND + tolerance < our_seconds:
        return Elapsed(our_seconds, rebooted=True)
    return Elapsed(our_seconds)
