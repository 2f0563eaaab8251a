"""Which hardware address answers for an IP address."""

from dataclasses import dataclass


@dataclass(slots=True)
class ArpReading:
    """One entry of the ARP (IPv4) or neighbour discovery (IPv6) cache."""

    address: str
    mac: str
    if_index: int
    kind: str = "dynamic"
    """``dynamic``, ``static``, ``local`` (the device's own) or ``other``."""
