"""Packing: what goes in comes out, and damage is named."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from netops.errors import StoreError
from netops.model.interface import InterfaceReading, InterfaceStatus
from netops.model.reading import Limits, SensorKind, SensorReading, SystemReading
from netops.store.engine import read, write
from netops.store.readings import (
    delete_latest,
    get_latest,
    list_latest,
    pack,
    unpack,
    unpack_json,
    upsert_latest,
    upsert_latest_many,
)
from peers.rows import LATER, NOW, make_device, make_interface

texts = st.text(st.characters(codec="utf-8"))
floats = st.floats(allow_nan=False, allow_infinity=False)
instants = st.integers(0, 2**52).map(lambda microseconds: NOW + timedelta(microseconds=microseconds))
interfaces = st.builds(
    InterfaceReading,
    key=texts,
    if_index=st.integers(1, 2**31 - 1),
    name=texts,
    alias=texts,
    speed_bps=st.none() | st.integers(0, 2**63),
    oper_status=st.sampled_from(InterfaceStatus),
    last_change=st.none() | instants,
    counters=st.lists(st.none() | st.integers(0, 2**64 - 1)).map(tuple),
    rates=st.lists(st.none() | floats).map(tuple),
)
sensors = st.builds(
    SensorReading,
    key=texts,
    kind=st.sampled_from(SensorKind),
    name=texts,
    value=st.none() | floats,
    unit=texts,
    level=st.sampled_from(["ok", "warning", "critical", "unknown", None]),
    limits=st.builds(Limits, low=st.none() | floats, high=st.none() | floats),
)


@given(st.lists(interfaces, max_size=4))
def test_interfaces_come_back_as_they_went_in(subject: list[InterfaceReading]):
    assert unpack(pack(subject), list[InterfaceReading]) == subject


@given(st.lists(sensors, max_size=4))
def test_sensors_come_back_as_they_went_in(subject: list[SensorReading]):
    assert unpack(pack(subject), list[SensorReading]) == subject


@given(st.binary())
def test_any_bytes_are_unpacked_or_named_damaged(payload: bytes):
    with pytest.raises(StoreError, match="damaged"):
        unpack(payload, SystemReading)
    with pytest.raises(StoreError, match="damaged"):
        unpack_json(payload)


def test_reading_of_another_shape_is_named_damaged():
    with pytest.raises(StoreError, match="damaged"):
        unpack(pack({"key": 1}), list[InterfaceReading])


def test_what_is_no_number_is_no_reading():
    sensor = SensorReading("t", SensorKind.TEMPERATURE, "inlet", math.nan, "°C")
    assert unpack(pack(sensor), SensorReading).value is None


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError):
        pack({"key": object()})


def test_48_ports_take_a_few_kilobytes():
    ports = [
        make_interface(n, counters=tuple(range(n * 10**9, n * 10**9 + 12)), rates=(n / 7,) * 12)
        for n in range(48)
    ]
    assert len(pack(ports)) < 6_000


def test_later_reading_takes_the_place_of_the_earlier(engine: Engine):
    with write(engine) as connection:
        device = make_device(connection)
        upsert_latest(connection, device, "system", NOW, b"one")
        upsert_latest_many(connection, device, LATER, {"system": b"two", "interfaces": b"\0\xff"})
    with read(engine) as connection:
        latest = get_latest(connection, device, "system")
        assert latest is not None
        assert (latest.at, latest.payload) == (LATER, b"two")
        assert {name: one.payload for name, one in list_latest(connection, device).items()} == {
            "system": b"two",
            "interfaces": b"\0\xff",
        }
        assert get_latest(connection, device, "absent") is None


def test_forgotten_subject_is_gone(engine: Engine):
    with write(engine) as connection:
        device = make_device(connection)
        upsert_latest_many(connection, device, NOW, {})
        upsert_latest(connection, device, "sensors", NOW, b"one")
        delete_latest(connection, device, "sensors")
        assert list_latest(connection, device) == {}
