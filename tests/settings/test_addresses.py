import pytest
from pydantic_core import PydanticCustomError

from netops.settings.addresses import check_address, check_name, expand_addresses, fill_template


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [
        ("10.0.0.1", "10.0.0.1", "10.0.0.1", 1),
        ("ups-1.example.net", "ups-1.example.net", "ups-1.example.net", 1),
        ("10.0.0.10-20", "10.0.0.10", "10.0.0.20", 11),
        ("10.0.0.10-10", "10.0.0.10", "10.0.0.10", 1),
        ("10.0.0.250 - 10.0.1.5", "10.0.0.250", "10.0.1.5", 12),
        ("10.0.1.0/29", "10.0.1.1", "10.0.1.6", 6),
        ("10.0.1.0/31", "10.0.1.0", "10.0.1.1", 2),
        ("10.0.1.7/32", "10.0.1.7", "10.0.1.7", 1),
        ("10.0.0.0/16", "10.0.0.1", "10.0.255.254", 65_534),
        ("2001:db8::a-1f", "2001:db8::a", "2001:db8::1f", 22),
        ("2001:db8::/126", "2001:db8::1", "2001:db8::3", 3),
    ],
)
def test_one_line_stands_for_many_addresses(text: str, first: str, last: str, count: int) -> None:
    addresses = list(expand_addresses(text))
    assert (addresses[0], addresses[-1], len(addresses)) == (first, last, count)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10.0.0.20-10", "ends before it begins"),
        ("10.0.0.1-300", "is not a range"),
        ("10.0.0.1-x", "is not a range"),
        ("10.0.0.1-2001:db8::1", "is not a range"),
        ("10.0.1.5/29", "not the first address"),
        ("10.0.1.0/33", "is not a network"),
        ("10.0.0.0/15", "more than 65536"),
        ("10.0.0.0-10.1.0.0", "more than 65536"),
        ("2001:db8::/64", "more than 65536"),
        ("/", "is not a network"),
    ],
)
def test_a_wrong_range_is_refused(text: str, message: str) -> None:
    with pytest.raises(PydanticCustomError, match=message):
        expand_addresses(text)


@pytest.mark.parametrize("text", ["10.0.0.1", "::1", "fe80::1%eth0", "sw", "SW_1.lan.", "a" * 63])
def test_addresses_and_names_are_taken(text: str) -> None:
    assert check_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.256",
        "10.1",
        "010.0.0.1",
        "1.2.3.4:161",
        "[::1]",
        "a b",
        "-a",
        "a..b",
        "10.0.0.0/8",
        "a" * 64,
        "é",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_address(text)


def test_templates_take_number_octet_and_address() -> None:
    assert fill_template("ap-{n}", 7, "10.0.0.9") == "ap-7"
    assert fill_template("sw-{last_octet:03}/{n:02}", 7, "10.0.0.9") == "sw-009/07"
    assert fill_template("{address}", 1, "::1") == "::1"


def test_last_octet_of_a_name_is_refused() -> None:
    with pytest.raises(PydanticCustomError, match="only IPv4"):
        fill_template("sw-{last_octet}", 1, "core.example.net")


@pytest.mark.parametrize(
    "name",
    [
        "-x",
        " x",
        "x\n",
        "a/b",
        "a\\b",
        "{x}",
        "{n.__class__}",
        "{n:999999999}",
        "{n:99}",
        "{",
        "a}",
        "{{n}}",
        "a\x07",
    ],
)
def test_a_name_that_would_be_trouble_is_refused(name: str) -> None:
    with pytest.raises(PydanticCustomError):
        check_name(name)


@pytest.mark.parametrize("name", ["sw-1", "核心交换机-1", "UPS Halle 2", "ap-{n:02}", "10.0.0.1"])
def test_names_in_every_language_are_taken(name: str) -> None:
    assert check_name(name) == name
