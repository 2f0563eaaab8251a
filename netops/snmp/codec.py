"""BER for SNMP: requests are written, replies are read; nothing else of ASN.1.

Source: X.690 (BER), RFC 1157 (v1), RFC 3416 (PDUs), RFC 3417 section 8 (the subset SNMP uses). Reading is
strict where a lie could cost us (lengths must nest exactly) and lenient where agents are known to differ
(long-form lengths, integers padded with zeros, unsigned values without their leading zero).

``decode_varbinds`` is the hottest loop of the program; its repetition is on purpose (docs/performance.md).
"""

import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from netops.errors import MalformedReply
from netops.snmp.types import Absent, Oid, Tag, Value, Varbind

GET = 0xA0
GET_NEXT = 0xA1
RESPONSE = 0xA2
GET_BULK = 0xA5
REPORT = 0xA8

VERSION_1 = 0
VERSION_2C = 1
VERSION_3 = 3

_SEQUENCE = 0x30
_OPAQUE_FLOAT = b"\x9f\x78\x04"
_OPAQUE_DOUBLE = b"\x9f\x79\x08"
_NULL = b"\x05\x00"
_MAX_OID = 640  # 128 arcs of at most 5 bytes (RFC 2578 section 3.5)


class Pdu(NamedTuple):
    """A PDU with its varbinds still packed in ``data[start:end]``."""

    tag: int
    request_id: int
    error_status: int
    error_index: int
    data: bytes
    start: int
    end: int


class PackedVarbinds(NamedTuple):
    """Varbinds taken apart, in parallel lists; exceptions stand as Absent among the values."""

    oids: list[bytes]
    tags: list[int]
    values: list[Value | Absent]


# --- writing


def encode_length(length: int) -> bytes:
    """Encode a definite length in its shortest form."""
    if length < 128:
        return bytes((length,))
    if length < 256:
        return bytes((0x81, length))
    if length < 65536:
        return bytes((0x82, length >> 8, length & 0xFF))
    return bytes((0x83, length >> 16, length >> 8 & 0xFF, length & 0xFF))


def encode_tlv(tag: int, content: bytes) -> bytes:
    """Put tag and length before a content."""
    return bytes((tag,)) + encode_length(len(content)) + content


