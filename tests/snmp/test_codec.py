"""BER at its corners: what is read, and what is refused."""

import math
import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.errors import MalformedReply
from netops.snmp import codec
from netops.snmp.types import Absent, Oid, Tag, Value, Varbind

SYS_DESCR = Oid.parse("1.3.6.1.2.1.1.1.0")
RESPONSE_ID = 0x40000001


def tlv(tag: int, content: bytes) -> bytes:
    return codec.encode_tlv(tag, content)


def varbind(value: bytes, oid: bytes = SYS_DESCR) -> bytes:
    """One varbind around an encoded value."""
    return tlv(0x30, tlv(0x06, oid) + value)


def read_value(value: bytes, oid: bytes = SYS_DESCR) -> Value | Absent:
    data = varbind(value, oid)
    return codec.decode_varbinds(data, 0, len(data)).values[0]


def read_message(data: bytes) -> list[Varbind]:
    _, at, end = codec.read_version(data)
    pdu = codec.read_community_pdu(data, at, end)
    return codec.as_varbinds(codec.decode_varbinds(pdu.data, pdu.start, pdu.end))


# --- lengths


@pytest.mark.parametrize(
    ("length", "encoded"),
    [
        (0, "00"), (1, "01"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"),
        (65535, "82ffff"), (65536, "83010000"),
    ],
)  # fmt: skip
def test_lengths_take_their_shortest_form_and_come_back(length: int, encoded: str) -> None:
    assert codec.encode_length(length) == bytes.fromhex(encoded)
    data = tlv(0x04, bytes(length))
    assert codec.read_header(data, 0, len(data)) == (0x04, len(data) - length, len(data))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535])
def test_octet_strings_of_every_length_form_are_read(size: int) -> None:
    content = bytes(at & 0xFF for at in range(size))
    assert read_value(tlv(0x04, content)) == content


@pytest.mark.parametrize("length", ["8105", "820005", "83000005", "8400000005"])
def test_long_form_lengths_of_short_contents_are_read(length: str) -> None:
    assert read_value(b"\x04" + bytes.fromhex(length) + b"12345") == b"12345"
    assert read_value(b"\x04\x011", SYS_DESCR) == b"1"
    oid = b"\x06" + bytes.fromhex(length) + bytes.fromhex("2b06010201")
    data = tlv(0x30, oid + b"\x05\x00")
    assert codec.decode_varbinds(data, 0, len(data)).oids == [bytes.fromhex("2b06010201")]


@pytest.mark.parametrize(
    "data",
    ["", "30", "3080", "3085", "30850000000005", "308201", "3003020100ff30", "04", "3081", "30ff0000"],
)
def test_headers_that_cannot_be_are_refused(data: str) -> None:
    raw = bytes.fromhex(data)
    with pytest.raises(MalformedReply):
        codec.read_version(raw[:-3] if data.endswith("ff30") else raw)


def test_an_indefinite_length_is_refused() -> None:
    with pytest.raises(MalformedReply, match="length is not valid"):
        codec.read_header(b"\x30\x80\x02\x01\x00\x00\x00", 0, 7)


def test_bytes_behind_the_message_are_ignored() -> None:
    message = codec.encode_message(
        codec.VERSION_2C,
        b"c",
        codec.encode_response(
            codec.RESPONSE, RESPONSE_ID, 0, 0, [Varbind(SYS_DESCR, Tag.OCTET_STRING, b"x")]
        ),
    )
    assert read_message(message + b"\x00\x00pad") == read_message(message)


# --- numbers


@pytest.mark.parametrize(
    ("number", "content"),
    [
        (0, "00"), (1, "01"), (127, "7f"), (128, "0080"), (255, "00ff"), (256, "0100"), (-1, "ff"),
        (-128, "80"), (-129, "ff7f"), (2**31 - 1, "7fffffff"), (-(2**31), "80000000"),
    ],
)  # fmt: skip
def test_integers_are_twos_complement_in_the_fewest_bytes(number: int, content: str) -> None:
    encoded = tlv(0x02, bytes.fromhex(content))
    assert codec.encode_integer(number) == encoded
    assert read_value(encoded) == number
    assert codec.read_integer(encoded, 0, len(encoded)) == (number, len(encoded))


@pytest.mark.parametrize(
    ("content", "number"),
    [("0000000000000005", 5), ("ffffffffffffffff", -1), ("ffffffffffffff80", -128), ("00000080", 128)],
)
def test_padded_integers_are_read(content: str, number: int) -> None:
    assert read_value(tlv(0x02, bytes.fromhex(content))) == number
    assert codec.decode_value(0x02, bytes.fromhex(content)) == number


@pytest.mark.parametrize("tag", [Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64])
@pytest.mark.parametrize(
    ("content", "number"),
    [
        ("00", 0),
        ("ff", 255),  # no leading zero, as some agents send it
        ("00ff", 255),
        ("ffffffff", 2**32 - 1),
        ("00ffffffff", 2**32 - 1),
        ("ffffffffffffffff", 2**64 - 1),
        ("00ffffffffffffffff", 2**64 - 1),
        ("00000000000000000a", 10),
    ],
)
def test_unsigned_numbers_are_read_with_and_without_their_leading_zero(
    tag: Tag, content: str, number: int
) -> None:
    assert read_value(tlv(tag, bytes.fromhex(content))) == number
    assert codec.decode_value(tag, bytes.fromhex(content)) == number


