"""A VLAN of a switch, and who is in it."""

from dataclasses import dataclass, field

HIGHEST_VLAN = 4094
"""IEEE 802.1Q keeps 0 and 4095 for itself."""


@dataclass(slots=True)
class VlanReading:
    """One VLAN; interfaces are named by their keys, in the device's order."""

    id: int
    """The 802.1Q tag, 1 … 4094."""
    name: str = ""
    interfaces: list[str] = field(default_factory=list)
    """Members, tagged and untagged."""
    untagged: list[str] = field(default_factory=list)
    """Those of them that send its frames without a tag."""
