"""A UTC day of one device in compressed columns: lossless, and one series is read without the others.

The layout: a head with the counts and the lengths of what follows; the ids, instants and intervals that all
series share; a check sum over all that; then for each series its columns. zlib guards each piece by itself, so
that damage costs the series it hits.
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from netops.errors import StoreError
from netops.i18n import _
from netops.store.history.columns import compress, decode, encode, encode_rows, width_of
from netops.store.history.samples import Ints, Samples

VERSION = 1
SERIES_PER_PART = 64
"""Few enough that one series is found quickly, many enough to fill the database's pages."""
_HEAD = struct.Struct("<BBHII")
_CHECK = struct.Struct("<I")
_READING = (struct.error, ValueError, IndexError, zlib.error)


class BlockDamaged(StoreError):
    """A stored block cannot be read; which one stands in the message of whoever reads it."""


def split(samples: Samples) -> Iterator[Samples]:
    """Give the samples in parts of SERIES_PER_PART series."""
    for first in range(0, len(samples.series), SERIES_PER_PART):
        piece = slice(first, first + SERIES_PER_PART)
        yield Samples(samples.series[piece], samples.at, samples.span, samples.values[:, piece])


def encode_block(samples: Samples, start: int) -> bytes:
    """Pack the samples of one day.

    Args:
        samples: At least one poll and one series.
        start: The beginning of their day, in milliseconds since 1970.
    """
    shared = b"".join(
        [
            _pack(np.diff(samples.series, prepend=0)),
            _pack(np.diff(samples.at, prepend=start)),
            _pack(samples.span),
        ]
    )
    shared = compress(shared)
    polls, series, columns = samples.values.shape
    packed = encode_rows(samples.by_series().reshape(-1, polls))
    chunks = [
        _compress_series(packed[first : first + columns]) for first in range(0, series * columns, columns)
    ]
    head = _HEAD.pack(VERSION, columns, series, polls, len(shared))
    head += np.array([len(chunk) for chunk in chunks], "<u4").tobytes() + shared
    return b"".join([head, _CHECK.pack(zlib.crc32(head)), *chunks])


def _compress_series(packed: list[tuple[int, bytes]]) -> bytes:
    codes = bytes(code for code, _data in packed)
    return compress(codes + b"".join([data for _code, data in packed]))


def decode_block(payload: bytes, start: int, only: int | None = None) -> tuple[Samples, list[int]]:
    """Give the samples of a block, and the ids of series that are damaged.

    Args:
        payload: As encode_block gave it.
        start: As there.
        only: Give this series alone; no samples where the block does not have it.

    Raises:
        BlockDamaged: Nothing of it can be read.
    """
    try:
        return _decode(payload, start, only)
    except _READING as error:
        raise BlockDamaged(_("a block of the history is damaged: %(reason)s") % {"reason": error}) from error


def _decode(payload: bytes, start: int, only: int | None) -> tuple[Samples, list[int]]:
    version, columns, count, polls, shared_size = _HEAD.unpack_from(payload)
    if version != VERSION:
        raise BlockDamaged(_("a block of the history has the unknown form %(form)d") % {"form": version})
    lengths = np.frombuffer(payload, "<u4", count, _HEAD.size)
    shared_at = _HEAD.size + 4 * count
    body = shared_at + shared_size
    if _CHECK.unpack_from(payload, body)[0] != zlib.crc32(payload[:body]):
        raise BlockDamaged(_("a block of the history is damaged: its check sum is wrong"))
    shared = memoryview(zlib.decompress(payload[shared_at:body]))
    steps, shared = _unpack(shared, count)
    gaps, shared = _unpack(shared, polls)
    span, _rest = _unpack(shared, polls)
    series = np.cumsum(steps)
    ends = np.cumsum(lengths.astype(np.int64)) + body + _CHECK.size
    wanted = range(count) if only is None else np.flatnonzero(series == only).tolist()
    values = np.full((polls, len(wanted), columns), np.nan)
    damaged = []
    for place, number in enumerate(wanted):
        chunk = payload[int(ends[number]) - int(lengths[number]) : int(ends[number])]
        try:
            _decode_series(zlib.decompress(chunk), values[:, place], polls, columns)
        except _READING:
            values[:, place] = np.nan
            damaged.append(int(series[number]))
    return Samples(series[list(wanted)], start + np.cumsum(gaps), span, values), damaged


def _decode_series(
    data: bytes, into: np.ndarray[tuple[int, int], np.dtype[np.float64]], polls: int, columns: int
) -> None:
    place, rest = columns, memoryview(data)
    for number, code in enumerate(data[:columns]):
        size = width_of(code) * polls
        into[:, number] = decode(code, rest[place : place + size], polls)
        place += size


def _pack(numbers: Ints) -> bytes:
    """Pack whole numbers that may be negative (a clock set back): zigzag, width, planes."""
    code, data = encode(np.where(numbers < 0, -2 * numbers - 1, 2 * numbers).astype(np.float64))
    return bytes((code,)) + data


def _unpack(data: memoryview, count: int) -> tuple[Ints, memoryview]:
    size = width_of(data[0]) * count
    numbers = decode(data[0], data[1 : 1 + size], count).astype(np.int64)
    return np.where(numbers & 1, -(numbers + 1) // 2, numbers // 2), data[1 + size :]
