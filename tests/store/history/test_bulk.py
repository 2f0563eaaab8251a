"""Sums of many devices at once, held against each device unpacked by itself."""

import random

import numpy as np
import pytest

from netops.model.history import HistoryKind
from netops.store.history.bulk import sum_up
from netops.store.history.raw import COLUMNS, pack_deltas, unpack_rows
from netops.store.history.top import _Sums

TRAFFIC = COLUMNS[HistoryKind.TRAFFIC]


def make_rows(chance: random.Random, devices: int, polls: int) -> list[tuple[int, int, int, bytes]]:
    """Polls in the order of time: ids that run on or not, numbers of all widths, gaps, columns that are absent."""
    rows = []
    ids = {device: sorted(chance.sample(range(100), chance.randint(1, 9))) for device in range(devices)}
    for device in range(0, devices, 3):
        ids[device] = list(range(10 * device, 10 * device + chance.choice((1, 1, 4, 50))))
    for at in range(polls):
        for device in range(devices):
            if chance.random() < 0.05:  # an interface came, or another order
                ids[device] = [*ids[device], 100 + device] if chance.random() < 0.5 else ids[device][::-1]
                ids[device] = list(dict.fromkeys(ids[device]))
            most = chance.choice((0, 1, 200, 60_000, 2**31, 2**50))
            absent = chance.choice((None, None, 0, 2, 5))
            deltas = [
                tuple(
                    None if column == absent or chance.random() < 0.02 else chance.randint(0, most)
                    for column in range(TRAFFIC)
                )
                for _series in ids[device]
            ]
            span = chance.choice((0, 60_000_000, 61_234_567))
            rows.append((device, at, span, pack_deltas(ids[device], deltas)))
    return rows


def add_one_by_one(rows: list[tuple[int, int, int, bytes]], wanted: list[int]) -> _Sums:
    sums = _Sums(len(wanted))
    for device in sorted({row[0] for row in rows}):
        samples, _damaged = unpack_rows(
            [row[1:] for row in rows if row[0] == device], HistoryKind.TRAFFIC, wanted
        )
        if not samples.count:
            continue
        told = ~np.isnan(samples.values)
        span = np.where(told, samples.span[:, None, None], 0).sum(axis=0).astype(np.float64)
        high = np.fmax.reduce(samples.rates(), axis=0)
        sums.add(samples.series, np.where(told, samples.values, 0).sum(axis=0), span, high)
    return sums


def add_at_once(rows: list[tuple[int, int, int, bytes]], wanted: list[int]) -> tuple[_Sums, list[int]]:
    sums = _Sums(len(wanted))
    found, damaged = sum_up([rows[:7], rows[7:]], TRAFFIC, wanted)
    for summed in found:
        sums.add(*summed)
    return sums, damaged


@pytest.mark.parametrize("wanted", [[0, 1], [9], [2, 5, 11], list(range(TRAFFIC))], ids=str)
@pytest.mark.parametrize("seed", range(8))
def test_sums_of_all_devices_at_once_are_those_of_each_device_alone(seed, wanted):
    rows = make_rows(random.Random(seed), devices=12, polls=25)
    expected = add_one_by_one(rows, wanted)
    got, damaged = add_at_once(rows, wanted)
    assert damaged == []
    # Exact up to 2**53, which sums of larger numbers leave.
    np.testing.assert_allclose(got.total, expected.total, rtol=1e-15)
    np.testing.assert_array_equal(got.span, expected.span)
    np.testing.assert_array_equal(got.high, expected.high)


def test_damaged_rows_are_told_by_their_device_and_the_others_count():
    rows = make_rows(random.Random(1), devices=4, polls=6)
    device, at, span, payload = rows[9]
    broken = [
        (device, at, span, piece) for piece in (b"", payload[:-1], b"\x09" + payload[1:], payload + b"x")
    ]
    got, damaged = add_at_once([*rows[:9], *broken, *rows[10:]], [0, 1])
    expected = add_one_by_one([*rows[:9], *rows[10:]], [0, 1])
    assert damaged == [device] * 4
    np.testing.assert_array_equal(got.span, expected.span)


def test_a_table_too_large_to_be_worked_on_at_once_is_worked_on_in_portions(monkeypatch):
    rows = make_rows(random.Random(2), devices=9, polls=9)
    whole, _damaged = add_at_once(rows, [0, 1])
    monkeypatch.setattr("netops.store.history.bulk._READ_AT_ONCE", 100)
    portions, _damaged = add_at_once(rows, [0, 1])
    np.testing.assert_array_equal(portions.total, whole.total)
    np.testing.assert_array_equal(portions.high, whole.high)


def test_no_polls_have_no_sums():
    assert sum_up([], TRAFFIC, [0, 1]) == ([], [])
