import pytest

from netops.model.identity import IdentityReading
from netops.model.reading import SystemReading
from netops.services import discover_devices
from netops.services.discover_devices import Found, sort_out, suggest_name
from netops.services.same_device import Likeness, is_same


def like(name="", serial="", vendor="Cisco", engine=b"", reached="10.0.0.1", own=()):
    return Likeness(name, serial, vendor, engine, frozenset({reached, *own}), frozenset({reached}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (like(serial="FOC1234X0AB"), like(serial="foc1234x0ab ", reached="10.0.0.2"), True),
        (like("sw", serial="FOC1"), like("sw", serial="FOC2", reached="10.0.0.2", own=["10.0.0.1"]), True),
        (like("sw", serial="FOC1234X0AB"), like("sw", serial="FOC1234X0AC", own=["10.0.0.1"]), False),
        (like("sw", engine=b"e1"), like("SW", engine=b"e1", reached="10.0.0.2"), True),
        (
            like("sw1", engine=b"e1"),
            like("sw2", engine=b"e1", reached="10.0.0.2"),
            False,
        ),  # a factory's engine id
        (like("sw", own=["10.0.0.2"]), like("sw", reached="10.0.0.2"), True),
        (like("sw"), like("sw", reached="10.0.0.2"), False),  # everybody's "switch"
        (like(""), like("", reached="10.0.0.1"), False),
        (like(serial="FOC1234X0AB"), like(serial="FOC1234X0AB", vendor="HP", reached="10.0.0.2"), False),
        (like(serial="00000000"), like(serial="00000000", reached="10.0.0.2"), False),
        (like(serial="N/A"), like(serial="N/A", reached="10.0.0.2"), False),
        (like(serial="12"), like(serial="12", reached="10.0.0.2"), False),
    ],
)
def test_two_addresses_of_one_device_are_told_from_two_devices(one, other, same):
    assert is_same(one, other) is same
    assert is_same(other, one) is same


def found(address, name="", *, serial="", own=()):
    likeness = like(name, serial, reached=address, own=own)
    return Found(address, "campus", SystemReading(name=name), IdentityReading(serial=serial), likeness)


def test_addresses_of_one_device_are_proposed_once():
    answers = [
        ("10.0.0.1", found("10.0.0.1", "core", serial="FOC1234X0AB")),
        ("10.0.0.2", found("10.0.0.2", "edge")),
        ("10.0.1.1", found("10.0.1.1", "core", serial="FOC1234X0AB")),
        ("10.0.0.9", None),
        ("10.0.0.8", ""),
    ]
    discovery = sort_out(answers, [])
    assert [(each.address, each.other_addresses) for each in discovery.new] == [
        ("10.0.0.1", ("10.0.1.1",)),
        ("10.0.0.2", ()),
    ]
    assert (discovery.silent, discovery.refused) == (1, ["10.0.0.8"])


def test_what_is_watched_already_is_not_proposed():
    known = [
        ("by-address", like("a", reached="10.0.0.1")),
        ("by-serial", like("b", serial="FOC1234X0AB", reached="10.9.9.9")),
        ("by-own-address", like("c", reached="10.8.8.8", own=["10.0.0.3"])),
    ]
    answers = [
        ("10.0.0.1", found("10.0.0.1", "renamed")),
        ("10.0.0.2", found("10.0.0.2", serial="FOC1234X0AB")),
        ("10.0.0.3", found("10.0.0.3", "c")),
    ]
    discovery = sort_out(answers, known)
    assert discovery.new == []
    assert [each.known_as for each in discovery.known] == ["by-address", "by-serial", "by-own-address"]


def test_this_machine_never_proposes_itself(monkeypatch):
    monkeypatch.setattr(discover_devices, "own_addresses", lambda: frozenset({"10.0.0.5"}))
    monkeypatch.setattr("socket.gethostname", lambda: "netops-host.example.net")
    answers = [("10.0.0.5", found("10.0.0.5", "netops-host")), ("10.0.0.6", found("10.0.0.6", "netops-host"))]
    discovery = sort_out(answers, [])
    assert discovery.is_ourselves == ["10.0.0.5"]
    assert [each.address for each in discovery.new] == ["10.0.0.6"]


@pytest.mark.parametrize(
    ("sys_name", "address", "name"),
    [
        ("core-1.example.net", "10.0.0.1", "core-1"),
        ("", "10.0.0.1", "device-10-0-0-1"),
        ("", "fe80::1%eth0", "device-fe80--1-eth0"),
        ("a b/c", "10.0.0.1", "a-b-c"),
        ("taken", "10.0.0.1", "taken-2"),
        ("机房交换机", "10.0.0.1", "机房交换机"),
        ("<script>", "10.0.0.1", "script"),
    ],
)
def test_a_name_is_suggested_that_is_free_and_harmless(sys_name, address, name):
    assert suggest_name(found(address, sys_name), {"taken"}) == name
