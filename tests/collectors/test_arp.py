import pytest

from collectors.switch import Switch
from netops.errors import ErrorStatus, NoAnswer
from netops.model.arp import ArpReading

MEDIA = "1.3.6.1.2.1.4.22.1"
PHYSICAL = "1.3.6.1.2.1.4.35.1"
OLD_IPV6 = "1.3.6.1.2.1.55.1.12.1"
MAC = bytes.fromhex("0011223344aa")
WORDS = "00:11:22:33:44:aa"
V6 = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"


async def read(*values):
    result = await Switch(*values).poll()
    assert not result.errors
    return result.arp


async def test_both_tables_make_one_list_with_each_address_once():
    found = await read(
        {f"{PHYSICAL}.4.3.1.4.10.0.0.9": MAC, f"{PHYSICAL}.6.3.1.4.10.0.0.9": 3},
        {f"{PHYSICAL}.4.3.2.16.{V6}": MAC, f"{PHYSICAL}.6.3.2.16.{V6}": 4},
        {f"{MEDIA}.2.3.10.0.0.9": MAC, f"{MEDIA}.4.3.10.0.0.9": 3},
        {f"{MEDIA}.2.4.10.0.1.9": MAC, f"{MEDIA}.4.4.10.0.1.9": 4},
    )
    assert found == [
        ArpReading("10.0.0.9", WORDS, 3),
        ArpReading("2001:db8::1", WORDS, 3, "static"),
        ArpReading("10.0.1.9", WORDS, 4, "static"),
    ]


@pytest.mark.parametrize("mac", [b"", bytes(6), b"\1\2\3", 17, None])
async def test_entries_without_a_hardware_address_are_left_out(mac):
    assert await read({f"{MEDIA}.2.3.10.0.0.9": mac, f"{MEDIA}.4.3.10.0.0.9": 3}) == []


async def test_invalid_entries_are_left_out():
    assert await read({f"{MEDIA}.2.3.10.0.0.9": MAC, f"{MEDIA}.4.3.10.0.0.9": 2}) == []


async def test_the_devices_own_addresses_are_called_local():
    found = await read({f"{PHYSICAL}.4.3.1.4.10.0.0.1": MAC, f"{PHYSICAL}.6.3.1.4.10.0.0.1": 5})
    assert [entry.kind for entry in found] == ["local"]


async def test_a_type_that_is_missing_is_taken_as_dynamic():
    assert await read({f"{MEDIA}.2.3.1.10.0.0.9": MAC}) == [ArpReading("10.0.0.9", WORDS, 3)]


async def test_the_older_ipv6_table_serves_where_nothing_else_tells_of_ipv6():
    assert await read({f"{OLD_IPV6}.2.5.{V6}": MAC, f"{OLD_IPV6}.3.5.{V6}": 2}) == [
        ArpReading("2001:db8::1", WORDS, 5)
    ]


async def test_one_table_that_fails_leaves_the_other():
    switch = Switch({f"{MEDIA}.2.3.10.0.0.9": MAC, f"{MEDIA}.4.3.10.0.0.9": 3})
    switch.session.faults[PHYSICAL] = ErrorStatus("genErr", status=5)
    result = await switch.poll()
    assert [entry.address for entry in result.arp] == ["10.0.0.9"]
    assert [(error.subject, error.kind) for error in result.errors] == [("arp", "error_status")]


async def test_silence_between_two_tables_leaves_the_subject_open():
    switch = Switch({f"{PHYSICAL}.4.3.1.4.10.0.0.9": MAC})
    switch.session.faults[MEDIA] = NoAnswer("silence")
    result = await switch.poll()
    assert result.arp is None
    assert [(error.subject, error.kind) for error in result.errors] == [("arp", "timeout")]


@pytest.mark.parametrize("index", ["3", "3.1.4.10.0", "3.1.4.10.0.0.300", "3.9.4.10.0.0.9"])
async def test_an_index_that_is_no_address_is_passed_over(index):
    assert await read({f"{PHYSICAL}.4.{index}": MAC}) == []
