"""Recordings: read as they come from many hands, written so that nothing is lost."""

import bz2
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.snmp import codec
from netops.snmp.recording import (
    Recorded,
    Recording,
    RecordingError,
    load_recording,
    name_of,
    read_recording,
    write_line,
)
from netops.snmp.types import Oid, Tag, Varbind

SYS_DESCR = (1, 3, 6, 1, 2, 1, 1, 1, 0)


def read_one(line: bytes) -> object:
    """Read the value of a recording of one line, decoded as a poller would decode it."""
    (value,) = read_recording(line).variables.values()
    return codec.decode_value(value.tag, value.content)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"1.3.6.1.4.1.1|2|-7", -7),
        (b"1.3.6.1.4.1.1|2|", 0),
        (b".1.3.6.1.4.1.1.|4|a|b", b"a|b"),
        (b"1.3.6.1.4.1.1|4|", b""),
        (b"1.3.6.1.4.1.1|4x|00DEadbe", b"\x00\xde\xad\xbe"),
        (b"1.3.6.1.4.1.1|4e|caf\\xe9\\n", b"caf\xe9\n"),
        (b"1.3.6.1.4.1.1|4|\xb9\xfa", b"\xb9\xfa"),  # GBK stays the bytes it was
        (b"1.3.6.1.4.1.1|5|", None),
        (b"1.3.6.1.4.1.1|6|.1.3.6.1", Oid.of(1, 3, 6, 1)),
        (b"1.3.6.1.4.1.1|6|", Oid.of(0, 0)),
        (b"1.3.6.1.4.1.1|64|10.0.0.1", IPv4Address("10.0.0.1")),
        (b"1.3.6.1.4.1.1|64x|0a000001", IPv4Address("10.0.0.1")),
        (b"1.3.6.1.4.1.1|65|4294967296", 0),  # wrapped, as a Counter32 does
        (b"1.3.6.1.4.1.1|66|4294967295", 4294967295),
        (b"1.3.6.1.4.1.1|67|12", 12),
        (b"1.3.6.1.4.1.1|68|1.5", 1.5),
        (b"1.3.6.1.4.1.1|68x|9f780442280000", 42.0),
        (b"1.3.6.1.4.1.1|70|18446744073709551615", 2**64 - 1),
        (b"1.3.6.1.4.1.1|67:numeric|min=1,max=9,initial=2", 2),
        (b"1.3.6.1.4.1.1|65:numeric|wrap=1,rate=9", 0),
    ],
)
def test_a_line_gives_its_value(line, value):
    assert read_one(line) == value


@pytest.mark.parametrize(
    ("text", "content", "repaired"),
    [
        (b"0011", b"\x00\x11", 0),
        (b"00 11", b"\x00\x11", 0),
        (b"001", b"\x00\x10", 1),
        (b"00:11", b"\x00\x11", 1),
        (b"<private>", b"\xae", 1),
    ],
)
def test_malformed_hex_is_kept_as_far_as_it_goes_and_counted(text, content, repaired):
    recording = read_recording(b"1.3.6.1.4.1.1|4x|" + text)
    assert recording.variables[1, 3, 6, 1, 4, 1, 1] == Recorded(Tag.OCTET_STRING, content)
    assert recording.repaired == repaired


