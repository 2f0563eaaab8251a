"""What a device heard from the device at the other end of a cable."""

from dataclasses import dataclass


@dataclass(slots=True)
class NeighbourReading:
    """One neighbour by one protocol; a text is "" where the neighbour does not tell."""

    protocol: str
    """``lldp``, ``cdp``, ``edp`` or ``fdp``."""
    local_interface: str
    """Our device's interface, by its key."""
    remote_device: str
    """Its name, else its chassis identifier."""
    remote_interface: str
    remote_address: str = ""
    """Its management address."""
    remote_chassis: str = ""
    """Its chassis identifier, most often a MAC address."""
    remote_port: str = ""
    """The port as the neighbour identifies it, where ``remote_interface`` is its description."""
    remote_description: str = ""
    """Its own description of its system: hardware and software."""
