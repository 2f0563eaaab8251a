"""What a printer uses up."""

from dataclasses import dataclass


@dataclass(slots=True)
class SupplyReading:
    """One supply: toner, ink, drum, waste box."""

    name: str
    kind: str
    """prtMarkerSuppliesType as the MIB spells it: ``toner``, ``ink``, ``drum``, ``wasteToner``."""
    level_percent: float | int | None
    """What is left, or of a waste box what is still free; None where the device cannot tell, 50 where it knows no
    more than that some is left (``state`` says so)."""
    state: str = ""
    """``low``, ``empty``, ``some`` where the device tells no number; else empty."""
