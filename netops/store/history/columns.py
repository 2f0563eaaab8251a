"""Columns of numbers as few bytes: a code says how wide, bytes of the same weight stand together.

Bytes of the same weight compress better side by side: the high ones of a column hardly change.
"""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from netops.store.history.samples import Floats

Bytes = npt.NDArray[np.uint8]

EMPTY = 0
"""No number at all."""
ZEROS = 1
WHOLE = 2
"""From here to 9: whole numbers of 1 to 8 bytes."""
WHOLE_WITH_GAPS = 10
"""From here to 17: the same, plus one; 0 is a gap."""
DOUBLE = 18
SINGLE = 19
LAST = SINGLE
_HALF, _KEPT = np.uint32(0x400), np.uint32(0xFFFF_F800)
"""Of the 23 bits of fraction 12 are kept; the others, mere noise, would be half of a roll-up."""
LARGEST = 2.0**53 - 1
_LEVEL = 4


def compress(data: bytes) -> bytes:
    """Pack what was encoded; zlib.decompress undoes it.

    Z_FILTERED is for numbers, whose bytes repeat more than strings of them do: with it level 4 packs blocks smaller
    than level 6 without, in three quarters of the time.
    """
    packer = zlib.compressobj(_LEVEL, strategy=zlib.Z_FILTERED)
    return packer.compress(data) + packer.flush()


def encode(column: npt.NDArray[Any]) -> tuple[int, bytes]:
    """Encode one column of numbers that are whole and not negative; NaN is a gap. Others become doubles."""
    values = column.astype(np.float64, copy=False)
    gaps = np.isnan(values)
    has_gaps = bool(gaps.any())
    if has_gaps and gaps.all():
        return EMPTY, b""
    known = values[~gaps] if has_gaps else values
    most = known.max()
    if most == 0 and not has_gaps and known.min() == 0:
        return ZEROS, b""
    if known.min() < 0 or most > LARGEST or (known != np.floor(known)).any():
        return DOUBLE, _planes(values.astype("<f8"), 8)
    return encode_whole(values, float(most), has_gaps=has_gaps)


def encode_whole(values: Floats, most: float, *, has_gaps: bool) -> tuple[int, bytes]:
    """Encode a column that is known to hold whole numbers up to ``most``, not all of them gaps."""
    if has_gaps:
        values = np.where(np.isnan(values), -1, values) + 1
        most += 1
    width = max(1, (int(most).bit_length() + 7) // 8)
    return (WHOLE_WITH_GAPS if has_gaps else WHOLE) + width - 1, _planes(values.astype("<u8"), width)


def encode_rows(rows: Floats) -> list[tuple[int, bytes]]:
    """Encode many columns of the same length, each a row here; what can be told of all at once is not asked of each."""
    if not rows.size:
        return [encode(row) for row in rows]
    most = rows.max(axis=1)  # NaN where there are gaps, and so not plain
    is_plain = (rows == np.floor(rows)).all(axis=1) & (rows.min(axis=1) >= 0) & (most <= LARGEST)
    return [
        (encode_whole(row, top, has_gaps=False) if top else (ZEROS, b"")) if plain else encode(row)
        for row, top, plain in zip(rows, most.tolist(), is_plain.tolist(), strict=True)
    ]


def encode_singles(rows: Floats) -> list[tuple[int, bytes]]:
    """Encode many columns, each a row here, as floats rounded to 12 bits of fraction: 1 in 8,000, for summaries."""
    gaps = np.isnan(rows)
    rounded = rows.astype("<f4").view("<u4")
    rounded = np.where(gaps, rounded, (rounded + _HALF) & _KEPT)
    planes = np.ascontiguousarray(rounded.view(np.uint8).reshape(*rows.shape, 4).transpose(0, 2, 1))
    return [
        (EMPTY, b"") if empty else (SINGLE, plane.tobytes()) if told else (ZEROS, b"")
        for plane, empty, told in zip(
            planes, np.all(gaps, axis=1).tolist(), np.any(rows, axis=1).tolist(), strict=True
        )
    ]


def width_of(code: int) -> int:
    """Give the bytes of a number in a column of this code.

    Raises:
        ValueError: No such code.
    """
    if code in {EMPTY, ZEROS}:
        return 0
    if code >= DOUBLE:
        if code > LAST:
            message = f"no column has the code {code}"
            raise ValueError(message)
        return 8 if code == DOUBLE else 4
    return (code - WHOLE) % 8 + 1


def decode(code: int, data: bytes | memoryview, count: int) -> Floats:
    """Give a column back.

    Raises:
        ValueError: Not so many bytes, or no such code.
    """
    if code == EMPTY:
        return np.full(count, np.nan)
    if code == ZEROS:
        return np.zeros(count)
    width = width_of(code)
    planes = np.frombuffer(data, np.uint8, count * width).reshape(width, count)
    if code >= DOUBLE:
        return np.ascontiguousarray(planes.T).view(f"<f{width}").reshape(count).astype(np.float64)
    whole = np.zeros((count, 8), np.uint8)
    whole[:, :width] = planes.T
    values = whole.view("<u8").reshape(count).astype(np.float64)
    if code >= WHOLE_WITH_GAPS:
        values -= 1
        values[values < 0] = np.nan
    return values


def decode_cell(code: int, cell: bytes) -> float:
    """Give one number of a column from its bytes, lowest first."""
    if code == ZEROS:
        return 0.0
    if code == EMPTY:
        return float("nan")
    if code >= DOUBLE:
        return float(struct.unpack("<d" if code == DOUBLE else "<f", cell)[0])
    value = int.from_bytes(cell, "little")
    if code >= WHOLE_WITH_GAPS:
        return float(value - 1) if value else float("nan")
    return float(value)


def _planes(values: npt.NDArray[Any], width: int) -> bytes:
    count = len(values)
    return values.view(np.uint8).reshape(count, values.itemsize)[:, :width].T.tobytes()
