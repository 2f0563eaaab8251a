"""Varbinds as they travel, encoded once and kept.

Source: RFC 3416 section 3 and RFC 3417 section 8. The primitives are netops.snmp.codec's; what stands here
is the agent's side, which the manager does not need.
"""

from ipaddress import IPv4Address

from netops.snmp.codec import encode_tlv, encode_value
from netops.snmp.types import Tag

SEQUENCE = 0x30
Plain = int | bytes | str | float | IPv4Address
"""A value before it is encoded; ``str`` travels as UTF-8, an OBJECT IDENTIFIER is its content as ``Oid``."""


def encode_varbind(oid: bytes, tag: int, content: bytes) -> bytes:
    """Encode one variable and its value's content."""
    return encode_tlv(SEQUENCE, encode_tlv(Tag.OBJECT_IDENTIFIER, oid) + encode_tlv(tag, content))


def encode_cell(oid: bytes, tag: int, value: Plain) -> bytes:
    """Encode one variable and its value; a number that outgrew its type is wrapped or held at its limit.

    Counters and TimeTicks wrap, Gauge32 stays at 2**32-1 (RFC 2578 section 7.1).
    """
    if isinstance(value, str):
        value = value.encode()
    elif isinstance(value, int):
        if tag in {Tag.COUNTER32, Tag.TIME_TICKS}:
            value &= 0xFFFFFFFF
        elif tag == Tag.GAUGE32:
            value = max(0, min(value, 0xFFFFFFFF))
    return encode_tlv(SEQUENCE, encode_tlv(Tag.OBJECT_IDENTIFIER, oid) + encode_value(tag, value))


def counter_heads(oid: bytes, tag: int) -> tuple[bytes, ...]:
    """Give what stands before a counter's content, for contents of 1 to 9 bytes: ``heads[size - 1]``."""
    return tuple(encode_varbind(oid, tag, bytes(size))[:-size] for size in range(1, 10))


def encode_exception(oid: bytes, tag: int) -> bytes:
    """Encode noSuchObject, noSuchInstance or endOfMibView under an OID."""
    return encode_varbind(oid, tag, b"")


def bound(smallest: int, largest: int, value: float) -> int:
    """Round a value and hold it between two limits."""
    return max(smallest, min(largest, round(value)))