def encode_integer(value: int, tag: int = Tag.INTEGER) -> bytes:
    """Encode an integer in two's complement and the fewest bytes; unsigned types get their leading zero."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return encode_tlv(tag, value.to_bytes(size, "big", signed=True))


def encode_bindings(oids: Iterable[bytes]) -> bytes:
    """Encode a varbind list whose values are NULL: the variables a request asks for, as OID contents."""
    return encode_tlv(
        _SEQUENCE,
        b"".join(
            [
                bytes((_SEQUENCE, len(oid) + 4, 0x06, len(oid))) + oid + _NULL
                if len(oid) < 124
                else encode_tlv(_SEQUENCE, encode_tlv(Tag.OBJECT_IDENTIFIER, oid) + _NULL)
                for oid in oids
            ]
        ),
    )


def encode_pdu(tag: int, request_id: int, second: int, third: int, bindings: bytes) -> bytes:
    """Encode a request.

    Args:
        tag: GET, GET_NEXT or GET_BULK.
        request_id: 0x40000000 … 0x7fffffff, so that it is always four bytes.
        second: non-repeaters of a GETBULK, below 128, else 0.
        third: max-repetitions of a GETBULK, else 0.
        bindings: As encode_bindings gives them.
    """
    last = bytes((2, 1, third)) if third < 128 else encode_integer(third)
    head = b"\x02\x04" + request_id.to_bytes(4, "big") + bytes((2, 1, second)) + last
    return encode_tlv(tag, head + bindings)


def encode_message(version: int, community: bytes, pdu: bytes) -> bytes:
    """Wrap a PDU as an SNMPv1 or SNMPv2c message."""
    return encode_tlv(_SEQUENCE, bytes((0x02, 0x01, version)) + encode_tlv(Tag.OCTET_STRING, community) + pdu)


# --- reading


def read_header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read one tag and length: (tag, where its content begins, where it ends).

    Raises:
        MalformedReply: The header or the content passes ``end``, or the length is indefinite.
    """
    if at + 2 > end:
        raise MalformedReply("a BER element is cut short")
    tag = data[at]
    length = data[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or at + size > end:
            raise MalformedReply("a BER length is not valid")
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    if at + length > end:
        raise MalformedReply(f"a BER element of {length} bytes passes the end of what holds it")
    return tag, at, at + length


def expect(data: bytes, at: int, end: int, wanted: int) -> tuple[int, int]:
    """Read a header that must have this tag: (content begins, content ends).

    Raises:
        MalformedReply: Another tag, or cut short.
    """
    tag, start, stop = read_header(data, at, end)
    if tag != wanted:
        raise MalformedReply(f"BER tag 0x{tag:02x} stands where 0x{wanted:02x} is due")
    return start, stop


def read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read a signed INTEGER: (value, where the next element begins).

    Raises:
        MalformedReply: Not an INTEGER of 1 to 8 bytes.
    """
    start, stop = expect(data, at, end, Tag.INTEGER)
    if not 1 <= stop - start <= 8:
        raise MalformedReply("an INTEGER is empty or longer than 8 bytes")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def read_version(data: bytes) -> tuple[int, int, int]:
    """Open a message: (version, where the next element begins, where the message ends).

    Bytes behind the outer SEQUENCE are ignored, as some agents pad.

    Raises:
        MalformedReply: Not a SEQUENCE that begins with an INTEGER.
    """
    if data[:2] == b"\x30\x82" and data[4:6] == b"\x02\x01" and len(data) == 4 + (data[2] << 8 | data[3]) > 6:
        return data[6], 7, len(data)  # the usual shape of a long reply in one look
    start, end = expect(data, 0, len(data), _SEQUENCE)
    version, at = read_integer(data, start, end)
    return version, at, end


def read_community_pdu(data: bytes, at: int, end: int) -> Pdu:
    """Read what follows the version of a v1 or v2c message.

    Raises:
        MalformedReply: Not a community and a PDU.
    """
    _, at = expect(data, at, end, Tag.OCTET_STRING)
    return read_pdu(data, at, end)


def read_pdu(data: bytes, at: int, end: int) -> Pdu:
    """Read a PDU down to its varbinds, which stay packed.

    Raises:
        MalformedReply: Not a PDU.
    """
    # The usual shape of a long reply in one look: RESPONSE, four-byte request-id, short status and index.
    if data[at : at + 2] == b"\xa2\x82" and data[at + 4 : at + 6] == b"\x02\x04" and at + 20 <= end:
        stop = at + 4 + (data[at + 2] << 8 | data[at + 3])
        if (
            data[at + 10 : at + 12] == b"\x02\x01"
            and data[at + 13 : at + 15] == b"\x02\x01"
            and data[at + 16 : at + 18] == b"\x30\x82"
            and stop == at + 20 + (data[at + 18] << 8 | data[at + 19])
            and stop <= end
            and data[at + 6] < 0x80
        ):
            request_id = int.from_bytes(data[at + 6 : at + 10], "big")
            return Pdu(RESPONSE, request_id, data[at + 12], data[at + 15], data, at + 20, stop)
    tag, at, end = read_header(data, at, end)
    if not 0xA0 <= tag <= 0xA8 or tag == 0xA4:
        raise MalformedReply(f"tag 0x{tag:02x} is no PDU we know")
    request_id, at = read_integer(data, at, end)
    status, at = read_integer(data, at, end)
    index, at = read_integer(data, at, end)
    start, stop = expect(data, at, end, _SEQUENCE)
    return Pdu(tag, request_id, status, index, data, start, stop)


def decode_varbinds(data: bytes, at: int, end: int) -> PackedVarbinds:
    """Take a varbind list apart.

    Raises:
        MalformedReply: The elements do not nest exactly, or a value has a length its type cannot have.
    """
    oids: list[bytes] = []
    tags: list[int] = []
    values: list[Value | Absent] = []
    add_oid, add_tag, add_value = oids.append, tags.append, values.append
    from_bytes = int.from_bytes
    try:
        while at < end:
            # SEQUENCE { OBJECT IDENTIFIER, value }, lengths below 128 nearly always
            if data[at] != 0x30:
                raise MalformedReply(f"BER tag 0x{data[at]:02x} stands where a varbind is due")
            size = data[at + 1]
            if size < 128:
                at += 2
                stop = at + size
            else:
                _, at, stop = read_header(data, at, end)
            size = data[at + 1]
            if data[at] != 0x06 or size > 127:
                oid_start, value_at = expect(data, at, stop, 0x06)
                if value_at - oid_start > _MAX_OID:
                    raise MalformedReply("an OID has more than 128 arcs")
            else:
                oid_start = at + 2
                value_at = oid_start + size
            if value_at == oid_start or data[value_at - 1] > 127:
                raise MalformedReply("an OID is empty or its last arc is cut short")
            tag = data[value_at]
            size = data[value_at + 1]
            start = value_at + 2
            if size > 127:
                _, start, value_end = read_header(data, value_at, stop)
            else:
                value_end = start + size
            if value_end != stop or stop > end:
                raise MalformedReply("a varbind's lengths do not agree")
            add_oid(data[oid_start:value_at])
            add_tag(tag)
            if 0x41 <= tag <= 0x43 or tag == 0x46:  # Counter32, Gauge32, TimeTicks, Counter64
                if not 1 <= value_end - start <= 8 and (value_end - start != 9 or data[start]):
                    raise MalformedReply("a number is empty or longer than 64 bits")
                add_value(from_bytes(data[start:value_end], "big"))
            elif tag == 0x02 and 1 <= value_end - start <= 8:
                add_value(from_bytes(data[start:value_end], "big", signed=True))
            elif tag == 0x04:
                add_value(data[start:value_end])
            else:
                add_value(decode_value(tag, data[start:value_end]))
            at = stop
    except IndexError:
        raise MalformedReply("the varbind list is cut short") from None
    return PackedVarbinds(oids, tags, values)


def decode_value(tag: int, content: bytes) -> Value | Absent:
    """Decode one value by its tag; unknown tags are refused, for they may hold anything.

    Raises:
        MalformedReply: A content its type cannot have, or an unknown type.
    """
    match tag:
        case Tag.OCTET_STRING:
            return content
        case Tag.OBJECT_IDENTIFIER:
            return _decode_oid(content)
        case Tag.NULL:
            return None
        case Tag.IP_ADDRESS:
            if len(content) != 4:
                raise MalformedReply(f"an IpAddress has {len(content)} bytes")
            return IPv4Address(content)
        case Tag.OPAQUE:
            return _decode_opaque(content)
        case Tag.NO_SUCH_OBJECT | Tag.NO_SUCH_INSTANCE | Tag.END_OF_MIB_VIEW:
            return Absent(tag)
        case Tag.INTEGER | Tag.COUNTER32 | Tag.GAUGE32 | Tag.TIME_TICKS | Tag.COUNTER64:
            padded = len(content) == 9 and not content[0] and tag != Tag.INTEGER
            if not 1 <= len(content) <= 8 and not padded:
                raise MalformedReply("a number is empty or longer than 64 bits")
            return int.from_bytes(content, "big", signed=tag == Tag.INTEGER)
    raise MalformedReply(f"a value has the unknown type 0x{tag:02x}")


def _decode_oid(content: bytes) -> Oid:
    """Some agents send zeroDotZero as no bytes at all; anything else must end its last arc."""
    if not content:
        return Oid(b"\x00")
    if content[-1] & 0x80 or len(content) > _MAX_OID:
        raise MalformedReply("an OBJECT IDENTIFIER is cut short or too long")
    return Oid(content)


def _decode_opaque(content: bytes) -> float | bytes:
    """net-snmp wraps floats and doubles in Opaque (draft-perkins-opaque); other Opaque stays bytes."""
    if content.startswith(_OPAQUE_FLOAT) and len(content) == 7:
        return float(struct.unpack(">f", content[3:])[0])
    if content.startswith(_OPAQUE_DOUBLE) and len(content) == 11:
        return float(struct.unpack(">d", content[3:])[0])
    return content


def as_varbinds(packed: PackedVarbinds) -> list[Varbind]:
    """Give the friendly form of a packed list."""
    return [
        Varbind(Oid(oid), tag, value)
        for oid, tag, value in zip(packed.oids, packed.tags, packed.values, strict=True)
    ]


def encode_value(tag: int, value: Value | Absent) -> bytes:
    """Encode one value under its tag; the counterpart of decode_value, for agents and for tests.

    Raises:
        ValueError: The value does not fit the tag.
    """
    match value:
        case Absent():
            return bytes((value.value, 0))
        case None:
            return _NULL
        case int() if tag in (Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64):
            return encode_integer(value, tag)
        case float():
            return encode_tlv(Tag.OPAQUE, _OPAQUE_DOUBLE + struct.pack(">d", value))
        case IPv4Address():
            return encode_tlv(Tag.IP_ADDRESS, value.packed)
        case bytes():
            return encode_tlv(tag, value)
    message = f"{value!r} does not fit tag 0x{tag:02x}"
    raise ValueError(message)


def encode_response(tag: int, request_id: int, status: int, index: int, varbinds: Sequence[Varbind]) -> bytes:
    """Encode a PDU with values: what an agent sends."""
    bindings = b"".join(
        encode_tlv(_SEQUENCE, encode_tlv(Tag.OBJECT_IDENTIFIER, v.oid) + encode_value(v.tag, v.value))
        for v in varbinds
    )
    head = encode_integer(request_id) + encode_integer(status) + encode_integer(index)
    return encode_tlv(tag, head + encode_tlv(_SEQUENCE, bindings))
