"""The message, read back by a decoder of the test's own: what was on the page is in it."""

import math
import struct

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netops.exporter.families import INTERFACE
from netops.exporter.remote_write.encode import Told, encode_request
from netops.exporter.text import make_block, make_tail, word_labels


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place


def read_fields(data: bytes):
    place = 0
    while place < len(data):
        key, place = read_varint(data, place)
        match key & 7:
            case 0:
                value, place = read_varint(data, place)
            case 1:
                value, place = struct.unpack("<d", data[place : place + 8])[0], place + 8
            case 2:
                size, place = read_varint(data, place)
                value, place = data[place : place + size], place + size
            case other:
                raise AssertionError(other)
        yield key >> 3, value


def read_request(message: bytes):
    """Give labels, value and instant of each sample."""
    found = []
    for _number, series in read_fields(bytes(cramjam.snappy.decompress_raw(message))):
        labels, sample = {}, {}
        for number, content in read_fields(series):
            pairs = dict(read_fields(content))
            if number == 1:
                name = pairs[1].decode()
                assert name > max(labels, default=""), "labels stand in order"
                labels[name] = pairs[2].decode()
            else:
                sample = pairs
        at = sample[2]
        found.append((labels, sample[1], at - (1 << 64) if at >> 63 else at))
    return found


def test_samples_keep_their_labels_value_and_time():
    block = (
        b'netops_device_up{device="sw-1",site="main"} 1\n# a comment\nnetops_x_total{device="a"} 1.5e3 1700\n'
    )
    message, count = encode_request([Told({"netops_device_up": block}, 42)])
    assert count == 2
    assert read_request(message) == [
        ({"__name__": "netops_device_up", "device": "sw-1", "site": "main"}, 1.0, 42),
        ({"__name__": "netops_x_total", "device": "a"}, 1500.0, 1700),
    ]


@given(
    st.text(min_size=1),
    st.text(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-1000, 2**45),
)
def test_whatever_the_exposition_words_is_read_back(device, interface, value, at):
    family = INTERFACE[0]
    row = f"{word_labels(family, [device, interface])}}} {value!r}"
    message, count = encode_request([Told({family.name: make_block(family.name, [row], make_tail(at))}, 1)])
    assert count == 1
    ((labels, found, instant),) = read_request(message)
    clean = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF or c == "\0" else c for c in device)
    assert labels["device"] == clean
    assert (math.isclose(found, value) or found == value, instant) == (True, at)
    assert ("interface" in labels) == bool(interface), "an empty label is none"


@pytest.mark.parametrize("polls", [[], [Told({}, 1)], [Told({"x": b"not a sample\n"}, 1)]])
def test_nothing_to_send_is_no_sample(polls):
    assert encode_request(polls)[1] == 0
