"""Between pysnmp's objects and ours: protocol identifiers and values. pysnmp carries no type hints."""

import struct
from ipaddress import IPv4Address
from typing import Any

from pysnmp.entity import config

from netops.model.access import AuthProtocol, PrivProtocol
from netops.snmp.types import Absent, Oid, Tag, Value, Varbind

AUTH_IDS: dict[AuthProtocol | None, tuple[int, ...]] = {
    None: config.USM_AUTH_NONE,
    AuthProtocol.MD5: config.USM_AUTH_HMAC96_MD5,
    AuthProtocol.SHA: config.USM_AUTH_HMAC96_SHA,
    AuthProtocol.SHA224: config.USM_AUTH_HMAC128_SHA224,
    AuthProtocol.SHA256: config.USM_AUTH_HMAC192_SHA256,
    AuthProtocol.SHA384: config.USM_AUTH_HMAC256_SHA384,
    AuthProtocol.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
PRIV_IDS: dict[PrivProtocol | None, tuple[int, ...]] = {
    None: config.USM_PRIV_NONE,
    PrivProtocol.DES: config.USM_PRIV_CBC56_DES,
    PrivProtocol.AES: config.USM_PRIV_CFB128_AES,
    PrivProtocol.AES192: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    PrivProtocol.AES256: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    PrivProtocol.AES192C: config.USM_PRIV_CFB192_AES,
    PrivProtocol.AES256C: config.USM_PRIV_CFB256_AES,
}

_INTEGERS = frozenset({Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64})
_FLOATS = {b"\x9f\x78\x04": ">f", b"\x9f\x79\x08": ">d"}
"""What net-snmp and many agents put into an Opaque: a tag, a length, and an IEEE 754 number."""


def as_varbind(name: Any, value: Any) -> Varbind:
    """Turn one of pysnmp's variable bindings into ours.

    Args:
        name: An ObjectName, or anything whose items are arcs.
        value: A pyasn1 object of SMIv1 or SMIv2.

    Raises:
        ValueError: A name that is no object identifier.
    """
    tag, plain = as_value(value)
    return Varbind(Oid.of(*map(int, name)), tag, plain)


def as_value(value: Any) -> tuple[int, Value | Absent]:
    """Turn a pyasn1 value into its BER tag and the plain value of netops.snmp.types."""
    if hasattr(value, "getComponent"):  # the CHOICE that SMIv1 wraps around IpAddress
        value = value.getComponent()
    outer = value.tagSet[-1]
    tag = int(outer.tagClass | outer.tagFormat | outer.tagId)
    if tag in _INTEGERS:
        return tag, int(value)
    if tag == Tag.OBJECT_IDENTIFIER:
        return tag, Oid.of(*map(int, value))
    if tag == Tag.NULL:
        return tag, None
    if tag in {Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW}:
        return tag, Absent(tag)
    content = bytes(value)
    if tag == Tag.IP_ADDRESS and len(content) == 4:
        return tag, IPv4Address(content)
    layout = _FLOATS.get(content[:3]) if tag == Tag.OPAQUE else None
    if layout and len(content) == 3 + struct.calcsize(layout):
        number: float = struct.unpack(layout, content[3:])[0]
        return tag, number
    return tag, content
