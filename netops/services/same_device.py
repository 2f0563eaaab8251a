"""Whether two addresses lead to one device: pure, from what each of them says of itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field

_NO_SERIALS = frozenset(
    {"", "0", "none", "n/a", "na", "unknown", "not available", "default string", "serial", "null"}
)
"""What firmware puts where no serial number was burnt in."""
_SHORTEST_SERIAL = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """What tells devices apart; an empty field tells nothing."""

    name: str = ""
    """sysName."""
    serial: str = ""
    vendor: str = ""
    engine_id: bytes = b""
    """snmpEngineID. Whole series left the factory with one and the same, so it counts only beside the name."""
    addresses: frozenset[str] = field(default_factory=frozenset)
    """Where it was reached, and its own addresses."""
    reached_at: frozenset[str] = field(default_factory=frozenset)


def is_same(one: Likeness, other: Likeness) -> bool:
    """Say whether two likenesses are of one device.

    Two serial numbers that differ settle it: no. Equal ones of one vendor settle it: yes. Else the same name
    must come with the same engine id, or with one being reached at an address that the other calls its own.
    """
    serials = _serial(one), _serial(other)
    if all(serials) and serials[0] != serials[1]:
        return False
    if all(serials) and one.vendor == other.vendor:
        return True
    if not one.name or one.name.casefold() != other.name.casefold():
        return False
    if one.engine_id and one.engine_id == other.engine_id:
        return True
    return bool(one.reached_at & other.addresses or other.reached_at & one.addresses)


def find_same(wanted: Likeness, known: Iterable[tuple[str, Likeness]]) -> str | None:
    """Give the name of the first known device that is the wanted one."""
    return next((name for name, likeness in known if is_same(wanted, likeness)), None)


def _serial(likeness: Likeness) -> str:
    serial = likeness.serial.strip().casefold()
    is_some = len(serial) >= _SHORTEST_SERIAL and serial not in _NO_SERIALS and len(set(serial)) > 1
    return serial if is_some else ""