@pytest.mark.parametrize("tag", [Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64])
@pytest.mark.parametrize("content", [b"", b"\x01" + bytes(8), b"\xff" * 9, bytes(10), b"\x7f" * 60_000])
def test_numbers_over_64_bits_or_of_no_bytes_are_refused(tag: Tag, content: bytes) -> None:
    """An endless INTEGER would be a Python number that nothing behind us can store or even print."""
    with pytest.raises(MalformedReply):
        read_value(tlv(tag, content))
    with pytest.raises(MalformedReply):
        codec.decode_value(tag, content)


# --- OIDs


def test_an_oid_of_128_arcs_of_five_bytes_is_read() -> None:
    oid = Oid.of(1, 3, *([2**32 - 1] * 126))
    assert len(oid) == 631
    data = varbind(b"\x05\x00", oid)
    assert codec.decode_varbinds(data, 0, len(data)).oids == [oid]
    assert read_value(tlv(0x06, oid)) == oid


@pytest.mark.parametrize("header", [b"\x06\x00", b"\x06\x81\x00", b"\x06\x82\x00\x00"])
def test_a_variable_without_name_is_refused(header: bytes) -> None:
    data = tlv(0x30, header + b"\x05\x00")
    with pytest.raises(MalformedReply):
        codec.decode_varbinds(data, 0, len(data))


@pytest.mark.parametrize("oid", [b"\x2b\x86", b"\xff", b"\x2b" * 641, b"\x2b" * 130 + b"\x86"])
def test_names_that_cannot_be_are_refused(oid: bytes) -> None:
    with pytest.raises(MalformedReply):
        read_value(b"\x05\x00", oid)


@pytest.mark.parametrize("content", [b"\x86", b"\x2b\x86", b"\x2b" * 641])
def test_oid_values_that_cannot_be_are_refused(content: bytes) -> None:
    with pytest.raises(MalformedReply):
        read_value(tlv(0x06, content))


def test_an_empty_oid_value_is_zero_dot_zero() -> None:
    value = read_value(b"\x06\x00")
    assert value == Oid.parse("0.0")
    assert str(value) == "0.0"


def test_requests_name_long_and_short_oids_alike() -> None:
    oids = [Oid.of(1, 3, *([7] * count)) for count in (1, 121, 122, 123, 124, 125, 126)]
    bindings = codec.encode_bindings(oids)
    start, end = codec.expect(bindings, 0, len(bindings), 0x30)
    assert codec.decode_varbinds(bindings, start, end).oids == oids


# --- other types


def test_opaque_floats_and_doubles_are_numbers() -> None:
    assert read_value(tlv(0x44, b"\x9f\x78\x04" + struct.pack(">f", 1.5))) == 1.5
    assert read_value(tlv(0x44, b"\x9f\x79\x08" + struct.pack(">d", -2.25))) == -2.25
    nan = read_value(tlv(0x44, b"\x9f\x78\x04" + struct.pack(">f", math.nan)))
    assert isinstance(nan, float) and math.isnan(nan)


@pytest.mark.parametrize(
    "content", [b"", b"\x9f", b"\x9f\x78\x04\x00", b"\x9f\x79\x08" + bytes(9), b"\x04\x01x"]
)
def test_other_opaque_stays_bytes(content: bytes) -> None:
    assert read_value(tlv(0x44, content)) == content


@pytest.mark.parametrize("content", [b"", b"\x7f\x00\x01", bytes(5), bytes(16)])
def test_an_ip_address_has_four_bytes(content: bytes) -> None:
    with pytest.raises(MalformedReply, match="IpAddress"):
        read_value(tlv(0x40, content))


@pytest.mark.parametrize("absent", list(Absent))
def test_exceptions_are_absent_values(absent: Absent) -> None:
    assert read_value(bytes((absent.value, 0))) is absent


@pytest.mark.parametrize("tag", [0x00, 0x01, 0x03, 0x09, 0x24, 0x30, 0x45, 0x47, 0x48, 0x83, 0xA2, 0xFF])
def test_unknown_types_are_refused(tag: int) -> None:
    with pytest.raises(MalformedReply, match="unknown type"):
        read_value(tlv(tag, b"\x01"))


# --- nesting


