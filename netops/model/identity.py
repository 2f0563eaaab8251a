"""What a device is: the maker's own words for it."""

from dataclasses import dataclass


@dataclass(slots=True)
class IdentityReading:
    """Of one device; an empty text where nobody could tell."""

    profile: str = ""
    """The profile that its facts are read by."""
    vendor: str = ""
    model: str = ""
    os: str = ""
    os_version: str = ""
    serial: str = ""
