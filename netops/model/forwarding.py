"""Where a switch sends frames: a station's MAC address and the interface it was learned on."""

from dataclasses import dataclass


@dataclass(slots=True)
class ForwardingReading:
    """One entry of a forwarding table; the switch's own addresses are not among them."""

    mac: str
    vlan: int | None
    """None where the switch tells the filtering database only, and several VLANs share it."""
    interface: str
    """By its key."""
    is_static: bool = False
    """Entered by a person, not learned."""
