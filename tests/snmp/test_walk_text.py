"""The text of walks: what people send when they are asked what a device shows."""

import json
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.snmp.recording import read_recording
from netops.snmp.types import Oid, Tag, Varbind
from netops.snmp.walk_text import read_json_line, read_walk_lines

HEAD = b".1.3.6.1.2.1.1.1.0 = "


def read_all(text: bytes) -> list[Varbind | None]:
    return list(read_walk_lines(text.split(b"\n")))


@pytest.mark.parametrize(
    ("printed", "tag", "value"),
    [
        (b'STRING: "Linux \\"box\\" \\\\ 1"', Tag.OCTET_STRING, b'Linux "box" \\ 1'),
        (b"STRING: unquoted = text", Tag.OCTET_STRING, b"unquoted = text"),
        (b"STRING: 0:1b:a9:b:a7:52", Tag.OCTET_STRING, b"\x00\x1b\xa9\x0b\xa7\x52"),
        (b"STRING: ", Tag.OCTET_STRING, b""),
        (b'""', Tag.OCTET_STRING, b""),
        (b"Hex-STRING: 00 1B A9 ", Tag.OCTET_STRING, b"\x00\x1b\xa9"),
        (b"BITS: 80 20 vlan(0) other(10)", Tag.OCTET_STRING, b"\x80\x20"),
        (b"INTEGER: -5", Tag.INTEGER, -5),
        (b"INTEGER: up(1)", Tag.INTEGER, 1),
        (b"INTEGER: 230 RMS Volts", Tag.INTEGER, 230),
        (b"Counter32: 4294967295", Tag.COUNTER32, 4294967295),
        (b"Gauge32: 12", Tag.GAUGE32, 12),
        (b"Counter64: 18446744073709551615", Tag.COUNTER64, 2**64 - 1),
        (b"Timeticks: (12345) 0:02:03.45", Tag.TIME_TICKS, 12345),
        (b"OID: .1.3.6.1.4.1.9.1.1", Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1.4.1.9.1.1")),
        (b"OID: iso.3.6.1", Tag.OBJECT_IDENTIFIER, Oid.parse("1.3.6.1")),
        (b"IpAddress: 10.0.0.1", Tag.IP_ADDRESS, IPv4Address("10.0.0.1")),
        (b"Network Address: 0A:00:00:01", Tag.IP_ADDRESS, IPv4Address("10.0.0.1")),
        (b"Opaque: Float: 1.500000", Tag.OPAQUE, 1.5),
        (b"NULL", Tag.NULL, None),
        (b"Wrong Type (should be INTEGER): Gauge32: 3", Tag.GAUGE32, 3),
    ],
)
def test_what_snmpwalk_prints_is_read_back(printed, tag, value):
    assert read_all(HEAD + printed) == [Varbind(Oid.parse("1.3.6.1.2.1.1.1.0"), tag, value)]


def test_a_value_may_go_on_over_several_lines():
    text = (
        HEAD
        + b'STRING: "Cisco IOS\nsecond = line"\n.1.3.6.1.9 = Hex-STRING: 00 11 \n22 33 \n.1.3.6.1.10 = INTEGER: 1\n'
    )
    assert [varbind.value for varbind in read_all(text) if varbind] == [
        b"Cisco IOS\nsecond = line",
        b"\x00\x11\x22\x33",
        1,
    ]


def test_the_end_of_a_walk_is_no_variable():
    ends = (
        b"No more variables left in this MIB View (It is past the end of the MIB tree)",
        b"No Such Object available on this agent at this OID",
    )
    assert [read_all(HEAD + end) for end in ends] == [[], []]


@pytest.mark.parametrize(
    "line",
    [
        HEAD + b"INTEGER: 12.5 volts",  # a DISPLAY-HINT moved the point: what was sent is no longer told
        HEAD + b"INTEGER: many",
        HEAD + b"OID: SNMPv2-SMI::enterprises.9",
        HEAD + b"IpAddress: 10.0.0",
        HEAD + b"Opaque: 00 11",
        HEAD + b"Colour: blue",
        HEAD + b"eth0",
        b"SNMPv2-MIB::sysDescr.0 = STRING: names are not read",
        b"snmpwalk: Timeout",
    ],
)
def test_what_tells_no_value_is_counted_and_left_out(line):
    assert read_all(line) == [None]
    recording = read_recording(b".1.3.6.1.9 = INTEGER: 1\n" + line if line.startswith(b".") else line)
    assert recording.dropped == 1


@pytest.mark.parametrize(
    ("kind", "told", "tag", "value"),
    [
        ("integer", -5, Tag.INTEGER, -5),
        ("octet_string", "00ff", Tag.OCTET_STRING, b"\x00\xff"),
        ("object_identifier", "1.3.6", Tag.OBJECT_IDENTIFIER, Oid.of(1, 3, 6)),
        ("ip_address", "10.0.0.1", Tag.IP_ADDRESS, IPv4Address("10.0.0.1")),
        ("opaque", 1.5, Tag.OPAQUE, 1.5),
        ("null", None, Tag.NULL, None),
    ],
)
def test_the_json_of_netops_walk_is_read_back(kind, told, tag, value):
    line = json.dumps({"oid": "1.3.6.1", "name": "x", "type": kind, "value": told, "text": "…"}).encode()
    assert read_json_line(line) == Varbind(Oid.parse("1.3.6.1"), tag, value)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"oid": "1.3.6", "type": "colour", "value": 1}',
        b'{"oid": 7, "type": "integer", "value": 1}',
        b'{"oid": "1.3.6", "type": "octet_string", "value": "0g"}',
        b'{"oid": "1.3.6", "type": "integer", "value": [1]}',
        b'{"oid": "1.3.6", "type": "ip_address", "value": "10.0.0"}',
    ],
)
def test_json_that_is_no_variable_is_left_out(line):
    assert read_json_line(line) is None


@given(st.binary(max_size=200))
def test_no_text_makes_the_readers_raise(data):
    for line in data.split(b"\n"):
        read_json_line(line)
    read_all(HEAD + data)
    read_all(HEAD + b"STRING: " + data)
