"""Draft a profile for a device, from a walk of it or a recording: ``netops profile draft``."""

from collections.abc import Mapping
from dataclasses import dataclass

from netops.clock import Clock
from netops.collectors.text import decode_text
from netops.model.reading import PollResult
from netops.profiles.draft import MibWords, Walk, draft_profile
from netops.profiles.draft_tables import Arcs, Cell
from netops.profiles.loader import Profiles
from netops.profiles.matching import ENTERPRISES
from netops.services.asked_device import AskedDevice
from netops.services.match_profile import match_profile
from netops.snmp.names import Names
from netops.snmp.types import Absent, Oid, SnmpSession, Tag, Value

_NAMED = frozenset({"column", "scalar", "row", "table"})


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, and the poll before it, whose errors tell when there was nothing to draft from."""

    text: str
    result: PollResult


async def draft_device_profile(
    device: AskedDevice, clock: Clock, *, profiles: Profiles, names: Names
) -> Drafted:
    """Walk what is vendors' own, and draft a profile that adds to the one the device has now.

    Raises:
        DeviceError: The device fell silent, or refuses us.
    """
    match = await match_profile(device, clock, profiles)
    if match.result.reachability.error is not None:
        return Drafted("", match.result)
    profile = profiles.get(match.profile, match.object_id)
    known = {column.oid.arcs for table in profile.tables.values() for column in table.columns.values()}
    walk = Walk(match.object_id, match.description, await read_vendors(device.session))
    text = draft_profile(walk, extends=match.profile, known=known, words=words_of(names))
    return Drafted(text, match.result)


async def read_vendors(session: SnmpSession) -> dict[Arcs, Cell]:
    """Walk everything below 1.3.6.1.4.1."""
    found: dict[Arcs, Cell] = {}
    async for varbind in session.walk(Oid.of(*ENTERPRISES)):
        if not isinstance(varbind.value, Absent) and varbind.value is not None:
            found[varbind.oid.arcs] = Cell(varbind.tag, _plain(varbind.tag, varbind.value))
    return found


def _plain(tag: int, value: Value) -> int | float | str | bytes:
    """Give octets as text where they are text; what is none stays as it is."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, bytes) and not isinstance(value, Oid):
        text = decode_text(value)
        is_text = tag == Tag.OCTET_STRING and all(sign.isprintable() or sign in "\r\n\t" for sign in text)
        return text if is_text else value
    return str(value)


def words_of(names: Names) -> MibWords:
    """Give what MIB modules know, in the form a draft asks for it."""

    def name_of(arcs: Arcs) -> str | None:
        found = names.find(Oid.of(*arcs))
        return found[0].name if found and not found[1] and found[0].kind in _NAMED else None

    def column_of(arcs: Arcs) -> Arcs | None:
        found = names.find(Oid.of(*arcs))
        return found[0].arcs if found and found[1] and found[0].kind == "column" else None

    def labels_of(arcs: Arcs) -> Mapping[int, str]:
        found = names.find(Oid.of(*arcs))
        return found[0].syntax.labels if found and not found[1] else {}

    return MibWords(name_of, column_of, labels_of)
