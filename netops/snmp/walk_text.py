"""The text of walks, read back into variables: what ``snmpwalk -On`` prints, and ``netops walk --json``.

Source: net-snmp's snmpcmd(1), output options. ``-On`` gives OIDs as numbers, which is what tells one variable from
the next here; a string or a hex dump may go on over several lines. Names of values (``up(1)``), units and the
spelling of MAC addresses by DISPLAY-HINT are understood; a number with a decimal point put in by a DISPLAY-HINT is
not, for it no longer says what was sent.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import AddressValueError, IPv4Address

import orjson

from netops.snmp.types import Oid, Tag, Value, Varbind

_HEAD = re.compile(rb"^(\.?(?:iso|\d+)(?:\.\d+)+) = ?(.*)$", re.DOTALL)
_TYPE = re.compile(
    rb"(?:Wrong Type \(should be [^)]*\): )?([A-Z][A-Za-z0-9-]*(?: Address)?): ?(.*)", re.DOTALL
)
_NOTHING = (b"No Such Object", b"No Such Instance", b"No more variables", b"End of MIB")
_NAMED_NUMBER = re.compile(rb"[A-Za-z][\w.-]*\((-?\d+)\)|(-?\d+)(?: [^.\d].*)?", re.DOTALL)
_MAC = re.compile(rb"[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_PAIRS = re.compile(rb"(?:[0-9a-fA-F]{2}(?:\s+|$))*")


def read_walk_lines(lines: Iterable[bytes]) -> Iterator[Varbind | None]:
    """Give the variables that ``snmpwalk -On`` printed, in its order; None for each that makes no sense.

    Args:
        lines: Without their ends.
    """
    head: bytes | None = None
    value: list[bytes] = []
    for line in lines:
        found = _HEAD.match(line)
        if found is None and head is not None:
            value.append(line)
            continue
        if head is not None:
            yield from _read_variable(head, b"\n".join(value))
        if found is None:
            if line.strip():
                yield None
            continue
        head, value = found[1], [found[2]]
    if head is not None:
        yield from _read_variable(head, b"\n".join(value))


def _read_variable(name: bytes, text: bytes) -> Iterator[Varbind | None]:
    if text.startswith(_NOTHING):
        return
    try:
        oid = _oid(name)
        tag, value = _read_typed(text)
    except ValueError:
        yield None
    else:
        yield Varbind(oid, tag, value)


def _oid(text: bytes) -> Oid:
    return Oid.parse(text.decode("ascii").strip().lstrip(".").replace("iso", "1", 1))


def _read_typed(text: bytes) -> tuple[Tag, Value]:
    """Read what stands behind the equals sign.

    Raises:
        ValueError: No type that we know, or a value that is none of it.
    """
    text = text.rstrip(b"\n")
    if text.strip() in {b"NULL", b'""', b""}:
        return (Tag.NULL, None) if text.strip() == b"NULL" else (Tag.OCTET_STRING, b"")
    found = _TYPE.fullmatch(text)
    reader = _READERS.get(found[1]) if found else None
    if found is None or reader is None:
        message = f"no typed value: {text[:40]!r}"
        raise ValueError(message)
    tag, read = reader
    return tag, read(found[2])


def _string(text: bytes) -> bytes:
    if text.startswith(b'"'):
        end = text.rfind(b'"')
        return _ESCAPED.sub(rb"\1", text[1 : end or len(text)])
    if _MAC.fullmatch(text):
        return bytes(int(part, 16) for part in text.split(b":"))
    return text


def _hex(text: bytes) -> bytes:
    """Read pairs of digits; what follows them is text that net-snmp adds (-OT, BITS' names)."""
    found = _PAIRS.match(text)
    return bytes.fromhex(b" ".join((found[0] if found else b"").split()).decode())


def _number(text: bytes) -> int:
    found = _NAMED_NUMBER.fullmatch(text.strip())
    if found is None:
        message = f"no whole number: {text[:40]!r}"
        raise ValueError(message)
    return int(found[1] or found[2])


def _ticks(text: bytes) -> int:
    return int(text[text.index(b"(") + 1 : text.index(b")")]) if text.startswith(b"(") else int(text)


def _address(text: bytes) -> Value:
    if b":" in text:  # Network Address: 0A:00:00:01
        return IPv4Address(bytes(int(part, 16) for part in text.split(b":")))
    try:
        return IPv4Address(text.decode("ascii").strip())
    except AddressValueError:
        raise ValueError(text) from None


def _opaque(text: bytes) -> float:
    kind, _colon, number = text.partition(b": ")
    if kind not in {b"Float", b"Double"}:
        raise ValueError(text)
    return float(number)


_READERS: dict[bytes, tuple[Tag, Callable[[bytes], Value]]] = {
    b"STRING": (Tag.OCTET_STRING, _string),
    b"Hex-STRING": (Tag.OCTET_STRING, _hex),
    b"BITS": (Tag.OCTET_STRING, _hex),
    b"INTEGER": (Tag.INTEGER, _number),
    b"Counter32": (Tag.COUNTER32, _number),
    b"Gauge32": (Tag.GAUGE32, _number),
    b"Unsigned32": (Tag.GAUGE32, _number),
    b"UInteger32": (Tag.GAUGE32, _number),
    b"Counter64": (Tag.COUNTER64, _number),
    b"Timeticks": (Tag.TIME_TICKS, _ticks),
    b"OID": (Tag.OBJECT_IDENTIFIER, _oid),
    b"IpAddress": (Tag.IP_ADDRESS, _address),
    b"Network Address": (Tag.IP_ADDRESS, _address),
    b"Opaque": (Tag.OPAQUE, _opaque),
}


def read_json_line(line: bytes) -> Varbind | None:
    """Read a line of ``netops walk --json``; None when it is none."""
    try:
        told = orjson.loads(line)
        oid, tag = Oid.parse(told["oid"]), Tag[told["type"].upper()]
        return Varbind(oid, tag, _plain(tag, told["value"]))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _plain(tag: Tag, value: object) -> Value:
    """Undo what the command did to a value: bytes became hex, OIDs and addresses text.

    Raises:
        ValueError: Not what the command prints under that tag.
    """
    if isinstance(value, str):
        if tag == Tag.OBJECT_IDENTIFIER:
            return Oid.parse(value)
        return IPv4Address(value) if tag == Tag.IP_ADDRESS else bytes.fromhex(value)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    message = f"no value: {value!r}"
    raise ValueError(message)
