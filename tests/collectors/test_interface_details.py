from datetime import UTC, datetime, timedelta

import pytest

from collectors.switch import DUPLEX, IF_TABLE, IF_X_TABLE, Switch, by_key, interface
from netops.collectors.interface_details import decide_last_change, decide_speed, format_mac

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TURN = 1 << 32


@pytest.mark.parametrize(
    ("if_speed", "if_high_speed", "speed"),
    [
        (10_000_000, 10, 10_000_000),
        (1_544_000, 2, 1_544_000),
        (20_000_000, 21, 20_000_000),
        (20_000_001, 25, 25_000_000),
        (0xFFFF_FFFF, 100_000, 100_000_000_000),
        (0xFFFF_FFFF, 0, None),
        (0xFFFF_FFFF, None, None),
        (100_000_000, 0, 100_000_000),
        (100_000_000, None, 100_000_000),
        (None, 1000, 1_000_000_000),
        (0, 1000, 1_000_000_000),
        (0, 0, None),
        (None, None, None),
    ],
)
def test_speed_comes_from_the_object_that_can_tell_it(if_speed, if_high_speed, speed):
    assert decide_speed(if_speed, if_high_speed) == speed


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        (b"\x00\x11\x22\xaa\xbb\xcc", "00:11:22:aa:bb:cc"),
        (bytes(range(8)), "00:01:02:03:04:05:06:07"),
        (bytes(range(20)), ":".join(f"{number:02x}" for number in range(20))),
        (b"", None),
        (bytes(6), None),
        (b"\x0a\x00\x00\x01", None),
        (None, None),
        (7, None),
    ],
)
def test_hardware_addresses_are_formatted_by_length(raw, mac):
    assert format_mac(raw) == mac


@pytest.mark.parametrize(
    ("ticks", "up_ticks", "uptime", "age"),
    [
        (1000, 7000, 70.0, 60),
        (7000, 7000, 70.0, 0),
        (0, 7000, 70.0, None),
        (None, 7000, 70.0, None),
        (1000, None, None, None),
        (8000, 7000, 70.0, None),
        (TURN - 1000, 5000, TURN / 100 + 50, 60),
    ],
)
def test_last_change_is_an_instant_where_the_device_can_know_it(ticks, up_ticks, uptime, age):
    expected = None if age is None else NOW - timedelta(seconds=age)
    assert decide_last_change(ticks, up_ticks, uptime, NOW) == expected


async def test_last_change_does_not_jitter_between_polls():
    """The store would see a changed row each time."""
    switch = Switch(interface(1, "a"))
    first = by_key(await switch.poll())["a"].last_change
    switch.wind(900)
    switch.clock.wind(0.9)
    assert by_key(await switch.poll())["a"].last_change == first


async def test_an_unknown_if_type_is_its_number():
    switch = Switch(interface(1, "a"))
    switch.session.set({f"{IF_TABLE}.3.1": 9999})
    assert by_key(await switch.poll())["a"].type == "9999"


async def test_details_that_a_device_lacks_are_empty():
    switch = Switch(interface(1, "a"))
    for column in (f"{IF_TABLE}.3", f"{IF_TABLE}.4", f"{IF_TABLE}.5", f"{IF_TABLE}.6", f"{IF_X_TABLE}.15"):
        switch.session.drop(column)
    reading = by_key(await switch.poll())["a"]
    assert (reading.type, reading.mtu, reading.speed_bps, reading.mac) == ("", None, None, None)


async def test_what_an_agent_adds_below_the_duplex_column_is_no_fault():
    """RutOS and others answer addresses there, three arcs deep."""
    switch = Switch(*(interface(if_index, f"eth{if_index}") for if_index in range(1, 9)))
    switch.session.set({f"{DUPLEX}.1.1.{row}": bytes(4) for row in range(4, 9)})
    result = await switch.poll()
    assert result.errors == []
    assert {reading.duplex for reading in result.interfaces} == {"full"}


async def test_a_duplex_of_the_wrong_kind_is_told():
    switch = Switch(*(interface(if_index, f"eth{if_index}") for if_index in range(1, 9)))
    switch.session.set({f"{DUPLEX}.1": bytes(4)})
    result = await switch.poll()
    assert [error.subject for error in result.errors] == ["interfaces"]
