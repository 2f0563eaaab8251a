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


NO_SERIALS = frozenset(
    {
        "0",
        "-",
        "n/a",
        "na",
        "none",
        "null",
        "unknown",
        "builtin",
        "built-in",
        "not available",
        "not specified",
        "default string",
        "to be filled by o.e.m.",
    }
)
"""What devices write where a component has no serial number of its own, in lower case."""


def is_own_serial(serial: str) -> bool:
    """Say whether a serial number tells one component from all others."""
    word = serial.strip().casefold()
    return bool(word.strip("0 .-")) and word not in NO_SERIALS


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
    """As the device writes it; see is_own_serial before two are taken for one."""
    hardware: str = ""
    """Revision of the hardware."""
    firmware: str = ""
    software: str = ""
    manufacturer: str = ""
    parent: int | str | None = None
    """The index of what holds it; None at the top."""
    is_replaceable: bool | None = None
    """Whether it can be exchanged in the field (entPhysicalIsFRU)."""