REAL = [
    Varbind(SYS_DESCR, Tag.OCTET_STRING, b"Bench switch" * 20),
    Varbind(Oid.parse("1.3.6.1.2.1.1.2.0"), Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.4.1.9.1.1208")),
    Varbind(Oid.parse("1.3.6.1.2.1.1.3.0"), Tag.TIME_TICKS, 123456789),
    Varbind(Oid.parse("1.3.6.1.2.1.31.1.1.1.6.10101"), Tag.COUNTER64, 2**64 - 1),
    Varbind(Oid.parse("1.3.6.1.2.1.4.20.1.1.127.0.0.1"), Tag.IP_ADDRESS, IPv4Address("127.0.0.1")),
    Varbind(Oid.parse("1.3.6.1.2.1.2.2.1.7.1"), Tag.INTEGER, -1),
    Varbind(Oid.parse("1.3.6.1.2.1.1.99.0"), Tag.NO_SUCH_OBJECT, Absent.NO_SUCH_OBJECT),
    Varbind(Oid.parse("1.3.6.1.2.1.1.98.0"), Tag.NULL, None),
]


@pytest.mark.parametrize("varbinds", [REAL, REAL[1:3], []], ids=["long", "short", "empty"])
def test_every_prefix_of_a_real_message_is_malformed_and_nothing_else(varbinds: list[Varbind]) -> None:
    pdu = codec.encode_response(codec.RESPONSE, RESPONSE_ID, 0, 0, varbinds)
    message = codec.encode_message(codec.VERSION_2C, b"public", pdu)
    assert read_message(message) == varbinds
    for length in range(len(message)):
        with pytest.raises(MalformedReply):
            read_message(message[:length])


def test_every_prefix_of_a_varbind_list_is_malformed_unless_it_ends_between_two() -> None:
    whole = b"".join(varbind(codec.encode_value(v.tag, v.value), v.oid) for v in REAL)
    borders = {0}
    for item in REAL:
        borders.add(max(borders) + len(varbind(codec.encode_value(item.tag, item.value), item.oid)))
    for length in range(len(whole) + 1):
        if length in borders:
            codec.decode_varbinds(whole, 0, length)
            codec.decode_varbinds(whole[:length], 0, length)
            continue
        with pytest.raises(MalformedReply):
            codec.decode_varbinds(whole[:length], 0, length)
        with pytest.raises(MalformedReply):
            codec.decode_varbinds(whole, 0, length)  # what lies behind the end must not be looked at


@pytest.mark.parametrize(
    "data",
    [
        "3008 0603 2b0601 0401 6161",  # a byte behind the value
        "3006 0603 2b0601 0402 61",  # the value passes its varbind
        "3004 0606 2b0601 0500",  # the name does
        "300a 0603 2b0601 0401 61",  # the varbind passes the list
        "3103 0601 2b",  # a SET
        "3005 0403 2b0601",  # no name
        "3005 0603 2b0601",  # no value
        "3000",
    ],
)
def test_lengths_that_do_not_nest_exactly_are_refused(data: str) -> None:
    raw = bytes.fromhex(data)
    with pytest.raises(MalformedReply):
        codec.decode_varbinds(raw, 0, len(raw))


@pytest.mark.parametrize("tag", [0xA4, 0xA9, 0x30, 0x04])
def test_what_is_no_pdu_is_refused(tag: int) -> None:
    pdu = tlv(tag, b"\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x00")
    with pytest.raises(MalformedReply):
        codec.read_pdu(pdu, 0, len(pdu))


@pytest.mark.parametrize("size", [0, 1, 10, 80, 200, 400])
@pytest.mark.parametrize("status", [0, 5, 127])
def test_the_one_look_at_a_long_reply_sees_what_the_full_reading_sees(size: int, status: int) -> None:
    item = Varbind(SYS_DESCR, Tag.OCTET_STRING, bytes(size))
    pdu = codec.encode_response(codec.RESPONSE, RESPONSE_ID, status, 3, [item])
    quick = codec.read_pdu(pdu, 0, len(pdu))
    # a redundant length octet leads around the quick look
    header, content = codec.read_header(pdu, 0, len(pdu))[0], pdu[codec.read_header(pdu, 0, len(pdu))[1] :]
    padded = bytes((header, 0x84)) + len(content).to_bytes(4, "big") + content
    slow = codec.read_pdu(padded, 0, len(padded))
    assert (quick.tag, quick.request_id, quick.error_status, quick.error_index) == (
        (slow.tag, slow.request_id, slow.error_status, slow.error_index)
    )
    assert quick.data[quick.start : quick.end] == slow.data[slow.start : slow.end]


# --- noise


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_malformed_reply(data: bytes) -> None:
    for read in (
        lambda: read_message(data),
        lambda: codec.decode_varbinds(data, 0, len(data)),
        lambda: codec.read_pdu(data, 0, len(data)),
    ):
        try:
            read()
        except MalformedReply:
            continue


@given(st.integers(0, 29), st.integers(0, 255))
def test_one_changed_byte_of_a_real_message_raises_nothing_else(at: int, value: int) -> None:
    message = bytearray(
        codec.encode_message(
            codec.VERSION_2C, b"c", codec.encode_response(codec.RESPONSE, RESPONSE_ID, 0, 0, REAL)
        )
    )
    message[at] = value
    try:
        read_message(bytes(message))
    except MalformedReply:
        return


@pytest.mark.parametrize(
    ("tag", "value"), [(Tag.OCTET_STRING, 5), (Tag.NULL, 1), (Tag.OBJECT_IDENTIFIER, 7), (0x45, object())]
)
def test_a_value_that_does_not_fit_its_tag_is_not_encoded(tag: int, value: Value) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        codec.encode_value(tag, value)
