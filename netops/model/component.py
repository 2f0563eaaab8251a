"""A piece of hardware as a device tells of it: chassis, module, power supply, transceiver."""

from dataclasses import dataclass

COMPONENT_CLASSES = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "powerSupply",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
    13: "energyObject",
    14: "battery",
    15: "storageDrive",
}
"""IANA-ENTITY-MIB IANAPhysicalClass, by number."""


@dataclass(slots=True)
class ComponentReading:
    """One component; a text is "" where the device leaves it empty."""

    index: int | str
    """entPhysicalIndex; text for a component that comes from a vendor's own table."""
    kind: str
    """A label of COMPONENT_CLASSES."""
    name: str
    description: str = ""
    model: str = ""
    serial: str = ""
    hardware: str = ""
    """Revision of the hardware."""
    firmware: str = ""
    software: str = ""
    manufacturer: str = ""
    parent: int | str | None = None
    """The index of what holds it; None at the top."""
    is_replaceable: bool | None = None
    """Whether it can be exchanged in the field (entPhysicalIsFRU)."""
