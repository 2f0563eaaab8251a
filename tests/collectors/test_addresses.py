from ipaddress import IPv4Address

import pytest

from collectors.switch import Switch
from netops.collectors.inet import (
    address_from_inet_index,
    address_from_value,
    prefix_from_mask,
    prefix_from_pointer,
)
from netops.errors import AccessDenied, ErrorStatus
from netops.model.address import AddressReading
from netops.snmp.types import Oid

OLD = "1.3.6.1.2.1.4.20.1"
NEW = "1.3.6.1.2.1.4.34.1"
PREFIXES = "1.3.6.1.2.1.4.32.1.5"
LINK_LOCAL = ".".join(["254", "128", *["0"] * 13, "1"])


def classic(address, if_index, mask):
    return {
        f"{OLD}.1.{address}": IPv4Address(address),
        f"{OLD}.2.{address}": if_index,
        f"{OLD}.3.{address}": IPv4Address(mask),
    }


def inet(index, if_index, prefix, *, kind=1):
    return {
        f"{NEW}.3.{index}": if_index,
        f"{NEW}.4.{index}": kind,
        f"{NEW}.5.{index}": Oid.parse(prefix),
    }


async def addresses(*values):
    result = await Switch(*values).poll()
    assert not result.errors
    return [(reading.address, reading.prefix_length, reading.if_index) for reading in result.addresses]


async def test_both_tables_make_one_list_with_each_address_once():
    found = await addresses(
        classic("10.0.0.1", 3, "255.255.255.0"),
        classic("127.0.0.1", 1, "255.0.0.0"),
        inet("1.4.10.0.0.1", 3, f"{PREFIXES}.3.1.4.10.0.0.0.24"),
        inet(
            "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1",
            3,
            f"{PREFIXES}.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0.64",
        ),
    )
    assert found == [("10.0.0.1", 24, 3), ("2001:db8::1", 64, 3), ("127.0.0.1", 8, 1)]


async def test_a_null_prefix_is_filled_in_from_the_older_table():
    found = await addresses(inet("1.4.10.0.0.1", 3, "0.0"), classic("10.0.0.1", 3, "255.255.255.128"))
    assert found == [("10.0.0.1", 25, 3)]


async def test_broadcast_multicast_and_the_unspecified_address_are_left_out():
    found = await addresses(
        inet(f"2.16.255.2.{'0.' * 13}1", 3, "0.0"),
        inet("1.4.10.0.0.255", 3, "0.0", kind=3),
        inet("1.4.0.0.0.0", 3, "0.0"),
        classic("0.0.0.0", 1, "0.0.0.0"),
    )
    assert found == []


async def test_one_link_local_address_on_two_interfaces_is_two():
    found = await addresses(
        inet(f"4.20.{LINK_LOCAL}.0.0.0.1", 1, "0.0"), inet(f"4.20.{LINK_LOCAL}.0.0.0.2", 2, "0.0")
    )
    assert found == [("fe80::1", None, 1), ("fe80::1", None, 2)]


@pytest.mark.parametrize("length", ["", "16."])
async def test_ipv6_mib_serves_where_nothing_else_tells_of_ipv6(length):
    index = f"4.{length}32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"
    found = await addresses(classic("10.0.0.1", 3, "255.255.255.0"), {f"1.3.6.1.2.1.55.1.8.1.2.{index}": 64})
    assert found == [("10.0.0.1", 24, 3), ("2001:db8::1", 64, 4)]


async def test_ciscos_own_table_serves_where_nothing_else_tells_of_ipv6():
    cisco = "1.3.6.1.4.1.9.10.86.1.1"
    index = "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"
    pointer = f"{cisco}.1.1.5.7.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0.48"
    found = await addresses({f"{cisco}.2.1.3.{index}": 7, f"{cisco}.2.1.5.{index}": Oid.parse(pointer)})
    assert found == [("2001:db8::1", 48, 7)]


async def test_an_index_with_an_arc_before_the_address_is_read():
    found = await addresses(
        {f"{OLD}.2.1.10.253.1.36": 1, f"{OLD}.3.1.10.253.1.36": IPv4Address("255.255.255.0")}
    )
    assert found == [("10.253.1.36", 24, 1)]


async def test_half_a_table_gives_what_it_has():
    assert await addresses({f"{OLD}.2.10.0.0.1": 3}) == [("10.0.0.1", None, 3)]


@pytest.mark.parametrize("index", ["10.0.0", "10.0.0.999", "1.2.3.4.5.6.7"])
async def test_an_index_that_is_no_address_is_passed_over(index):
    assert await addresses({f"{OLD}.2.{index}": 3}) == []


async def test_what_fails_in_one_mib_leaves_the_others():
    switch = Switch(classic("10.0.0.1", 3, "255.255.255.0"))
    switch.session.faults["1.3.6.1.2.1.55"] = AccessDenied("not in the view")
    result = await switch.poll()
    assert result.addresses == [AddressReading("10.0.0.1", 24, 3)]
    # The columns beside it in the same request are read by themselves all the same.
    assert {error.subject for error in result.errors} <= {"addresses", "arp"}


async def test_a_subject_whose_every_table_fails_is_an_error():
    switch = Switch()
    for table in ("1.3.6.1.2.1.4.34", "1.3.6.1.2.1.4.20", "1.3.6.1.2.1.55.1.8", "1.3.6.1.4.1.9.10.86"):
        switch.session.faults[table] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert result.addresses is None
    assert [error.kind for error in result.errors if error.subject == "addresses"] == ["error_status"]


@pytest.mark.parametrize(
    ("index", "address"),
    [
        ((1, 4, 10, 0, 0, 1), "10.0.0.1"),
        ((1, 10, 0, 0, 1), "10.0.0.1"),
        ((3, 8, 10, 0, 0, 1, 0, 0, 0, 9), "10.0.0.1"),
        ((1, 4, 10, 0), None),
        ((1, 4, 10, 0, 0, 300), None),
        ((16, 3, 97, 46, 98), None),
        ((), None),
        ((1,), None),
    ],
)
def test_an_index_holds_an_address_or_none(index, address):
    assert address_from_inet_index(index) == address


@pytest.mark.parametrize(
    ("mask", "length"),
    [
        (IPv4Address("255.255.255.255"), 32),
        (IPv4Address("0.0.0.0"), 0),
        (IPv4Address("255.0.255.0"), None),
        (b"\xff\xff\xff\x00", 24),
        (24, None),
        (None, None),
    ],
)
def test_a_mask_has_a_length_or_none(mask, length):
    assert prefix_from_mask(mask) == length


@pytest.mark.parametrize("pointer", ["0.0", "1.3.6.1.2.1.4.32.1.5", f"{PREFIXES}.3.1.4.10.0.0.0.999"])
def test_a_pointer_to_nothing_gives_no_length(pointer):
    assert prefix_from_pointer(Oid.parse(pointer), Oid.parse("1.3.6.1.2.1.4.32.1")) is None


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b"10.0.0.9", "10.0.0.9"),
        (b"\x0a\0\0\x09", "10.0.0.9"),
        (b"nowhere", None),
        (7, None),
        (b"\xff", None),
    ],
)
def test_an_address_comes_in_octets_or_in_text(value, address):
    assert address_from_value(value) == address