def test_comments_blank_lines_disorder_and_repeated_oids_are_borne():
    recording = read_recording(
        b"# a comment\r\n\r\n1.3.6.1.2.1.1.10.0|2|1\r\n1.3.6.1.2.1.1.2.0|2|2\r\n1.3.6.1.2.1.1.10.0|2|3\r\n"
    )
    assert list(recording.variables) == [(1, 3, 6, 1, 2, 1, 1, 2, 0), (1, 3, 6, 1, 2, 1, 1, 10, 0)]
    assert recording.variables[1, 3, 6, 1, 2, 1, 1, 10, 0].content == b"\x03"
    assert (recording.duplicates, recording.dropped) == (1, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"1.3.6.1.2.1.4.20.1.2.10.xx.xx.100|2|1",
        b"1.3.6.1.2.1|2|up",
        b"1.3.6.1.2.1|2",
        b"1.3.6.1.2.1|900|1",
        b"1.3.6.1.2.1|int|1",
        b"1.3.6.1.2.4294967296|2|1",
        b"7.3.6.1|2|1",
        b"1|2|1",
        b"1.3.6.1.2.1|4e|\\x",
        b"1.3.6.1.2.1|6|1.3.nine",
        b"1.3.6.1.2.1|68|soon",
    ],
)
def test_a_line_that_makes_no_sense_costs_only_itself(line):
    recording = read_recording(b"1.3.6.1.2.1.1.1.0|4|here\n" + line)
    assert list(recording.variables) == [SYS_DESCR]
    assert recording.dropped == 1


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("pdu-1.snmprec", "pdu-1"),
        ("pdu-1.snmprec.bz2", "pdu-1"),
        ("sw@10.snmprec", "sw@10"),
        ("a.b.walk", "a.b"),
        ("ups.jsonl", "ups"),
        ("README.md", None),
        (".snmprec", None),
        ("sw.expected.json", None),
    ],
)
def test_a_file_is_known_by_its_name(file, name):
    assert name_of(Path("folder", file)) == name


def test_a_packed_file_reads_as_the_plain_one(tmp_path):
    plain, packed = tmp_path / "a.snmprec", tmp_path / "b.snmprec.bz2"
    plain.write_bytes(b"1.3.6.1.2.1.1.1.0|4|here\n")
    packed.write_bytes(bz2.compress(plain.read_bytes()))
    assert load_recording(packed) == load_recording(plain)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.snmprec", None, "cannot be read: No such file"),
        ("broken.snmprec.bz2", b"BZh9nothing", "cannot be read"),
        ("cut.snmprec.bz2", bz2.compress(b"1.3.6.1|2|1\n" * 99)[:-4], "cannot be read"),
        ("letter.snmprec", b"Dear all,\nthe switch is down.\n", "is no recording"),
    ],
)
def test_a_file_that_is_no_recording_is_named(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError, match=words) as raised:
        load_recording(path)
    assert str(path) in str(raised.value)


def test_an_empty_file_is_a_device_that_shows_nothing(tmp_path):
    path = tmp_path / "empty.snmprec"
    path.write_bytes(b"")
    assert load_recording(path) == Recording()


VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda number: (Tag.INTEGER, number)),
    st.integers(0, 2**32 - 1).map(lambda number: (Tag.COUNTER32, number)),
    st.integers(0, 2**64 - 1).map(lambda number: (Tag.COUNTER64, number)),
    st.binary(max_size=40).map(lambda octets: (Tag.OCTET_STRING, octets)),
    st.text("ab |#\n", max_size=8).map(lambda text: (Tag.OCTET_STRING, text.encode())),
    st.binary(min_size=4, max_size=4).map(lambda octets: (Tag.IP_ADDRESS, IPv4Address(octets))),
    st.lists(st.integers(0, 2**32 - 1), max_size=5).map(
        lambda arcs: (Tag.OBJECT_IDENTIFIER, Oid.of(1, 3, *arcs))
    ),
    st.floats(allow_nan=False).map(lambda number: (Tag.OPAQUE, number)),
    st.just((Tag.NULL, None)),
)


@given(st.lists(VALUES, min_size=1, max_size=20))
def test_what_is_written_reads_back_as_it_was(values):
    varbinds = [Varbind(Oid.of(1, 3, at), *value) for at, value in enumerate(values)]
    recording = read_recording("".join(write_line(varbind) + "\n" for varbind in varbinds).encode("ascii"))
    assert (recording.dropped, recording.repaired) == (0, 0)
    assert [
        Varbind(Oid.of(*arcs), tag, codec.decode_value(tag, content))
        for arcs, (tag, content) in recording.variables.items()
    ] == varbinds


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise(data):
    recording = read_recording(data)
    assert list(recording.variables) == sorted(recording.variables)
