"""Recordings of devices: every variable that an agent showed, with its value. Read here, and written.

The format is snmprec, which snmpsim and LibreNMS use: ``OID|TAG|VALUE`` a line. TAG is the BER type number; with
``x`` behind it the value is in hex, with ``e`` it has Python's escapes, with ``:`` it describes how a simulator
should vary it. What netops.snmp.walk_text understands can be read as well, and either may be packed by bzip2.
Recordings come from many hands, so a line that makes no sense costs that line only, and is counted.
"""

import bz2
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from netops.errors import NetopsError
from netops.i18n import _
from netops.snmp.types import Absent, Oid, Tag, Varbind, encode_arcs
from netops.snmp.walk_text import read_json_line, read_walk_lines

Arcs = tuple[int, ...]

SUFFIXES = (".snmprec", ".snmprec.bz2", ".walk", ".walk.bz2", ".snmpwalk", ".snmpwalk.bz2", ".jsonl")
"""How files of recordings end; what stands before is the recording's name."""
_OPAQUE_FLOAT = b"\x9f\x78\x04"
_OPAQUE_DOUBLE = b"\x9f\x79\x08"
_TAG = re.compile(rb"(\d{1,3})([xe]?)(:?)\w*")
_ADDRESS = re.compile(rb"\d+(?:\.\d+){3}")
_BITS: dict[int, int] = {
    Tag.INTEGER: 0,
    Tag.COUNTER32: 32,
    Tag.GAUGE32: 32,
    Tag.TIME_TICKS: 32,
    Tag.COUNTER64: 64,
}
_PLAIN = re.compile(rb"[\x20-\x7e]*")
_VARIATIONS = (b"value", b"initial", b"min")


class RecordingError(NetopsError):
    """A file that is no recording, or cannot be read; the message is one line for the person who named it."""


class Recorded(NamedTuple):
    """A value as it travels."""

    tag: int
    content: bytes


@dataclass(slots=True)
class Recording:
    """What a file holds, and what was wrong with it."""

    variables: dict[Arcs, Recorded] = field(default_factory=dict)
    """Whole OIDs to values, in the order of the OIDs."""
    dropped: int = 0
    """Lines that make no variable."""
    repaired: int = 0
    """Values in hex with a digit too few or with something else between the digits; read as far as they go."""
    duplicates: int = 0
    """Lines with an OID that had been there already; the last one counts."""

    def add(self, arcs: Arcs, value: Recorded) -> None:
        """Put a variable.

        Raises:
            ValueError: The arcs are no object identifier.
        """
        encode_arcs(arcs)
        self.duplicates += arcs in self.variables
        self.variables[arcs] = value


def name_of(path: Path) -> str | None:
    """Give the name of a recording by its file's: ``pdu-1`` for ``pdu-1.snmprec.bz2``; None for other files."""
    for suffix in SUFFIXES:
        if path.name.endswith(suffix) and len(path.name) > len(suffix):
            return path.name.removesuffix(suffix)
    return None


