"""An IP address of a device."""

from dataclasses import dataclass


@dataclass(slots=True)
class AddressReading:
    """One address; IPv6 in its short form, without a zone."""

    address: str
    prefix_length: int | None
    if_index: int | None
