"""The message of remote_write 1.0: protobuf by hand, for it has four kinds of field, in a block of snappy.

``WriteRequest { repeated TimeSeries timeseries = 1; }``
``TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }``
``Label { string name = 1; string value = 2; }``
``Sample { double value = 1; int64 timestamp = 2; }`` with the timestamp in milliseconds since 1970.
Labels stand in the order of their names.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import cramjam

_LINE = re.compile(rb"([A-Za-z_:][\w:]*)\{(.*)\} (\S+)(?: (-?\d+))?")
_LABEL = re.compile(rb'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(rb"\\(.)")
_DOUBLE = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Told:
    """What one poll of one device told."""

    blocks: Mapping[str, bytes]
    """Family to text, as netops.exporter.render makes it."""
    at: int
    """Milliseconds since 1970, for samples that carry no time of their own."""


def encode_request(polls: Iterable[Told]) -> tuple[bytes, int]:
    """Give a compressed WriteRequest with all samples of some polls, and their number."""
    series = [
        _field(1, labels + _field(2, b"\x09" + value + b"\x10" + _varint(at)))
        for told in polls
        for labels, value, at in _read_samples(told)
    ]
    return bytes(cramjam.snappy.compress_raw(b"".join(series))), len(series)


def _read_samples(told: Told) -> Iterator[tuple[bytes, bytes, int]]:
    for block in told.blocks.values():
        for line in block.split(b"\n"):
            found = _LINE.fullmatch(line)
            if found is None:
                continue  # a comment
            name, labels, value, at = found.groups()
            yield _encode_labels(name, labels), _DOUBLE.pack(float(value)), int(at) if at else told.at


def _encode_labels(name: bytes, labels: bytes) -> bytes:
    pairs = [(b"__name__", name), *_LABEL.findall(labels)]
    return b"".join(
        _field(1, _field(1, label) + _field(2, _unescape(value))) for label, value in sorted(pairs) if value
    )


def _unescape(value: bytes) -> bytes:
    if b"\\" not in value:
        return value
    return _ESCAPED.sub(lambda found: b"\n" if found[1] == b"n" else found[1], value)


def _field(number: int, content: bytes) -> bytes:
    """Give a field whose content has a length: a message, or text."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    if value < 0:
        value += 1 << 64  # as protobuf has negative int64
    if value < 0x80:
        return bytes((value,))
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