def load_recording(path: Path) -> Recording:
    """Read a file of any of the formats.

    Raises:
        RecordingError: It cannot be opened, or nothing in it is a variable.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".bz2":
            data = bz2.decompress(data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RecordingError(
            _("%(path)s cannot be read: %(error)s") % {"path": path, "error": reason}
        ) from None
    recording = read_recording(data)
    if not recording.variables and recording.dropped:
        raise RecordingError(
            _(
                "%(path)s is no recording: none of its lines is OID|TAG|VALUE, snmpwalk -On or netops walk --json"
            )
            % {"path": path}
        )
    return recording


def read_recording(data: bytes) -> Recording:
    """Read what a file holds; the format is told by its first line."""
    lines = [line for line in data.replace(b"\r\n", b"\n").split(b"\n") if not line.startswith(b"#")]
    first = next((line for line in lines if line.strip()), b"")
    recording = Recording()
    if first.startswith(b"{"):
        _add_all(recording, (read_json_line(line) for line in lines if line.strip()))
    elif b"|" not in first.partition(b" = ")[0]:
        _add_all(recording, read_walk_lines(lines))
    else:
        _add_snmprec(recording, lines)
    recording.variables = dict(sorted(recording.variables.items()))
    return recording


def _add_all(recording: Recording, varbinds: Iterable[Varbind | None]) -> None:
    for varbind in varbinds:
        if varbind is None:
            recording.dropped += 1
        else:
            recording.add(varbind.oid.arcs, Recorded(varbind.tag, content_of(varbind)))


def _add_snmprec(recording: Recording, lines: Iterable[bytes]) -> None:
    for line in lines:
        if not line.strip():
            continue
        try:
            name, label, text = line.split(b"|", 2)
            value, is_repaired = _read_value(label.strip(), text)
            recording.add(_read_arcs(name), value)
        except ValueError:  # such as 1.3.6.1.2.1.4.20.1.2.10.xx.xx.100
            recording.dropped += 1
        else:
            recording.repaired += is_repaired


def _read_arcs(text: bytes) -> Arcs:
    return tuple(map(int, text.strip(b". ").split(b".")))


def _read_value(label: bytes, text: bytes) -> tuple[Recorded, bool]:
    """Read tag and value; the second says that hex had to be repaired.

    Raises:
        ValueError: They make no sense.
    """
    found = _TAG.fullmatch(label)
    if found is None or int(found[1]) > 0xFF:
        message = f"no BER tag: {label!r}"
        raise ValueError(message)
    tag, form = int(found[1]), found[2]
    if found[3]:
        text = _steady(text)
    if form == b"x" and tag not in {Tag.NULL, Tag.OBJECT_IDENTIFIER}:
        digits = re.sub(rb"[^0-9a-fA-F]", b"", text)
        is_repaired = len(digits) % 2 > 0 or len(digits) != len(b"".join(text.split()))
        content = bytes.fromhex(
            (digits + b"0" * (len(digits) % 2)).decode()
        )  # a digit that was lost reads as 0
        return Recorded(tag, _packed(content) if tag == Tag.IP_ADDRESS else content), is_repaired
    if form == b"e":
        text = text.decode("unicode_escape").encode("latin-1")
    return Recorded(tag, _content(tag, text)), False


def _steady(text: bytes) -> bytes:
    """Give one value of those that a simulator should vary between: ``min=1,max=9,initial=2`` gives 2."""
    hints = dict(hint.split(b"=", 1) for hint in text.split(b",") if b"=" in hint)
    return next((hints[key] for key in _VARIATIONS if key in hints), b"0")


def _content(tag: int, text: bytes) -> bytes:
    """Encode a value that is written plainly.

    Raises:
        ValueError: It is none of that tag.
    """
    if tag == Tag.NULL:
        return b""
    if tag == Tag.OBJECT_IDENTIFIER:
        arcs = tuple(int(arc) for arc in text.strip(b". ").split(b".") if arc)
        return encode_arcs((*arcs, 0, 0)[:2] + arcs[2:])  # zeroDotZero may stand as nothing at all
    if tag == Tag.IP_ADDRESS:
        return _packed(text)
    if tag == Tag.OPAQUE:
        return _OPAQUE_FLOAT + struct.pack(">f", float(text))
    bits = _BITS.get(tag)
    if bits is None:
        return text
    number = int(text or b"0")
    return _number(number % (1 << bits) if bits else number)


def _packed(text: bytes) -> bytes:
    if not _ADDRESS.fullmatch(text):
        return text
    return bytes(int(part) & 0xFF for part in text.split(b"."))


def _number(value: int) -> bytes:
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


# --- writing


def content_of(varbind: Varbind) -> bytes:
    """Encode the value of a variable, without tag and length."""
    value = varbind.value
    if value is None or isinstance(value, Absent):
        return b""
    if isinstance(value, float):
        return _OPAQUE_DOUBLE + struct.pack(">d", value)
    if isinstance(value, int):
        return _number(value)
    return value.packed if isinstance(value, IPv4Address) else bytes(value)


def write_line(varbind: Varbind) -> str:
    """Give the line of a variable, without its end; bytes that are no plain text stand in hex."""
    value, tag = varbind.value, int(varbind.tag)
    head = f"{varbind.oid}|{tag}"
    if value is None or isinstance(value, Absent):
        return f"{head}|"
    if isinstance(value, Oid | IPv4Address) or (isinstance(value, int) and tag in _BITS):
        return f"{head}|{value}"
    content = content_of(varbind)
    if tag == Tag.OCTET_STRING and _PLAIN.fullmatch(content):
        return f"{head}|{content.decode()}"
    return f"{head}x|{content.hex()}"
